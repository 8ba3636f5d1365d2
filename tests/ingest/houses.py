"""A few pump houses of several brands and layouts whose answers are known, value for value."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl

from data.catalogue.points import columns, point
from data.catalogue.profiles import KINDS, BlockPlan, compile_block
from data.database import Database
from data.lake import Lake
from data.lake_writer import LakeWriter
from data.manifest import Manifest
from data.station_rows import SetRow, StationRow
from ingest.flush import Flusher
from ingest.frames import BLOCKS, Frame
from simulator.registers import Encoder

START = datetime(2026, 3, 1, 8, tzinfo=UTC)
T0 = int(START.timestamp() * 1000)
MINUTE = 60_000
STEP = (2_000, 60_000)
GAINS = {"V_OUT": 24.0, "V_IN": 30.0, "E": 12.0}
"""Units an hour that counters gain; others gain one an hour."""
Truth = dict[tuple[str, int, int], dict[str, int]]


def zone(letter: str, pumps: int = 3) -> SetRow:
    return SetRow(letter, pumps, 1, 11, 300, 36.0, 0.5, 12.0, 60.0, 5.5, 11.3)


def house(id: int, kind: str, profile: str, *sets: SetRow, tanks: int = 0) -> StationRow:
    return StationRow(
        id, f"S{id}", f"泵房{id}", f"House {id}", 1, kind, tanks, profile, f"127.0.0.{id}", 5020, 1,
        sets=sets,
    )  # fmt: skip


HOUSES = (
    house(3, "TANK_VFD", "chengshui", zone("L"), tanks=1),
    house(4, "TANK_VFD", "haibeng", zone("L"), tanks=1),
    house(9, "TANK_VFD", "yunkong", zone("L"), tanks=1),
    house(11, "STACKED", "linhai", zone("L", 2), zone("M", 2)),
    house(12, "DIRECT", "chengshui"),
)


@dataclass(frozen=True)
class Said:
    """What the gateways answered, and how it went over the wire."""

    frames: list[Frame]
    truth: Truth
    """Values in catalogue units by (block, station, ms)."""


def said(
    minute: int, houses: tuple[StationRow, ...] = HOUSES, seed: int = 0, polls: int = 30
) -> Said:
    """Answers of a minute: `polls` fast ones and a slow one a station, with jitter."""
    frames: list[Frame] = []
    truth: Truth = {}
    for row in houses:
        rng = np.random.default_rng((seed, minute // MINUTE, row.id))
        for block, name in enumerate(BLOCKS):
            plan = compile_block(row.profile, row.layout, name)
            count = (polls, 1)[block]
            ms = minute + np.arange(count) * STEP[block] + rng.integers(0, 900, count)
            values = np.stack([_values(plan, i, ms, rng) for i in range(len(plan.codes))])
            words = Encoder(plan)(values * plan.resolution[:, None])
            for j, at in enumerate(ms.tolist()):
                frames.append(Frame(row.id, block, at, words[j].tobytes()))
                truth[name, row.id, at] = dict(zip(plan.codes, values[:, j].tolist(), strict=True))
    rng = np.random.default_rng(minute // MINUTE)
    return Said([frames[i] for i in rng.permutation(len(frames))], truth)


def _values(plan: BlockPlan, line: int, ms: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Numbers that the register can show, within the point's range, in catalogue units."""
    row = point(plan.codes[line])
    step = int(plan.multiplier[line])
    values: np.ndarray
    low, high = (round(edge / float(row.resolution)) for edge in row.range)
    if row.digital:
        return np.asarray(rng.integers(0, 2, len(ms)))
    if row.kind == "counter":
        rate = GAINS.get(row.code.rpartition(".")[2], 1.0) / float(row.resolution)
        counted = (10_000 + (ms - T0) * rate / 3_600_000).astype(np.int64)
        return np.asarray(counted // step * step)
    if KINDS[plan.kind[line]].startswith("uint"):
        low = max(low, int(plan.offset[line]))
    top = min(high, low + 20_000)
    values = rng.integers(-(-low // step), top // step + 1, len(ms)) * step
    return values


class Place:
    """A lake, its manifest, and someone who flushes."""

    def __init__(self, db: Database, folder: Path, houses: tuple[StationRow, ...] = HOUSES) -> None:
        self.houses = houses
        self.manifest = Manifest(db)
        self.root = folder / "lake"
        self.writer = LakeWriter(self.root, self.manifest)
        self.lake = Lake(self.root, self.manifest)
        self.now = START
        self.restart()

    def restart(self) -> None:
        """A collector that begins anew."""
        self.flusher = Flusher(self.lake, self.writer, self.houses, clock=lambda: self.now)

    def paths(self, dataset: str, group: str = "") -> list[str]:
        files = self.manifest.live(dataset)
        return [str(self.root / f.path) for f in files if f.group.startswith(group)]

    def table(self, dataset: str, *sort: str) -> pl.DataFrame:
        """All live rows of a dataset, by plain Polars."""
        frames = [pl.read_parquet(path) for path in self.paths(dataset)]
        sort = sort or ("station", "ts")
        return pl.concat(frames, how="diagonal_relaxed").sort(sort) if frames else pl.DataFrame()


def codes_of(row: StationRow, block: str) -> list[str]:
    return [c.code for c in columns(row.layout) if c.point.block == block]
