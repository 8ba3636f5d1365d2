"""The living city's household meters: each Monday night, and for the late ones each Thursday, a
CSV is dropped into VAR/inbox, as a reading company would do.

    station,time,meter,kind,reading_m3
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import numpy as np
import structlog

from simulator.faults import Fault
from simulator.households import THURSDAY, Compound, compounds, readings, second_of, weekday
from simulator.living import LivingCity, moment
from simulator.quasi import Quasi
from simulator.types import Floats

log = structlog.get_logger("simulator")
INBOX = "inbox"
HEAD = "station,time,meter,kind,reading_m3\n"
AT_ONCE = 20
"""Compounds written between two steps of the city: some milliseconds."""
WINDOW = 6 * 3600.0
"""s after the moment of a round in which a city that was stopped still makes up for it."""


class Rounds:
    """Watches the clock; a round is written piece by piece, so that no gateway waits for it."""

    def __init__(self, city: LivingCity, birth: int, var: Path, now_ms: int) -> None:
        self._city, self._birth = city, birth
        self._folder = var / INBOX
        self._meters: list[tuple[int, Compound]] = []
        self._born: Floats = np.zeros(0)
        self._last = 0
        self._job: Iterator[None] | None = None
        now = moment(now_ms, city.zone)
        if (second_of(now.day) or 0.0) < now.seconds and birth == now.day:
            self._last = now.day  # the past has it

    def turn(self, now_ms: int) -> None:
        """Once a second. Raises OSError when the inbox can't be written."""
        now = moment(now_ms, self._city.zone)
        at = second_of(now.day)
        due = at is not None and at <= now.seconds < at + WINDOW and now.day != self._last
        if due and self._job is None:
            self._last = now.day
            if not self._file(now.day).exists():
                self._job = self._write(now.day, now_ms)
        if self._job is not None and next(self._job, True):
            self._job = None

    def _file(self, day: int) -> Path:
        late = "-late" if weekday(day) == THURSDAY else ""
        return self._folder / f"households{late}-{datetime.fromordinal(day):%Y-%m-%d}.csv"

    def used(self) -> Floats:
        """[n] m³ that the homes of each station have used, as their meters see it."""
        found = np.zeros(len(self._city.rows))
        for part in self._city.slices:
            found[part.members] = part.plant.shape.per_station(part.plant.counters.used)
        return found

    def _begin(self) -> None:
        rows, seed = self._city.rows, self._city.seed
        self._meters = compounds(rows, seed)
        self._born = np.zeros(len(rows))
        for part in self._city.slices:
            quasi = Quasi(part.plant.rows, seed, self._birth)
            self._born[part.members] = quasi.shape.per_station(quasi.reference().used)

    def _write(self, day: int, now_ms: int) -> Iterator[None]:
        if not self._meters:
            self._begin()
        used, broken = self.used(), self._broken(now_ms)
        code = {row.id: row.code for row in self._city.rows}
        time = datetime.fromtimestamp(now_ms // 60_000 * 60, self._city.zone).isoformat()
        self._folder.mkdir(parents=True, exist_ok=True)
        part = self._file(day).with_suffix(".part")
        with part.open("w", encoding="utf-8") as out:
            out.write(HEAD)
            for first in range(0, len(self._meters), AT_ONCE):
                some = self._meters[first : first + AT_ONCE]
                table = readings(some, self._city.seed, used, self._born, day, now_ms, broken)
                columns = (table[n].tolist() for n in ("station", "meter", "kind", "reading"))
                out.writelines(
                    f"{code[station]},{time},{meter},{kind},{litres / 1000:.3f}\n"
                    for station, meter, kind, litres in zip(*columns, strict=True)
                )
                yield
        part.replace(self._file(day))
        log.info("household meters read", file=self._file(day).name)

    def _broken(self, now_ms: int) -> dict[str, tuple[float, float]]:
        """By station: share of the meters that F33 has stopped, and m³ used since."""
        faults = [f for f in self._city.active(now_ms) if f.code == "F33" and f.severity > 1]
        return {fault.station: (_STOPPED[fault.severity], self._since(fault, now_ms))
                for fault in faults}  # fmt: skip

    def _since(self, fault: Fault, now_ms: int) -> float:
        part, place = self._city.home(fault.station)
        shape = part.plant.shape
        return float(shape.per_station(shape.demand)[place]) * (now_ms - fault.begin) / 3_600_000.0


_STOPPED = {2: 0.1, 3: 0.3}
