"""One run of the alarm engines over a fleet: conditions, lives and parents, on the data's time.

Live, late and recorded data go through the same run. It is told samples and whole seconds of the
collector's clock in the order of their times and asks nobody what time it is, so that the same
samples, seconds and steps of people give the same journal. (docs/alarms.md)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analytics.alarm import Alarm, Policy
from analytics.alarm_engine import Engine, Transition
from analytics.alarm_inputs import Times
from analytics.alarm_life import Life
from analytics.array_logic import Array
from analytics.correlation import Correlation, Explanation, Gathering

Read = Callable[[NDArray[np.intp]], Array]
"""float64[points of an engine, m] of these columns."""


@dataclass(frozen=True)
class Engines:
    """One engine for each kind of clock and subject."""

    stations: Engine
    """Rules on the time of each station's samples."""
    platform: Engine
    """Rules of stations on the collector's time, for what is silent."""
    areas: Engine
    """Rules that count the stations of a district, on the collector's time."""
    districts: tuple[int, ...]
    """Ids of the districts that `areas` counts, in its order."""

    @property
    def by_name(self) -> dict[str, Engine]:
        return {"station": self.stations, "platform": self.platform, "area": self.areas}


@dataclass(frozen=True)
class Title:
    """What an alarm takes from its rule."""

    point: str
    """Template of the point that it is about."""
    version: int


class Run:
    """Engines, life and correlation of one fleet; belongs to one thread."""

    def __init__(
        self,
        engines: Engines,
        titles: Mapping[str, Title],
        policies: Mapping[str, Policy],
        explanations: Mapping[str, Sequence[Explanation]],
        stations: Sequence[tuple[int, int]],
        gatherings: Sequence[Gathering] = (),
    ) -> None:
        """`stations`: id and district id of each column."""
        self.engines = engines
        self.life = Life(policies)
        self.correlation = Correlation(explanations, gatherings)
        self._titles = titles
        self._stations = tuple(stations)

    def sample(
        self, ms: Times, fresh: NDArray[np.bool_], read: Read, live: Mapping[str, Array]
    ) -> list[Alarm]:
        """One sample of each fresh station that is younger than its last one (see Engine.step);
        the alarms that were raised."""
        return self.take(self.engines.stations.step(ms, fresh, read, live))

    def tick(
        self, now_ms: int, silence: Array, read: Read, live: Mapping[str, Array]
    ) -> list[Alarm]:
        """A second of the collector's clock is over; all samples up to it have been taken.
        silence: s without an answer, of each station. Returns the alarms that were raised."""
        areas, count = len(self.engines.districts), len(silence)
        known = {"silence": silence}
        found = self.engines.areas.step(
            np.full(areas, now_ms),
            np.ones(areas, dtype=bool),
            lambda columns: np.zeros((0, len(columns))),
            known,
        )
        raised = self.take(found, area=True)
        found = self.engines.platform.step(
            np.full(count, now_ms), np.ones(count, dtype=bool), read, known | dict(live)
        )
        raised += self.take(found)
        self.settle(now_ms)
        return raised

    def settle(self, now_ms: int) -> None:
        """Let go of what nothing explains any more at this second."""
        self.life.tick(now_ms)
        self.correlation.release(self.life, now_ms)

    def take(self, found: Sequence[Transition], area: bool = False) -> list[Alarm]:
        """Let transitions of an engine become alarms; returns those that were raised."""
        raised = []
        for one in found:
            station, district = self._subject(one.subject, area)
            key = (one.rule, one.place.code, station, district)
            if one.kind == "worsened":
                self.life.worsened(key, one.ms, one.level)
            elif one.kind == "cleared":
                self.life.cleared(key, one.ms, one.peak)
            else:
                alarm = self.life.raised(self._alarm(one, station, district))
                raised += [alarm, *self.correlation.raised(self.life, alarm, one.ms)]
        return raised

    def _subject(self, subject: int, area: bool) -> tuple[int | None, int]:
        return (None, self.engines.districts[subject]) if area else self._stations[subject]

    def _alarm(self, one: Transition, station: int | None, district: int) -> Alarm:
        title = self._titles[one.rule]
        return Alarm(
            rule=one.rule,
            station=station,
            district=district,
            place=one.place.code,
            point=one.place.fill(title.point),
            level=one.level,
            raw_ms=one.raw_ms,
            active_ms=one.ms,
            value=one.value,
            limit=one.limit,
            peak=one.peak,
            version=title.version,
        )
