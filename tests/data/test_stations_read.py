"""Stations are read anew by one at a time; the others go on with those that are known."""

from __future__ import annotations

from threading import Event, Thread

import pytest

from data.station_rows import StationRow
from data.stations import Scope, Stations
from tests.data.conftest import WEST


def test_one_reads_and_the_others_do_not_wait(
    city: Stations, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("data.stations.CACHE_SECONDS", -1.0)
    before, district = city.all(), city.all(Scope(WEST))
    read, reads, begun, go = city._read, [], Event(), Event()

    def slow() -> tuple[StationRow, ...]:
        reads.append(1)
        begun.set()
        assert go.wait(10)
        return read()

    monkeypatch.setattr(city, "_read", slow)
    reader = Thread(target=city.all)
    reader.start()
    assert begun.wait(10)
    others = [Thread(target=city.all, args=(scope,)) for scope in (Scope(), Scope(WEST)) * 4]
    for other in others:
        other.start()
    for other in others:
        other.join(5)
    assert not any(other.is_alive() for other in others)
    assert len(reads) == 1
    go.set()
    reader.join(10)
    assert city.all() == before
    assert city.all() is not before
    assert city.all(Scope(WEST)) == district
