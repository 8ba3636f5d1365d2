"""A simulated city and the real alarm engine in one process, without sockets or a clock.

Registers of the simulator go through the collector's decoder into its matrix; engines, life and
correlation are those of `ingest.alarming`. Nobody acknowledges. A notification is an alarm of level
1 to 3 that no parent explains at that moment, its worsening, or its release.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

import numpy as np

from analytics.alarm import SUPPRESSED, UNACKNOWLEDGED, Alarm
from analytics.alarm_engine import Transition
from analytics.alarm_run import Engines
from analytics.daily_rules import Judged
from benchmarks.fault_past import live_of, remember, usual
from benchmarks.fault_scores import PHONED, Seen, Verdict
from data.catalogue.profiles import BlockPlan
from data.catalogue.rules import Rule
from data.stations import StationRow
from ingest.alarm_rules import Reader, run_of
from ingest.daily_rules import move
from ingest.derived import Derived
from ingest.fleet import Fleet
from ingest.frames import FAST, SLOW, Frame
from ingest.station_modes import LocalClock, StationModes
from simulator.faults import Fault
from simulator.gateways import Link
from simulator.kept import begin
from simulator.living import LivingCity
from simulator.planted import Plan

ZONE = ZoneInfo("Asia/Shanghai")
FIRST = date(2025, 3, 5)
"""A Wednesday, no holiday near."""
POLL, SLOW_POLL = 2, 60
"""s between two answers of the fast and of the slow block."""
HOLD_MS = 10_000
PAST = 3 * 3600
"""s that the engine has seen before, at 60 s, so that its windows are filled."""


class Healthy(LivingCity):
    """A city without slow troubles and chance faults; people visit."""

    def __init__(
        self, rows: Sequence[StationRow], seed: int, now: int, cut: Callable[[int, Link], None]
    ) -> None:
        day = FIRST.toordinal()
        super().__init__(rows, seed, day, ZONE, calm=False, cut=cut)
        for part in self.slices:
            part.plant.ledger = Plan.of(part.plant.shape, day, [])
            part.plant.sets.use(part.plant.ledger.on(day))
        begin(self, day, now)

    def _plan(self, now: object) -> None:
        """Nothing happens by chance."""


class Judge:
    """The run of a fleet, and who would have been told of its alarms."""

    def __init__(self, rules: Mapping[str, Rule], fleet: Fleet, hold_ms: int = HOLD_MS) -> None:
        self._rules, self._fleet = rules, fleet
        self.run = run_of(rules, fleet, hold_ms)
        self.engines: Engines = self.run.engines
        self.alarms: list[Alarm] = []
        """All that were raised, in their order."""
        self._told: dict[Alarm, list[int]] = {}
        self._raised: dict[Alarm, list[int]] = {}

    def take(self, found: Sequence[Transition]) -> None:
        """Let transitions of stations become alarms."""
        self.note(self.run.take(found))

    def note(self, raised: Sequence[Alarm]) -> None:
        """Write down when these were raised: now."""
        for alarm in raised:
            if alarm not in self._raised:
                self.alarms.append(alarm)
            self._raised.setdefault(alarm, []).append(alarm.raised_ms)

    def day(self, ms: int, told: Judged) -> None:
        """Let what a day's analyses found become alarms."""
        districts = {row.id: row.district_id for row in self._fleet.stations}
        life, correlation = self.run.life, self.run.correlation
        self.note(move(life, correlation, self._rules, districts, ms, told))

    def settle(self, now_ms: int) -> None:
        """End a step: release what nothing explains any more, count the notifications."""
        self.run.settle(now_ms)
        for event in self.run.life.events:
            again = event.note.startswith("count")  # the same alarm, its count went up
            if event.state == UNACKNOWLEDGED and event.alarm.state != SUPPRESSED and not again:
                self._told.setdefault(event.alarm, []).append(event.ms)
        self.run.life.events.clear()
        self.run.life.changed.clear()

    def seen(self, verdicts: Mapping[Alarm, Verdict] | None = None) -> list[Seen]:
        """All alarms until now, each activation one; its notifications with the first."""
        verdicts = verdicts or {}
        found = []
        for alarm, raised in self._raised.items():
            told = tuple(self._told.get(alarm, ())) if alarm.level <= PHONED else ()
            for i, ms in enumerate(raised):
                mine = () if i else told
                found.append(Seen(
                    alarm.rule, alarm.station, alarm.district, ms, alarm.level, mine,
                    verdicts.get(alarm),
                ))  # fmt: skip
        return found


