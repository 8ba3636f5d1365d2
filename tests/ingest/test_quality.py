"""Flags by range and rate, in catalogue units."""

from __future__ import annotations

import numpy as np
import pytest

from data.catalogue.flags import Flag
from data.catalogue.points import points
from ingest.quality import LONGEST, judge, limits
from ingest.registers import MISSING

CODES = ("PH.P_MAIN", "L.P_OUT", "L.P1.RUN", "L.P1.MODE", "L.Q_OUT", "EL.E", "L.P2.T_VFD")
KNOWN = limits(CODES)


def flags_of(values: list[int], **more: np.ndarray) -> list[Flag]:
    given = np.array([values], np.int64).T
    bad = np.where(given == MISSING, np.uint8(Flag.BAD_SENSOR), np.uint8(Flag.GOOD))
    return [Flag(int(flag)) for flag in judge(KNOWN, given, bad, **more)[:, 0]]


@pytest.mark.parametrize(
    ("line", "value", "flag"),
    [
        (0, 0, Flag.GOOD),
        (0, 1000, Flag.GOOD),
        (0, 1001, Flag.OUT_OF_RANGE),
        (0, -5, Flag.GOOD),  # zero with half a percent of sensor error
        (0, -6, Flag.OUT_OF_RANGE),
        (1, -100, Flag.GOOD),  # -0.1 MPa, the lowest there is
        (1, -101, Flag.OUT_OF_RANGE),
        (3, 2, Flag.GOOD),
        (3, 3, Flag.OUT_OF_RANGE),
        (3, -1, Flag.OUT_OF_RANGE),
        (4, -30_000, Flag.GOOD),  # flow may run backwards
        (5, 9_999_999_900, Flag.GOOD),  # kWh in 0.01: more than 32 bits
        (5, -1, Flag.OUT_OF_RANGE),
        (6, 1200, Flag.GOOD),
        (6, 1201, Flag.OUT_OF_RANGE),
        (6, MISSING, Flag.BAD_SENSOR),
    ],
)
def test_the_range_of_the_catalogue(line: int, value: int, flag: Flag) -> None:
    values = [0] * len(CODES)
    values[line] = value
    want = [Flag.GOOD] * len(CODES)
    want[line] = flag
    assert flags_of(values) == want


@pytest.mark.parametrize(
    ("before", "now", "seconds", "flag"),
    [
        (300, 700, 2.0, Flag.GOOD),  # 0.2 MPa a second is allowed
        (300, 701, 2.0, Flag.RATE),
        (700, 299, 2.0, Flag.RATE),
        (300, 701, 4.0, Flag.GOOD),
        (300, 1001, 2.0, Flag.OUT_OF_RANGE),  # the stronger flag stays
        (300, MISSING, 2.0, Flag.BAD_SENSOR),
        (MISSING, 900, 2.0, Flag.GOOD),
        (0, 1000, 0.0, Flag.GOOD),
        (0, 1000, -3.0, Flag.GOOD),
        (0, 1000, LONGEST + 1, Flag.GOOD),
    ],
)
def test_the_rate_of_the_catalogue(before: int, now: int, seconds: float, flag: Flag) -> None:
    values = [0] * len(CODES)
    values[0] = now
    assert KNOWN.rated.tolist() == [0, 1]
    found = flags_of(values, previous=np.array([[before], [0]]), seconds=np.array([seconds]))
    assert found == [flag] + [Flag.GOOD] * (len(CODES) - 1)


def test_every_point_of_the_catalogue_has_limits_in_order() -> None:
    codes = tuple(
        code.replace("{z}", "L").replace("{n}", "1").replace("{t}", "T1") for code in points()
    )
    known = limits(codes)
    assert (known.low < known.high).all()
    assert (known.rate > 0).all()
