"""Alarms as the page asks for them: filters, counts, words, files."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from components.alarm_list import AlarmItem
from components.alarm_text import alarm_value, alarm_words
from components.formats import MISSING, day_clock, number, span, stamp
from components.page import View
from components.time_range import time_range
from data.alarms import UNSEEN, AlarmRow
from data.catalogue.points import point
from data.catalogue.rules import rules
from data.stores import Stores
from pages.alarm_filter import narrowed
from pages.service_losses import losses_of, people_first
from pages.service_losses import words as loss_words

TABS = ("active", "suppressed", "history")
LEVELS = (1, 2, 3, 4)
RECENT = timedelta(minutes=10)
MOST_HISTORY = 5000


@dataclass(frozen=True)
class Asked:
    """What of the alarms is wanted; `level` 0 and `state` '' mean all."""

    tab: str = "active"
    level: int = 0
    state: str = ""
    params: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, params: Mapping[str, str]) -> Asked:
        """From the URL; what is unknown counts as not said."""
        tab, level, state = (params.get(name, "") for name in ("tab", "level", "state"))
        return cls(
            tab if tab in TABS else "active",
            int(level) if level in ("1", "2", "3", "4") else 0,
            state if state in ("waiting", "latched") else "",
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
    hidden = asked.tab == "suppressed"
    found = [
        row
        for row in rows
        if (row.state == "suppressed") == hidden
        and asked.level in (0, row.level)
        and (asked.state != "waiting" or row.state in UNSEEN)
        and (asked.state != "latched" or row.state == "latched")
    ]
    return people_first(stores, view.now, found)


def counts(stores: Stores, view: View) -> dict[Any, int]:
    """Counts of the chips: by tab, level and state; 'recent' = new in the last 10 minutes."""
    rows = stores.alarms.open(view.scope)
    told = [row for row in rows if row.state != "suppressed"]
    found: dict[Any, int] = {level: sum(row.level == level for row in told) for level in LEVELS}
    return found | {
        "active": len(told),
        "suppressed": len(rows) - len(told),
        "waiting": sum(row.state in UNSEEN for row in told),
        "latched": sum(row.state == "latched" for row in told),
        "recent": sum(row.active_at > view.now - RECENT for row in told),
    }


def print_of(rows: Sequence[AlarmRow]) -> str:
    """A short text that changes when anything that is shown of these rows does."""
    seen = [
        (
            row.id, row.state, row.level, row.pending, row.value, row.peak, row.work_order,
            row.count, row.note,
        )
        for row in rows
    ]  # fmt: skip
    return hashlib.blake2b(repr(seen).encode(), digest_size=8).hexdigest()


def items(stores: Stores, view: View, rows: Sequence[AlarmRow]) -> list[AlarmItem]:
    """Rows of the list, in words, with whom each leaves without water."""
    losses = losses_of(stores, view.now, rows)
    return [item(view, row, loss_words(view, losses[row.id])) for row in rows]


def item(view: View, row: AlarmRow, people: str = "") -> AlarmItem:
    """One row of the list, in words."""
    lang = view.language
    value, unit = alarm_value(
        row.rule, row.point, row.peak if row.peak is not None else row.value, lang
    )
    ended = row.cleared_at or row.closed_at
    times = f" ×{row.count}" if row.count > 1 else ""
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
    )  # fmt: skip


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
        ]
        for row in rows
    ]  # fmt: skip
