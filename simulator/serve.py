"""The simulator at work: one process, one event loop, all gateways and the city behind them."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import signal
import sys
import time
from asyncio.subprocess import Process
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any, BinaryIO

import structlog

from data.database import Database
from data.settings import Settings
from data.stations import StationRow, Stations
from simulator import control, kept
from simulator.faults import LIBRARY, MINUTE, Fault
from simulator.gateways import Gateways, Link
from simulator.living import LivingCity, moment
from simulator.meter_rounds import Rounds
from simulator.neighbours import struck, unfit
from simulator.replay import PREFIX
from simulator.witness import Witness, tell_troubles

log = structlog.get_logger("simulator")
SAVE_EVERY = 60.0


@dataclass(frozen=True)
class Options:
    """How to serve. `calm`: nothing happens by itself; `history`: the past is made meanwhile."""

    calm: bool = False
    history: bool = True
    wire_log: Path | None = None
    truth: bool = False
    """Write what really happens every minute (simulator.witness)."""


async def serve(settings: Settings, options: Options) -> None:
    """Serve until SIGTERM or SIGINT. Raises OSError or DatabaseError with a message for people."""
    rows = stations(settings)
    wire = options.wire_log.open("ab") if options.wire_log else None
    try:
        await _live(settings, options, rows, wire)
    finally:
        if wire is not None:
            wire.close()


def stations(settings: Settings) -> tuple[StationRow, ...]:
    """The stations that this simulator speaks for: those on loopback, replays left out."""
    db = Database(settings.database)
    try:
        db.check()
        rows = tuple(
            row
            for row in Stations(db).all()
            if row.host.startswith("127.") and row.sets and not row.code.startswith(PREFIX)
        )
    finally:
        db.close()
    if not rows:
        raise OSError("no station to simulate; first run: python -m simulator prepare")
    return rows


async def _live(
    settings: Settings, options: Options, rows: tuple[StationRow, ...], wire: BinaryIO | None
) -> None:
    now = time.time_ns() // 1_000_000
    birth_ms = kept.born(settings.var, now)
    truth = settings.var / "truth"
    truth.mkdir(parents=True, exist_ok=True)
    with (truth / "faults.jsonl").open("a", encoding="utf-8") as diary:
        doors: list[Gateways] = []
        city = LivingCity(
            rows, settings.seed, moment(birth_ms, settings.zone).day, settings.zone,
            calm=options.calm, cut=partial(_cut, doors), diary=diary,
        )  # fmt: skip
        tell_troubles(city, truth)
        witness = Witness(city, truth) if options.truth else None
        how = kept.restore(city, settings.var, birth_ms, now)
        city.refresh()
        gateways = Gateways(rows, city.registers, settings.seed, wire)
        doors.append(gateways)
        await gateways.listen()
        desk = await control.listen(settings.var, partial(_answer, city))
        log.info("listening", stations=len(rows), start=how, calm=options.calm)
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        past = await _past() if options.history else None
        try:
            rounds = Rounds(city, moment(birth_ms, settings.zone).day, settings.var, now)
            await _turn(city, settings.var, stop, witness, rounds)
        finally:
            await _end(past)
            desk.close()
            gateways.close()
            _keep(city, settings.var, witness, last=True)
            log.info("stopped", answered=gateways.answered)


async def _turn(
    city: LivingCity, var: Path, stop: asyncio.Event, witness: Witness | None, rounds: Rounds
) -> None:
    """The clock of the city: each slice steps at its own part of every second."""
    count = len(city.slices)
    at = float(int(time.time()) + 1)
    saved = at
    while not stop.is_set():
        for number, part in enumerate(city.slices):
            wait = at + number / count - time.time()
            if wait > 0.0:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), wait)
                    return
            else:
                await asyncio.sleep(0)
            city.tick(part, time.time_ns() // 1_000_000)
        at = max(at + 1.0, float(int(time.time())))
        try:
            rounds.turn(time.time_ns() // 1_000_000)
        except OSError as error:
            log.warning("household readings can't be written", why=str(error))
        if at - saved >= SAVE_EVERY:
            saved = at
            _keep(city, var, witness)


def _keep(city: LivingCity, var: Path, witness: Witness | None, last: bool = False) -> None:
    """Write state and truth; a full or read-only disk must not stop the city."""
    now = time.time_ns() // 1_000_000
    try:
        kept.save(city, var, now, last)
        if witness is not None:
            witness.write(now)
    except OSError as error:
        log.warning("the city's state can't be written", folder=str(var), why=str(error))


async def _past() -> Process | None:
    """The maker of the city's past, a process of its own that ends when all is made."""
    if find_spec("simulator.history") is None:
        return None
    return await asyncio.create_subprocess_exec(sys.executable, "-m", "simulator.history")


async def _end(past: Process | None) -> None:
    if past is not None and past.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            past.terminate()
        await past.wait()


def _cut(doors: list[Gateways], station: int, link: Link) -> None:
    for gateways in doors:
        gateways.set_link(station, link)


def _answer(city: LivingCity, asked: dict[str, Any]) -> dict[str, Any]:
    """Carry out one command; raises control.Refused."""
    now = time.time_ns() // 1_000_000
    verb = asked.get("verb")
    if verb == "fault":
        return _told(inject(city, asked, now))
    if verb == "clear":
        code, station = asked.get("code"), asked.get("station")
        gone = city.clear(
            lambda f: (not code or f.code == code) and (not station or f.station == station), now
        )
        if not gone:
            raise control.Refused("no such fault is active")
        return _told(gone)
    if verb == "list":
        return _told(city.active(now))
    raise control.Refused(f"no such command: {verb}")


def _told(faults: list[Fault]) -> dict[str, Any]:
    return {"faults": [fault.row() | {"name": LIBRARY[fault.code].en} for fault in faults]}


def inject(city: LivingCity, asked: dict[str, Any], now: int) -> list[Fault]:
    """Let a fault of the library begin now. Raises control.Refused."""
    code, station = str(asked.get("code")), str(asked.get("station"))
    if code not in LIBRARY:
        known = "; ".join(f"{kind.code} {kind.en}" for kind in LIBRARY.values())
        raise control.Refused(f"no fault {code}; there are: {known}")
    if station not in city.place:
        raise control.Refused(f"no station {station} is simulated here")
    severity = int(asked.get("severity") or 2)
    if not 1 <= severity <= 3:
        raise control.Refused("severity is 1, 2 or 3")
    row = city.rows[city.place[station]]
    if why := unfit(code, row):
        raise control.Refused(f"{station} {why}")
    place = str(asked.get("place") or "")
    if place and not any(place[:1] == zone.zone for zone in row.sets):
        raise control.Refused(f"{station} has no zone {place[:1]}")
    minutes = float(asked.get("minutes") or LIBRARY[code].minutes[severity - 1])
    end = now + int(minutes * MINUTE)
    group = f"{station}-{code}-{secrets.token_hex(3)}"
    names = struck(code, row, city.rows, city.seed)
    faults = [Fault(group, code, name, severity, now, end, place) for name in names]
    city.add(faults)
    return faults
