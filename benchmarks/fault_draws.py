"""Which faults are drawn, at which stations and when, and when each one shows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.fault_city import Watched
from benchmarks.fault_scores import Draw
from data.stations import StationRow
from simulator.faults import LIBRARY, MINUTE, Fault
from simulator.faults_pumps import APART
from simulator.neighbours import struck, unfit
from simulator.parameters import SMALL_FLOW
from simulator.plant import Plant
from simulator.rooms import FLOOD_LEVEL

CITY = 240
"""Stations of a city: one slice of the simulator."""
WARM = 300
"""s before the first fault."""
OUTER, HOMES = ("REGIONAL", "RURAL"), 1000
"""Where a burst is small: types of stations, and homes of a zone beyond which it is."""
SPREAD = 600
"""s over which faults begin."""


@dataclass(frozen=True)
class Group:
    """Faults that are watched together: from which hour of the day, for how long (s; quick), how
    many in a city at most."""

    codes: tuple[str, ...]
    hour: float
    seconds: tuple[int, int]
    each: int


GROUPS = {
    "hour": Group(
        ("F30", "F05", "F14", "F02", "F08", "F10", "F11", "F12", "F13", "F16", "F20", "F21",
         "F24", "F25", "F27", "F28", "F32"),
        13.0, (3600, 2700), 180,
    ),
    "night": Group(("F19", "F06", "F26", "F22", "F23", "F09"), 1.0, (16_200, 14_400), 90),
    "area": Group(("F15", "F29"), 18.0, (1800, 1500), 6),
    "days": Group(("F01", "F04", "F07", "F18", "F31", "F33"), 0.0, (0, 0), 108),
    "months": Group(("F03",), 0.0, (0, 0), 60),
}  # fmt: skip
"""Areas are struck one a district; faults of days and months are watched by fault_slow."""


@dataclass
class Event:
    """A draw that goes on."""

    code: str
    severity: int
    rows: tuple[StationRow, ...]
    begin: int
    minutes: float
    shows: int | None = None

    def faults(self, name: str) -> list[Fault]:
        """What the simulator has to do."""
        end = self.begin + round(self.minutes * MINUTE)
        return [
            Fault(name, self.code, row.code, self.severity, self.begin, end) for row in self.rows
        ]

    def draw(self, end: int) -> Draw:
        """The same for the scores, watched until `end` ms."""
        ids = frozenset(row.id for row in self.rows)
        district = self.rows[0].district_id
        return Draw(self.code, self.severity, ids, district, self.begin, self.shows, end)


Wanted = tuple[str, int]
"""Code and severity."""


def wanted(codes: Sequence[str], draws: int, each: int) -> list[list[Wanted]]:
    """`draws` of each code and severity, `each` a city at most, which has some of all."""
    flat = [(code, severity) for _ in range(draws) for code in codes for severity in (1, 2, 3)]
    return [flat[first : first + each] for first in range(0, len(flat), each)]


def plan(some: Sequence[Wanted], rows: Sequence[StationRow], seed: int, start: int) -> list[Event]:
    """One city with these faults, each at a station of its own. `start`: ms at which the first may
    begin. Raises ValueError when no station fits one."""
    chance = np.random.default_rng([seed, len(some)])
    free = [rows[int(i)] for i in chance.permutation(len(rows))]
    events = []
    for code, severity in some:
        row = next((row for row in free if fits(code, row)), None)
        if row is None:
            raise ValueError(f"no station of city {seed} is left for {code}")
        free.remove(row)
        begin = start + 1000 * int(chance.integers(0, SPREAD))
        events.append(Event(code, severity, (row,), begin, LIBRARY[code].minutes[severity - 1]))
    return events


def plan_areas(
    some: Sequence[Wanted], rows: Sequence[StationRow], seed: int, start: int
) -> list[Event]:
    """The same of faults that strike an area: one a district, the first districts first."""
    chance = np.random.default_rng([seed, 7])
    events = []
    districts = sorted({row.district_id for row in rows})
    for district, (code, severity) in zip(districts, some, strict=False):
        near = [row for row in rows if row.district_id == district]
        names = set(struck(code, near[int(chance.integers(len(near)))], rows, seed))
        begin = start + 1000 * int(chance.integers(0, SPREAD // 2))
        hit = tuple(one for one in near if one.code in names)
        events.append(Event(code, severity, hit, begin, LIBRARY[code].minutes[severity - 1]))
    return events


def fits(code: str, row: StationRow) -> bool:
    """Whether a draw may be made here, so that it is what the library means: a rural link may be
    silent longer than F14 allows; a burst of 10 m³/h is one for a zone of some hundred homes (the
    library's has 620); only a set of two pumps sleeps at night, where a check valve or a flat
    vessel shows; a tank hides for hours what the mains bring."""
    first = row.sets[0]
    if code == "F14" and row.type == "RURAL":
        return False
    if code == "F02" and (row.type in OUTER or first.households > HOMES):
        return False
    if code in ("F06", "F26") and first.pumps > 2:
        return False
    if code in ("F22", "F23") and row.tanks:
        return False
    return not unfit(code, row)


class Onlooker:
    """Notes when each event shows, from the truth of the plants."""

    def __init__(self, watched: Watched, events: Sequence[Event]) -> None:
        self._watched = watched
        self._waiting = list(events)

    def __call__(self, now: int) -> None:
        still = []
        for event in self._waiting:
            if now < event.begin:
                still.append(event)
            elif self._visible(event, now):
                event.shows = max(event.begin, now - 1000)
            else:
                still.append(event)
        self._waiting = still

    def _visible(self, event: Event, now: int) -> bool:
        if event.code == "F11":
            return now >= event.begin + APART * MINUTE
        test = SHOWS.get(event.code)
        if test is None:
            return True
        homes = [self._watched.city.home(row.code) for row in event.rows]
        seen = sum(test(part.plant, place) for part, place in homes)
        return seen >= (3 if event.code == "F29" else 1)


def _set(plant: Plant, place: int) -> int:
    return int(np.searchsorted(plant.shape.station, place))


def _rests(plant: Plant, place: int) -> bool:
    """The set sleeps, and not only at the brink of it."""
    s, sets = _set(plant, place), plant.sets.state
    small = 0.7 * SMALL_FLOW * plant.shape.curve.best_flow[s]
    return bool(sets.asleep[s] and sets.flow[s] < small)


def _valve_off(plant: Plant, place: int) -> bool:
    water = plant.water.state
    return bool(abs(float(water.filling[place]) - float(water.valve[place])) > 0.1)


SHOWS: dict[str, Callable[[Plant, int], bool]] = {
    "F05": _valve_off,
    "F06": _rests,
    "F19": lambda plant, i: bool(plant.water.state.overflow[i] > 0.0),
    "F20": lambda plant, i: bool(plant.rooms.state.sump[i] > FLOOD_LEVEL),
    "F22": lambda plant, i: bool(plant.water.state.chlorine[i] < 0.10),
    "F23": lambda plant, i: bool(plant.water.state.turbidity[i] + plant.water.state.murk[i] > 0.5),
    "F26": _rests,
    "F29": lambda plant, i: bool(plant.water.state.mains[i] < 0.18),
    "F30": lambda plant, i: bool(plant.suction[_set(plant, i)] < 0.14),
}
"""Where the expectation counts from what can be seen, not from the onset: a level, a contact, a
limit that has been crossed. A draw that never shows is left out."""
