"""The whole reach in two periods: all its stations, and those that were heard in both (同口径)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from analytics.comparison import Change, change, like_for_like, of_many
from analytics.periods import Base, Period
from components.figure_text import figure_value
from components.panel import panel
from components.tables import Field, table
from pages.compared_files import Table, buttons
from pages.comparison_asked import Asked
from pages.comparison_facts import BY_CODE, compared_days
from pages.comparison_periods import growth_cell
from pages.desk import desk_of
from pages.guarded import guard

CODES = ("supply", "energy_used", "specific_energy", "lift_energy", "efficiency", "pressure_ok")
FACTS = ("F.volume", "F.energy", "F.head_volume", "F.pressure_ok_s", "F.demanded_s")
DAY_SECONDS = 86_400.0
GROUPS = ("all", "like")


@dataclass(frozen=True)
class Told:
    """changes: (group, quantity) -> its change; stations: how many each group has; heard: how
    many stations told anything in (this period, the base)."""

    changes: dict[tuple[str, str], Change]
    stations: dict[str, int]
    heard: tuple[int, int]
    period: Period
    base: Base


def told_of(asked: Asked, how: str) -> Told:
    """Both groups over the days of the range and of its base `how` (prev or yoy)."""
    period, base = compared_days(asked.view, asked.span, how)
    now, before = _sums(asked, period), _sums(asked, base.period)
    heard_now, heard_then = (
        {int(station): float(share) for station, share in frame.select("station", "share").rows()}
        for frame in (now, before)
    )
    alike = like_for_like(heard_now, heard_then)
    made = {}
    for group in GROUPS:
        frames = (now, before)
        if group == "like":
            frames = tuple(f.filter(pl.col("station").is_in(alike)) for f in frames)  # type: ignore[assignment]
        counts = [len(alike) if group == "like" else len(asked.reach.ids)] * 2
        for code in CODES:
            here, there = (
                _figure(frame, code, count) for frame, count in zip(frames, counts, strict=True)
            )
            quantity = BY_CODE[code]
            floor = quantity.floor if not quantity.bottom else 10.0**-quantity.decimals
            lengths = (period.days, base.period.days)
            made[group, code] = change(here, there, lengths, quantity.extensive, floor)
    counts_of = {"all": len(asked.reach.ids), "like": len(alike)}
    heard = (now.height, before.height)
    return Told(made, counts_of, heard, period, base)


@guard()
def reach_panel(asked: Asked, how: str) -> Any:
    """Each quantity of all stations and like-for-like: now, base, growth."""
    view, told = asked.view, told_of(asked, how)
    fields = [Field("quantity", view.text("comparison.quantity"), width="24%")]
    for group in GROUPS:
        for part in ("current", "base", "growth"):
            words = f"{view.text(f'comparison.group_{group}')} {view.text(f'comparison.{part}')}"
            fields.append(Field(f"{group}_{part}", words, right=True))
    rows = []
    for code in CODES:
        quantity = BY_CODE[code]
        words = f"{view.text(f'comparison.q_{code}')} {quantity.unit}".strip()
        row: dict[str, Any] = {"quantity": words}
        for group in GROUPS:
            found = told.changes[group, code]
            for part, of in (("current", found.current), ("base", found.base)):
                row[f"{group}_{part}"] = figure_value(
                    of, quantity.decimals, view.language, False, False
                )
            row[f"{group}_growth"] = growth_cell(view, found)
        rows.append(row)
    title = view.text("comparison.reach_title", how=view.text(f"comparison.{how}"))
    return panel(
        title,
        table(fields, rows, title),
        _words(asked, told),
        buttons("comparison", f"reach_{how}"),
    )


def reach_table(asked: Asked, how: str) -> Table:
    """The same as a file: raw numbers, one row a group and quantity."""
    text, told = asked.view.text, told_of(asked, how)
    names = ("group", "stations", "quantity", "unit", "current", "base", "delta", "growth",
             "coverage_now", "coverage_base")  # fmt: skip
    rows: list[list[Any]] = []
    for (group, code), found in told.changes.items():
        values = [f.value for f in (found.current, found.base, found.delta, found.growth)]
        rows.append(
            [text(f"comparison.group_{group}"), told.stations[group], text(f"comparison.q_{code}"),
             BY_CODE[code].unit, *values, found.current.coverage, found.base.coverage]
        )  # fmt: skip
    return [text(f"comparison.{name}") for name in names], rows


def _words(asked: Asked, told: Told) -> str:
    there = told.base.period
    text = asked.view.text
    return text(
        "comparison.reach_note", n=f"{told.stations['all']:,}", like=f"{told.stations['like']:,}",
        a=there.first, b=there.last, now=f"{told.heard[0]:,}", then=f"{told.heard[1]:,}",
    )  # fmt: skip


def _sums(asked: Asked, period: Period) -> pl.DataFrame:
    """Sums of FACTS a station over the period, and `share`: of its seconds that were heard."""
    desk = desk_of(asked.stores)
    frame = desk.sums(asked.view, (*FACTS, "F.online_s"), period.first, period.last, ("station",))
    if not asked.whole:
        frame = frame.filter(pl.col("station").is_in(asked.reach.ids))
    share = (pl.col("F.online_s") / (DAY_SECONDS * period.days)).fill_null(0.0).clip(0, 1)
    return frame.filter(pl.col("F.volume").is_not_null()).with_columns(share.alias("share"))


def _figure(frame: pl.DataFrame, code: str, count: int) -> Any:
    """One quantity of the stations of `frame`, of `count` that there are."""
    quantity = BY_CODE[code]

    def column(name: str) -> np.ndarray:
        return frame[name].cast(pl.Float64).fill_null(float("nan")).to_numpy()

    coverage = float(frame["share"].sum()) / count if count else 0.0
    bottom = column(quantity.bottom) if quantity.bottom else None
    return of_many(
        column(quantity.top), bottom, coverage, quantity.unit, quantity.scale, quantity.floor
    )
