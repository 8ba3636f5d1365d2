"""What stands behind a figure: definition, formula, parts, rows and the query. For 'show me'."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl

from analytics.indicator_values import values
from analytics.results import Figure
from components.export import csv_bytes
from components.figure_text import figure_words
from components.formats import midnight, number, percent, stamp
from components.page import View
from data.catalogue.indicators import Indicator
from data.lake_query import day_files, files_of, sums_text
from data.stores import Stores
from pages.desk import Desk
from pages.desk_events import alarms_of, orders_of, span_of

FIRST = 20
LABELS = (
    "definition", "version", "formula", "coverage", "quality", "reasons", "parts", "rows", "query",
    "files", "close", "csv", "copy", "copied", "bound", "span", "places", "all_rows", "no_query",
    "failed", "wait",
)  # fmt: skip


def figure_json(told: Figure) -> dict[str, Any]:
    """A figure as the API tells it."""
    return {
        "value": told.value, "unit": told.unit, "formula": told.formula,
        "coverage": told.coverage, "quality": str(told.quality),
        "reasons": [str(r) for r in told.reasons], "low": told.low, "high": told.high,
        "version": told.version,
    }  # fmt: skip


def explained(
    desk: Desk, view: View, code: str, start: date, end: date, ids: list[int] | None, place: str
) -> dict[str, Any]:
    """All of it. ids: the chosen stations within the viewer's scope, None = the whole scope."""
    row = desk.indicator(view, code)
    told = desk.figure(view, code, start, end, stations=ids)
    columns, rows = behind(desk, view, row, start, end, ids)
    query, files = query_of(desk, view, row, start, end, ids)
    lang = view.language
    return {
        "code": row.code, "k": row.k, "name": row.name(lang), "version": row.version,
        "definition": row.definition(lang), "expression": expression(row, view),
        "from": start.isoformat(), "to": end.isoformat(), "place": place,
        "figure": figure_json(told),
        "shown": {
            "value": number(told.value, row.decimals), "unit": told.unit,
            "coverage": percent(100 * told.coverage, 1),
            "quality": view.text(f"figure.{told.quality}"),
            "reasons": [view.text(f"reason.{reason}") for reason in told.reasons],
            "bound": "" if told.low is None and told.high is None else
            f"{number(told.low, row.decimals)} … {number(told.high, row.decimals)}",
            "line": figure_words(told, lang),
        },
        "parts": parts_of(desk, view, row, start, end, ids),
        "columns": columns, "rows": [_plain(r, view) for r in rows[:FIRST]], "total": len(rows),
        "query": query, "files": files,
        "words": {name: view.text(f"show_me.{name}") for name in LABELS},
    }  # fmt: skip


def expression(row: Indicator, view: View) -> str:
    """The formula in one line."""
    if row.reducer:
        return view.text(f"reducer.{row.reducer}")
    above = f"Σ {row.numerator}"
    scale = "" if row.scale == 1 else f"{row.scale:.6g} × "
    if row.weight:
        return f"{scale}Σ ({row.numerator} × households / zones) / Σ households"
    return f"{scale}{above}" + (f" / Σ {row.denominator}" if row.denominator else "")


def parts_of(
    desk: Desk, view: View, row: Indicator, start: date, end: date, ids: list[int] | None
) -> list[dict[str, Any]]:
    """The sums that the figure is made of."""
    if row.source != "facts":
        return []
    sums = desk.sums(view, row.facts, start, end, (), ids)
    names = [*dict.fromkeys((row.numerator, row.denominator or row.numerator))]
    names += ["lost_households"] if row.weight else []
    names += ["F.online_s", "F.expected_s", "rows"]
    return [{"name": n, "value": sums[n][0]} for n in dict.fromkeys(names)]


