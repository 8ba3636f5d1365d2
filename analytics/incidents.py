"""Alarms that belong together: a root and all that it explains, by whatever steps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping


def root_of(id: int, parents: Mapping[int, int | None]) -> int:
    """The alarm that stands above this one; itself, when nothing does. parents: of the alarms that
    last; one that isn't among them stands above nothing. Of a ring the first."""
    seen = {id}
    while True:
        parent = parents.get(id)
        if parent is None or parent not in parents:
            return id
        if parent in seen:
            return min(seen)
        seen.add(parent)
        id = parent


def incidents(ids: Iterable[int], parents: Mapping[int, int | None]) -> dict[int, list[int]]:
    """All alarms below each root, in the order given; empty for a root that stands alone."""
    found: dict[int, list[int]] = {}
    for id in ids:
        root = root_of(id, parents)
        below = found.setdefault(root, [])
        if root != id:
            below.append(id)
    return found
