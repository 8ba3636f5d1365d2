"""The fleet as a matrix: one line a point, one column a station, the newest value of each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from data.catalogue.errors import CatalogueError
from data.catalogue.flags import Flag
from data.catalogue.points import universe
from data.catalogue.profiles import BlockPlan, compile_block
from data.stations import StationRow
from ingest.frames import BLOCKS, FAST, SLOW, Answer, Frame, Recorded
from ingest.gateways import gateway
from ingest.quality import Limits, judge, limits
from ingest.registers import Decoder

MISSING = np.iinfo(np.int64).min


@dataclass(frozen=True)
class Problem:
    """A station that can't be polled, and why."""

    station: str
    why: str


def admit(stations: Iterable[StationRow]) -> tuple[list[StationRow], list[Problem]]:
    """Stations that can be polled, and those that can't: unknown profile, a layout that the
    profile can't hold, or the address (host, port, unit) of another station."""
    good: list[StationRow] = []
    problems: list[Problem] = []
    taken: dict[tuple[str, int, int], str] = {}
    for station in stations:
        address = (station.host, station.port, station.unit)
        try:
            gateway(station)
        except (CatalogueError, ValueError) as error:
            problems.append(Problem(station.code, str(error)))
            continue
        if address in taken:
            host, port, unit = address
            why = f"address {host}:{port} unit {unit} belongs to {taken[address]} already"
            problems.append(Problem(station.code, why))
            continue
        taken[address] = station.code
        good.append(station)
    return good, problems


class _Reading:
    """How the block of one profile and layout enters the matrix."""

    def __init__(self, plan: BlockPlan, line_of: dict[str, int]) -> None:
        self.size = 2 * plan.count
        self.decode = Decoder(plan)
        self.limits: Limits = limits(plan.codes)
        self.lines = np.array([line_of[code] for code in plan.codes], np.int64)[:, None]
        self.rated = self.lines[self.limits.rated]

    def fits(self, answer: Answer) -> bool:
        """Whether it is one of this plan."""
        if isinstance(answer, Frame):
            return len(answer.words) == self.size
        return len(answer.values) == len(self.lines)

    def values(self, group: Sequence[Answer]) -> tuple[np.ndarray, np.ndarray]:
        """Values int64[k, m] and the decoder's flags of answers that came the same way."""
        if isinstance(group[0], Frame):
            words = b"".join(one.words for one in group if isinstance(one, Frame))
            return self.decode(np.frombuffer(words, ">u2").reshape(len(group), -1))
        values = np.stack([one.values for one in group if isinstance(one, Recorded)], axis=1)
        return values, (values == MISSING) * np.uint8(Flag.BAD_SENSOR)


_Answers = dict[tuple[int, _Reading], list[Answer]]


