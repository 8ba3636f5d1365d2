"""Compounds in the records: the way up from older ones, saving, scope, lists of stations."""

from __future__ import annotations

from dataclasses import replace

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Insert, column, insert
from sqlalchemy import table as table_of

from data.database import MIGRATIONS, Database
from data.stations import CompoundRow, Scope, Stations
from tests.data.conftest import DISTRICTS, EAST, WEST, station
from tests.data.test_station_import import GOOD, faults, load, table

LAKE = CompoundRow(7, "LAKE", "湖滨花园", "Lakeside", EAST, 900)


def old(name: str, *columns: str) -> Insert:
    """Into a table of older records, which today's rows don't fit."""
    return insert(table_of(name, *map(column, columns)))


def step(db: Database, to: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["engine"] = db.engine
    (command.downgrade if to == "0009" else command.upgrade)(config, to)


def test_older_records_get_their_compounds_by_district_and_name(db: Database) -> None:
    step(db, "0009")
    names = {
        "A": (EAST, "TANK_VFD", "湖滨花园", "Lakeside"),
        "B": (EAST, "STACKED", "湖滨花园2号泵房", "Lakeside Pump House 2"),
        "C": (EAST, "TANK_VFD", "湖滨花园高区泵房", "Lakeside High Zone Pump Room"),
        "D": (WEST, "TANK_VFD", "湖滨花园", "Lakeside"),
        "E": (WEST, "REGIONAL", "石桥加压泵站", "Stone Bridge Booster Station"),
        "F": (WEST, "RURAL", "石桥村供水站", "Stone Bridge Village Waterworks"),
        "G": (WEST, "TANK_VFD", "泵房", "Pump House"),
    }
    with db.session() as session:
        for row in DISTRICTS:
            session.execute(old("districts", "id", "code", "name_zh", "name_en"), vars(row))
        for n, (code, (district, kind, zh, en)) in enumerate(names.items()):
            values = vars(station(n + 1, district)) | {"enabled": True, "code": code, "type": kind}
            values.update(name_zh=zh, name_en=en)
            kept = values.keys() - {"id", "sets", "compound_id"}
            session.execute(old("stations", *kept), values)
    step(db, "head")
    stations = Stations(db)
    made = stations.compounds()
    assert [(r.code, r.name_zh, r.name_en, r.district_id, r.households) for r in made.values()] == [
        ("C-A", "湖滨花园", "Lakeside", EAST, None),
        ("C-D", "湖滨花园", "Lakeside", WEST, None),
        ("C-G", "泵房", "Pump House", WEST, None),
    ]
    of = {r.code: made[r.compound_id].code if r.compound_id else "" for r in stations.all()}
    assert of == {"A": "C-A", "B": "C-A", "C": "C-A", "D": "C-D", "E": "", "F": "", "G": "C-G"}
    stations.save((), [replace(station(9), compound_id=7)], [LAKE])  # the next id is free
    assert "LAKE" in {row.code for row in stations.compounds().values()}


def test_a_compound_of_the_caller_becomes_that_of_the_database(db: Database) -> None:
    stations = Stations(db)
    rows = [replace(station(n), compound_id=7) for n in (1, 2)]
    for _ in range(2):  # again: the same
        stations.save(DISTRICTS, rows, [LAKE])
        [row] = stations.compounds().values()
        assert row == replace(LAKE, id=row.id)
        assert [s.compound_id for s in stations.all()] == [row.id, row.id]
    stations.save((), [replace(station(1), compound_id=None)])
    assert list(stations.compounds()) == [row.id]
    stations.save((), [replace(station(2), compound_id=None)])
    assert stations.compounds() == {}  # its last station has left


def test_a_scope_sees_the_compounds_of_its_district_only(city: Stations) -> None:
    far = CompoundRow(8, "FAR", "西苑", "West Court", WEST)
    rows = [replace(station(1), compound_id=7), replace(station(3, WEST), compound_id=8)]
    city.save((), rows, [LAKE, far])
    assert {row.code for row in city.compounds().values()} == {"LAKE", "FAR"}
    assert {row.code for row in city.compounds(Scope(WEST)).values()} == {"FAR"}


@pytest.fixture
def lake(db: Database) -> Stations:
    """Station S1 in the compound LAKE of the east."""
    stations = Stations(db)
    stations.save(DISTRICTS, [replace(station(1), compound_id=7)], [LAKE])
    return stations


def homes(stations: Stations) -> dict[str, tuple[str, str, str, int | None]]:
    """Compound of each station, as a list could tell it."""
    known = stations.compounds()
    of = {row.code: known[row.compound_id] for row in stations.all() if row.compound_id}
    return {code: (r.code, r.name_zh, r.name_en, r.households) for code, r in of.items()}


def test_a_list_names_compounds_that_are_there_and_new_ones(lake: Stations) -> None:
    rows = [
        GOOD | {"code": f"X{n}", "unit": str(n), "compound": code, "compound_zh": name,
                "compound_households": households}
        for n, (code, name, households) in enumerate([
            ("lake", "", ""), ("", "湖滨 花园", "900"), ("N1", "新村", "500"), ("N1", "", "500"),
            ("", "东苑", ""), ("", "东苑", ""), ("", "", ""),
        ], 1)
    ]  # fmt: skip
    report = load(lake, table(*rows))
    assert faults(report) == [(3, "compound_zh", "compound_other")]
    assert homes(lake) == {
        "S1": ("LAKE", "湖滨花园", "Lakeside", 900),
        "X1": ("LAKE", "湖滨花园", "Lakeside", 900),
        "X3": ("N1", "新村", "新村", 500),
        "X4": ("N1", "新村", "新村", 500),
        "X5": ("C-X5", "东苑", "东苑", None),
        "X6": ("C-X5", "东苑", "东苑", None),
    }


@pytest.mark.parametrize(
    ("cells", "fault"),
    [
        ({"compound": "LAKE", "district": "west"}, ("compound", "compound_elsewhere")),
        ({"compound": "LAKE", "compound_zh": "新村"}, ("compound_zh", "compound_other")),
        ({"compound": "LAKE", "compound_en": "New"}, ("compound_en", "compound_other")),
        ({"compound": "LAKE", "compound_households": "9"},
         ("compound_households", "compound_other")),
        ({"compound": "NEW"}, ("compound_zh", "missing")),
        ({"compound_households": "-1", "compound_zh": "新村"}, ("compound_households", "range")),
        ({"compound": "x" * 49, "compound_zh": "新村"}, ("compound", "too_long")),
    ],
)  # fmt: skip
def test_what_a_row_says_wrongly_of_its_compound_is_refused(
    lake: Stations, cells: dict[str, str], fault: tuple[str, str]
) -> None:
    report = load(lake, table(GOOD | cells))
    assert faults(report) == [(2, *fault)]
    assert set(homes(lake)) == {"S1"}


def test_a_refused_row_makes_no_compound(lake: Stations) -> None:
    row = GOOD | {"compound": "N1", "compound_zh": "新村", "compound_households": "5"}
    load(lake, table(row | {"tanks": "0"}, row | {"compound_households": "6"}))
    assert homes(lake)["X1"] == ("N1", "新村", "新村", 6)


def test_a_list_without_names_of_stations_names_them_by_their_compounds(lake: Stations) -> None:
    row = {"小区名称" if k == "name_zh" else k: v for k, v in GOOD.items()}
    assert load(lake, table(row)).added == ("X1",)
    added = lake.by_code("X1")
    assert added is not None and added.name_zh == "湾景花园"
    assert homes(lake)["X1"][1] == "湾景花园"
    nameless = row | {"小区名称": "", "code": "X2"}
    assert (2, "name_zh", "missing") in faults(load(lake, table(nameless)))
