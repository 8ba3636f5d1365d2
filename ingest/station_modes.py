"""What the alarm engines are told of the clock and of each station's operating mode."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from analytics.alarm_usual import SLOTS
from analytics.alarm_worth import MODES
from data.catalogue.calendar import kinds
from data.catalogue.flags import Flag
from ingest.fleet import MISSING, Fleet

AUTO, MANUAL, SLEEP, POWER_OFF = (
    MODES.index(name) for name in ("auto", "manual", "sleep", "power_off")
)
AUTOMATIC = 2
"""Word of a pump's MODE."""


class StationModes:
    """The modes of one fleet, as far as its points tell them: POWER_OFF without mains, MANUAL where
    no pump is in automatic, SLEEP where every set sleeps, else AUTO. What people state of a station
    (maintenance, cleaning ...) comes before what its points tell."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        self._mains = fleet.line_of.get("EL.MAINS_OK")
        codes = [column.point.code for column in fleet.columns]
        self._pumps, self._sleep = (
            np.array([line for line, code in enumerate(codes) if code == wanted], np.intp)
            for wanted in ("{z}.P{n}.MODE", "{z}.SLEEP")
        )

    def now(self, stated: Mapping[int, str] | None = None) -> NDArray[np.uint8]:
        """uint8[n]: number of MODES for each station. stated: mode by station id."""
        fleet = self._fleet
        mode = np.full(len(fleet.stations), AUTO, np.uint8)
        asleep, known = self._known(self._sleep)
        mode[known.any(axis=0) & ((asleep == 1) | ~known).all(axis=0)] = SLEEP
        word, known = self._known(self._pumps)
        mode[known.any(axis=0) & ((word != AUTOMATIC) | ~known).all(axis=0)] = MANUAL
        if self._mains is not None:
            off = fleet.inverted[self._mains]  # what the contact says without mains
            dark = (fleet.values[self._mains] == off) & (fleet.judged[self._mains] == Flag.GOOD)
            mode[dark] = POWER_OFF
        for station, name in (stated or {}).items():
            if (row := fleet.row_of.get(station)) is not None:
                mode[row] = MODES.index(name)
        return mode

    def _known(self, lines: NDArray[np.intp]) -> tuple[np.ndarray, np.ndarray]:
        values = self._fleet.values[lines]
        return values, (values != MISSING) & (self._fleet.judged[lines] == Flag.GOOD)


class LocalClock:
    """Hour and slot of the local day."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone

    def at(self, now: datetime) -> tuple[float, int]:
        """(hour of the local day, day type * SLOTS + quarter of the day)."""
        local = now.astimezone(self._zone)
        hour = local.hour + local.minute / 60
        off = day_off(local)
        return hour, off * SLOTS + min(int(hour * 4), SLOTS - 1)


def day_off(local: datetime) -> int:
    """1 on a day off (weekend, holiday), 0 on a day that is worked."""
    kind = kinds().get(local.date())
    if kind is None:
        return int(local.weekday() >= 5)
    return int(kind != "workday")
