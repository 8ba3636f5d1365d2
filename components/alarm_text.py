"""What alarms and work orders say in a list: words of the catalogue, with their place."""

from __future__ import annotations

from components.formats import MISSING, number
from data.catalogue.alarm_names import alarm_words, place_words
from data.catalogue.drive_codes import trip
from data.catalogue.points import point
from data.catalogue.work_orders import templates

__all__ = ["alarm_value", "alarm_words", "order_words", "place_words"]


def alarm_value(rule: str, code: str, value: float | None, lang: str = "zh") -> tuple[str, str]:
    """(number, unit) of the value that made the alarm; '—' for a contact, which has no value. The
    code of a drive has its meaning in the unit's place: 6, GF 接地."""
    try:
        of = point(code)
    except KeyError:
        if value is None:
            return MISSING, ""
        return number(value, 0 if float(value).is_integer() else 2), ""
    if of.digital or value is None:
        return MISSING, ""
    if of.kind == "code" and (known := trip(value)) is not None:
        return number(value, 0), f"{known.code} {known.text(lang)}"
    return number(value, of.decimals), of.unit


def order_words(template: str, lang: str) -> str:
    """What an order asks for; the template's code when it is no longer in the catalogue."""
    row = templates().get(template)
    return template if row is None else row.text(lang)
