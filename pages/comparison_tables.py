"""What the files of the page of comparison hold: the numbers behind each panel, unrounded."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from analytics.duty_cloud import cloud
from analytics.results import Figure
from pages.compared_files import Table
from pages.comparison_asked import Asked
from pages.comparison_days import typical
from pages.comparison_facts import QUANTITIES, changes, daily, period_of
from pages.comparison_panels import ranked
from pages.comparison_periods import period_words
from pages.comparison_reach import reach_table
from pages.comparison_summary import duties

More = list[tuple[str, str]]


def content(asked: Asked, part: str) -> tuple[str, Table, More]:
    """Title, table and more facts of the panel `part`."""
    text = asked.view.text
    if part in ("prev", "yoy"):
        note = period_words(asked.view, asked, part)
        return text(f"comparison.{part}"), _periods(asked, part), [(text("comparison.base"), note)]
    if part in ("reach_prev", "reach_yoy"):
        how = part.removeprefix("reach_")
        title = text("comparison.reach_title", how=text(f"comparison.{how}"))
        return title, reach_table(asked, how), [(title, text("comparison.reach_definition"))]
    made = {"duty": _duty, "fleet": _fleet, "ranking": _fleet, "day": _day, "night": _night}
    titles = {"fleet": "energy"}
    return text(f"comparison.{titles.get(part, part)}"), made[part](asked), []


def _periods(asked: Asked, how: str) -> Table:
    text = asked.view.text
    names = ("entity", "quantity", "unit", "current", "base", "delta", "growth", "low", "high",
             "per_day", "coverage_now", "coverage_base", "reasons")  # fmt: skip
    made = changes(asked.stores, asked.view, asked.entities, asked.span, how)
    rows: list[list[Any]] = []
    for entity in asked.entities:
        for quantity in QUANTITIES:
            found = made[entity.key, quantity.code]
            told: list[Figure] = [found.current, found.base, found.delta, found.growth]
            rows.append(
                [
                    entity.name,
                    text(f"comparison.q_{quantity.code}"),
                    quantity.unit,
                    *(figure.value for figure in told),
                    found.growth.low,
                    found.growth.high,
                    None if found.per_day is None else found.per_day.value,
                    found.current.coverage,
                    found.base.coverage,
                    "; ".join(text(f"reason.{reason}") for reason in found.growth.reasons),
                ]
            )
    return [text(f"comparison.{name}") for name in names], rows


def _duty(asked: Asked) -> Table:
    text = asked.view.text
    heads = [text("comparison.entity"), f"{text('comparison.flow_axis')}",
             text("comparison.lift_head"), text("comparison.windows")]  # fmt: skip
    sums, _ = duties(asked)
    rows: list[list[Any]] = []
    for entity in asked.entities:
        if entity.key in sums:
            points = cloud(sums[entity.key])
            for q, h, n in zip(*points, strict=True):
                rows.append([entity.name, float(q), float(h), float(n)])
    return heads, rows


def _fleet(asked: Asked) -> Table:
    text, view = asked.view.text, asked.view
    columns = ("volume", "energy", "specific", "lift", "head", "efficiency", "saving")
    units = ("m³", "kWh", "kWh/m³", "kWh/(m³·MPa)", "m", "%", "kWh/a")
    names = ("supply", "energy_used", "specific_energy", "lift_energy", "head", "efficiency")
    words = [*(f"q_{name}" for name in names), "saving_year"]
    heads = [text("comparison.code"), text("comparison.entity")]
    heads += [f"{text(f'comparison.{w}')} ({u})" for w, u in zip(words, units, strict=True)]
    rows: list[list[Any]] = []
    for row in ranked(asked, asked.fleet).iter_rows(named=True):
        station = asked.stores.stations.get(row["station"], view.scope)
        if station is not None:
            rows.append([station.code, station.name(view.language), *(row[c] for c in columns)])
    return heads, rows


def _day(asked: Asked) -> Table:
    text = asked.view.text
    shapes = typical(asked.stores, asked.view, asked.entities, asked.span)
    heads, columns = [text("station.time")], []
    for entity in asked.entities:
        if entity.key not in shapes:
            continue
        for values, suffix in zip(shapes[entity.key], ("", text("comparison.before")), strict=True):
            if len(values):
                heads.append(f"{entity.name} {suffix}".strip() + " (m³/h)")
                columns.append(values)
    count = len(columns[0]) if columns else 0
    rows = [
        [f"{24 * n // count:02d}:00", *(_raw(column[n]) for column in columns)]
        for n in range(count)
    ]
    return heads, rows


def _night(asked: Asked) -> Table:
    text, view = asked.view.text, asked.view
    ids = [entity.station for entity in asked.entities]
    frame = daily(asked.stores, view, ids, period_of(asked.span))
    names = {entity.station: entity.name for entity in asked.entities}
    heads = [
        text("comparison.entity"),
        text("comparison.date"),
        f"{text('comparison.night')} (m³/h)",
    ]
    if not frame.height:
        return heads, []
    rows = frame.select("station", "day", "mnf").sort("station", "day").filter(
        pl.col("mnf").is_not_null()
    )  # fmt: skip
    return heads, [[names[s], day.isoformat(), _raw(v)] for s, day, v in rows.iter_rows()]


def _raw(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
