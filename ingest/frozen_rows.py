"""Analysers that stand still: their time counts as unknown in the facts of a day. Q8 in
docs/methods.md.

A quarter knows the least and the greatest reading; where the temperature moved for two hours and
both stayed one value, the sensor is stuck, and a stuck sensor must not improve compliance.
"""

from __future__ import annotations

import numpy as np

from analytics.water_quality import stood_still
from data.catalogue.points import point
from ingest.registers import MISSING
from ingest.steady_days import Table

CODES = {"chlorine": "WQ.CL_OUT", "turbidity": "WQ.TURB", "ph": "WQ.PH"}
TEMPERATURE = "WQ.TEMP"
NAMES = (TEMPERATURE, *(f"{code}.{end}" for code in CODES.values() for end in ("min", "max")))
"""Columns of 15-min rows that tell."""


def counted(rows: Table) -> Table:
    """15-min rows, sorted by station and time, whose F.ITEM_s and F.ITEM_ok_s are 0 where the
    item's analyser stood still, and F.quality_* where any did."""
    if TEMPERATURE not in rows:
        return rows
    other = _units(rows[TEMPERATURE], TEMPERATURE)
    found, anywhere = dict(rows), np.zeros(len(rows["ts"]), bool)
    for item, code in CODES.items():
        ends = [f"{code}.min", f"{code}.max"]
        if not all(end in rows for end in ends):
            continue
        low, high = (_units(rows[end], code) for end in ends)
        still = stood_still(rows["station"], low, high, other)
        anywhere |= still
        _clear(found, item, still)
    _clear(found, "quality", anywhere)
    return found


def _clear(rows: Table, item: str, where: np.ndarray) -> None:
    for name in (f"F.{item}_s", f"F.{item}_ok_s"):
        if name in rows and where.any():
            rows[name] = np.where(where, 0.0, rows[name])


def _units(stored: np.ndarray, code: str) -> np.ndarray:
    """Units, NaN where missing; the scale doesn't matter here, only whether it moved."""
    return np.where(stored == MISSING, np.nan, stored * float(point(code).resolution))
