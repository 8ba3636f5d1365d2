"""Where a station's gateway answers, and what it is asked for."""

from __future__ import annotations

from typing import NamedTuple

from data.catalogue.profiles import compile_block
from data.stations import StationRow
from ingest.frames import BLOCKS


class Read(NamedTuple):
    """One block read."""

    function: int
    address: int
    registers: int


class Gateway(NamedTuple):
    """The gateway of one station. `slow` is None when there is nothing to ask."""

    station: int
    code: str
    host: str
    port: int
    unit: int
    fast: Read
    slow: Read | None


def gateway(station: StationRow) -> Gateway:
    """Raises CatalogueError when the profile can't hold the layout, ValueError when it has no
    fast block for it."""
    reads: list[Read | None] = []
    for block in BLOCKS:
        plan = compile_block(station.profile, station.layout, block)
        reads.append(Read(plan.function, plan.address, plan.count) if plan.count else None)
    fast, slow = reads
    if fast is None:
        raise ValueError(f"profile {station.profile} has no fast block for {station.layout.key}")
    return Gateway(station.id, station.code, station.host, station.port, station.unit, fast, slow)
