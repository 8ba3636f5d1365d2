"""Which stations share files of the lake."""

from __future__ import annotations

from collections.abc import Iterable

from data.station_rows import StationRow

CHUNK = 200
"""Most stations of a group: a file is read in one piece by who wants one station."""


def groups(stations: Iterable[StationRow]) -> dict[str, tuple[StationRow, ...]]:
    """Stations by group name: layout key and a running number. A station added at the end of the
    list (highest id) changes no other station's group."""
    by_key: dict[str, list[StationRow]] = {}
    for station in sorted(stations, key=lambda s: s.id):
        by_key.setdefault(station.layout.key, []).append(station)
    return {
        f"{key}-{start // CHUNK:02d}": tuple(rows[start : start + CHUNK])
        for key, rows in sorted(by_key.items())
        for start in range(0, len(rows), CHUNK)
    }
