"""Stations judged anew: recorded answers through the same run as live ones, second by second.

For late data (a few stations, from a checkpoint on) and for the replay of a whole fleet.
"""

from __future__ import annotations

from collections import deque
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
        zone: ZoneInfo, begun: int,
    ) -> None:  # fmt: skip
        """`begun`: UTC ms from which on it is told what happened."""
        self.fleet = Fleet(stations)
        self.run: Run = run_of(rules, self.fleet, hold_ms)
        self.begun = begun
        self.second = begun // SECOND * SECOND
        """The last second that has been told."""
        self.polarity = Polarity(self.fleet)
        self.alarms: dict[Alarm, None] = {}
        """All that were there, or were raised, in their order."""
        self._read = Reader(self.fleet, self.run.engines.stations.codes)
        self._read_platform = Reader(self.fleet, self.run.engines.platform.codes)
        self._derived, self._modes = Derived(self.fleet), StationModes(self.fleet)
        self._clock = LocalClock(zone)
        self.polarity = Polarity(self.fleet)
        """Told by who knows the records; turned as the seconds go by."""
        self._steps: dict[int, dict[int, Step]] = {}

    def follow(self, steps: Iterable[Step]) -> None:
        """Take people's steps at their seconds; a step that is known already stays once."""
        for step in steps:
            self._steps.setdefault(step.second, {})[step.action.id] = step

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
        first = self.second + SECOND
        for second in sorted(second for second in due if second < first):
            self._sample(second, due[second])
        waiting = deque(sorted(second for second in {*due, *self._steps} if first <= second))
        second = first
        while second <= until:
            self._sample(second, due.get(second, ()))
            self._tick(second, heard)
            while waiting and waiting[0] <= second:
                waiting.popleft()
            ahead = waiting[0] if waiting else until
            second = max(second + SECOND, min(ahead, until, self._idle(ahead, heard)))

    def _idle(self, ahead: int, heard: np.ndarray | None) -> int:
        """The next whole second at which something may happen by itself, `ahead` at most."""
        if heard is not None:
            return 0
        quiet = self.run.life.quiet_until()
        return ahead if quiet is None else -(-quiet // SECOND) * SECOND

    def _sample(self, second: int, answers: Iterable[Answer]) -> None:
        for fresh in self.fleet.update(answers):
            self._derived.count_running()
            live = self._live(second)
            self._note(self.run.sample(self.fleet.fast_ms, fresh, self._read, live))

    def _tick(self, second: int, heard: np.ndarray | None) -> None:
        self.second = second
        if heard is None:
            self.run.settle(second)
        else:
            silence = (second - np.maximum(self.fleet.fast_ms, heard)) / 1000
            live = self._live(second)
            self._note(self.run.tick(second, silence, self._read_platform, live))
        for step in self._steps.get(second, {}).values():
            applied(self.run.life, self.run.life.open.get(step.key), step.action)
        self.polarity.turn(second)

    def _note(self, raised: Iterable[Alarm]) -> None:
        self.alarms |= dict.fromkeys(raised)

    def _live(self, second: int) -> dict[str, np.ndarray]:
        hour, slot = self._clock.at(moment(second))
        n = len(self.fleet.stations)
        mode = self._modes.now(self.run.life.permits.modes)
        return {"mode": mode, "hour": np.full(n, hour), "slot": np.full(n, slot)}


def recorded(
    lake: Lake, fleet: Fleet, from_ms: int, to_ms: int
) -> Iterator[tuple[list[Answer], int]]:
    """What the lake has of these stations in (from_ms, to_ms], an hour at a time, and where each
    part ends."""
    files = lake.manifest.live(BLOCKS, None, from_ms, to_ms + 1)
    for start in range(from_ms, to_ms, HOUR):
        end = min(start + HOUR, to_ms)
        if any(file.from_ms <= end and file.to_ms > start for file in files):
            blocks = [_block(lake, fleet, block, start + 1, end + 1) for block in (SLOW, FAST)]
            yield [one for block in blocks for one in block], end
        elif end == to_ms:
            yield [], end


def before(lake: Lake, fleet: Fleet, at_ms: int) -> list[Answer]:
    """What had come in the time before `at_ms` that a sample then may look back on."""
    parts = recorded(lake, fleet, at_ms - 2 * SLOW_STALE_MS, at_ms)
    return [one for answers, _ in parts for one in answers]


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
