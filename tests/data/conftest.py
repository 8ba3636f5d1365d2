"""A city of two districts and four pump houses, and people of every role."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from argon2 import PasswordHasher

from data.database import Database
from data.rights import ROLES
from data.stations import DistrictRow, SetRow, StationRow, Stations
from data.users import UserRow, Users

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
EAST, WEST = 1, 2
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
DISTRICTS = (DistrictRow(EAST, "east", "东区", "East"), DistrictRow(WEST, "west", "西区", "West"))


def pump_set(zone: str = "L", pumps: int = 3) -> SetRow:
    return SetRow(zone, pumps, 1, 11, 300, 36.0, 0.5, 16.0, 60.0, 5.5, 11.3)


def station(number: int, district: int = EAST) -> StationRow:
    return StationRow(
        0, f"S{number}", f"泵房{number}", f"House {number}", district, "TANK_VFD", 1, "chengshui",
        f"127.0.0.{number}", 5020, 1, sets=(pump_set(),),
    )  # fmt: skip


@pytest.fixture
def city(db: Database) -> Stations:
    """Stations 1 and 2 in the east, 3 and 4 in the west; ids are the numbers."""
    stations = Stations(db)
    stations.save(DISTRICTS, [station(n, EAST if n < 3 else WEST) for n in (1, 2, 3, 4)])
    return stations


@pytest.fixture
def users(db: Database) -> Users:
    """The door to people with a hash that costs nothing."""
    return Users(db, CHEAP)


@pytest.fixture
def person(users: Users, city: Stations) -> Callable[..., UserRow]:
    """Makes a person of a role; of one district when it is named."""

    def make(role: str, username: str = "", district_id: int | None = None) -> UserRow:
        assert role in ROLES
        name = username or role
        return users.create(
            name, f"{name}'s secret", role=role, name_zh=name, name_en=name, at=NOW,
            district_id=district_id,
        )  # fmt: skip

    return make
