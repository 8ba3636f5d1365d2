"""What alarm rules look at: their places in the stations, and one sample of many stations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analytics.array_logic import Array
from analytics.expressions import Expression

Times = NDArray[np.int64]
"""UTC, milliseconds."""
NEVER = np.iinfo(np.int64).min
"""Before the first sample."""


@dataclass(frozen=True)
class Place:
    """Where in a station a rule looks: a zone, a pump of a zone, a tank, or the whole."""

    zone: str = ""
    pump: int = 0
    tank: int = 0

    @property
    def code(self) -> str:
        """L, L.P2, T1; empty for the whole station."""
        if self.tank:
            return f"T{self.tank}"
        return f"{self.zone}.P{self.pump}" if self.pump else self.zone

    @property
    def marks(self) -> frozenset[str]:
        return frozenset(
            mark for mark, has in zip("znt", (self.zone, self.pump, self.tank), strict=True) if has
        )

    def fill(self, template: str) -> str:
        """The code of a point at this place: {z}.P{n}.RUN -> L.P2.RUN."""
        for mark, value in (("{z}", self.zone), ("{n}", self.pump), ("{t}", f"T{self.tank}")):
            template = template.replace(mark, str(value))
        return template


@dataclass(frozen=True)
class Definition:
    """A rule as the engine runs it. Delays are ms; level 1 is the worst."""

    id: str
    when: Expression
    on_ms: int
    off_ms: int
    level: int
    clear: Expression | None = None
    """What has to hold for off_ms; None = that `when` is false."""
    worse: Expression | None = None
    """What has to hold for worse_ms to make it worse_level."""
    worse_ms: int = 0
    worse_level: int = 1
    value: Expression | None = None
    limit: Expression | None = None
    lowest: bool = False
    """The peak is the lowest value, not the highest."""
    modes: int = -1
    """Bit m is set where it is meant in operating mode m; -1 = in all."""
    hours: tuple[float, float] | None = None
    """Hours of the local day in which it is meant, [from, to), also over midnight."""
    constants: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    """Parameters and attributes: one number a subject."""
    by_zone: Mapping[str, Mapping[str, NDArray[np.float64]]] = field(default_factory=dict)
    """Attributes of the pump sets: name -> zone -> one number a subject."""

    @property
    def expressions(self) -> tuple[Expression, ...]:
        parts = (self.when, self.clear, self.worse, self.value, self.limit)
        return tuple(part for part in parts if part is not None)


@dataclass
class Frame:
    """One sample of m subjects."""

    values: Array
    """float64[k, m] in the points' units, NaN = unknown."""
    columns: NDArray[np.intp]
    """Which subjects."""
    ms: Times
    live: Mapping[str, Array] = field(default_factory=dict)
    """Attributes that change: one number a subject, or a station where rules count stations."""
    recalls: dict[tuple[str, str], Array] = field(default_factory=dict)
    """What memories say: (rule, key) -> float64[places, m], s."""
    apart: bool = True
    """Each subject once, in their order; else samples of several times stand side by side."""


class Bound:
    """A definition at all its places: which rows of the values each of its points is."""

    def __init__(
        self,
        definition: Definition,
        places: Sequence[Place],
        rows: Mapping[str, int],
        present: Mapping[str, NDArray[np.bool_]],
        subjects: int,
    ) -> None:
        self.definition = definition
        needed = definition.when.points
        self.places = tuple(
            place
            for place in places
            if place.marks == definition.when.marks
            and all(place.fill(code) in present for code in needed)
        )
        self.first = 0
        """Row of the first place among the rows of the engine."""
        self.exists = np.ones((len(self.places), subjects), dtype=bool)
        for row, place in enumerate(self.places):
            for code in needed:
                self.exists[row] &= present[place.fill(code)]
        wider = {
            "n": [Place(pump=n) for n in sorted({p.pump for p in places if p.pump})],
            "t": [Place(tank=t) for t in sorted({p.tank for p in places if p.tank})],
            "z": [Place(zone=z) for z in sorted({p.zone for p in places if p.zone})],
        }
        nowhere = np.full(subjects, np.nan)
        self.constants: dict[str, Array] = {
            n: v[None, : 1 if len(v) and (v == v[0]).all() else None]
            for n, v in definition.constants.items()
        }
        """[1 or places, subjects], [1, 1] where it is the same for all"""
        for name, zones in definition.by_zone.items():
            lines = [zones.get(place.zone, nowhere) for place in self.places]
            self.constants[name] = np.array(lines).reshape(len(lines), subjects)
        self._there: dict[str, Array] = {}
        self._index: dict[tuple[str, str], NDArray[np.intp]] = {}
        for expression in definition.expressions:
            for code in expression.points | expression.optional:
                self._index["", code] = np.array(
                    [rows.get(place.fill(code), -1) for place in self.places], dtype=np.intp
                )
            for code in expression.spread_points:
                mark = next(mark for mark in "ntz" if f"{{{mark}}}" in code)
                self._spread(code, mark, wider, rows, present, subjects)

    @property
    def rows(self) -> slice:
        return slice(self.first, self.first + len(self.places))

    def _spread(
        self,
        code: str,
        mark: str,
        wider: Mapping[str, Sequence[Place]],
        rows: Mapping[str, int],
        present: Mapping[str, NDArray[np.bool_]],
        subjects: int,
    ) -> None:
        """Index [each, place] and presence [each, place, subject] of a point of every pump or
        tank. A pump is there where the station has all the points that are asked of it."""
        codes = [
            [
                Place(
                    each.zone or place.zone, each.pump or place.pump, each.tank or place.tank
                ).fill(code)
                for place in self.places
            ]
            for each in wider[mark]
        ]
        self._index[mark, code] = np.array(
            [[rows.get(one, -1) for one in line] for line in codes], dtype=np.intp
        ).reshape(len(codes), len(self.places))
        nowhere = np.zeros(subjects, dtype=bool)
        lines = [[present.get(one, nowhere) for one in line] for line in codes]
        there = np.array(lines, dtype=bool).reshape(len(codes), len(self.places), subjects)
        known = self._there.get(mark)
        self._there[mark] = there if known is None else known & there

    def index(self, mark: str, name: str) -> NDArray[np.intp] | None:
        found = self._index.get((mark, name)) if mark else None
        return self._index.get(("", name)) if found is None else found

    def there(self, mark: str) -> Array:
        return self._there[mark]