def behind(
    desk: Desk, view: View, row: Indicator, start: date, end: date, ids: list[int] | None
) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Columns and rows that it stands on: stations with their sums, or the alarms or orders."""
    chosen = None if ids is None else set(ids)
    if row.source in ("alarms", "work_orders"):
        return _events(desk, view, row, start, end, chosen)
    stations = [s for s in desk.stores.stations.all(view.scope) if chosen is None or s.id in chosen]
    named = {s.id: (s.code, s.name(view.language), s.type) for s in stations}
    if row.source != "facts":
        homes = [(*named[s.id], s.households) for s in stations]
        return ["station", "name", "type", "households"], homes
    sums = desk.sums(view, row.facts, start, end, ("station",), ids)
    facts = [n for n in dict.fromkeys((row.numerator, row.denominator or "")) if n]
    shown = list(dict.fromkeys([*facts, "rows", "F.online_s", "F.expected_s"]))
    made = sums.with_columns(values(row, sums).alias("value")).sort(
        "value", descending=row.better != "up", nulls_last=True
    )
    rows = [
        (*named[station], *values_)
        for station, *values_ in made.select("station", *shown, "value").iter_rows()
        if station in named
    ]
    return ["station", "name", "type", *shown, row.code], rows


def _events(
    desk: Desk, view: View, row: Indicator, start: date, end: date, chosen: set[int] | None
) -> tuple[list[str], list[tuple[Any, ...]]]:
    first, last = span_of(view, start, end)
    codes = {s.id: s.code for s in desk.stores.stations.all(view.scope)}
    if row.source == "alarms":
        frame = alarms_of(desk, view, first, last)
    else:
        touched = pl.col("created_at").is_between(first, last) | pl.col("closed_at").is_between(
            first, last
        )
        frame = orders_of(desk, view).filter(touched)
    if chosen is not None:
        frame = frame.filter(pl.col("station").is_in(list(chosen)))
    columns = [c for c in frame.columns if c != "station"]
    rows = [(codes.get(s, ""), *rest) for s, *rest in frame.select("station", *columns).iter_rows()]
    return ["station", *columns], rows


def query_of(
    desk: Desk, view: View, row: Indicator, start: date, end: date, ids: list[int] | None
) -> tuple[str, list[str]]:
    """Text for DuckDB and the files it reads; nothing where the figure isn't a sum of facts."""
    if row.source != "facts" or row.reducer or row.weight:
        return "", []
    lake, zone = desk.stores.lake, desk.stores.settings.zone
    today = view.now.astimezone(zone).date()
    last = min(end, today - timedelta(days=1))
    days = (start, last) if start <= last else None
    steps: tuple[datetime, datetime] | None = None
    if start <= today <= end and all(f.startswith("F.") for f in row.facts):
        steps = (midnight(view.now, zone), view.now)
    day_paths = day_files(lake, *days) if days else []
    step_paths = files_of(lake, "quarter", *steps) if steps else []
    if ids is None and view.scope.district_id is not None:
        ids = [s.id for s in desk.stores.stations.all(view.scope)]
    value = f'{row.scale:.10g} * "{row.numerator}"'
    if row.denominator == "households":
        return "", []
    if row.denominator:
        value += f' / "{row.denominator}"'
    text = sums_text(row.facts, value, days, day_paths, steps, step_paths, ids)
    return text, [*day_paths, *step_paths]


def rows_csv(
    desk: Desk, view: View, code: str, start: date, end: date, ids: list[int] | None
) -> bytes:
    """All rows behind a figure as a bare table."""
    columns, rows = behind(desk, view, desk.indicator(view, code), start, end, ids)
    return csv_bytes(columns, rows)


def _plain(row: Sequence[Any], view: View) -> list[Any]:
    """A row as a person reads it."""
    return [stamp(v, view.zone) if isinstance(v, datetime) else v for v in row]


def place_words(stores: Stores, view: View, values_: dict[str, Any]) -> str:
    """District, compound, type or station that a request names, in words."""
    known = {d.code: d.name(view.language) for d in stores.stations.districts(view.scope)}
    homes = stores.stations.compounds(view.scope).values()
    home = next((c.name(view.language) for c in homes if c.code == values_["compound"]), "")
    words = [known.get(values_["district"] or "", "") or home or view.text("shell.city")]
    words += [values_["type"] or "", *values_["station"]]
    return " · ".join(w for w in words if w)
