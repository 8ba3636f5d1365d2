"""Stations judged anew: recorded answers through the same run as live ones, second by second.

For late data (a few stations, from a checkpoint on) and for the replay of a whole fleet.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from analytics.alarm import Alarm
from analytics.alarm_run import Run
from data.actions import ActionRow
from data.catalogue.points import point
from data.catalogue.rules import Rule
from data.lake import Lake
from data.stations import StationRow
from ingest.alarm_actions import applied
from ingest.alarm_records import moment
from ingest.alarm_rules import SLOW_STALE_MS, Reader, run_of
from ingest.derived import Derived
from ingest.fleet import Fleet
from ingest.frames import BLOCKS, FAST, SECOND, SLOW, Answer, Recorded, by_second
from ingest.polarity import Polarity
from ingest.registers import MISSING
from ingest.station_modes import LocalClock, StationModes

HOUR = 3_600_000


@dataclass(frozen=True)
class Step:
    """A person's step as it was applied, on the alarm with this key."""

    second: int
    key: tuple[str, str, int | None, int]
    action: ActionRow


class Rerun:
    """A fleet of its own whose alarms are stored nowhere."""

    def __init__(
        self, stations: Sequence[StationRow], rules: Mapping[str, Rule], hold_ms: int,
        zone: ZoneInfo, steps: Iterable[Step] = (),
    ) -> None:  # fmt: skip
        self.fleet = Fleet(stations)
        self.run: Run = run_of(rules, self.fleet, hold_ms)
        self.second = 0
        """The last second that has been told."""
        self.polarity = Polarity(self.fleet)
        self.alarms: dict[Alarm, None] = {}
        """All that were there, or were raised, in their order."""
        self._read = Reader(self.fleet, self.run.engines.stations.codes)
        self._read_platform = Reader(self.fleet, self.run.engines.platform.codes)
        self._derived, self._modes = Derived(self.fleet), StationModes(self.fleet)
        self._clock = LocalClock(zone)
        self._steps: dict[int, list[Step]] = {}
        for step in steps:
            self._steps.setdefault(step.second, []).append(step)

    def begin(self, alarms: Iterable[Alarm]) -> None:
        """Take over what was open, or closed a moment ago, when this begins."""
        known = list(alarms)
        self.run.life.load(known)
        self.alarms |= dict.fromkeys(known)

    def prime(self, answers: Iterable[Answer]) -> None:
        """Fill the matrix with what had come before; judges nothing."""
        for some in by_second(answers).values():
            for _ in self.fleet.update(some):
                pass

    def go(self, answers: Iterable[Answer], until: int, heard: np.ndarray | None = None) -> None:
        """Tell answers and whole seconds up to `until`, UTC ms. heard: int64[n], ms since when a
        station's silence is its own; None = rules on the collector's clock aren't asked."""
        due = by_second(one for one in answers if one.ms <= until)
        first = self.second + SECOND if self.second else min(due, default=until)
        for second in sorted({*due, *range(first, until + 1, SECOND)}):
            for fresh in self.fleet.update(due.get(second, ())):
                self._derived.count_running()
                live = self._live(second)
                self._note(self.run.sample(self.fleet.fast_ms, fresh, self._read, live))
            if second < first:
                continue
            self.second = second
            if heard is None:
                self.run.settle(second)
            else:
                silence = (second - np.maximum(self.fleet.fast_ms, heard)) / 1000
                live = self._live(second)
                self._note(self.run.tick(second, silence, self._read_platform, live))
            for step in self._steps.get(second, ()):
                applied(self.run.life, self.run.life.open.get(step.key), step.action)
            self.polarity.turn(second)

    def _note(self, raised: Iterable[Alarm]) -> None:
        self.alarms |= dict.fromkeys(raised)

    def _live(self, second: int) -> dict[str, np.ndarray]:
        hour, slot = self._clock.at(moment(second))
        n = len(self.fleet.stations)
        mode = self._modes.now(self.run.life.permits.modes)
        return {"mode": mode, "hour": np.full(n, hour), "slot": np.full(n, slot)}


def recorded(lake: Lake, fleet: Fleet, from_ms: int, to_ms: int) -> Iterator[list[Answer]]:
    """What the lake has of these stations in (from_ms, to_ms], an hour at a time, in order."""
    for start in range(from_ms, to_ms, HOUR):
        end = min(start + HOUR, to_ms)
        yield [
            one for block in (SLOW, FAST) for one in _block(lake, fleet, block, start + 1, end + 1)
        ]


def before(lake: Lake, fleet: Fleet, at_ms: int) -> list[Answer]:
    """What had come in the time before `at_ms` that a sample then may look back on."""
    return [one for some in recorded(lake, fleet, at_ms - 2 * SLOW_STALE_MS, at_ms) for one in some]


def _block(lake: Lake, fleet: Fleet, block: int, start: int, end: int) -> Iterator[Recorded]:
    alike: dict[tuple[str, ...], list[int]] = {}
    for station in fleet.stations:
        codes = fleet.codes_of(station.id, block)
        if codes:
            alike.setdefault(codes, []).append(station.id)
    for codes, ids in alike.items():
        frame = lake.fleet(
            codes, moment(start), moment(end - 1) + timedelta(milliseconds=1), BLOCKS[block], ids
        )
        values = np.stack([_whole(frame, code) for code in codes], axis=1)
        ts = frame["ts"].dt.epoch("ms").to_list()
        for station, ms, row in zip(frame["station"].to_list(), ts, values, strict=True):
            yield Recorded(station, block, ms, row)


def _whole(frame: pl.DataFrame, code: str) -> np.ndarray:
    """A point's values in units of its resolution again."""
    if code not in frame.columns:
        return np.full(frame.height, MISSING)
    values = frame[code].to_numpy()
    known = ~np.isnan(values) if values.dtype.kind == "f" else np.ones(len(values), bool)
    step = float(1 / point(code).resolution)
    whole = np.rint(np.where(known, values, 0.0) * step).astype(np.int64)
    return np.where(known, whole, MISSING)