class PlaceInputs:
    """Numbers for one bound rule from one frame, for all its subjects or some of them."""

    def __init__(
        self,
        bound: Bound,
        frame: Frame,
        chosen: NDArray[np.intp] | None = None,
        extra: Mapping[str, Array] | None = None,
        areas: NDArray[np.intp] | None = None,
        mark: str = "",
    ) -> None:
        self._bound, self._frame, self._chosen = bound, frame, chosen
        self._extra, self._areas, self._mark = extra or {}, areas, mark
        self._columns = frame.columns if chosen is None else frame.columns[chosen]

    def number(self, name: str) -> Array:
        index = self._bound.index(self._mark, name)
        if index is not None:
            return self._lines(index)
        if name in self._extra:
            return self._extra[name]
        values = self._bound.constants.get(name)
        if values is None:
            found: Array = self._frame.live[name][None, self._columns]
            return found
        every = self._frame.apart and values.shape[1] == len(self._columns)
        return values if every or values.shape[1] == 1 else values[:, self._columns]

    def _lines(self, index: NDArray[np.intp]) -> Array:
        """[..., m] of a point at these rows, unknown where there is none (-1)."""
        values = self._frame.values
        if self._chosen is not None:
            found: Array = values[index[..., None], self._chosen]
        elif index.size == 1 and index.flat[0] >= 0:  # a view is had for nothing
            row = int(index.flat[0])
            return values[row : row + 1].reshape(*index.shape, -1)
        else:
            found = values[index]
        if (index < 0).any():
            found[index < 0] = np.nan
        return found

    def recall(self, key: str) -> Array:
        found = self._frame.recalls[self._bound.definition.id, key]
        return found if self._chosen is None else found[:, self._chosen]

    def spread(self, mark: str) -> tuple[PlaceInputs, Array]:
        wider = PlaceInputs(self._bound, self._frame, self._chosen, self._extra, self._areas, mark)
        return wider, self._bound.there(mark)[:, :, self._columns]

    def members(self) -> tuple[MemberInputs, Array, int]:
        if self._areas is None:
            raise ValueError(f"{self._bound.definition.id}: counts stations outside of an area")
        return MemberInputs(self, self._frame.live, self._areas), self._areas, len(self._columns)


class MemberInputs:
    """Numbers of all stations of all areas: their own attributes, else those of their area."""

    def __init__(self, area: PlaceInputs, live: Mapping[str, Any], areas: NDArray[np.intp]) -> None:
        self._area, self._live, self._areas = area, live, areas

    def number(self, name: str) -> Array:
        if name in self._live:
            found: Array = self._live[name][None, :]
            return found
        values = self._area.number(name)
        return values if values.shape[1] == 1 else values[:, self._areas]

    def recall(self, key: str) -> Array:
        raise ValueError("a station of an area remembers nothing")

    def spread(self, mark: str) -> tuple[PlaceInputs, Array]:
        raise ValueError("a station of an area is asked for no pump or tank")

    def members(self) -> tuple[MemberInputs, Array, int]:
        raise ValueError("a station has no stations")
