"""A small town with people, a snapshot and alarms, and the whole cockpit upon it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from argon2 import PasswordHasher
from dash import Dash
from flask.testing import FlaskClient

from app import create_app
from components.page import View
from data.catalogue.points import columns, universe
from data.database import Database
from data.rights import ROLES
from data.settings import Settings
from data.snapshot import MISSING, Snapshot, write
from data.station_rows import CompoundRow, DistrictRow, SetRow, StationRow
from data.stores import Stores, open_stores
from data.users import Users

NOW = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)
PASSWORD = "a town's password"
RING = [[118.0, 24.4], [118.2, 24.4], [118.2, 24.6], [118.0, 24.6], [118.0, 24.4]]
COUNT = 6
HOMES = {2: 1, 4: 1}
"""Compounds of some stations; the others stand in none."""


def _station(n: int) -> StationRow:
    sets = tuple(
        SetRow(zone, 2, 1, 11, 60, 30.0, 0.35, 20.0, 40.0, 4.0, 8.0)
        for zone in ("L", "M")[: 1 + n % 2]
    )
    return StationRow(
        n, f"XM-{n:04d}", f"湖滨{n}期", f"Lakeside {n}", 1 + n % 2, "TANK_VFD", 1, "chengshui",
        f"127.10.0.{n}", 5020, 1, 24.45 + n / 100, 118.1, "湖滨路", "Lake Rd", n % 2 == 0, 100 * n,
        sets=sets,
    )  # fmt: skip


def snapshot_of(stations: tuple[StationRow, ...], at: datetime, seq: int = 1) -> Snapshot:
    """Every point known; the last station silent; the first has an unacknowledged level 2."""
    codes = tuple(c.code for c in universe(tuple(dict.fromkeys(s.layout for s in stations))))
    n, ms = len(stations), int(at.timestamp() * 1000)
    has = np.array([[c in {x.code for x in columns(s.layout)} for s in stations] for c in codes])
    level, waiting = np.zeros(n, np.uint8), np.zeros(n, np.uint8)
    level[0], waiting[0] = 2, 1
    online = np.ones(n, bool)
    online[-1] = False
    return Snapshot(
        seq, ms, np.array([s.id for s in stations], np.int32), codes, np.where(has, 350, MISSING),
        np.zeros(has.shape, np.uint8), np.full(n, ms - 400), np.full(n, ms - 9000), online, level,
        waiting, {"samples_per_s": 504.0},
    )  # fmt: skip


@pytest.fixture
def stores(sqlite: Database, tmp_path: Path) -> Iterator[Stores]:
    """Two districts, a compound, six stations, one person a role (of district 1 the manager)."""
    settings = Settings(var=tmp_path, session_key="0123456789abcdef0123", _env_file=None)
    opened = open_stores(settings)
    users = Users(opened.db, PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    made = replace(opened, users=users)
    made.stations.save(
        [
            DistrictRow(1, "east", "东区", "East", 24.5, 118.1, RING),
            DistrictRow(2, "west", "西区", "West", 24.5, 118.0, RING),
        ],
        [replace(_station(n), compound_id=HOMES.get(n)) for n in range(1, COUNT + 1)],
        [CompoundRow(1, "GINKGO", "银杏里", "Ginkgo Lane", 1)],
    )
    for role in ROLES:
        users.create(
            role, PASSWORD, role=role, name_zh="陈立", name_en="Chen Li", at=NOW,
            district_id=1 if role == "district_manager" else None,
        )  # fmt: skip
    now = datetime.now(UTC)
    write(settings.live, snapshot_of(made.stations.all(), now))
    row = {
        "rule": "R-PU-01",
        "place": "L.P2",
        "point": "L.P2.FAULT",
        "level": 2,
        "state": "unacknowledged",
        "raw_at": now,
        "active_at": now - timedelta(minutes=6),
        "value": 1.0,
    }
    quiet = {
        "rule": "R-TK-02",
        "place": "T1",
        "point": "T1.LEVEL",
        "level": 3,
        "state": "acknowledged",
        "raw_at": now,
        "active_at": now - timedelta(hours=3),
        "value": 0.4,
        "limit": 0.5,
    }
    made.alarms.save([
        {**row, "station_id": made.stations.by_code("XM-0001").id, "district_id": 2},
        {**quiet, "station_id": made.stations.by_code("XM-0002").id, "district_id": 1},
    ])  # fmt: skip
    yield made
    made.close()


@pytest.fixture
def cockpit(stores: Stores) -> Dash:
    return create_app(stores)


def token(page: str) -> str:
    """The CSRF token of a form."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def sign_in(client: FlaskClient, username: str, password: str = PASSWORD, **extra: str) -> Any:
    """Send the login form as a browser would."""
    form = client.get("/login").get_data(as_text=True)
    return client.post(
        "/login",
        data={"csrf_token": token(form), "username": username, "password": password, **extra},
    )


@pytest.fixture
def browser(cockpit: Dash) -> Callable[[str], FlaskClient]:
    """A client that is signed in as a role."""

    def start(role: str) -> FlaskClient:
        client: FlaskClient = cockpit.server.test_client()
        assert sign_in(client, role).status_code == 303
        assert client.get("/").status_code == 200
        return client

    return start


def call(client: FlaskClient, output: str, inputs: list[dict[str, Any]], csrf: bool = True) -> Any:
    """Fire a callback as Dash's renderer does."""
    cookie = client.get_cookie("_csrf_token")
    headers = {"X-CSRFToken": cookie.decoded_value} if csrf and cookie else {}
    parts = output[2:-2].split("...") if output.startswith("..") else [output]
    outputs = [{"id": p.rpartition(".")[0], "property": p.rpartition(".")[2]} for p in parts]
    body = {
        "output": output,
        "outputs": outputs if output.startswith("..") else outputs[0],
        "inputs": inputs,
        "state": [],
        "changedPropIds": [f"{i['id']}.{i['property']}" for i in inputs],
    }
    return client.post("/_dash-update-component", json=body, headers=headers)


def view_of(stores: Stores, role: str, language: str = "zh", **params: str) -> View:
    """The view that the gate would make."""
    user = stores.users.get(role)
    assert user is not None
    return View(user=user, language=language, zone=stores.settings.zone, params=params)
