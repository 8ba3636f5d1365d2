"""Figures of the demand forecast on public data: `demand.*` of `python -m benchmarks.truth`.

Data: Battle of Water Demand Forecasting 2024 (Alvisi et al. 2025, CC BY 4.0), hourly inflow of five
districts in local time with the gaps and repeats of summer time. Origins: the last 26 Mondays;
measured: mean absolute error of hours 1 to 168 against the same hour a week before.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np

from analytics.demand_forecast import HORIZON, forecast, kinds
from benchmarks.published import others_data

Floats = np.ndarray
FILE = others_data() / "bwdf" / "inflow_dma1-5.csv"
ORIGINS = 26
_FIXED = ((1, 1), (1, 6), (4, 25), (5, 1), (6, 2), (8, 15), (11, 1), (12, 8), (12, 25), (12, 26))
HOLIDAYS: Mapping[date, str] = {
    **{date(year, month, day): "holiday" for year in (2021, 2022) for month, day in _FIXED},
    **dict.fromkeys((date(2021, 4, 5), date(2022, 4, 18)), "holiday"),
}
"""Days off of the districts' country; Easter Mondays are 2021-04-05 and 2022-04-18."""


def read_districts(file: Path = FILE) -> tuple[date, list[Floats]]:
    """First day, and per district [days, 24] L/s by local clock: a repeated hour is the mean of
    both, a skipped one NaN."""
    with file.open(encoding="utf-8") as lines:
        rows = list(csv.reader(lines))[1:]
    times = [datetime.fromisoformat(row[0]) for row in rows]
    first, last = times[0].date(), times[-1].date()
    days = (last - first).days + 1
    place = [((at.date() - first).days, at.hour) for at in times]
    return first, [_grid(place, [row[i] for row in rows], days) for i in range(1, len(rows[0]))]


def _grid(place: list[tuple[int, int]], texts: list[str], days: int) -> Floats:
    total, count = np.zeros((days, 24)), np.zeros((days, 24))
    for at, text in zip(place, texts, strict=True):
        if text and text != "NaN":
            total[at] += float(text)
            count[at] += 1
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def last_week(history: Floats) -> Floats:
    """The seasonal naive: the same hour a week before, or two to four where that is unknown."""
    told = history[-HORIZON:].copy()
    for weeks in (2, 3, 4):
        earlier = history[-7 * weeks : len(history) - 7 * (weeks - 1)]
        told = np.where(np.isfinite(told), told, earlier)
    return told


def mondays(first: date, days: int, count: int = ORIGINS) -> list[int]:
    """Row numbers of the last `count` Mondays with a whole week after them."""
    found = [i for i in range(days - HORIZON + 1) if (first + timedelta(days=i)).weekday() == 0]
    return found[-count:]


def demand_figures(file: Path = FILE) -> dict[str, float]:
    """Names and values; {} where the data aren't there."""
    if not file.exists():
        return {}
    first, districts = read_districts(file)
    names = kinds(first, len(districts[0]) + HORIZON, HOLIDAYS)
    gains, inside80, inside90, errors, actual = [], [], [], [], []
    for grid in districts:
        ours, naive = [], []
        for origin in mondays(first, len(grid)):
            seen, told = grid[origin : origin + HORIZON], forecast(grid[:origin], names)
            plain = last_week(grid[:origin])
            both = np.isfinite(seen) & np.isfinite(plain)
            ours.append(np.abs(seen - told.value)[both])
            naive.append(np.abs(seen - plain)[both])
            inside80.append(((seen >= told.low80) & (seen <= told.high80))[both])
            inside90.append(((seen >= told.low90) & (seen <= told.high90))[both])
            actual.append(seen[both])
        errors += ours
        gains.append(1.0 - np.concatenate(ours).mean() / np.concatenate(naive).mean())
    return {
        "demand.gain_vs_seasonal_naive_pct": round(100.0 * float(np.mean(gains)), 2),
        "demand.gain_worst_district_pct": round(100.0 * float(np.min(gains)), 2),
        "demand.coverage80_pct": round(100.0 * float(np.concatenate(inside80).mean()), 1),
        "demand.coverage90_pct": round(100.0 * float(np.concatenate(inside90).mean()), 1),
        "demand.wape_pct": round(
            100.0 * float(np.concatenate(errors).sum() / np.concatenate(actual).sum()), 2
        ),
    }


def measure(seeds: Sequence[int]) -> dict[str, float]:
    """Figures for `python -m benchmarks.truth`. The data are measured ones: seeds change nothing;
    without the data there are no figures."""
    del seeds
    return demand_figures()


if __name__ == "__main__":
    for name, value in demand_figures().items():
        print(f"{name:40} {value}")
