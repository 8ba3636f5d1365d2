"""A city of the simulator watched by the alarm engines in one process, on its own clock: no
sockets, no records, only transitions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import numpy as np

from analytics.alarm_engine import Transition
from data.catalogue.rules import rules
from data.stations import StationRow
from ingest.alarm_rules import Reader, engines
from ingest.derived import Derived
from ingest.fleet import Fleet
from ingest.frames import Frame
from ingest.station_modes import LocalClock, StationModes
from simulator import city as demo
from simulator.faults import Fault
from simulator.gateways import Link
from simulator.kept import begin
from simulator.living import LivingCity

ZONE = ZoneInfo("Asia/Shanghai")
DAY = date(2026, 3, 4)


@dataclass(frozen=True)
class Seen:
    """One transition: seconds since the city's start, station, place, level."""

    kind: str
    rule: str
    station: str
    place: str
    s: float
    level: int


class RuleCity:
    """`count` stations from `hour` on, answering every 2 s."""

    def __init__(self, count: int, hour: int = 13, seed: int = 1, calm: bool = True) -> None:
        # ids are the database's elsewhere; here the place in the list
        rows = [
            StationRow(**{**vars(row), "id": place + 1})
            for place, row in enumerate(demo.stations(count, seed, 5020))
        ]
        self.begin = self.now = round(
            datetime(DAY.year, DAY.month, DAY.day, hour, tzinfo=ZONE).timestamp() * 1000
        )
        self.links: dict[int, Link] = {}
        self.city = LivingCity(
            rows, seed, DAY.toordinal(), ZONE, calm=calm, cut=self.links.__setitem__
        )
        begin(self.city, DAY.toordinal(), self.now)
        self.fleet = Fleet(rows)
        self.derived = Derived(self.fleet)
        self.engines = engines(rules().values(), self.fleet, 10_000)
        self._read = Reader(self.fleet, self.engines.stations.codes)
        self._read_platform = Reader(self.fleet, self.engines.platform.codes)
        self._modes, self._clock = StationModes(self.fleet), LocalClock(ZONE)
        self.seen: list[Seen] = []
        self.hurt: dict[tuple[str, int], str] = {}
        """Fault and severity -> the station that has it."""

    def fault(self, code: str, station: str, severity: int = 2, place: str = "") -> None:
        self.city.add([Fault("g", code, station, severity, self.now, None, place)])

    def run(self, seconds: int) -> None:
        for _ in range(seconds // 2):
            self.now += 2000
            for part in self.city.slices:
                self.city.tick(part, self.now)
            for fresh in self.fleet.update(self._frames()):
                self._step(fresh)
            self._clocked()

    def _step(self, fresh: np.ndarray) -> None:
        self.derived.update(self.now)
        hour, slot = self._clock.at(datetime.fromtimestamp(self.now / 1000, UTC))
        n = len(self.fleet.stations)
        live = {"mode": self._modes.now(), "hour": np.full(n, hour), "slot": np.full(n, slot)}
        self._take(self.engines.stations.step(self.fleet.fast_ms, fresh, self._read, live))

    def _clocked(self) -> None:
        self.derived.update(self.now)
        silence = (self.now - np.maximum(self.fleet.fast_ms, self.begin)) / 1000
        n, areas = len(silence), len(self.engines.districts)
        every = np.ones(n, dtype=bool)
        found = self.engines.platform.step(
            np.full(n, self.now), every, self._read_platform, {"silence": silence}
        )
        self._take(found)
        found = self.engines.areas.step(
            np.full(areas, self.now), np.ones(areas, dtype=bool),
            lambda columns: np.zeros((0, len(columns))), {"silence": silence},
        )  # fmt: skip
        self._take(found, area=True)

    def _take(self, found: list[Transition], area: bool = False) -> None:
        self.seen += [
            Seen(
                t.kind, t.rule, "" if area else self.fleet.stations[t.subject].code,
                t.place.code, (t.ms - self.begin) / 1000, t.level,
            )
            for t in found
        ]  # fmt: skip

    def _frames(self) -> list[Frame]:
        found = []
        slow = (self.now // 1000) % 10 < 2
        for group in self.city.registers.groups:
            for block in (0, 1) if slow else (0,):
                plan, content = group.plans[block], self.city.registers._content[group.number]
                size = 2 * plan.count
                for j, member in enumerate(group.members.tolist()):
                    if self.links.get(member, Link.UP) == Link.UP:
                        words = content[block][j * size : (j + 1) * size]
                        found.append(Frame(member + 1, block, self.now, words))
        return found

    def raised(self, station: str = "") -> dict[str, float]:
        """Rule -> seconds at which it was first raised (at this station)."""
        found: dict[str, float] = {}
        for one in self.seen:
            if (one.kind == "raised" and one.station in (station, "")) or not station:
                found.setdefault(one.rule, one.s)
        return found
