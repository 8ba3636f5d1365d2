"""`python -m data`: districts, station lists and people without a browser."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from data.__main__ import main
from data.database import Database
from data.settings import load
from data.stations import Stations
from data.users import Users

LIST = """code,name_zh,name_en,district,type,pumps,tanks,profile,host,port,unit,households,setpoint
A1,甲,One,d1,TANK_VFD,3,1,chengshui,10.0.0.1,502,1,600,0.5
A2,乙,Two,d1,TANK_VFD,3,1,nobrand,10.0.0.2,502,1,600,0.5
A3,丙,Three,dx,TANK_VFD,3,1,chengshui,10.0.0.1,502,1,600,0.5
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PUMPHOUSE_VAR", str(tmp_path))
    return tmp_path


@pytest.fixture
def records(folder: Path) -> Database:
    assert main(["district", "d1", "老城", "Laocheng"]) == 0
    return Database(load().database)


def test_a_list_comes_in_and_every_refused_row_is_named(
    records: Database, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = folder / "stations.csv"
    file.write_text(LIST, encoding="utf-8")
    assert main(["import", str(file), "--lang", "en"]) == 0
    said = capsys.readouterr().out
    assert "row 3: profile: there is no 'nobrand'" in said
    assert "row 4: district: there is no 'dx'" in said
    assert [row.code for row in Stations(records).all()] == ["A1"]


def test_a_missing_file_is_an_error(records: Database, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", "nowhere.csv"]) == 1
    assert "nowhere.csv" in capsys.readouterr().err


def test_a_person_needs_a_long_password(
    records: Database, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("short\n"))
    assert main(["user", "boss", "administrator"]) == 1
    assert "12 characters" in capsys.readouterr().err
    monkeypatch.setattr("sys.stdin", io.StringIO("long-enough-secret\n"))
    assert main(["user", "boss", "administrator"]) == 0
    found = Users(records).get("boss")
    assert found is not None
    assert found.role == "administrator"


def test_check_counts_the_catalogue(records: Database, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check"]) == 0
    assert "4 profiles" in capsys.readouterr().out
