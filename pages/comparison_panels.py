"""Panels of the page of comparison, one function a tab."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import polars as pl
from dash import dcc, html

from analytics.duty_cloud import saving_per_year
from components.formats import MISSING, number
from components.panel import panel
from components.selection import mark
from components.tables import Field, table
from components.time_range import days, link
from data.station_rows import StationRow
from pages import comparison_charts as charts
from pages.compared_files import buttons
from pages.comparison_asked import Asked
from pages.comparison_days import typical
from pages.comparison_facts import daily, period_of
from pages.comparison_periods import periods
from pages.comparison_reach import reach_panel
from pages.comparison_summary import duties, summary
from pages.guarded import guard

TOP = 10
GOAL = 0.55
"""Wire-to-water efficiency that the saving is told against."""


def efficiency(asked: Asked) -> list[Any]:
    """Duty clouds and energy over lift; ranking, typical days and summary below."""
    return [
        html.Div([_duty(asked), _energy(asked)], className="compare-halves"),
        html.Div([ranking(asked), *day(asked)], className="compare-halves"),
    ]


@guard("comparison.duty", "chart-panel")
def _duty(asked: Asked) -> Any:
    view, (sums, zones) = asked.view, duties(asked)
    first = asked.set_of(asked.entities[0]) if asked.entities else None
    return panel(
        view.text("comparison.duty"),
        charts.duty_chart(view, sums, asked.entities, first),
        view.text("comparison.duty_note", zones=zones),
        buttons("comparison", "duty"), css="chart-panel",
    )  # fmt: skip


@guard("comparison.energy", "chart-panel")
def _energy(asked: Asked) -> Any:
    view, frame = asked.view, asked.fleet
    return panel(
        view.text("comparison.energy"),
        charts.energy_chart(view, frame, asked.entities),
        view.text("comparison.energy_note", n=f"{frame.height:,}"),
        buttons("comparison", "fleet"), css="chart-panel",
    )  # fmt: skip


@guard("comparison.ranking")
def ranking(asked: Asked) -> Any:
    """Stations of the reach with most to save; a plus adds one to the comparison."""
    view, frame = asked.view, asked.fleet
    head = (
        ("station", "points.line", False), ("district", "filter.district", False),
        ("specific", "comparison.specific_energy", True),
        ("efficiency", "comparison.efficiency", True),
        ("lift", "comparison.lift_energy", True), ("saving", "comparison.saving", True),
    )  # fmt: skip
    fields = [Field("add", "", width="30px")]
    widths = {"station": "26%", "district": "16%"}
    for key, words, right in head:
        fields.append(Field(key, view.text(words), right, widths.get(key, "")))
    keys = [entity.key for entity in asked.entities]
    rows = []
    for row in ranked(asked, frame).head(TOP).iter_rows(named=True):
        station = asked.stores.stations.get(row["station"], view.scope)
        if station is None:
            continue
        key = f"st:{station.code}"
        more = link("/comparison", dict(view.params), sel=",".join([*keys, key][-6:]))
        add = dcc.Link("+", href=more, className="chip-away", title=view.text("comparison.add_one"))
        rows.append(
            {
                "add": "" if key in keys else add,
                "station": dcc.Link(station.name(view.language), href=f"/stations/{station.code}"),
                "district": district_name(asked, station),
                "specific": number(row["specific"], 3),
                "efficiency": number(row["efficiency"], 1),
                "lift": number(row["lift"], 3),
                "saving": number(row["saving"] / 1000, 1),
            }
        )
    title = view.text("comparison.ranking")
    note = view.text("comparison.ranking_note", goal=f"{100 * GOAL:.0f} %", n=f"{frame.height:,}")
    return panel(title, table(fields, rows, title), note, buttons("comparison", "ranking"))


def ranked(asked: Asked, frame: pl.DataFrame) -> pl.DataFrame:
    """The reach by what could be saved, most first."""
    first, last = days(asked.span, asked.span.zone)
    saving = saving_per_year(
        frame["energy"].to_numpy() if frame.height else np.empty(0),
        frame["head_volume"].to_numpy() if frame.height else np.empty(0),
        (last - first).days + 1, GOAL,
    )  # fmt: skip
    return frame.with_columns(pl.Series("saving", saving)).sort("saving", descending=True)


def district_name(asked: Asked, station: StationRow) -> str:
    rows = asked.stores.stations.districts(asked.view.scope)
    return next((d.name(asked.view.language) for d in rows if d.id == station.district_id), MISSING)


def day(asked: Asked) -> list[Any]:
    """Typical days on one scale, and the summary below them."""
    return [_day(asked)]


@guard("comparison.day")
def _day(asked: Asked) -> Any:
    view = asked.view
    shapes = typical(asked.stores, view, asked.entities, asked.span)
    known = [
        float(np.nanmax(a)) for s in shapes.values() for a in s if len(a) and np.isfinite(a).any()
    ]
    top = max(known, default=1.0)
    small = [
        html.Div(
            [
                html.Div([mark(entity), " ", entity.name], className="small-title"),
                charts.small_day(view, entity, *shapes[entity.key], top),
            ],
            className="small-chart",
        )
        for entity in asked.entities
        if entity.key in shapes
    ]
    note = view.text("comparison.day_note")
    if asked.span.compared is not None:
        note += " · " + view.text(
            "comparison.day_dotted", what=view.text(f"compare.{asked.span.compare}")
        )
    body = [html.Div(small, className="small-days"), summary(asked)]
    return panel(view.text("comparison.day"), body, note, buttons("comparison", "day"))


def night(asked: Asked) -> list[Any]:
    """Night flow of each entity day by day, and what the nights come to."""
    return [_nights(asked), _summary(asked)]


@guard("comparison.night", "chart-panel")
def _nights(asked: Asked) -> Any:
    view = asked.view
    rows = daily(asked.stores, view, [e.station for e in asked.entities], period_of(asked.span))
    lines = []
    for entity in asked.entities:
        own = rows.filter(pl.col("station") == entity.station).sort("day") if rows.height else rows
        if own.height:
            lines.append((entity, own["day"].to_list(), own["mnf"].to_numpy().astype(float)))
    return panel(
        view.text("comparison.night"), charts.day_lines(view, "night", lines, 2, "m³/h"),
        view.text("comparison.night_note"), buttons("comparison", "night"), css="chart-panel",
    )  # fmt: skip


@guard("comparison.summary")
def _summary(asked: Asked) -> Any:
    return panel(asked.view.text("comparison.summary"), html.Div(summary(asked)))


def growths(asked: Asked) -> list[Any]:
    """The whole reach first, all and like-for-like; then entity by entity."""
    whole = [reach_panel(asked, how) for how in ("prev", "yoy")]
    return [html.Div(whole, className="compare-halves"), *periods(asked)]


TABS: dict[str, Callable[[Asked], Sequence[Any]]] = {
    "efficiency": efficiency,
    "night": night,
    "periods": growths,
    "day": day,
}
"""Tabs in their order; the page of points is linked beside them."""
