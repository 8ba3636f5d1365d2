"""Every text a person sees, in two languages: words/*.toml, one row a key (`page.thing`)."""

from __future__ import annotations

import string
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from data.catalogue.errors import FOLDER, CatalogueError, read

LANGUAGES = ("zh", "en")


@lru_cache
def words(lang: str, folder: Path = FOLDER / "words") -> Mapping[str, str]:
    """All texts of one language by key; any other language than 'en' is answered in 'zh'.

    Raises CatalogueError when a key stands twice, lacks a language, or when its two texts
    do not hold the same placeholders.
    """
    chosen = lang if lang in LANGUAGES else LANGUAGES[0]
    found: dict[str, str] = {}
    for file in sorted(folder.glob("*.toml")):
        for key, row in _rows(read(file)):
            if key in found:
                raise CatalogueError(file, key, "key", "stands here twice")
            found[key] = _checked(file, key, row)[chosen]
    return found


def text(lang: str, key: str, **values: object) -> str:
    """The text of `key` with its placeholders filled. Raises KeyError when there is none."""
    found = words(lang)[key]
    return found.format(**values) if values else found


def placeholders(pattern: str) -> set[str]:
    """The names in braces that a text wants filled."""
    return {name for _, name, _, _ in string.Formatter().parse(pattern) if name}


def _rows(tree: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Leaves of nested tables; a leaf is a table whose values are texts."""
    for name, node in tree.items():
        key = f"{prefix}{name}"
        if not isinstance(node, dict):
            yield key, {"zh": node}
        elif set(node) & set(LANGUAGES) and not any(isinstance(v, dict) for v in node.values()):
            yield key, node
        else:
            yield from _rows(node, f"{key}.")


def _checked(file: Path, key: str, row: dict[str, Any]) -> dict[str, str]:
    for lang in LANGUAGES:
        if not isinstance(row.get(lang), str) or not row[lang].strip():
            raise CatalogueError(file, key, lang, "a text is missing")
    if extra := set(row) - set(LANGUAGES):
        raise CatalogueError(file, key, ", ".join(sorted(extra)), "no such language")
    try:
        wanted = [placeholders(row[lang]) for lang in LANGUAGES]
    except ValueError as error:
        raise CatalogueError(file, key, "zh/en", f"braces do not match: {error}") from error
    if wanted[0] != wanted[1]:
        raise CatalogueError(file, key, "zh/en", f"placeholders differ: {wanted[0] ^ wanted[1]}")
    return row
