"""A lake with its own database, and rows to put into it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from data.database import Database
from data.lake import MISSING, Lake
from data.lake_writer import LakeWriter
from data.manifest import Manifest
from data.station_rows import SetRow, StationRow

START = datetime(2026, 3, 1, 8, tzinfo=UTC)
T0 = int(START.timestamp() * 1000)
SET = SetRow("L", 3, 7, 18, 100, 50.0, 0.55, 12.0, 60.0, 4.0, 9.0)


def station(id: int) -> StationRow:
    return StationRow(
        id, f"S{id}", "甲", "A", 1, "TANK_VFD", 1, "chengshui", "h", 1, 1, sets=(SET,)
    )


GROUP = f"{station(1).layout.key}-00"


class World:
    """A lake with its own database."""

    def __init__(self, db: Database, folder: Path) -> None:
        self.manifest = Manifest(db)
        self.root = folder / "lake"
        self.writer = LakeWriter(self.root, self.manifest)
        self.lake = Lake(self.root, self.manifest)

    def add(self, dataset: str, table: dict[str, np.ndarray], span: str = "piece") -> None:
        row = self.writer.write(dataset, GROUP, span, table)
        self.writer.commit([row], at=START)

    def paths(self, dataset: str) -> list[str]:
        return [str(self.root / f.path) for f in self.manifest.live(dataset)]


def polls(ids: list[int], minutes: int, seed: int = 1) -> dict[str, np.ndarray]:
    """Fast rows each 2 s of a few points, a tenth of them without a value."""
    rng = np.random.default_rng(seed)
    each = minutes * 30
    ts = np.tile(T0 + np.arange(each) * 2000, len(ids))
    values = rng.integers(-500, 3000, (2, len(ts)))
    values[rng.random(values.shape) < 0.1] = MISSING
    return {
        "station": np.repeat(np.array(ids), each),
        "ts": ts + rng.integers(0, 400, len(ts)),
        "L.P_OUT": values[0],
        "L.Q_OUT": values[1],
    }


def minutes(ids: list[int], first: int, count: int, grain: int = 60_000) -> dict[str, np.ndarray]:
    """Rollup rows from T0 + first * grain on."""
    ts = np.tile(T0 + (first + np.arange(count)) * grain, len(ids))
    step = np.tile(np.arange(count), len(ids))
    return {
        "station": np.repeat(np.array(ids), count),
        "ts": ts,
        "polls": np.full(len(ts), 30),
        "L.P_OUT": 55_000 + step * 100,
        "L.P_OUT.min": 540 + step,
        "L.P_OUT.max": np.where(step == 0, MISSING, 560 + step),
        "EL.E": 100_000 + step,
        "EL.E.inc": np.ones(len(ts), np.int64),
        "F.volume": np.full(len(ts), 0.25),
    }
