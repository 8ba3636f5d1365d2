"""Disk of a day: 200 stations x 24 h at simulator speed through the product's own flush, cascade
and day compaction, against the order-0 entropy of the first differences of the same values."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from data.catalogue.profiles import compile_block
from data.lake_writer import LakeWriter
from data.manifest import FileRow
from data.settings import Settings
from data.stores import Stores, open_stores
from deploy.city import City
from ingest.compaction import Housekeeping
from ingest.flush import Flusher
from ingest.frames import BLOCKS, FAST, SLOW, Frame
from simulator.living import LivingCity, moment

STATIONS = 200
DAY = 86_400
JITTER_MS = 8.0
"""Standard deviation of the time at which a poll is answered, within its cycle."""


def measure(options: argparse.Namespace) -> dict[str, float]:
    """Bytes a sample of raw data, and that over the entropy."""
    with tempfile.TemporaryDirectory(prefix="pumphouse-lake-") as folder:
        City(Path(folder), stations=STATIONS).run("-m", "simulator", "prepare")
        stores = open_stores(Settings(var=Path(folder), stations=STATIONS))
        try:
            begin = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
            _fill(stores, begin - timedelta(days=2))
            return _figures(stores)
        finally:
            stores.close()


def _fill(stores: Stores, begin: datetime) -> None:
    rows, settings = stores.stations.all(), stores.settings
    start = round(begin.timestamp() * 1000)
    born = moment(start, settings.zone).day
    city = LivingCity(rows, settings.seed, born, settings.zone, calm=True)
    writer = LakeWriter(settings.lake, stores.manifest)
    flusher = Flusher(stores.lake, writer, rows)
    house = Housekeeping(stores.lake, writer, rows, settings.zone, retire_seconds=0.0)
    chance = np.random.default_rng(settings.seed)
    phase = chance.integers(0, 2000, len(rows))
    for minute in range(DAY // 60):
        first = start + minute * 60_000
        flusher.flush(first, list(_minute(city, first, phase, chance)))
        if minute % 60 == 59:
            house.run(begin + timedelta(minutes=minute + 2), seconds=60.0)
            print(f"   lake: {minute // 60 + 1} of 24 h", flush=True)
    house.run(begin + timedelta(days=1, hours=2), seconds=600.0)


def _minute(
    city: LivingCity, first: int, phase: np.ndarray, chance: np.random.Generator
) -> Iterator[Frame]:
    """Every fast block each 2 s and every slow block once."""
    for second in range(0, 60, 2):
        now = first + second * 1000
        for part in city.slices:
            city.tick(part, now)
        late = phase + np.clip(chance.normal(0.0, JITTER_MS, len(phase)), -30, 30).astype(int)
        for block in (FAST, SLOW) if second == 30 else (FAST,):
            for i, row in enumerate(city.rows):
                plan = compile_block(row.profile, row.layout, BLOCKS[block])
                words = city.registers.read(i, plan.function, plan.address, plan.count)[1]
                ms = min(max(now + int(late[i]), first), first + 59_999)
                yield Frame(row.id, block, ms, words)


def _figures(stores: Stores) -> dict[str, float]:
    size = samples = 0
    bits = 0.0
    for dataset in ("fast", "slow"):
        for file in stores.manifest.live(dataset):
            found, entropy = _file(stores, file)
            size += file.bytes
            samples += found
            bits += entropy
    size += sum(file.bytes for file in stores.manifest.live("flags"))
    return {
        "lake.samples": float(samples),
        "lake.bytes_per_sample": size / samples,
        "lake.bytes_vs_entropy": size / (bits / 8),
    }


def _file(stores: Stores, file: FileRow) -> tuple[int, float]:
    """Values in a file, and the bits that their first differences carry."""
    frame = pl.read_parquet(stores.settings.lake / file.path)
    samples, bits = 0, 0.0
    for name in frame.columns:
        if name == "station":
            continue
        steps = frame.select(pl.col(name).diff().over("station").drop_nulls()).to_series()
        counts = steps.value_counts()["count"].to_numpy()
        share = counts / counts.sum() if len(counts) else counts
        bits += float(-(share * np.log2(share)).sum() * len(steps))
        if name != "ts":
            samples += frame.height - frame[name].null_count()
    return samples, bits