class Watched:
    """A healthy city under the eyes of the engine, from an hour of `FIRST` on."""

    def __init__(
        self, rules: Mapping[str, Rule], rows: Sequence[StationRow], seed: int, hour: float
    ) -> None:
        midnight = datetime(FIRST.year, FIRST.month, FIRST.day, tzinfo=ZONE).timestamp()
        self.now = round((midnight + hour * 3600.0) * 1000)
        self.rows = tuple(rows)
        self._down = np.zeros(len(rows), bool)
        self.city = Healthy(rows, seed, self.now, self._cut)
        self.fleet = Fleet(rows)
        self.judge = Judge(rules, self.fleet)
        self._derived = Derived(self.fleet)
        self._modes, self._clock = StationModes(self.fleet), LocalClock(ZONE)
        kinds = self.judge.engines
        kinds.stations.usuals.learn(usual(kinds.stations.usuals.wanted, rows, seed, FIRST, ZONE))
        remember(kinds, rows, seed, self.now, PAST, ZONE, self.judge.take)
        readers = self.judge.engines.stations.codes, self.judge.engines.platform.codes
        self._read, self._read_platform = (Reader(self.fleet, codes) for codes in readers)
        self._start = self.now
        plans: dict[int, tuple[BlockPlan, BlockPlan]] = {}
        for group in self.city.registers.groups:
            plans |= dict.fromkeys(group.members.tolist(), group.plans)
        self._asks = [
            [(i, plans[i][block].function, plans[i][block].address, plans[i][block].count)
             for i in range(len(rows))]
            for block in (FAST, SLOW)
        ]  # fmt: skip
        self._down = np.zeros(len(rows), bool)
        self.city._cut = self._cut
        self.city.refresh()

    def _cut(self, station: int, link: Link) -> None:
        self._down[station] = link != Link.UP

    def add(self, faults: Sequence[Fault]) -> None:
        """Let faults happen."""
        self.city.add(faults)

    def go(self, seconds: int, look: Callable[[int], None] = lambda now: None) -> None:
        """Live on; `look(ms)` is called after each step of POLL s."""
        for _ in range(0, seconds, POLL):
            self.now += 1000 * POLL
            for part in self.city.slices:
                self.city.tick(part, self.now)  # every second that is due, shown once
            self._poll()
            look(self.now)

    def _poll(self) -> None:
        frames = self._frames(FAST)
        if (self.now - self._start) // 1000 % SLOW_POLL < POLL or self.now - self._start <= 2000:
            frames += self._frames(SLOW)
        for fresh in self.fleet.update(frames):
            self._derived.update(self.now)
            run = self.judge.run
            self.judge.note(run.sample(self.fleet.fast_ms, fresh, self._read, self._live()))
        self._derived.update(self.now)
        silence = (self.now - np.maximum(self.fleet.fast_ms, self._start)) / 1000
        self.judge.note(self.judge.run.tick(self.now, silence, self._read_platform, self._live()))
        self.judge.settle(self.now)

    def _live(self) -> dict[str, np.ndarray]:
        return live_of(self._clock, self.now, len(self.rows)) | {"mode": self._modes.now()}

    def _frames(self, block: int) -> list[Frame]:
        read = self.city.registers.read
        return [
            Frame(self.rows[ask[0]].id, block, self.now, read(*ask)[1])
            for ask in self._asks[block]
            if not self._down[ask[0]]
        ]
