"""What the gateways answered on the wire is what stands in the lake, value for value."""

from __future__ import annotations

import struct
import time
from collections import defaultdict

import duckdb
import numpy as np
import polars as pl
import pytest

from data.catalogue.points import points
from data.catalogue.profiles import profiles
from data.stations import StationRow
from data.stores import Stores
from deploy.city import City, wait_for

HEADER = struct.Struct("<iBqH")
MINUTES = 2


def answers(city: City) -> dict[int, list[tuple[int, list[int]]]]:
    """Fast blocks by station in the order they were sent: (ms, registers)."""
    content = (city.var / "wire.bin").read_bytes()
    found: dict[int, list[tuple[int, list[int]]]] = defaultdict(list)
    place = 0
    while place + HEADER.size <= len(content):
        station, block, ms, count = HEADER.unpack_from(content, place)
        place += HEADER.size
        words = np.frombuffer(content[place : place + 2 * count], ">u2").astype(int).tolist()
        place += 2 * count
        if block == 0 and len(words) == count:
            found[station].append((ms, words))
    return found


def registers_of(row: StationRow, code: str) -> tuple[int, str, int, int, bool]:
    """(first register, type, factor to catalogue units, bit, closed) read straight from the
    profile's own rows, not through the product's compiled plan."""
    profile = profiles()[row.profile]
    entry = next(e for e in profile.fast.entries if e.point == code)
    factor = int(entry.scale / points()[code].resolution)
    return entry.at, entry.type, factor, entry.bit, entry.closed


def by_hand(row: StationRow, words: list[int], code: str) -> int:
    """One station-wide point decoded the slow way."""
    at, kind, factor, bit, closed = registers_of(row, code)
    order = profiles()[row.profile].word_order

    def word(i: int) -> int:
        raw = words[i]
        return ((raw & 0xFF) << 8 | raw >> 8) if order in ("BADC", "DCBA") else raw

    if kind == "bit":
        return (word(at) >> bit & 1) ^ int(closed)
    if kind == "float32":
        pair = (word(at + 1), word(at)) if order in ("CDAB", "DCBA") else (word(at), word(at + 1))
        number = struct.unpack(">f", struct.pack(">HH", *pair))[0]
        return round(number / float(points()[code].resolution))
    number = word(at)
    return (number - 0x10000 if kind == "int16" and number >= 0x8000 else number) * factor


CODES = ("PH.P_MAIN", "PH.Q_IN", "EL.P", "EL.UA", "EL.IB", "CM.PLC_HB", "EL.MAINS_OK", "SE.DOOR")


@pytest.mark.timeout(420)
def test_lake_equals_wire(city: City, stores: Stores) -> None:
    start = (int(time.time()) // 60 + 1) * 60_000
    end = start + MINUTES * 60_000
    rows = stores.stations.all()

    def stored() -> bool:
        return (
            sum(f.rows for f in stores.manifest.live("fast", from_ms=end, to_ms=end + 60_000)) > 0
        )

    wait_for(stored, 60 * MINUTES + 180, "the minute after the window is in the lake")
    files = [
        str(stores.settings.lake / f.path)
        for f in stores.manifest.live("fast", from_ms=start, to_ms=end)
    ]
    lake = pl.concat([pl.read_parquet(f) for f in files], how="diagonal_relaxed")
    plain = duckdb.sql("select * from read_parquet(?, union_by_name=true)", params=[files])
    assert plain.aggregate("count(*)").fetchone() == (lake.height,)
    sent = answers(city)
    compared = 0
    for row in rows:
        mine = lake.filter(
            (pl.col("station") == row.id) & pl.col("ts").is_between(start, end - 1)
        ).sort("ts")
        polls = sent[row.id]
        # an answer is sent a moment before it is stamped on arrival: align on the first one
        first = next(
            i
            for i, (ms, _) in enumerate(polls)
            if ms > mine["ts"][0] - 1000 and same(row, polls[i][1], mine, 0)
        )
        for k in range(mine.height):
            assert same(row, polls[first + k][1], mine, k), f"{row.code} poll {k}"
            compared += 1
    assert compared > STATION_POLLS * len(rows)


STATION_POLLS = 40


def same(row: StationRow, words: list[int], lake: pl.DataFrame, k: int) -> bool:
    known = [
        c
        for c in CODES
        if c in lake.columns and any(e.point == c for e in profiles()[row.profile].fast.entries)
    ]
    return all(lake[c][k] == by_hand(row, words, c) for c in known)