class Fleet:
    """n stations and the k points they have together. Arrays are changed in place by `update`."""

    def __init__(self, stations: Sequence[StationRow]) -> None:
        self.stations = tuple(stations)
        self.ids = np.array([s.id for s in self.stations], np.int32)
        self.row_of = {s.id: row for row, s in enumerate(self.stations)}
        layouts = sorted({s.layout for s in self.stations}, key=lambda layout: layout.key)
        self.columns = universe(tuple(layouts))
        self.codes = tuple(column.code for column in self.columns)
        self.line_of = {code: line for line, code in enumerate(self.codes)}
        n, shape = len(self.stations), (len(self.columns), len(self.stations))
        self.values = np.full(shape, MISSING, np.int64)
        self.flags = np.zeros(shape, np.uint8)
        """As one is shown them: BAD_COMM where a link is lost or a block refused."""
        self.fast_ms = np.zeros(n, np.int64)
        """UTC ms of the last good fast answer; 0 = none yet."""
        self.slow_ms = np.zeros(n, np.int64)
        self.online = np.zeros(n, bool)
        self.inverted = np.zeros(shape, bool)
        """Contacts that are wired the other way round: to the alarms 1 means 0 there."""
        self.late: list[Answer] = []
        """Answers that are older than what had come before; whoever wants them takes them out."""
        self.samples = 0
        """Values taken since the start."""
        self._readings: dict[tuple[str, str, int], _Reading] = {}
        self._reading_of = tuple(
            [self._reading(station, block) for station in self.stations] for block in (FAST, SLOW)
        )
        for block in (FAST, SLOW):
            self.mark(range(n), block, Flag.BAD_COMM)
        self.judged = self.flags.copy()
        """Flags as they came, by nothing but the frames."""

    def _reading(self, station: StationRow, block: int) -> _Reading:
        key = (station.profile, station.layout.key, block)
        if key not in self._readings:
            plan = compile_block(station.profile, station.layout, BLOCKS[block])
            self._readings[key] = _Reading(plan, self.line_of)
        return self._readings[key]

    @property
    def points(self) -> int:
        """Points that are polled, over all stations."""
        return sum(len(reading.lines) for of_block in self._reading_of for reading in of_block)

    def mark(self, rows: Iterable[int], block: int, flag: Flag) -> None:
        """Give every point of a block of these rows one flag; values stay the last known."""
        for row in rows:
            self.flags[self._reading_of[block][row].lines[:, 0], row] = flag

    def update(self, frames: Iterable[Answer]) -> Iterator[np.ndarray]:
        """Take frames in, in the order of their times; yields once a pass bool[n], the stations
        that gave something new.

        A pass has at most one fast answer of a station, and slow answers that came before it, so
        that who looks between passes sees every sample with what was known then. Frames of
        unknown stations or of another length than the plan's are left out; what is older than
        the newest answer goes to `late`.
        """
        for answers in self._passes(frames):
            fresh = np.zeros(len(self.stations), bool)
            for (block, reading), group in answers.items():
                rows = np.array([self.row_of[f.station] for f in group], np.int64)
                ms = np.array([f.ms for f in group], np.int64)
                self._take(block, reading, rows, ms, *reading.values(group))
                fresh[rows] = True
            yield fresh

    def codes_of(self, station: int, block: int) -> tuple[str, ...]:
        """The points that an answer of this block has, in its order."""
        return self._reading_of[block][self.row_of[station]].limits.codes

    def rewind(self, now_ms: int) -> None:
        """The clock was set back: nothing came later than `now_ms`."""
        for times in (self.fast_ms, self.slow_ms):
            np.minimum(times, now_ms, out=times)

    def _passes(self, frames: Iterable[Answer]) -> list[_Answers]:
        passes: list[_Answers] = []
        turns: dict[tuple[int, int], int] = {}
        """Pass of each station and block from which on it is free."""
        for frame in frames:
            row = self.row_of.get(frame.station)
            if row is None:
                continue
            reading = self._reading_of[frame.block][row]
            if not reading.fits(frame):
                continue
            if frame.ms <= (self.fast_ms, self.slow_ms)[frame.block][row]:
                self.late.append(frame)
                continue
            turn = max(turns.get((row, FAST), 0), turns.get((row, SLOW), 0))
            if frame.block == FAST and turn and turns.get((row, FAST), 0) < turn:
                turn -= 1  # with the slow answer before it
            turns[row, frame.block] = turn + 1
            while turn >= len(passes):
                passes.append({})
            passes[turn].setdefault((frame.block, reading), []).append(frame)
        return passes

    def _take(
        self,
        block: int,
        reading: _Reading,
        rows: np.ndarray,
        ms: np.ndarray,
        values: np.ndarray,
        flags: np.ndarray,
    ) -> None:
        times = self.fast_ms if block == FAST else self.slow_ms
        previous = self.values[reading.rated, rows]
        flags = judge(reading.limits, values, flags, previous, (ms - times[rows]) / 1000)
        self.values[reading.lines, rows] = values
        self.flags[reading.lines, rows] = self.judged[reading.lines, rows] = flags
        times[rows] = ms
        self.samples += values.size
