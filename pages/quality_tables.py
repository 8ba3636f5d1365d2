"""Tiles and tables of the page of water quality."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import html

from analytics.results import Figure
from analytics.water_quality import AGE_TARGET, outside, reserves
from components.figure_text import figure_value, figure_words
from components.formats import MISSING, number, stamp
from components.kpi import kpi
from components.page import View
from components.spark import spark
from components.states import empty
from components.tables import Field, table
from data.catalogue.limits import limits
from data.lab_rows import Sample
from data.station_rows import StationRow
from data.stores import Stores
from pages.guarded import guard
from pages.quality_facts import ITEMS, Fleet, Tank, age_of, kept_of
from pages.reach import Reach

TARGET = 99.0
"""% of the time within limits that tiles are held against."""
SHOWN = 50


@guard()
def tiles(view: View, fleet: Fleet, single: bool = False) -> html.Div:
    """Compliance of all items and each, availability, age, cleaning."""
    text = view.text
    made = []
    for key, item in (("compliance", "quality"), *((i, i) for i in ITEMS)):
        told = fleet.kept(item)
        value = told.compliance.value
        unit = "quality.minutes_one" if single else "quality.minutes"
        out = text(unit, minutes=number(told.outside.value, 0))
        marks = [(text("quality.target"), f"≥ {TARGET:.2f}"), (text("quality.outside"), out)]
        level = 2 if value is not None and value < TARGET else 0
        line = spark(fleet.by_day(item), (TARGET, 100.0), label=text("quality.spark"))
        made.append(_tile(view, key, told.compliance, "%", 2, marks, level, "", line))
    available = fleet.kept("quality").availability
    marks = [(text("quality.target"), "≥ 95.0")]
    made.append(_tile(view, "availability", available, "%", 1, marks, 0, "availability_hint"))
    marks = [(text("quality.target"), f"≤ {AGE_TARGET:.0f}")]
    made.append(_tile(view, "age", fleet.age, "h", 1, marks, 0, "age_hint"))
    none = [("", text("quality.cleaning_none"))]
    made.append(kpi(text("quality.cleaning"), "%", MISSING, none))
    return html.Div(made, className="quality-tiles")


def _tile(
    view: View, key: str, told: Figure, unit: str, decimals: int,
    marks: Sequence[tuple[str, str]], level: int, hint: str = "",
    line: Any = None,
) -> Any:  # fmt: skip
    words = figure_words(told, view.language)
    about = f"{view.text(f'quality.{hint}')} · {words}" if hint else words
    return kpi(
        view.text(f"quality.{key}"), unit, number(told.value, decimals), marks, line, level=level,
        lang=view.language, hint=about,
    )  # fmt: skip


def ranking_rows(stores: Stores, view: View, here: Reach, fleet: Fleet) -> list[dict[str, Any]]:
    """A row a station, the worst first: minutes out of limits, chlorine, age, availability. Made
    once per language and fleet."""
    if view.language in fleet.listed:
        return fleet.listed[view.language]
    districts = {d.id: d.name(view.language) for d in stores.stations.districts(view.scope)}
    sums = {row["station"]: row for row in fleet.rows.iter_rows(named=True)}
    latest = {row["station"]: row for row in fleet.latest.iter_rows(named=True)}
    rows = [
        _row(view, s, districts.get(s.district_id, ""), sums.get(s.id, {}), latest.get(s.id, {}))
        for s in here.stations
    ]
    rows.sort(key=lambda r: (-(r["out"] or 0.0), 9.0 if r["lowest"] is None else r["lowest"]))
    fleet.listed[view.language] = rows
    return rows


def _row(
    view: View, station: StationRow, district: str, sums: dict[str, Any], now: dict[str, Any]
) -> dict[str, Any]:
    told = {item: kept_of(sums, item) for item in (*ITEMS, "quality")}
    every = told["quality"]
    return {
        "id": station.code, "name": station.name(view.language), "code": station.code,
        "district": district, "out": _round(every.outside.value, 0),
        "compliance": _round(every.compliance.value, 2),
        **{item: _round(told[item].outside.value, 0) for item in ITEMS},
        "chlorine_now": _round(now.get("WQ.CL_OUT"), 2), "lowest": _round(now.get("lowest"), 2),
        "reserve": _round(reserves([now.get("lowest")])[0], 2),
        "turbidity_now": _round(now.get("WQ.TURB"), 2), "age": _round(age_of(sums).value, 1),
        "available": _round(every.availability.value, 1),
    }  # fmt: skip


def ranking_columns(view: View) -> list[dict[str, Any]]:
    def column(field: str, key: str, decimals: int | None, **more: Any) -> dict[str, Any]:
        head = {"field": field, "headerName": view.text(f"quality.{key}"), **more}
        if decimals is None:
            return head
        digits = f"params.value == null ? '—' : d3.format(',.{decimals}f')(params.value)"
        return {**head, "type": "rightAligned", "valueFormatter": {"function": digits}}

    breach = {"cellClassRules": {"text-l2": "params.value > 0"}}
    short = {"cellClassRules": {"text-l2": "params.value != null && params.value < 0"}}
    return [
        column("name", "station", None, width=190, pinned="left"),
        column("code", "code", None, width=95, minWidth=88),
        column("district", "district", None, width=100),
        column("out", "minutes_out", 0, width=95, **breach),
        column("chlorine", "chlorine_out", 0, width=120, **breach),
        column("turbidity", "turbidity_out", 0, width=120, **breach),
        column("ph", "ph_out", 0, width=100, **breach),
        column("compliance", "compliance_pct", 2, width=105),
        column("available", "available", 1, width=100),
        column("chlorine_now", "chlorine_now", 2, width=115),
        column("lowest", "chlorine_low", 2, width=130),
        column("reserve", "reserve", 2, width=110, **short),
        column("turbidity_now", "turbidity_now", 2, width=110),
        column("age", "age_h", 1, width=85),
    ]


def decay_list(view: View, told: Tank) -> html.Div:
    """What one tank's chlorine and age say."""
    rows = [
        ("chlorine_last", told.chlorine, 2), ("age_now", told.age, 1), ("decay", told.decay, 2),
        ("standstill", told.standstill, 1), ("longest", told.longest, 1),
    ]  # fmt: skip
    keys = {"standstill": "to_limit"}
    items = [
        html.Div([
            html.Span(view.text(f"quality.{keys.get(key, key)}"), className="hint"),
            figure_value(figure, decimals, view.language),
        ], className="quality-fact")
        for key, figure, decimals in rows
    ]  # fmt: skip
    if told.jumped is not None:
        words = view.text("quality.jumped", day=f"{told.jumped:%m-%d}")
        items.append(html.P(words, className="text-l2"))
    else:
        items.append(html.P(view.text("quality.steady"), className="hint"))
    return html.Div(items, className="quality-facts")


