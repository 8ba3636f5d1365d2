"""Panels of the page of pumps: figures of the city, and everything about the chosen pumps."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
from dash import html

from analytics.duty import PREFERRED, balance, starts_an_hour
from analytics.energy_gap import PARTS
from analytics.results import Reason, figure
from components.export import table_buttons
from components.figure_text import figure_value, figure_words
from components.formats import number, percent
from components.graph import graph
from components.ids import ident
from components.kpi import kpi
from components.page import View
from components.panel import panel
from components.pump_chart import efficiency_flow, gap_steps, head_flow, ratio_bars, wear_line
from components.selection import chips
from components.states import empty
from components.tables import Field, table
from data.catalogue.indicators import indicators
from data.stores import Stores
from pages.guarded import guard, guarded_tile
from pages.pumps_detail import (
    Subject,
    efficiency_chart,
    gap_told,
    head_chart,
    history,
    ratios,
    sequence,
)
from pages.pumps_facts import City
from pages.pumps_ranking import running_kwh, year_kwh
from pages.reach import MOST, Reach

TEMPLATES = {
    "impeller": "WT-07", "friction": "WT-09", "strainer": "WT-04", "gauge": "WT-12",
    "check_valve": "WT-07",
}  # fmt: skip
"""Work order of a cause; the others get the energy review."""


_TROUBLES = {"speed": "speed", "overload": "overload", "flow": "flow_limit"}


@guard()
def kpis(view: View, city: City, it: Reach) -> Any:
    """Five figures of the pumps in reach."""
    ids = np.array(it.ids)
    own = np.isin(city.plant.station, ids)
    sets = np.isin(city.plant.set_station, ids)
    d, p = city.pumps.duty, city.pumps
    weight = np.where(own, np.nan_to_num(p.bins.n).sum(axis=1), 0.0)
    used = np.where(own, np.nansum(np.nan_to_num(p.bins.n) * p.bins.power_in(), axis=1), 0.0)
    grades = np.array(city.grades)
    suspect = int((np.abs(city.pumps.shared[sets]) >= 0.02).sum())
    ran = bool(weight.any())
    tiles = [
        ("preferred", "%", number(_mean(d.preferred, weight), 1), [
            _target(view, "preferred_share"),
            (view.text("pumps.efficient"), percent(_mean(d.efficient, weight)))]),
        ("wire", "%", number(_mean(p.wire_to_water, used), 1), [
            _target(view, "wire_to_water"),
            (view.text("pumps.kpi_pumps"), number(float(own.sum())))]),
        ("worn", "", number(float((grades[own] >= 2).sum()) if ran else None), [
            (view.text("pumps.grade_1"),
             number(float((grades[own] == 1).sum()) if ran else None))]),
        ("gauge", "", number(float(suspect) if ran else None), [
            (view.text("pumps.kpi_sets"), number(float(sets.sum())))]),
    ]  # fmt: skip
    made = [_tile(view, *tile) for tile in tiles]
    made.append(guarded_tile(view, "", lambda: _year(view, city, sets)))
    return html.Div(made, className="kpis pumps-tiles")


def _year(view: View, city: City, sets: np.ndarray) -> Any:
    """What all sets could save a year; it needs the energy of stations beside that of pumps."""
    year = year_kwh(city)[sets]
    known = np.isfinite(year)
    value = number(float(year[known].sum()) / 1000.0) if known.any() else "—"
    running = float(np.nansum(running_kwh(city)[sets])) / 1000.0 if known.any() else None
    marks = [
        (view.text("pumps.kpi_running"), number(running)),
        (view.text("pumps.kpi_told"), f"{int(known.sum()):,} / {int(sets.sum()):,}"),
    ]
    return _tile(view, "year", "MWh/a", value, marks)


def _tile(view: View, name: str, unit: str, value: str, marks: list[tuple[str, str]]) -> Any:
    hint = view.text(f"pumps.hint_{name}")
    return kpi(view.text(f"pumps.kpi_{name}"), unit, value, marks, hint=hint)


def _target(view: View, code: str) -> tuple[str, str]:
    """The yardstick of the indicator that the tile shows."""
    return view.text("pumps.kpi_target"), f"≥ {number(indicators()[code].target, 1)}"


def detail(stores: Stores, view: View, city: City, chosen: list[Subject]) -> list[Any]:
    """All panels of the chosen pumps; those of one pump are about the first."""
    first = chosen[0]
    return [
        html.Div(
            [
                _panel(view, "head", lambda: [
                    chips(view, "/pumps", [s.entity for s in chosen], MOST),
                    _chart(view, "head", head_flow(view.theme, head_chart(
                        stores, view, city, chosen)))], css="pumps-tall"),
                html.Div([
                    _panel(view, "eta", lambda: _chart(view, "eta", efficiency_flow(
                        view.theme, efficiency_chart(view, city, first)))),
                    _panel(view, "ratio", lambda: _chart(view, "ratio", ratio_bars(
                        view.theme, *ratios(city, first), PREFERRED,
                        view.text("pumps.chart_ratio")))),
                ], className="pumps-pair"),
            ],
            className="pumps-charts",
        ),
        html.Div([_wear(stores, view, city, first), _gap(stores, view, city, first)],
                 className="pumps-row"),
        html.Div([_sequence(view, city, first), _pumps_of_set(view, city, first)],
                 className="pumps-row"),
    ]  # fmt: skip


def finding(stores: Stores, view: View, city: City, s: Subject) -> str:
    """Why the pump or its set wastes energy, with the numbers that say so."""
    i, z, p = s.pump, s.set, city.pumps
    reason = city.causes[i]
    _, found = history(stores, city, s)
    parts = gap_told(stores, city, s).parts
    known = {k: f.value for k, f in parts.items() if f.value is not None}
    biggest = max(known, key=lambda k: known[k]) if known else ""
    words = view.text(
        f"pumps.why_{reason}", own=percent(100.0 * p.own[i]), strainer=percent(
            100.0 * city.sets.strainer[z]),
        efficiency=percent(100.0 * p.wear.efficiency[i]), shared=percent(-100.0 * p.shared[z]),
    )  # fmt: skip
    if found.begun.begin is not None:
        days, _ = history(stores, city, s)
        since = days[0] + timedelta(days=int(found.begun.begin - found.days[0]))
        words += " " + view.text("pumps.since", day=since.isoformat())
    if biggest and known[biggest] > 0:
        words += " " + view.text("pumps.biggest", part=view.text(f"pumps.part_{biggest}"),
                                 kwh=number(known[biggest]))  # fmt: skip
    nearer = max((k for k in known if k != "inlet"), key=lambda k: known[k], default="")
    if biggest == "inlet" and nearer and known[nearer] > 0:
        words += " " + view.text("pumps.nearer", part=view.text(f"pumps.part_{nearer}"),
                                 kwh=number(known[nearer]))  # fmt: skip
    return words


@guard("pumps.panel_wear", "pumps-wear")
def _wear(stores: Stores, view: View, city: City, s: Subject) -> Any:
    days, found = history(stores, city, s)
    if not days:
        return _panel(view, "wear", empty(view.language, view.text("pumps.no_history")))
    begin = _day(days, found.days, found.begun.begin)
    low, high = (_day(days, found.days, d) for d in (found.begun.low, found.begun.high))
    words = {"onset": view.text("pumps.onset", day=begin or "", low=low or "", high=high or "")}
    fitted = None if found.begun.fitted is None else 100.0 * found.begun.fitted
    fig = wear_line(view.theme, days, 100.0 * found.loss, fitted, begin, words)
    w, i = city.pumps.wear, s.pump
    reasons = () if city.pumps.own_reference[i] else (Reason.DEFAULT_PARAMETER,)
    reach = 164.5 * float(w.error[i])
    value = 100.0 * float(w.head[i])
    head = figure(value, "%", "M24", reasons, low=value - reach, high=value + reach)
    loss = figure(100.0 * float(w.efficiency[i]), "%", "M24", reasons)
    head, loss = (city.marked(told, int(city.plant.station[i])) for told in (head, loss))
    line = html.P(
        [view.text("pumps.head_loss"), " ", figure_value(head, 1, view.language), " · ",
         view.text("pumps.eta_loss"), " ", figure_value(loss, 1, view.language)],
        className="pumps-line",
    )  # fmt: skip
    return _panel(view, "wear", [line, _chart(view, "wear", fig)])


def _day(days: list[date], at: np.ndarray, place: float | None) -> date | None:
    return None if place is None else days[0] + timedelta(days=int(place - at[0]))


@guard("pumps.panel_gap", "pumps-gap")
def _gap(stores: Stores, view: View, city: City, s: Subject) -> Any:
    told = gap_told(stores, city, s)
    if told.total.value is None or told.left.value is None or told.actual.value is None:
        return _panel(view, "gap", empty(view.language, figure_words(told.total, view.language)))
    names = [view.text(f"pumps.part_{name}") for name in ("used", *PARTS, "enough")]
    parts = [told.parts[name] for name in PARTS]
    values = [told.actual.value, *(p.value or 0.0 for p in parts), told.left.value]
    bounds = [(p.low or 0.0, p.high or 0.0) for p in parts]
    total = city.marked(told.total, int(city.plant.set_station[s.set]))
    line = html.P(
        [view.text("pumps.gap_total"), " ", figure_value(total, 0, view.language)],
        className="pumps-line",
    )
    fig = gap_steps(view.theme, names, values, bounds)
    return _panel(view, "gap", [line, _chart(view, "gap", fig)])


@guard("pumps.panel_sequence", "pumps-sequence")
def _sequence(view: View, city: City, s: Subject) -> Any:
    found = sequence(city, s)
    if not found:
        return _panel(view, "sequence", empty(view.language, view.text("reason.NOT_STEADY")))
    most = int(city.plant.set_pumps[s.set])
    fields = [Field("flow", view.text("pumps.seq_flow"), True),
              Field("head", view.text("pumps.seq_head"), True),
              Field("ran", view.text("pumps.seq_ran"), True),
              *(Field(f"n{n}", view.text("pumps.seq_n", n=n), True) for n in range(1, most + 1)),
              Field("best", view.text("pumps.seq_best"), True)]  # fmt: skip
    rows = []
    for flow, head, ways, top, ran in found:
        row: dict[str, Any] = {"flow": number(flow, 1), "head": number(head, 1), "ran": ran}
        for way in ways:
            shown = html.Span(
                [f"{way.power:.2f} kW", html.Span(f"{way.hertz:.0f} Hz", className="hint")],
                className="pumps-way",
            )
            row[f"n{way.pumps}"] = (
                view.text(f"pumps.seq_{_TROUBLES[way.trouble]}") if way.trouble else shown
            )
        row["best"] = html.B(str(top.pumps)) if top else "—"
        rows.append(row)
    return _panel(view, "sequence", table(fields, rows, view.text("pumps.panel_sequence")))


@guard("pumps.panel_set", "pumps-set")
def _pumps_of_set(view: View, city: City, s: Subject) -> Any:
    """All pumps of the set side by side: balance, wear, region."""
    own = np.flatnonzero(city.plant.of == s.set)
    p, d = city.pumps, city.pumps.duty
    names = ("pump", "share", "preferred", "ratio", "own", "wire")
    fields = [Field(n, view.text(f"pumps.col_{n}"), n != "pump") for n in names]
    rows = [
        {
            "pump": f"{city.plant.pump[i]}#",
            "share": percent(100.0 * p.share[i], 0),
            "preferred": percent(100.0 * d.preferred[i], 0),
            "ratio": number(float(d.ratio[i]), 2), "own": percent(100.0 * p.own[i]),
            "wire": percent(100.0 * p.wire_to_water[i]),
        }
        for i in own
    ]  # fmt: skip
    uneven = balance(np.nan_to_num(p.share[own]))
    station = int(city.plant.station[s.pump])
    hours = city.run_hours.get(station, np.nan)
    starts = float(starts_an_hour(city.starts.get(station, np.nan), hours * 3600.0))
    line = view.text(
        "pumps.balance", index=percent(None if uneven is None else 100.0 * uneven, 0),
        starts=number(starts, 2),
    )  # fmt: skip
    body = [html.P(line, className="pumps-line"), table(fields, rows, view.text("pumps.panel_set"))]
    return _panel(view, "set", body)


@guard("pumps.panel_{name}", "pumps-{name} {css}")
def _panel(view: View, name: str, body: Any, css: str = "") -> Any:
    made = body() if callable(body) else body
    return panel(
        view.text(f"pumps.panel_{name}"), made, view.text(f"pumps.about_{name}"),
        table_buttons("pumps", name), css=f"pumps-{name} {css}".strip(),
    )  # fmt: skip


def _chart(view: View, name: str, fig: Any) -> Any:
    box = graph(ident("pumps", name), fig, view.language, revision=f"pumps-{name}")
    return html.Div(box, className="pumps-chart")


def _mean(values: np.ndarray, weight: np.ndarray) -> float | None:
    w = np.where(np.isfinite(values), weight, 0.0)
    total = float(w.sum())
    return 100.0 * float((w * np.nan_to_num(values)).sum()) / total if total > 0 else None
