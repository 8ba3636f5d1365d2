"""What the gateways answered on the wire is what stands in the lake, value for value.

The registers are decoded here by hand, from the rows of the profiles' own files, not through the
product's compiled plans.
"""

from __future__ import annotations

import struct
import time
from collections import defaultdict

import duckdb
import numpy as np
import polars as pl
import pytest

from data.catalogue.points import Column, columns, points
from data.catalogue.profiles import BlockRow, Entry, profiles
from data.stations import StationRow
from data.stores import Stores
from deploy.city import City, wait_for

HEADER = struct.Struct("<iBqH")
MINUTES = 2
POLLS = 25 * MINUTES
"""Of the 30 a minute; a busy machine may miss a few."""
BLOCKS = ("fast", "slow")
Answers = tuple[np.ndarray, np.ndarray]
"""ms at which each answer was sent; registers [answers, count]."""


def answers(city: City) -> dict[tuple[int, int], Answers]:
    """Every answer by station and block, in the order they were sent."""
    content = (city.var / "wire.bin").read_bytes()
    found: dict[tuple[int, int], list[tuple[int, bytes]]] = defaultdict(list)
    place = 0
    while place + HEADER.size <= len(content):
        station, block, ms, count = HEADER.unpack_from(content, place)
        place += HEADER.size
        words = content[place : place + 2 * count]
        place += 2 * count
        if len(words) == 2 * count:
            found[station, block].append((ms, words))
    return {
        key: (
            np.array([ms for ms, _ in sent]),
            np.array([np.frombuffer(words, ">u2") for _, words in sent]).astype(np.int64),
        )
        for key, sent in found.items()
    }


def ordinal(column: Column, row: StationRow) -> int:
    """Zones and tanks count by themselves, pumps through the whole station."""
    if column.tank:
        return column.tank - 1
    names = [zone.zone for zone in row.sets]
    before = names.index(column.zone) if column.zone else 0
    if not column.pump:
        return before
    return sum(zone.pumps for zone in row.sets[:before]) + column.pump - 1


def by_hand(words: np.ndarray, order: str, entry: Entry, number: int) -> np.ndarray:
    """One point's values in catalogue units; fillers are not looked for: a calm city has none."""
    if order in ("BADC", "DCBA"):
        words = (words & 0xFF) << 8 | words >> 8
    at = entry.at + number * entry.step
    if entry.type == "bit":
        position = entry.bit + number * entry.bit_step
        bits: np.ndarray = words[:, at + position // 16] >> position % 16 & 1
        return bits ^ int(entry.closed)
    resolution = points()[entry.point].resolution
    if entry.type in ("uint16", "int16"):
        raw = words[:, at]
        if entry.type == "int16":
            raw = np.where(raw >= 0x8000, raw - 0x10000, raw)
    else:
        high, low = (at + 1, at) if order in ("CDAB", "DCBA") else (at, at + 1)
        raw = words[:, high] << 16 | words[:, low]
        if entry.type == "float32":
            numbers = raw.astype(np.uint32).view(np.float32).astype(float)
            units: np.ndarray = np.rint(numbers / float(resolution)).astype(np.int64)
            return units
    scaled: np.ndarray = raw * int(entry.scale / resolution) + int(entry.offset / resolution)
    return scaled


def compare(row: StationRow, block: BlockRow, lake: pl.DataFrame, sent: Answers) -> int:
    """Values compared; AssertionError at the first point that differs."""
    times, words = sent
    # an answer is stamped when it arrives: it is the last one sent by then
    which = np.searchsorted(times, lake["ts"].to_numpy(), side="right") - 1
    assert len(set(which.tolist())) == lake.height, f"{row.code}: an answer counts twice"
    entries = {entry.point: entry for entry in block.entries}
    compared = 0
    for column in columns(row.layout):
        entry = entries.get(column.point.code)
        if entry is not None:
            order = profiles()[row.profile].word_order
            want = by_hand(words[which], order, entry, ordinal(column, row))
            np.testing.assert_array_equal(
                lake[column.code].to_numpy(), want, err_msg=f"{row.code} {column.code}"
            )
            compared += len(want)
    return compared


@pytest.mark.timeout(420)
def test_lake_equals_wire(city: City, stores: Stores) -> None:
    start = (int(time.time()) // 60 + 1) * 60_000
    end = start + MINUTES * 60_000

    def stored() -> bool:
        return bool(stores.manifest.live("fast", from_ms=end, to_ms=end + 60_000))

    wait_for(stored, 60 * MINUTES + 240, "the minute after the window is in the lake")
    sent = answers(city)
    compared = 0
    for block, name in enumerate(BLOCKS):
        live = stores.manifest.live(name, from_ms=start, to_ms=end)
        files = [str(stores.settings.lake / file.path) for file in live]
        lake = pl.concat([pl.read_parquet(file) for file in files], how="diagonal_relaxed")
        plain = duckdb.sql("select * from read_parquet(?, union_by_name=true)", params=[files])
        assert plain.aggregate("count(*)").fetchone() == (lake.height,)
        lake = lake.filter(pl.col("ts").is_between(start, end - 1)).sort("station", "ts")
        for row in stores.stations.all():
            mine = lake.filter(pl.col("station") == row.id)
            assert mine.height >= (POLLS if name == "fast" else 1), row.code
            rules = getattr(profiles()[row.profile], name)
            compared += compare(row, rules, mine, sent[row.id, block])
    assert compared > 40 * POLLS * len(stores.stations.all())
