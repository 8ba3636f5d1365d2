from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

import data.stations as module
from data.database import Database
from data.stations import EVERYWHERE, AddressTaken, Scope, Stations
from tests.data.conftest import DISTRICTS, EAST, WEST, pump_set, station


def test_saving_the_same_again_changes_nothing(db: Database, city: Stations) -> None:
    before, districts = city.all(), city.districts()
    city.save(DISTRICTS, [station(n, EAST if n < 3 else WEST) for n in (1, 2, 3, 4)])
    assert city.all() == before
    assert city.districts() == districts
    assert [row.id for row in before] == [1, 2, 3, 4]


def test_a_saved_station_can_change_and_keeps_its_id(city: Stations) -> None:
    city.save((), [replace(station(2), sets=(pump_set("M"), pump_set("L", 2)), tanks=2)])
    row = city.get(2)
    assert row is not None
    assert [s.zone for s in row.sets] == ["L", "M"]
    assert row.layout.key == "TANK_VFD-2.3-2"
    assert len(city.all()) == 4


def test_district_ids_of_the_caller_become_those_of_the_database(db: Database) -> None:
    rows = tuple(replace(row, id=row.id + 70) for row in DISTRICTS)
    stations = Stations(db)
    stations.save(rows, [station(1, WEST + 70)])
    west = next(row for row in stations.districts() if row.code == "west")
    assert [row.district_id for row in stations.all()] == [west.id] == [WEST]


def test_districts_are_known_without_asking_until_they_are_saved(city: Stations) -> None:
    known = city.districts()
    assert city.districts() is known
    city.save([replace(known[0], name_en="Harbour")], ())
    assert city.districts()[0].name_en == "Harbour"


def test_a_scope_sees_its_district_only(city: Stations) -> None:
    west = Scope(WEST)
    assert [row.code for row in city.all(west)] == ["S3", "S4"]
    assert [row.code for row in city.districts(west)] == ["west"]
    assert city.get(1, west) is None
    assert city.by_code("S1", west) is None
    assert city.by_code("S1", EVERYWHERE) == city.get(1)


def test_a_disabled_station_is_out_of_sight(
    db: Database, city: Stations, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CACHE_SECONDS", 0.0)
    with db.session() as session:
        session.execute(text("update stations set enabled = false where code = 'S4'"))
    fresh = Stations(db)
    assert [row.code for row in fresh.all()] == ["S1", "S2", "S3"]


def test_one_address_for_two_of_a_list_is_refused_by_name(city: Stations) -> None:
    twin = replace(station(9), host="127.0.0.8")
    with pytest.raises(AddressTaken, match=r"S9: 127\.0\.0\.8:5020 unit 1 is the address of S8"):
        city.save((), [station(8), twin])
    assert city.by_code("S8") is None


def test_an_address_in_the_database_is_refused_by_name(city: Stations) -> None:
    with pytest.raises(AddressTaken) as caught:
        city.save((), [replace(station(9), host="127.0.0.3")])
    assert (caught.value.code, caught.value.other) == ("S9", "S3")


def test_an_address_taken_between_look_and_write_is_named(
    city: Stations, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = []
    check = module._check_addresses

    def blind_at_first(*args: object) -> None:
        looks.append(args)
        if len(looks) > 1:
            check(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "_check_addresses", blind_at_first)
    with pytest.raises(AddressTaken) as caught:
        city.save((), [replace(station(9), host="127.0.0.3")])
    assert caught.value.other == "S3"


def test_other_violations_stay_what_they_are(city: Stations) -> None:
    with pytest.raises(IntegrityError):
        city.save((), [replace(station(9), district_id=77)])


def test_conflicts_of_a_database_without_the_constraint_are_reported(
    db: Database, city: Stations
) -> None:
    assert city.conflicts() == ()
    with older_schema(db):
        with db.session() as session:
            session.execute(text("update stations set host = '127.0.0.1' where id in (2, 3)"))
            session.execute(text("update stations set enabled = false where id = 2"))
        [conflict] = city.conflicts()
        assert conflict.address == ("127.0.0.1", 5020, 1)
        assert conflict.codes == ("S1", "S3")


@contextmanager
def older_schema(db: Database) -> Iterator[None]:
    """`stations` as it was before its addresses had to differ."""
    name, columns = "uq_stations_address", ["host", "port", "unit"]
    with db.engine.connect() as link:
        if db.sqlite:
            link.execute(text("pragma foreign_keys = off"))
        with Operations(MigrationContext.configure(link)).batch_alter_table("stations") as change:
            change.drop_constraint(name, type_="unique")
        link.commit()
        yield
        link.execute(text("update stations set host = code"))
        with Operations(MigrationContext.configure(link)).batch_alter_table("stations") as change:
            change.create_unique_constraint(name, columns)
        link.commit()
