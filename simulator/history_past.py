"""The past, day by day backwards: quasi-steady days whose meters end where the next day begins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from simulator.history_blocks import Block, in_line
from simulator.history_days import span_of
from simulator.history_rows import Made
from simulator.households import compounds, readings, second_of
from simulator.living import length_of, midnight_of, moment
from simulator.outages import lost_links
from simulator.quasi import Quasi
from simulator.quasi_meters import Counters, counted

DAYS, QUARTER_DAYS, MINUTE_DAYS = 400, 35, 3
READ_DAYS = 70
"""Days of the past that know readings of household meters."""
QUARTER_CHUNK = 4
HOUR_CHUNK = 16
"""Most days of 15-min and of hour rows in one file: they wait in memory."""
TIERS = {"minute": 60.0, "quarter": 900.0, "hour": 3600.0}
"""Step in s of the days of each tier."""
WEIGHTS = {"minute": 14.0, "quarter": 2.2, "hour": 0.5}
"""Work of a day, in some unit."""


@dataclass(frozen=True)
class Chunk:
    """Days of one tier that are filed together, the newest first."""

    tier: str
    days: tuple[int, ...]
    """Ordinals of local dates."""

    @property
    def step(self) -> float:
        return TIERS[self.tier]


def chunks(birth: int, days: int = DAYS) -> list[Chunk]:
    """The past of a city that goes live on the local day `birth`, the newest first."""
    found = [Chunk("minute", (birth - back,)) for back in range(min(MINUTE_DAYS, days) + 1)]
    rest = list(range(birth - MINUTE_DAYS - 1, birth - min(QUARTER_DAYS, days) - 1, -1))
    for at in range(0, len(rest), QUARTER_CHUNK):
        found.append(Chunk("quarter", tuple(rest[at : at + QUARTER_CHUNK])))
    months: dict[tuple[int, int], list[int]] = {}
    for day in range(birth - QUARTER_DAYS - 1, birth - days - 1, -1):
        on = date.fromordinal(day)
        months.setdefault((on.year, on.month), []).append(day)
    halves = [
        part for month in months.values() for part in (month[:HOUR_CHUNK], month[HOUR_CHUNK:])
    ]
    return found + [Chunk("hour", tuple(half)) for half in halves if half]


@dataclass(frozen=True)
class Part:
    """Blocks whose days are computed together, and where their meters stand among all."""

    quasi: Quasi
    blocks: tuple[Block, ...]
    stations: slice
    sets: slice


class Past:
    """Some blocks of the city going back in time. The meters are where the last day made began."""

    def __init__(self, blocks: Sequence[Block], seed: int, born_ms: int, zone: ZoneInfo) -> None:
        self.blocks = in_line(blocks)
        self._zone, self._born = zone, moment(born_ms, zone)
        self.birth = self._born.day
        rows = [row for block in self.blocks for row in block.rows]
        whole = Quasi(rows, seed, self.birth)
        self._whole = Part(whole, tuple(self.blocks), slice(None), slice(None))
        self._single = [self._part(block, seed) for block in self.blocks]
        self._meters = whole.reference()
        self._used_at_birth = whole.shape.per_station(self._meters.used)
        self._homes = compounds(rows, seed)
        self._seed = seed

    def _part(self, block: Block, seed: int) -> Part:
        quasi = Quasi(block.rows, seed, self.birth)
        sets = slice(block.first_set, block.first_set + len(quasi.shape.station))
        return Part(quasi, tuple(in_line([block])), block.stations, sets)

    def bounds(self, chunk: Chunk) -> tuple[int, int]:
        """[from, to) of a chunk's rows, ms UTC."""
        start = midnight_of(min(chunk.days), self._zone)
        return start, midnight_of(max(chunk.days) + 1, self._zone)

    def parts(self, tier: str) -> list[Part]:
        """Days of minutes fill the memory a block at a time; others are quicker all at once."""
        return self._single if tier == "minute" else [self._whole]

    def back(self, part: Part, day: int, step: float) -> Made:
        """One day back: `day`, whose end the meters of this part have reached."""
        quasi, length = part.quasi, length_of(day, self._zone)
        world = quasi.day(day, step, length)
        steps = int(self._born.seconds // step) if day == self.birth else world.steps
        count = counted(world).first(steps)
        lost = lost_links(quasi.shape, day).share(world.steps, length)[:, :steps]
        return Made(
            day=world,
            steps=steps,
            counted=count,
            readings=self._wind(part, day, count),
            online=1.0 - lost,
            date=np.datetime64(date.fromordinal(day), "D"),
            span=span_of(date.fromordinal(day), self._zone),
        )

    def rounds(self, part: Part, made: Made, first_stations: set[int]) -> list[dict[str, Any]]:
        """Readings of the household meters on a day that has a round, of the blocks that begin
        with these stations (ids); newest READ_DAYS days only."""
        day, at = made.day.day, second_of(made.day.day)
        begun = day < self.birth or (at or 0.0) < self._born.seconds
        if at is None or day < self.birth - READ_DAYS or not begun:
            return []
        step = min(int(at // made.day.step), made.steps - 1)
        used = made.readings.used[:, step] - made.counted.used[:, step]
        mine = part.quasi.shape.per_station(used)
        wanted = np.concatenate([
            np.full(len(block.rows), int(block.ids[0]) in first_stations) for block in part.blocks
        ])  # fmt: skip
        first = part.stations.start or 0
        homes = [
            (i - first, one)
            for i, one in self._homes
            if first <= i < first + len(wanted) and wanted[i - first]
        ]
        born = self._used_at_birth[part.stations]
        ms = made.span.start + round(at * 1000.0)
        table = readings(homes, self._seed, mine, born, day, ms)
        return [table] if table else []

    def _wind(self, part: Part, day: int, count: Counters) -> Counters:
        """Readings at the end of each step; leaves the meters where the day began."""
        width = part.quasi.shape.exists.shape[1]
        places: dict[str, tuple[slice, ...]] = {f.name: (part.stations,) for f in fields(count)}
        places |= dict.fromkeys(("outlet", "set_energy", "used"), (part.sets,))
        places |= {name: (part.sets, slice(width)) for name in ("hours", "starts")}
        readings = {}
        for name, place in places.items():
            meter, steps = getattr(self._meters, name)[place], getattr(count, name)
            readings[name] = _backwards(meter, steps)
            meter -= steps.sum(axis=-1)
        new = part.quasi.exchanged == day
        if new.any():
            noon = count.outlet.shape[1] // 2
            morning = count.outlet[new, :noon]
            old = part.quasi.last_of_old_meter()[new]
            readings["outlet"][new, :noon] = _backwards(old, morning)
            self._meters.outlet[part.sets][new] = old - morning.sum(axis=-1)
        return Counters(**readings)


def _backwards(end: np.ndarray, count: np.ndarray) -> np.ndarray:
    """Readings at the end of each step, the last of which is `end`."""
    later = np.cumsum(count[..., ::-1], axis=-1)[..., ::-1] - count
    return np.asarray(end[..., None] - later)
