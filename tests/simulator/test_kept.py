"""Stopping and going on: meters never turn back, levels and pumps meet where they were."""

from __future__ import annotations

from dataclasses import fields
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from simulator import city as demo
from simulator import kept, serve
from simulator.faults import Fault
from simulator.living import LivingCity
from simulator.plant import remembered
from simulator.quasi_meters import Counters

ZONE = ZoneInfo("Asia/Shanghai")
START = round(datetime(2026, 3, 4, 9, 30, tzinfo=ZONE).timestamp() * 1000)
BIRTH = date(2026, 3, 4).toordinal()


def city(count: int = 5) -> LivingCity:
    return LivingCity(demo.stations(count, 1, 5020), 1, BIRTH, ZONE, calm=True)


def run(made: LivingCity, first: int, seconds: int) -> int:
    """Live on from `first` ms; the ms reached."""
    for i in range(1, seconds + 1):
        for part in made.slices:
            made.tick(part, first + i * 1000)
    return first + seconds * 1000


def meters(made: LivingCity) -> dict[str, np.ndarray]:
    return {
        f.name: np.concatenate([np.ravel(getattr(p.plant.counters, f.name)) for p in made.slices])
        for f in fields(Counters)
    }


def test_a_city_is_born_once(tmp_path: Path) -> None:
    assert kept.born(tmp_path, START + 12_345) == START
    assert kept.born(tmp_path, START + 999_999_999) == START


def test_a_stop_of_half_a_second_changes_nothing(tmp_path: Path) -> None:
    one = city()
    assert kept.restore(one, tmp_path, START, START + 500) == "new"
    now = run(one, START, 20)
    kept.save(one, tmp_path, now, last=True)
    other = city()
    assert kept.restore(other, tmp_path, START, now + 500) == "resumed"
    for a, b in zip(one.slices, other.slices, strict=True):
        for name, array in remembered(a.plant).items():
            np.testing.assert_array_equal(array, remembered(b.plant)[name], err_msg=name)


@pytest.mark.parametrize(("minutes", "how"), [(5, "resumed"), (200, "leapt"), (3000, "leapt")])
def test_meters_count_what_passed_while_nobody_looked(
    tmp_path: Path, minutes: int, how: str
) -> None:
    one = city()
    kept.restore(one, tmp_path, START, START)
    now = run(one, START, 20)
    kept.save(one, tmp_path, now, last=True)
    before = meters(one)
    other = city()
    assert kept.restore(other, tmp_path, START, now + minutes * 60_000) == how
    after = meters(other)
    hours = minutes / 60.0
    for part in other.slices:
        state = part.plant.sets.state
        assert (
            abs(state.pressure + part.plant.sets.troubles.bias - part.plant.setpoint).max() < 0.06
        )
    more = {name: after[name] - before[name] for name in before}
    assert all((increase >= 0.0).all() for increase in more.values())
    mean = np.concatenate([part.plant.shape.demand for part in other.slices])
    assert (more["outlet"] > 0.3 * mean * hours).all() and (
        more["outlet"] < 3.5 * mean * hours
    ).all()
    assert more["energy"].min() > 0.15 * hours
    # all 48 h and more: the tank's ups and downs are small beside that
    if minutes >= 3000:
        assert more["inlet"].sum() == pytest.approx(more["outlet"].sum(), rel=0.05)


def test_after_a_kill_no_meter_turns_back(tmp_path: Path) -> None:
    one = city()
    kept.restore(one, tmp_path, START, START)
    now = run(one, START, 10)
    kept.save(one, tmp_path, now)  # the last minute is lost
    later = run(one, now, 50)
    seen = meters(one)
    other = city()
    assert kept.restore(other, tmp_path, START, later + 3000) == "resumed"
    for name, array in meters(other).items():
        if name not in ("starts", "used"):  # homes' meters are read once a week
            assert (array >= seen[name] - 1e-9).all(), name


def test_injected_faults_survive_a_restart_and_foreign_state_is_left_alone(tmp_path: Path) -> None:
    one = city()
    kept.restore(one, tmp_path, START, START)
    now = run(one, START, 3)
    one.add([Fault("g", "F12", "CW-0002", 2, now, now + 3_600_000)])
    kept.save(one, tmp_path, now + 1000, last=True)
    other = city()
    kept.restore(other, tmp_path, START, now + 1500)
    assert [fault.station for fault in other.faults] == ["CW-0002"]
    assert kept.restore(city(6), tmp_path, START, now + 2000) == "new"
    (tmp_path / kept.SAVED).write_bytes(b"no archive")
    assert kept.restore(city(), tmp_path, START, now + 2000) == "new"


def test_a_folder_that_takes_nothing_stops_nobody(tmp_path: Path) -> None:
    folder = tmp_path / "file"
    folder.write_text("no folder")
    serve._keep(city(1), folder, None)
    assert folder.read_text() == "no folder"
