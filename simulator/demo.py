"""The demo city's first start: schema, districts, stations, one login per role."""

from __future__ import annotations

import os
import secrets
from datetime import datetime
from pathlib import Path

import structlog

from data.database import Database
from data.rota import Rota
from data.settings import Settings
from data.stations import Stations
from data.users import ROLES, Users
from simulator import city, names, rota

log = structlog.get_logger("simulator")
SESSION_KEY = "PUMPHOUSE_SESSION_KEY"
LOGIN = "PUMPHOUSE_DEMO_"
MANAGED = "lake_east"
"""The district of the demo's district manager."""


def prepare(settings: Settings, now: datetime) -> None:
    """Make what is missing of the demo city; a second call changes nothing.

    Raises DatabaseError, AddressTaken or OSError with a message for the person who started it.
    """
    settings.var.mkdir(parents=True, exist_ok=True)
    db = Database(settings.database)
    try:
        db.upgrade()
        _stations(settings, Stations(db))
        _logins(settings, db, now)
        rota.make(Rota(db), Users(db), settings.zone, now)
    finally:
        db.close()


def logins(settings: Settings) -> list[str]:
    """Lines for the terminal: where to look and how to log in; empty without a demo city."""
    known = _read(settings.demo_file)
    rows = [(role, known.get(LOGIN + role.upper(), "")) for role in ROLES]
    if not any(password for _, password in rows):
        return []
    lines = [f"Pumphouse is at http://{settings.host}:{settings.port}", "Demo logins:"]
    return lines + [f"  {role:<18}{password}" for role, password in rows if password]


def _stations(settings: Settings, stations: Stations) -> None:
    known = {row.code: row for row in stations.all()}
    own = city.loopback_addresses()
    first = city.stations(1, settings.seed, settings.modbus_port, own)[0]
    last = city.code(settings.stations - 1)
    there = known.get(first.code)
    if last in known and there is not None and there.address == first.address:
        log.info("city is there", stations=len(known))
        return
    rows = city.stations(settings.stations, settings.seed, settings.modbus_port, own)
    stations.save(city.districts(), *city.in_compounds(rows, settings.seed))
    log.info("city made", stations=len(rows), own_addresses=own)


def _logins(settings: Settings, db: Database, now: datetime) -> None:
    """One person per role; the clear passwords stand in the demo file only."""
    known = _read(settings.demo_file)
    wanted = {SESSION_KEY: known.get(SESSION_KEY) or secrets.token_hex(32)}
    users = Users(db)
    managed = next(row.id for row in Stations(db).districts() if row.code == MANAGED)
    for role in ROLES:
        label = LOGIN + role.upper()
        wanted[label] = known.get(label) or secrets.token_urlsafe(9)
        if users.get(role) is None:
            district = managed if role == "district_manager" else None
            zh, en = names.PEOPLE[role]
            users.create(
                role, wanted[label], role=role, name_zh=zh, name_en=en, at=now, district_id=district
            )
        elif label not in known:
            users.set_password(role, wanted[label], "simulator", now)
    if wanted != known:
        _write(settings.demo_file, wanted)


def _read(file: Path) -> dict[str, str]:
    if not file.exists():
        return {}
    lines = file.read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))


def _write(file: Path, values: dict[str, str]) -> None:
    """Readable by its owner only, complete or not at all."""
    part = file.with_suffix(".part")
    part.unlink(missing_ok=True)
    body = "# Made for the demo city at its first start. Keep it out of any real installation.\n"
    body += "".join(f"{key}={value}\n" for key, value in values.items())
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        out.write(body)
        out.flush()
        os.fsync(out.fileno())
    part.replace(file)