def samples_table(stores: Stores, view: View, samples: Sequence[Sample], named: bool = True) -> Any:
    """Laboratory samples against their limits, the newest first."""
    if not samples:
        return empty(view.language, view.text("quality.lab_none"))
    heads = ["station", *SAMPLE_HEADS] if named else [*SAMPLE_HEADS]
    fields = [
        Field(key, view.text(f"quality.{'station' if key == 'station' else 'lab_' + key}"),
              right=key == "value")
        for key in heads
    ]  # fmt: skip
    rows = [_sample(stores, view, s) for s in sorted(samples, key=lambda s: s.sampled_at)[::-1]]
    return html.Div(
        table(fields, rows[:SHOWN], view.text("quality.lab_title")), className="quality-samples"
    )


SAMPLE_HEADS = ("time", "place", "item", "value", "unit", "verdict", "by")


def _sample(stores: Stores, view: View, sample: Sample) -> dict[str, Any]:
    limit = limits()[sample.item]
    station = stores.stations.get(sample.station_id, view.scope)
    bad = outside(sample.value, limit.lo, limit.hi, sample.below)
    word = view.text("quality.failed" if bad else "quality.passed")
    return {
        "station": station.name(view.language) if station else MISSING,
        "time": stamp(sample.sampled_at, view.zone)[:16],
        "place": view.text(f"quality.place_{sample.place}"), "item": limit.text(view.language),
        "value": f"{'<' if sample.below else ''}{number(sample.value, limit.decimals)}",
        "unit": sample.unit, "by": sample.laboratory,
        "verdict": html.Span(word, className="text-l2" if bad else ""),
        "_bad": bad,
    }  # fmt: skip


def sample_rows(stores: Stores, view: View, samples: Sequence[Sample]) -> list[list[Any]]:
    """Rows of the file."""
    found = []
    for sample in samples:
        row = _sample(stores, view, sample)
        verdict = view.text("quality.failed" if row["_bad"] else "quality.passed")
        station = stores.stations.get(sample.station_id, view.scope)
        found.append([
            row["station"], station.code if station else "",
            sample.sampled_at.astimezone(view.zone),
            row["place"], row["item"], sample.value, sample.below, sample.unit, verdict,
            sample.laboratory, sample.note,
        ])  # fmt: skip
    return found


def sample_heads(view: View) -> list[str]:
    keys = ("station", "code", "lab_time", "lab_place", "lab_item", "lab_value")
    rest = ("lab_unit", "lab_verdict", "lab_by")
    heads = [view.text(f"quality.{key}") for key in keys]
    return [*heads, "<", *(view.text(f"quality.{key}") for key in rest), "note"]


def _round(value: Any, decimals: int) -> float | None:
    return None if value is None else round(float(value), decimals)
