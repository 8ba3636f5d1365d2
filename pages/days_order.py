"""Day facts of every station to take away: at once, or, when it is much, as a background job."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import polars as pl
from dash import html, no_update, set_props

from components.export import download, facts, file_name
from components.ids import each
from components.page import View
from components.shell import NOTICE, notice
from data.indicator_rights import facts_seen
from data.jobs import MOST_ROWS, TableTask, fact_rows
from data.rights import Refused
from data.station_rows import StationRow
from data.stores import Stores

AT_ONCE = 50_000
"""Rows that a browser is kept waiting for; more are a background job."""
PART = "days"
DATASET = "station_day"
COLUMNS = {
    "F.volume": "m³", "F.energy": "kWh", "F.head_volume": "m³·MPa", "F.pressure_ok_s": "s",
    "F.demanded_s": "s", "mnf": "m³/h", "mean_flow": "m³/h", "coverage": "",
}  # fmt: skip


def buttons(view: View, page: str) -> html.Span:
    """Named CSV and Excel for the head of a page; their part is PART."""
    made: list[Any] = [html.Span(view.text("days_order.title"), className="hint")]
    made += [
        html.Button(
            words, id=each(page, "export", f"{PART}:{kind}"), type="button", className="button",
            title=view.text("days_order.hint", most=f"{AT_ONCE:,}"),
        )
        for kind, words in (("csv", "CSV"), ("xlsx", "Excel"))
    ]  # fmt: skip
    return html.Span(made, className="days-order")


def take(
    stores: Stores, view: View, place: str, stations: Sequence[StationRow], first: date,
    last: date, kind: str,
) -> Any:  # fmt: skip
    """What dcc.Download takes; with more than AT_ONCE rows a job is ordered, and said so.

    Raises Refused: nothing_chosen, too_many_rows, too_many_jobs.
    """
    count = len(stations) * ((last - first).days + 1)
    if count <= 0:
        raise Refused("nothing_chosen")
    if count > MOST_ROWS:
        raise Refused("too_many_rows", rows=f"{count:,}", most=f"{MOST_ROWS:,}")
    title = view.text("days_order.title")
    told = facts(view, place, f"{first} – {last}", definition=view.text("days_order.definition"))
    name = file_name(view, title, f"{first:%Y%m%d}-{last:%Y%m%d}")
    if count <= AT_ONCE:
        rows = _rows(stores, view, stations, first, last)
        return download(kind, name, _heads(view), rows, told, title) if rows else no_update
    task = TableTask(
        dataset=DATASET, stations=[s.id for s in stations],
        columns=["station", "day", *_columns(view)],
        start=first.isoformat(), end=last.isoformat(), heads=_heads(view),
        facts=fact_rows(told), name=name, format=kind, lang=view.language,
    )  # fmt: skip
    ordered = view.text(
        "days_order.job", count=f"{len(stations):,}", first=str(first), last=str(last)
    )
    stores.jobs.order(view.user, ordered, task, view.now)
    words = view.text("days_order.ordered", rows=f"{count:,}", most=f"{AT_ONCE:,}")
    set_props(NOTICE, {"children": notice(words, "good")})
    return no_update


def _columns(view: View) -> list[str]:
    """Those of COLUMNS that the viewer may have."""
    return facts_seen(view.user, COLUMNS)


def _heads(view: View) -> list[str]:
    words = [view.text(f"days_order.key_{key}") for key in ("code", "name", "day")]
    for column in _columns(view):
        unit = COLUMNS[column]
        word = view.text(f"days_order.{column.removeprefix('F.')}")
        words.append(f"{word} ({unit})" if unit else word)
    return words


def _rows(
    stores: Stores, view: View, stations: Sequence[StationRow], first: date, last: date
) -> list[list[Any]]:
    """The same rows as the job writes: by day and station."""
    known = {s.id: (s.code, s.name(view.language)) for s in stations}
    frame = stores.lake.facts(DATASET, first, last, list(known))
    if not frame.height:
        return []
    columns = _columns(view)
    absent = [pl.lit(None).alias(c) for c in columns if c not in frame.columns]
    frame = frame.with_columns(absent).sort("day", "station").select("station", "day", *columns)
    return [[*known[station], day.isoformat(), *rest] for station, day, *rest in frame.rows()]
