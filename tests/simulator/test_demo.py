"""The first start of the demo city, and the second."""

from __future__ import annotations

import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from data.database import Database
from data.rota import Rota
from data.settings import Settings, load
from data.stations import Stations
from data.users import ROLES, LoginRefused, Users
from simulator import demo
from simulator.__main__ import main
from simulator.rota import SHIFTS

NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(var=tmp_path / "var", stations=12, modbus_port=22150)


def passwords(settings: Settings) -> dict[str, str]:
    lines = settings.demo_file.read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if not line.startswith("#"))


def test_prepare_makes_stations_and_one_login_per_role(settings: Settings) -> None:
    demo.prepare(settings, NOW)
    db = Database(settings.database)
    assert len(Stations(db).all()) == 12 and len(Stations(db).districts()) == 6
    known = passwords(settings)
    assert stat.S_IMODE(settings.demo_file.stat().st_mode) == 0o600
    assert len(known["PUMPHOUSE_SESSION_KEY"]) >= 32
    users = Users(db)
    for role in ROLES:
        user = users.check(role, known[f"PUMPHOUSE_DEMO_{role.upper()}"], "127.0.0.1", NOW)
        assert user.role == role
        assert (user.district_id is not None) == (role == "district_manager")
    with pytest.raises(LoginRefused):
        users.check("dispatcher", "guess", "127.0.0.1", NOW)
    assert len(set(known.values())) == len(known)
    db.close()


def test_somebody_stands_for_every_role_that_answers_alarms(settings: Settings) -> None:
    demo.prepare(settings, NOW)
    demo.prepare(settings, NOW)
    db = Database(settings.database)
    shifts = Rota(db).shifts()
    db.close()
    assert len(shifts) == len(SHIFTS)
    assert {row.duty for row in shifts} >= {"dispatcher", "inspector", "team_leader", "executive"}
    [boss] = [row for row in shifts if row.duty == "district_manager"]
    assert boss.district_id is not None


def test_a_second_start_keeps_passwords_and_mends_what_is_lost(settings: Settings) -> None:
    demo.prepare(settings, NOW)
    first = passwords(settings)
    demo.prepare(settings, NOW)
    assert passwords(settings) == first
    settings.demo_file.unlink()
    demo.prepare(settings, NOW)
    again = passwords(settings)
    assert again["PUMPHOUSE_DEMO_ENGINEER"] != first["PUMPHOUSE_DEMO_ENGINEER"]
    db = Database(settings.database)
    Users(db).check("engineer", again["PUMPHOUSE_DEMO_ENGINEER"], "127.0.0.1", NOW)
    db.close()


def test_a_city_grows_and_moves_to_another_port(settings: Settings) -> None:
    demo.prepare(settings, NOW)
    larger = settings.model_copy(update={"stations": 15, "modbus_port": 22180})
    demo.prepare(larger, NOW)
    db = Database(settings.database)
    rows = Stations(db).all()
    assert len(rows) == 15
    assert all(row.port >= 22180 for row in rows)
    db.close()


def test_commands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PUMPHOUSE_VAR", str(tmp_path))
    monkeypatch.setenv("PUMPHOUSE_STATIONS", "2")
    assert main(["logins"]) == 1
    assert main(["prepare"]) == 0
    capsys.readouterr()
    assert main(["logins"]) == 0
    shown = capsys.readouterr().out
    assert "http://127.0.0.1:8050" in shown
    for role in ROLES:
        assert passwords(load())[f"PUMPHOUSE_DEMO_{role.upper()}"] in shown


def test_an_unusable_folder_is_a_clear_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "file"
    file.write_text("x")
    monkeypatch.setenv("PUMPHOUSE_VAR", str(file / "var"))
    assert main(["prepare"]) == 1
    assert str(file) in capsys.readouterr().err
