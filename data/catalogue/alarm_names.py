"""What an alarm is called: its rule's words with its place, on screen as in messages."""

from __future__ import annotations

import re

from data.catalogue.rules import rules
from data.catalogue.words import text


def alarm_words(rule: str, place: str, lang: str) -> str:
    """One line for a list, e.g. `水泵故障 · 低区 2# 泵`; the rule's id when it is not known."""
    row = rules().get(rule)
    what = rule if row is None else row.text(lang)
    where = place_words(place, lang)
    return f"{what} · {where}" if where else what


def place_words(place: str, lang: str) -> str:
    """A zone (L), pump (L.P2) or tank (T1) in words; '' for the station itself."""
    pump = re.fullmatch(r"([LMH])\.P(\d+)", place)
    if pump:
        return text(lang, "place.pump", zone=text(lang, f"place.{pump[1]}"), n=pump[2])
    tank = re.fullmatch(r"T(\d+)", place)
    if tank:
        return text(lang, "place.tank", n=tank[1])
    return text(lang, f"place.{place}") if place in ("L", "M", "H") else place
