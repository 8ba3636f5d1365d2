"""Which stations a fault takes along, and which it can't strike."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from data.stations import StationRow
from simulator.draws import key, uniform

CARRIER_SHARE = 0.30
"""Stations of a district that a carrier's failure (F15) takes along."""
MAINS_SHARE, MAINS_LEAST = 0.10, 4
"""Share of a district that one zone of the mains feeds (F29), and how many stations at least."""


def unfit(code: str, row: StationRow) -> str:
    """Why this fault can't happen at this station; empty when it can."""
    if code in ("F05", "F19") and not row.tanks:
        return "has no tank, so no inlet valve"
    if code == "F30" and row.tanks:
        return "has a tank: its pumps don't draw from the mains"
    return ""


def struck(code: str, row: StationRow, rows: Sequence[StationRow], seed: int) -> list[str]:
    """Codes of the stations that a fault at `row` strikes: itself, and with a carrier (F15) or the
    mains (F29) others of its district."""
    near = [other for other in rows if other.district_id == row.district_id]
    if code == "F15":
        share = uniform(seed, "carrier.fault", [key(other.code) for other in near])
        lost = zip(near, share, strict=True)
        return [o.code for o, s in lost if s < CARRIER_SHARE or o.code == row.code]
    if code == "F29":
        count = max(MAINS_LEAST, round(MAINS_SHARE * len(near)))
        return [other.code for other in sorted(near, key=lambda o: _distance(row, o))[:count]]
    return [row.code]


def _distance(one: StationRow, other: StationRow) -> float:
    """Squared, in degrees of latitude; the station itself comes first."""
    north = (one.latitude or 0.0) - (other.latitude or 0.0)
    east = (one.longitude or 0.0) - (other.longitude or 0.0)
    east *= np.cos(np.radians(one.latitude or 0.0))
    return -1.0 if one.code == other.code else float(north**2 + east**2)
