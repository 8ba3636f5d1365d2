from __future__ import annotations

import re
from pathlib import Path

import pytest

from components import page as _page  # noqa: F401
from data.catalogue.errors import CatalogueError
from data.catalogue.words import LANGUAGES, placeholders, text, words

ROOT = Path(__file__).resolve().parent.parent.parent
LITERAL = re.compile(
    r"""\btext\(\s*(?:lang|view\.language|"zh"|"en")?,?\s*"([a-z_]+\.[\w.]+)"\s*[,)]"""
)


def folder(tmp_path: Path, body: str) -> Path:
    (tmp_path / "a.toml").write_text(body, encoding="utf-8")
    return tmp_path


def test_both_languages_have_every_key_and_the_same_placeholders() -> None:
    zh, en = (words(lang) for lang in LANGUAGES)
    assert zh.keys() == en.keys()
    assert len(zh) > 200
    assert not [key for key in zh if placeholders(zh[key]) != placeholders(en[key])]


def test_english_holds_no_chinese() -> None:
    allowed = {"login.other_language"}
    found = {k: v for k, v in words("en").items() if re.search(r"[\u4e00-\u9fff]", v)}
    assert set(found) <= allowed


def test_every_key_that_the_code_names_exists() -> None:
    named = set()
    for room in ("components", "pages"):
        for file in (ROOT / room).glob("*.py"):
            named |= set(LITERAL.findall(file.read_text(encoding="utf-8")))
    assert len(named) > 60
    assert named <= set(words("zh"))


def test_a_text_is_filled_and_a_missing_key_is_an_error() -> None:
    assert text("en", "shell.stale", at="14:02") == "Data stopped at 14:02"
    assert text("fr", "shell.city") == text("zh", "shell.city")
    with pytest.raises(KeyError):
        text("zh", "shell.there_is_no_such_text")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ('a.b = { zh = "甲" }', "en"),
        ('a.b = { zh = "甲 {n}", en = "A {m}" }', "zh/en"),
        ('a.b = { zh = "甲 {n", en = "A" }', "zh/en"),
        ('a.b = { zh = "甲", en = " " }', "en"),
        ('a.b = { zh = "甲", en = "A", fr = "A" }', "fr"),
    ],
)
def test_a_broken_row_names_file_key_and_field(tmp_path: Path, body: str, field: str) -> None:
    with pytest.raises(CatalogueError) as caught:
        words("zh", folder(tmp_path, body))
    assert caught.value.field == field
    assert caught.value.row == "a.b"


def test_a_key_stands_once(tmp_path: Path) -> None:
    folder(tmp_path, 'a.b = { zh = "甲", en = "A" }')
    (tmp_path / "z.toml").write_text('a.b = { zh = "乙", en = "B" }', encoding="utf-8")
    with pytest.raises(CatalogueError, match="twice"):
        words("zh", tmp_path)
