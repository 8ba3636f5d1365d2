"""An analyser that stands still counts as unknown: it never improves compliance."""

from __future__ import annotations

import numpy as np

from analytics.water_quality import stood_still
from ingest.frozen_rows import counted
from ingest.registers import MISSING

COUNT = 12
QUARTER = 900_000


def day(stuck: bool = True, warmer: bool = True) -> dict[str, np.ndarray]:
    """Three hours of two stations; the second one's chlorine is stuck from the third quarter on."""
    station = np.repeat([1, 2], COUNT)
    rng = np.random.default_rng(7)
    low = rng.integers(30, 40, 2 * COUNT)
    high = low + 1 + rng.integers(0, 3, 2 * COUNT)
    if stuck:
        low[COUNT + 2 :] = high[COUNT + 2 :] = 41
    rows = {
        "station": station,
        "ts": np.tile(np.arange(COUNT) * QUARTER, 2),
        "WQ.TEMP": np.tile(1800 + (np.arange(COUNT) if warmer else np.zeros(COUNT, int)), 2),
        "WQ.CL_OUT.min": low,
        "WQ.CL_OUT.max": high,
    }
    for item in ("chlorine", "quality", "turbidity"):
        rows[f"F.{item}_s"] = np.full(2 * COUNT, 900.0)
        rows[f"F.{item}_ok_s"] = np.full(2 * COUNT, 900.0)
    return rows


def hours(rows: dict[str, np.ndarray], name: str) -> list[float]:
    return [float(rows[name][rows["station"] == id].sum() / 3600) for id in (1, 2)]


def test_a_stuck_analyser_is_unknown_and_others_are_not() -> None:
    rows = counted(day())
    for name in ("F.chlorine_s", "F.chlorine_ok_s", "F.quality_s", "F.quality_ok_s"):
        assert hours(rows, name) == [3.0, 0.5], name
    assert hours(rows, "F.turbidity_s") == [3.0, 3.0], "its own analyser moved or wasn't judged"


def test_a_still_water_isnt_a_stuck_analyser() -> None:
    for rows in (day(stuck=False), day(warmer=False)):
        assert hours(counted(rows), "F.chlorine_s") == [3.0, 3.0]
    short = day()
    short["WQ.CL_OUT.max"][COUNT + 8] += 1  # 1.5 h and 0.75 h
    assert hours(counted(short), "F.chlorine_s") == [3.0, 3.0]


def test_rows_of_the_past_hold_one_value_and_are_not_judged() -> None:
    rows = day()
    rows["WQ.CL_OUT.min"] = rows["WQ.CL_OUT.max"] = np.full(2 * COUNT, MISSING)
    assert hours(counted(rows), "F.chlorine_s") == [3.0, 3.0]
    del rows["WQ.TEMP"]
    assert counted(rows) is rows


def test_a_run_ends_with_its_station() -> None:
    station = np.repeat([1, 2], 5)
    same, warm = np.full(10, 0.4), np.arange(10.0)
    assert not stood_still(station, same, same, warm, 6).any()
    assert stood_still(np.ones(10, int), same, same, warm, 6).all()
    assert len(stood_still(np.empty(0), np.empty(0), np.empty(0), np.empty(0))) == 0
