"""Alarms as the page asks for them: filters, counts, words, files."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from analytics.alarm_flood import flood_since
from analytics.incidents import incidents
from components.alarm_list import AlarmItem
from components.alarm_text import alarm_value, alarm_words
from components.formats import MISSING, day_clock, number, span, stamp
from components.page import View
from components.time_range import time_range
from data.alarms import HIDDEN, UNSEEN, AlarmRow
from data.catalogue.points import point
from data.catalogue.rules import rules
from data.catalogue.telling import telling
from data.stores import Stores
from pages.alarm_filter import narrowed
from pages.service_losses import losses_of, people_first
from pages.service_losses import words as loss_words

TABS = ("active", "incidents", "shelved", "suppressed", "out_of_service", "history")
LEVELS = (1, 2, 3, 4)
RECENT = timedelta(minutes=10)
MOST_HISTORY = 5000
URGENT = 2
"""Level up to which a flood lets alarms through; the others are counted."""
LOOK_BACK = timedelta(hours=2)
"""A flood that began before it has gone on since."""


@dataclass(frozen=True)
class Asked:
    """What of the alarms is wanted; `level` 0 and `state` '' mean all."""

    tab: str = "active"
    level: int = 0
    state: str = ""
    whole: bool = False
    """All rows, also in a flood."""
    params: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, params: Mapping[str, str]) -> Asked:
        """From the URL; what is unknown counts as not said."""
        tab, level, state = (params.get(name, "") for name in ("tab", "level", "state"))
        return cls(
            tab if tab in TABS else "active",
            int(level) if level in ("1", "2", "3", "4") else 0,
            state if state in ("waiting", "latched") else "",
            params.get("all") == "1",
            params,
        )


def filter_words(view: View, asked: Asked) -> str:
    """The filter as the second sheet of a file tells it; '' where there is none."""
    level = f"{view.text('alarms.level')} {asked.level}" if asked.level else ""
    state = view.text(f"alarms.{asked.state}") if asked.state else ""
    return " · ".join(part for part in (level, state) if part)


def place_and_span(stores: Stores, view: View, asked: Asked) -> tuple[str, str]:
    """Where and when the rows of a file are from, in words."""
    place = view.text("shell.city")
    if view.scope.district_id is not None:
        place = ", ".join(d.name(view.language) for d in stores.stations.districts(view.scope))
    if asked.tab != "history":
        return place, stamp(view.now, view.zone)
    spanned = time_range(asked.params, view.now, view.zone, "7d")
    return place, f"{stamp(spanned.start, view.zone)} – {stamp(spanned.end, view.zone)}"


def select(stores: Stores, view: View, asked: Asked) -> list[AlarmRow]:
    """The rows that are asked for, in the order in which they are shown."""
    if asked.tab == "history":
        spanned = time_range(asked.params, view.now, view.zone, "7d")
        among = narrowed(stores, view, asked.params)
        return stores.alarms.history(view.scope, spanned.start, spanned.end, MOST_HISTORY, **among)
    rows = stores.alarms.open(view.scope)
    if asked.tab in HIDDEN:
        return people_first(stores, view.now, [row for row in rows if row.state == asked.tab])
    found = [
        row
        for row in rows
        if row.state not in HIDDEN
        and asked.level in (0, row.level)
        and (asked.state != "waiting" or row.state in UNSEEN)
        and (asked.state != "latched" or row.state == "latched")
    ]
    if asked.tab == "incidents" or flood_of(stores, view, asked):
        roots = groups(rows)
        found = [row for row in found if row.id in roots]
        if asked.tab == "active":
            found = [row for row in found if row.level <= URGENT]
    return people_first(stores, view.now, found)


def groups(rows: Sequence[AlarmRow]) -> dict[int, list[int]]:
    """Ids below each root, of open alarms."""
    return incidents([row.id for row in rows], parents_of(rows))


def parents_of(rows: Sequence[AlarmRow]) -> dict[int, int | None]:
    """The parent of each alarm, as long as that lasts."""
    lasting = {row.id for row in rows if row.cleared_at is None}
    return {row.id: row.parent_id if row.parent_id in lasting else None for row in rows}


def flood_of(stores: Stores, view: View, asked: Asked) -> datetime | None:
    """Since when the viewer is in a flood, where the list has to bow to it."""
    if asked.tab != "active" or asked.whole or asked.level or asked.state:
        return None
    terms = telling().settings
    begun = stores.alarms.begun(view.scope, view.now - LOOK_BACK)
    return flood_since(begun, view.now, terms.flood_from, terms.flood_below)


def counts(stores: Stores, view: View) -> dict[Any, int]:
    """Counts of the chips: by tab, level and state; 'recent' = new in the last 10 minutes."""
    rows = stores.alarms.open(view.scope)
    told = [row for row in rows if row.state not in HIDDEN]
    roots = groups(rows)
    found: dict[Any, int] = {level: sum(row.level == level for row in told) for level in LEVELS}
    return found | {
        "active": len(told),
        "incidents": sum(row.id in roots for row in told),
        **{state: sum(row.state == state for row in rows) for state in HIDDEN},
        "waiting": sum(row.state in UNSEEN for row in told),
        "latched": sum(row.state == "latched" for row in told),
        "recent": sum(row.active_at > view.now - RECENT for row in told),
    }


def print_of(rows: Sequence[AlarmRow]) -> str:
    """A short text that changes when anything that is shown of these rows does."""
    seen = [
        (
            row.id, row.state, row.level, row.pending, row.value, row.peak, row.work_order,
            row.count, row.note, row.tags, row.shelved_until,
        )
        for row in rows
    ]  # fmt: skip
    return hashlib.blake2b(repr(seen).encode(), digest_size=8).hexdigest()


def items(stores: Stores, view: View, rows: Sequence[AlarmRow]) -> list[AlarmItem]:
    """Rows of the list, in words, with whom each leaves without water."""
    losses, below = losses_of(stores, view.now, rows), groups(stores.alarms.open(view.scope))
    return [
        item(view, row, loss_words(view, losses[row.id]), len(below.get(row.id, ())))
        for row in rows
    ]


def item(view: View, row: AlarmRow, people: str = "", below: int = 0) -> AlarmItem:
    """One row of the list, in words; `below` alarms hang on it."""
    lang = view.language
    value, unit = alarm_value(
        row.rule, row.point, row.peak if row.peak is not None else row.value, lang
    )
    ended = row.cleared_at or row.closed_at
    times = f" ×{row.count}" if row.count > 1 and row.station_id is not None else ""
    return AlarmItem(
        id=row.id, level=row.level, state=row.state, pending=row.pending,
        station=row.station(lang) or row.district(lang),
        href=f"/stations/{row.station_code}" if row.station_code else "",
        event=alarm_words(row.rule, row.place, lang) + times, value=value, unit=unit,
        limit=limit_words(row), since=day_clock(row.active_at, view.zone, view.now),
        since_iso=row.active_at.isoformat(),
        lasted=span((ended - row.active_at).total_seconds()) if ended else "",
        order=row.work_order or MISSING,
        order_href=f"/work-orders?sel={row.work_order}" if row.work_order else "", people=people,
        marks=marks(view, row, below),
    )  # fmt: skip


def marks(view: View, row: AlarmRow, below: int = 0) -> tuple[str, ...]:
    """What else is to be said of an alarm, in a word each."""
    found = [view.text("alarms.with_below", count=below)] if below else []
    found += [view.text(f"alarms.tag_{tag}") for tag in row.tags.split()]
    if row.shelved_until is not None:
        until = day_clock(row.shelved_until, view.zone, view.now)
        found.append(view.text("alarms.until", at=until))
    return tuple(found)


def limit_words(row: AlarmRow) -> str:
    """The limit with its side: < 0.28; empty for a contact, which has none."""
    try:
        of = point(row.point)
    except KeyError:
        return ""
    if row.limit is None or of.digital:
        return ""
    rule = rules().get(row.rule)
    side = "<" if rule is not None and rule.worst == "low" else ">"
    return f"{side} {number(row.limit, of.decimals)}"


def file(view: View, rows: Sequence[AlarmRow]) -> tuple[list[str], list[list[Any]]]:
    """Head and rows of the file of a list of alarms: raw numbers, times of the site."""
    heads = (
        "level", "state", "station", "station_code", "district", "rule", "event", "point", "value",
        "limit", "peak", "since", "acknowledged_at", "by", "cleared_at", "order", "note",
        "tags", "shelved_until",
    )  # fmt: skip

    def local(at: Any) -> Any:
        return None if at is None else at.astimezone(view.zone)

    lang = view.language
    return [view.text(f"alarms.{head}") for head in heads], [
        [
            row.level, view.text(f"alarm_state.{row.state}"), row.station(lang), row.station_code,
            row.district(lang), row.rule, alarm_words(row.rule, row.place, lang), row.point,
            row.value, row.limit, row.peak, local(row.active_at), local(row.acknowledged_at),
            row.acknowledged_by, local(row.cleared_at), row.work_order, row.note,
            ", ".join(view.text(f"alarms.tag_{tag}") for tag in row.tags.split()),
            local(row.shelved_until),
        ]
        for row in rows
    ]  # fmt: skip
