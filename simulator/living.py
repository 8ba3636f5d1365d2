"""The living city: plants in slices, their gauges, faults and registers, second by second.

A slice is stepped at its own tenth of a second, so that the gateways of the others answer
meanwhile: one step of all 2,100 stations at once would hold everybody up.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TextIO
from zoneinfo import ZoneInfo

import numpy as np

from data.stations import StationRow
from simulator import truth
from simulator.chance import Visits, incidents, visits
from simulator.faults import Fault, Trouble, work
from simulator.gateways import Link
from simulator.plant import Plant
from simulator.registers import Group, Registers
from simulator.sensors import Panel
from simulator.types import Ints

SLICE = 240
"""Most stations of a slice."""
SLOW_EVERY = 10
"""s between two refreshments of the slow block."""
CATCH_UP = 30
"""Most steps at once when the machine was late."""


@dataclass(frozen=True)
class Moment:
    """A whole second: ms UTC, ordinal of the local date, second of the local day."""

    ms: int
    day: int
    seconds: float
    midnight: int
    """ms UTC at which the local day began."""


def moment(ms: int, zone: ZoneInfo) -> Moment:
    """The local clock at `ms` UTC, cut to the second."""
    second = ms // 1000
    local = datetime.fromtimestamp(second, zone)
    begin = datetime(local.year, local.month, local.day, tzinfo=zone)
    midnight = round(begin.timestamp() * 1000)
    clock = local.hour * 3600.0 + local.minute * 60.0 + local.second
    return Moment(second * 1000, local.toordinal(), clock, midnight)


@dataclass
class Slice:
    """Stations that step together, with all that hangs on them."""

    plant: Plant
    groups: list[Group]
    members: Ints
    """Their places in the city."""
    panels: tuple[Panel, Panel]
    """Fast and slow block."""
    cells: list[tuple[Ints, Ints]]
    """Of each group and block: which cells of the panel its registers show."""
    visits: Visits
    second: int = 0
    """UTC second that the plant has reached."""
    troubles: list[Trouble] = field(default_factory=list)
    link: Ints = field(default_factory=lambda: np.zeros(0, np.int64))


class LivingCity:
    """All stations. `cut(station, link)` is told when a link changes."""

    def __init__(
        self,
        rows: Sequence[StationRow],
        seed: int,
        birth: int,
        zone: ZoneInfo,
        calm: bool = False,
        cut: Callable[[int, Link], None] = lambda station, link: None,
        diary: TextIO | None = None,
    ) -> None:
        self.rows, self.seed, self.zone, self.calm = tuple(rows), seed, zone, calm
        self.place = {row.code: i for i, row in enumerate(rows)}
        self.registers = Registers(rows)
        self.faults: list[Fault] = []
        self._planned = 0
        self._begun: set[tuple[str, str]] = set()
        self._cut, self._diary = cut, diary
        self.slices = [self._slice(groups, birth) for groups in _bins(self.registers.groups)]
        self._home = {int(i): (part, j) for part in self.slices for j, i in enumerate(part.members)}

    def _slice(self, groups: list[Group], birth: int) -> Slice:
        members = np.concatenate([group.members for group in groups])
        plant = Plant([self.rows[i] for i in members], self.seed, birth)
        panels = Panel(plant, truth.fast), Panel(plant, truth.slow)
        first = np.cumsum([0] + [len(group.members) for group in groups])
        cells = [
            (
                panels[0].cells(group, group.plans[0].codes, i),
                panels[1].cells(group, group.plans[1].codes, i),
            )
            for group, i in zip(groups, first.tolist(), strict=False)
        ]
        return Slice(
            plant=plant,
            groups=groups,
            members=members,
            panels=panels,
            cells=cells,
            visits=visits(plant.shape, birth),
            link=np.zeros(len(members), np.int64),
        )

    def tick(self, part: Slice, now_ms: int) -> None:
        """Bring a slice to `now_ms` and refresh what its gateways answer."""
        target = now_ms // 1000
        if part.second == 0 or target - part.second > CATCH_UP:
            part.second = target - 1
        while part.second < target:
            part.second += 1
            now = moment(part.second * 1000, self.zone)
            self._plan(now)
            if now.day != part.plant.day:
                part.visits = visits(part.plant.shape, now.day)
            self._work(part, now)
            part.plant.step(now.day, now.seconds)
        self._show(part, 0)
        if part.second % SLOW_EVERY == 0:
            self._show(part, 1)
        self._links(part)

    def refresh(self) -> None:
        """Make all registers from the plants as they stand."""
        for part in self.slices:
            self._show(part, 0)
            self._show(part, 1)

    def _show(self, part: Slice, block: int) -> None:
        shown = part.panels[block].read()
        for group, cells in zip(part.groups, part.cells, strict=True):
            self.registers.put(group, block, shown[cells[block]])

    def add(self, faults: Iterable[Fault]) -> None:
        """Let these faults happen. Raises KeyError for a station that isn't simulated."""
        for fault in faults:
            part, place = self._home[self.place[fault.station]]
            self.faults.append(fault)
            part.troubles.append(Trouble(fault, part.plant, place))

    def home(self, station: str) -> tuple[Slice, int]:
        """(slice, place in it) of the station with this code; KeyError when it isn't simulated."""
        return self._home[self.place[station]]

    def clear(self, chosen: Callable[[Fault], bool], now_ms: int) -> list[Fault]:
        """End the chosen faults that have begun; with them go all of their group."""
        groups = {f.group for f in self.faults if chosen(f) and f.active(now_ms)}
        gone = [fault for fault in self.faults if fault.group in groups]
        self._drop(gone, now_ms)
        return gone

    def active(self, now_ms: int) -> list[Fault]:
        """The faults going on."""
        return [fault for fault in self.faults if fault.active(now_ms)]

    def _plan(self, now: Moment) -> None:
        """Draw the chance faults of a new day; at a start also yesterday's that still go on."""
        if now.day == self._planned or self.calm:
            return
        days = [now.day] if self._planned else [now.day - 1, now.day]
        self._planned = now.day
        for day in days:
            begin = midnight_of(day, self.zone)
            drawn = incidents(self.rows, self.seed, day, begin)
            self.add(fault for fault in drawn if fault.end is None or fault.end > now.ms)

    def _work(self, part: Slice, now: Moment) -> None:
        """Write the effects of this second: faults, visits."""
        effects = part.plant.effects
        effects.clear()
        over = []
        for trouble in part.troubles:
            fault = trouble.fault
            if fault.active(now.ms):
                self._note("begin", fault, now.ms)
                work(trouble, now.ms)
            elif fault.end is not None and now.ms >= fault.end:
                over.append(fault)
        if over:
            self._drop(over, now.ms)
        if not self.calm:
            part.visits.work(effects, now.seconds)

    def _drop(self, gone: list[Fault], now_ms: int) -> None:
        for fault in gone:
            self._note("end", fault, now_ms)
            self.faults.remove(fault)
            part, _ = self._home[self.place[fault.station]]
            part.troubles = [t for t in part.troubles if t.fault is not fault]

    def _note(self, event: str, fault: Fault, now_ms: int) -> None:
        """One line in the ledger of faults, which only tests read."""
        name = (fault.group, fault.station)
        if (event == "begin") == (name in self._begun):
            return
        (self._begun.add if event == "begin" else self._begun.discard)(name)
        if self._diary is None:
            return
        with contextlib.suppress(OSError):  # a full disk must not stop the city
            at = datetime.fromtimestamp(now_ms / 1000, UTC).isoformat()
            self._diary.write(json.dumps({"event": event, "at": at, **fault.row()}) + "\n")
            self._diary.flush()

    def _links(self, part: Slice) -> None:
        """Tell whoever cuts the links; a gateway whose UPS is empty is gone too."""
        empty = part.plant.rooms.state.battery <= 0.0
        link = np.where(empty, int(Link.DOWN), part.plant.effects.link)
        for j in np.flatnonzero(link != part.link):
            self._cut(int(part.members[j]), Link(int(link[j])))
        part.link = link


def midnight_of(day: int, zone: ZoneInfo) -> int:
    """ms UTC at which the local day with this ordinal begins."""
    date = datetime.fromordinal(day)
    return round(datetime(date.year, date.month, date.day, tzinfo=zone).timestamp() * 1000)


def length_of(day: int, zone: ZoneInfo) -> float:
    """s of the local day."""
    return (midnight_of(day + 1, zone) - midnight_of(day, zone)) / 1000.0


def _bins(groups: Iterable[Group]) -> list[list[Group]]:
    """Groups of a like width together, up to SLICE stations a bin."""
    bins: list[list[Group]] = []
    count = SLICE + 1
    last = 0
    for group in sorted(groups, key=lambda g: (max(g.layout.pumps) > 4, -len(g.members))):
        size, wide = len(group.members), int(max(group.layout.pumps) > 4)
        if count + size > SLICE or wide != last:
            bins.append([])
            count, last = 0, wide
        bins[-1].append(group)
        count += size
    return bins
