"""Words of a search: how Chinese names are typed by letters, and which set or pump is meant."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

ZONES = {"高区": "H", "中区": "M", "低区": "L", "high": "H", "middle": "M", "mid": "M", "low": "L",
         "h": "H", "m": "M", "l": "L"}  # fmt: skip
_PART = re.compile(rf"({'|'.join(ZONES)})?[/·-]?(?:(?:p|pump|泵)([1-9])|([1-9])(?:#泵?|号泵?|泵))?")


class Meant(NamedTuple):
    """What words ask for: those of the pump house, a zone or '', a pump or 0."""

    words: list[str]
    zone: str
    pump: int


@lru_cache(maxsize=20_000)
def spelled(name: str) -> tuple[str, ...]:
    """A Chinese name in pinyin without tones, whole and by initials; () for one without."""
    from pypinyin import lazy_pinyin  # heavy: not every user of this module pays for it

    if name.isascii():
        return ()
    signs = lazy_pinyin(name)
    return "".join(signs), "".join(sign[0] if sign.isalpha() else sign for sign in signs)


def meant(words: Sequence[str]) -> Meant:
    """`湖滨花园 高区 2号泵`, `XM-0001 H P2`, `lakeside high pump 2`."""
    left, zone, pump = [], "", 0
    for word in re.sub(r"\bpump (?=[1-9]\b)", "pump", " ".join(words)).split():
        found = _PART.fullmatch(word)
        if found is None:
            left.append(word)
            continue
        zone = ZONES.get(found[1] or "", zone)
        pump = int(found[2] or found[3] or pump)
    return Meant(left, zone, pump)
