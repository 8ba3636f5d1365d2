"""Quality flags of decoded values, by array operations. Pure; a flag never changes a value."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from data.catalogue.flags import Flag
from data.catalogue.points import point

MISSING = np.iinfo(np.int64).min
SENSOR_ERROR = 0.005
"""A reading this small a part of the range below a lower end of 0 is zero with sensor error."""
LONGEST = 30.0
"""s; over a longer gap a change of any size is possible and RATE says nothing."""


@dataclass(frozen=True)
class Limits:
    """What is physically possible at k points, in catalogue units."""

    codes: tuple[str, ...]
    low: np.ndarray
    """int64[k]"""
    high: np.ndarray
    """int64[k]"""
    rated: np.ndarray
    """int64[r]: which of the k points have a rate limit."""
    rate: np.ndarray
    """float64[r]: catalogue units a second."""


@lru_cache(maxsize=1024)
def limits(codes: tuple[str, ...]) -> Limits:
    """The limits of these points from the catalogue; KeyError for an unknown one."""
    low, high, rated, rate = [], [], [], []
    for line, code in enumerate(codes):
        row = point(code)
        step = float(row.resolution)
        bottom, top = row.range
        if bottom == 0 and not row.digital and row.kind not in ("counter", "enum"):
            bottom = -SENSOR_ERROR * top
        low.append(round(bottom / step))
        high.append(round(top / step))
        if row.rate is not None:
            rated.append(line)
            rate.append(row.rate / step)
    return Limits(
        codes,
        np.array(low, np.int64),
        np.array(high, np.int64),
        np.array(rated, np.int64),
        np.array(rate, np.float64),
    )


def judge(
    known: Limits,
    values: np.ndarray,
    flags: np.ndarray,
    previous: np.ndarray | None = None,
    seconds: np.ndarray | None = None,
) -> np.ndarray:
    """Flags uint8[k, m] of values int64[k, m]; `flags` are those of the decoder (BAD_SENSOR).

    `previous` int64[r, m] holds the value before at the points `known.rated` (MISSING = none)
    and `seconds` float64[m] how long ago that was; without them RATE isn't judged.
    """
    outside = (values < known.low[:, None]) | (values > known.high[:, None])
    result = np.where(outside & (values != MISSING), np.uint8(Flag.OUT_OF_RANGE), flags)
    if previous is not None and seconds is not None and len(known.rated):
        now = values[known.rated]
        both = (now != MISSING) & (previous != MISSING) & (seconds > 0) & (seconds <= LONGEST)
        change = np.where(both, now, 0) - np.where(both, previous, 0)
        fast = both & (np.abs(change) > known.rate[:, None] * seconds)
        at_rated = result[known.rated]
        result[known.rated] = np.where(
            fast & (at_rated == Flag.GOOD), np.uint8(Flag.RATE), at_rated
        )
    return result
