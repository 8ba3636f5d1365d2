"""Tiles and tables of the page of demand, and the rows of its files."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from dash import dcc, html

from analytics.demand import per_person
from analytics.patterns import STRONG, WEAK, Departure
from components.figure_text import figure_words
from components.formats import number, percent, volume
from components.kpi import kpi
from components.page import View
from components.spark import spark
from components.states import empty
from components.tables import Field, table
from components.time_range import link
from data.catalogue.points import station_types
from data.station_rows import StationRow
from data.stores import Stores
from pages.demand_hours import DAYS
from pages.demand_subject import Fleet, Subject

SHOWN = 9
DESIGN_HOUR, DESIGN_DAY, NORM = "2.0–2.8", "1.1–1.5", "120–180"


def tiles(view: View, told: Subject) -> html.Div:
    """Six figures with their yardsticks."""
    days = told.flow[DAYS - 28 : DAYS]
    daily = [float(np.nanmean(d) * 24) if np.isfinite(d).sum() >= 20 else None for d in days]
    shown, unit = volume(told.mean_day.value, view.language)
    norm, norm_unit = volume(told.norm.mean_day, view.language)
    known = np.isfinite(told.flow[DAYS])
    so_far = float(told.flow[DAYS][known].sum()) if known.any() else None
    usual = float(told.typical.typical[known].sum()) if known.any() and told.typical.known else None
    now, now_unit = volume(so_far, view.language)
    then, then_unit = volume(usual, view.language)
    share = None if not so_far or not usual else 100.0 * (so_far / usual - 1.0)
    regular = told.regular.value
    grade = "medium"
    if regular is not None:
        grade = "strong" if regular >= STRONG else "weak" if regular < WEAK else "medium"
    line = spark(daily, height=28, label=view.text("demand.spark_days"), floor=0.0)
    text, lang = view.text, view.language
    usually = then if then_unit == now_unit else f"{then} {then_unit}"
    delta = ("", percent(share, 1, signed=True))
    word = text(f"demand.{grade}") if regular is not None else ""
    made = [
        ("today", now_unit, now, [(text("demand.of_typical"), usually), delta], None),
        ("mean_day", f"{unit}/d", shown, [(text("demand.norm"), f"{norm} {norm_unit}")],
         told.mean_day),
        ("per_person", text("demand.per_person_unit"), number(told.person.value, 0),
         [(text("demand.norm_range"), NORM)], told.person),
        ("hour_factor", "", number(told.hour.value, 2), [(text("demand.design"), DESIGN_HOUR)],
         told.hour),
        ("day_factor", "", number(told.day.value, 2), [(text("demand.design"), DESIGN_DAY)],
         told.day),
        ("regular", "", number(regular, 2), [(word, f"≥ {STRONG:.2f}")], told.regular),
    ]  # fmt: skip
    return html.Div(
        [
            kpi(
                text(f"demand.{key}"), unit_, value, marks, line if key == "mean_day" else None,
                hint=figure_words(told_figure, lang) if told_figure else "",
            )
            for key, unit_, value, marks, told_figure in made
        ],
        className="demand-tiles",
    )  # fmt: skip


def spans(runs: Sequence[tuple[int, int]]) -> str:
    """07:00–09:00, 17:00–22:00 of runs of hours."""
    return ", ".join(f"{first:02d}:00–{last + 1:02d}:00" for first, last in runs)


def peaks_words(view: View, told: Subject) -> str:
    none = view.text("demand.peaks_none")
    return view.text(
        "demand.peaks_words", peaks=spans(told.peaks) or none, valleys=spans(told.valleys) or none
    )


def when(told_first: Any, departure: Departure) -> str:
    day = told_first + timedelta(days=departure.day)
    return f"{day:%m-%d} {spans([(departure.first, departure.last)])}"


def departures_of(view: View, told: Subject) -> Any:
    """Departures of one place, the latest first."""
    rows = [_departure(view, when(told.first, d), d) for d in told.departures[:SHOWN]]
    return _table(view, rows, len(told.departures), named=False)


def departures_fleet(view: View, fleet: Fleet, first: Any) -> Any:
    """Departures of all stations, today before yesterday, the greatest volume first."""
    rows = []
    for station, d in fleet.departures[:SHOWN]:
        name = dcc.Link(
            station.name(view.language),
            href=link("/demand", view.params, sel=f"st:{station.code}"),
            title=station.code,
        )
        rows.append({"station": name, **_departure(view, when(first, d), d)})
    return _table(view, rows, len(fleet.departures), named=True)


def departure_rows(view: View, fleet: Fleet, first: Any) -> list[list[Any]]:
    """Rows of the file: station, code, when, m³ over the template, distance in spreads."""
    return [
        [s.name(view.language), s.code, when(first, d), _round(d.excess, 2), _round(d.worst, 2)]
        for s, d in fleet.departures
    ]


def departure_heads(view: View) -> list[str]:
    keys = ("station", "code", "when", "excess", "worst")
    units = {"excess": " (m³)", "worst": f" ({view.text('demand.spreads')})"}
    return [f"{view.text(f'demand.{key}')}{units.get(key, '')}" for key in keys]


def _departure(view: View, at: str, d: Departure) -> dict[str, Any]:
    worst = f"{number(min(d.worst, 99.0), 1)} {view.text('demand.spreads')}"
    return {"when": at, "excess": f"{number(d.excess, 1, signed=True)} m³", "worst": worst}


def _table(view: View, rows: list[dict[str, Any]], count: int, named: bool) -> Any:
    if not rows:
        return empty(view.language, view.text("demand.departures_none"))
    fields = [Field("station", view.text("demand.station"))] if named else []
    fields += [
        Field("when", view.text("demand.when"), width="30%"),
        Field("excess", view.text("demand.excess"), right=True, width="22%"),
        Field("worst", view.text("demand.worst"), right=True, width="22%"),
    ]
    found = [table(fields, rows, view.text("demand.departures_title"))]
    if count > len(rows):
        more = view.text("demand.more", count=number(count - len(rows)))
        found.append(html.P(more, className="hint"))
    return html.Div(found)


def ranking_rows(stores: Stores, view: View, fleet: Fleet) -> list[dict[str, Any]]:
    """A row a station: its factors. Made once per language and fleet."""
    if view.language in fleet.listed:
        return fleet.listed[view.language]
    districts = {d.id: d.name(view.language) for d in stores.stations.districts(view.scope)}
    kinds = station_types()
    told = fleet.factors
    rows = [
        {
            "id": s.code, "name": s.name(view.language), "code": s.code,
            "district": districts.get(s.district_id, ""),
            "type": kinds[s.type].zh if view.language == "zh" else kinds[s.type].en,
            "households": s.households, "mean_day": _round(told.mean_day[i], 1),
            "person": _round(_person(s, told.mean_day[i]), 0), "hour": _round(told.hour[i], 2),
            "day": _round(told.day[i], 2), "regular": _round(told.regular[i], 2),
            "coverage": _round(100.0 * told.coverage[i], 1),
        }
        for i, s in enumerate(fleet.stations)
    ]  # fmt: skip
    fleet.listed[view.language] = rows
    return rows


def ranking_columns(view: View) -> list[dict[str, Any]]:
    def column(
        field: str, title: str, width: int, right: bool = True, **more: Any
    ) -> dict[str, Any]:
        kind = {"type": "rightAligned", "filter": "agNumberColumnFilter"} if right else {}
        return {"field": field, "headerName": title, "width": width, **kind, **more}

    def fixed(decimals: int) -> dict[str, Any]:
        digits = f"params.value == null ? '—' : d3.format(',.{decimals}f')(params.value)"
        return {"valueFormatter": {"function": digits}}

    text = view.text
    return [
        column("name", text("demand.station"), 200, False, pinned="left"),
        column("code", text("demand.code"), 100, False),
        column("district", text("demand.district"), 110, False),
        column("type", text("filter.type"), 130, False),
        column("households", text("demand.households"), 90, **fixed(0)),
        column("mean_day", f"{text('demand.mean_day')} m³/d", 130, **fixed(1)),
        column("person", f"{text('demand.per_person')} L", 120, **fixed(0)),
        column("hour", "Kh", 80, sort="desc", **fixed(2)),
        column("day", "Kd", 80, **fixed(2)),
        column("regular", text("demand.regular"), 120, **fixed(2)),
        column("coverage", f"{text('demand.coverage')} %", 100, **fixed(1)),
    ]


def hour_rows(view: View, told: Subject) -> list[list[Any]]:
    """Rows of the file: time, kind, flow and, ahead, the bounds of both intervals."""
    start = datetime.combine(told.first, datetime.min.time())
    rows: list[list[Any]] = [
        [
            start + timedelta(hours=i),
            view.text("demand.line_past"),
            _round(v, 3),
            None,
            None,
            None,
            None,
        ]
        for i, v in enumerate(told.flow.ravel())
        if i < DAYS * 24 or np.isfinite(v)
    ]
    today = datetime.combine(told.today, datetime.min.time())
    ahead = told.ahead
    parts = [p.ravel() for p in (ahead.value, ahead.low80, ahead.high80, ahead.low90, ahead.high90)]
    done = np.isfinite(told.flow[DAYS])
    for i in range(len(parts[0])):
        if i >= 24 or not done[i]:
            at = today + timedelta(hours=i)
            rows.append([at, view.text("demand.line_ahead"), *(_round(p[i], 3) for p in parts)])
    return rows


def hour_heads(view: View) -> list[str]:
    low, high = view.text("demand.interval80"), view.text("demand.interval90")
    return [
        view.text("demand.file_time"), view.text("demand.file_kind"), view.text("demand.file_flow"),
        f"{low} − (m³/h)", f"{low} + (m³/h)", f"{high} − (m³/h)", f"{high} + (m³/h)",
    ]  # fmt: skip


def _person(station: StationRow, mean_day: float) -> float:
    value = per_person(
        float(mean_day) if np.isfinite(mean_day) else None, 1, station.households
    ).value
    return float("nan") if value is None else value


def _round(value: Any, decimals: int) -> float | None:
    return round(float(value), decimals) if np.isfinite(value) else None
