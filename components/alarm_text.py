"""What alarms and work orders say in a list: words of the catalogue, with their place."""

from __future__ import annotations

from components.formats import MISSING, number
from data.catalogue.points import point
from data.catalogue.work_orders import templates


def alarm_words(rule: str, place: str, lang: str) -> str:
    """One line for a list, e.g. `2#泵 故障`."""
    return f"{rule} {place}".strip()


def alarm_value(rule: str, code: str, value: float | None) -> tuple[str, str]:
    """(number, unit) of the value that made the alarm; '—' for a contact, which has no value."""
    try:
        of = point(code)
    except KeyError:
        return (MISSING, "") if value is None else (number(value, 2), "")
    if of.digital or value is None:
        return MISSING, ""
    return number(value, of.decimals), of.unit


def order_words(template: str, lang: str) -> str:
    """What an order asks for; the template's code when it is no longer in the catalogue."""
    row = templates().get(template)
    return template if row is None else row.text(lang)
