"""A recording served as a station of its own, through the same Modbus path as the city's."""

from __future__ import annotations

import asyncio
import contextlib
import re
import signal
import time

import numpy as np
import structlog

from data.database import Database
from data.settings import Settings
from data.stations import SetRow, StationRow, Stations
from simulator import city
from simulator.gateways import Gateways
from simulator.recording import LAYOUT, SHOWN, Recording
from simulator.registers import Registers

log = structlog.get_logger("simulator")
PREFIX = "RP-"
"""Codes of stations that a replay speaks for."""
NET = "127.11.0."
PROFILE = "yunkong"
STANDING = {
    "EL.MAINS_OK": 1.0, "EL.SRC": 1.0, "WQ.FLOWCELL": 1.0, "L.P1.MODE": 2.0, "L.P1.REMOTE": 1.0,
    "SE.ARM": 1.0, "SE.CAM": 1.0, "EL.UPS_SOC": 100.0,
}  # fmt: skip
"""States that a recording doesn't have; without them every replay would be an alarm."""
RUNNING_AMPERES = 0.2


def register(settings: Settings, name: str, code: str = "") -> StationRow:
    """The replay's station in the database, made where it isn't there yet. Raises ValueError for
    a code that isn't a replay's."""
    code = code or PREFIX + re.sub(r"[^A-Z0-9]+", "-", name.upper()).strip("-")[:24]
    if not code.startswith(PREFIX):
        raise ValueError(f"the code of a replay begins with {PREFIX}, so that nobody simulates it")
    db = Database(settings.database)
    try:
        db.check()
        stations = Stations(db)
        known = stations.by_code(code)
        if known is None:
            stations.save((), [_station(settings, stations, code, name)])
            known = stations.by_code(code)
    finally:
        db.close()
    assert known is not None  # noqa: S101 - saved just now
    return known


def _station(settings: Settings, stations: Stations, code: str, name: str) -> StationRow:
    districts = stations.districts()
    if not districts:
        raise ValueError("no district yet; first run: python -m simulator prepare")
    used = {row.address for row in stations.all()}
    own = city.loopback_addresses()
    spots = [
        (f"{NET}{i}", settings.modbus_port)
        if own
        else ("127.0.0.1", settings.modbus_port + 25000 + i)
        for i in range(1, 200)
    ]
    host, port = next(spot for spot in spots if (*spot, 1) not in used)
    first = districts[0]
    # a bench pump: what is not known of it stays at plain values
    bench = SetRow("L", 1, None, None, 0, 1.0, 0.1, 8.0, 10.0, 1.1, 2.5)
    return StationRow(
        id=0, code=code, name_zh=f"回放 {name}", name_en=f"Replay {name}", district_id=first.id,
        type=LAYOUT.type, tanks=LAYOUT.tanks, profile=PROFILE, host=host, port=port, unit=1,
        latitude=first.label_latitude, longitude=first.label_longitude, underground=False,
        sets=(bench,),
    )  # fmt: skip


def show(registers: Registers, recording: Recording, elapsed: float) -> None:
    """Refresh what the replay's gateway answers `elapsed` s after its start; a point that the
    recording lacks has no value."""
    values = STANDING | recording.at(elapsed)
    values["CM.PLC_HB"] = float(int(elapsed) % 60000)
    if "L.P1.I" in values:
        values["L.P1.RUN"] = float(values["L.P1.I"] > RUNNING_AMPERES)
    group = registers.groups[0]
    for block, plan in enumerate(group.plans):
        registers.put(group, block, np.array([[values.get(code, np.nan)] for code in plan.codes]))


async def serve(settings: Settings, recording: Recording, code: str = "") -> None:
    """Replay until SIGTERM or SIGINT. Raises OSError when the address is taken."""
    for complaint in recording.complaints[:SHOWN]:
        log.warning("recording", why=complaint)
    if len(recording.complaints) > SHOWN:
        log.warning("recording", more=len(recording.complaints) - SHOWN)
    row = register(settings, recording.name, code)
    registers = Registers([row])
    show(registers, recording, 0.0)
    gateways = Gateways([row], registers, settings.seed)
    await gateways.listen()
    log.info("listening", station=row.code, host=row.host, port=row.port,
             rows=len(recording.seconds), round_s=recording.length)  # fmt: skip
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    begin = time.monotonic()
    while not stop.is_set():
        show(registers, recording, time.monotonic() - begin)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), 1.0)
    gateways.close()
