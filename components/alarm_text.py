"""What alarms and work orders say in a list: words of the catalogue, with their place."""

from __future__ import annotations

import re

from components.formats import MISSING, number
from data.catalogue.drive_codes import trip
from data.catalogue.points import point
from data.catalogue.rules import rules
from data.catalogue.words import text
from data.catalogue.work_orders import templates


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


def alarm_value(rule: str, code: str, value: float | None, lang: str = "zh") -> tuple[str, str]:
    """(number, unit) of the value that made the alarm; '—' for a contact, which has no value. The
    code of a drive has its meaning in the unit's place: 6, GF 接地."""
    try:
        of = point(code)
    except KeyError:
        return (MISSING, "") if value is None else (number(value, 2), "")
    if of.digital or value is None:
        return MISSING, ""
    if of.kind == "code" and (known := trip(value)) is not None:
        return number(value, 0), f"{known.code} {known.text(lang)}"
    return number(value, of.decimals), of.unit


def order_words(template: str, lang: str) -> str:
    """What an order asks for; the template's code when it is no longer in the catalogue."""
    row = templates().get(template)
    return template if row is None else row.text(lang)
