"""Household meters: shares, losses, rounds of the past and of the living city."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from simulator import city
from simulator.history_blocks import blocks
from simulator.history_past import Past
from simulator.households import (
    MOST,
    UNDER,
    Compound,
    compounds,
    household_truth,
    readings,
    second_of,
)
from simulator.kept import begin
from simulator.living import LivingCity, length_of
from simulator.meter_rounds import HEAD, Rounds
from simulator.parameters import parameters

ZONE = ZoneInfo("Asia/Shanghai")
ROWS = city.stations(60, 1, 5020)
MONDAY = date(2026, 3, 2)
BORN = datetime(2026, 3, 4, 13, tzinfo=ZONE)


def healthy() -> Compound:
    return next(c for _, c in compounds(ROWS, 1) if c.theft == 0.0 and not len(c.stopped))


def test_meters_share_the_use_and_miss_two_percent() -> None:
    one = healthy()
    assert one.shares.sum() == pytest.approx(1.0 - UNDER)
    spread = np.log(one.shares[:MOST]).std()
    assert spread == pytest.approx(0.6, rel=0.25)
    row = next(r for r in ROWS if r.code == one.code)
    assert (one.shares[:MOST] > 0).sum() == min(MOST, row.households)
    assert (one.shares[MOST] > 0) == (row.households > MOST)


def test_five_percent_come_late_and_two_not_at_all() -> None:
    monday = MONDAY.toordinal()
    used = np.full(len(ROWS), 1000.0)
    meters = compounds(ROWS, 1)
    exist = sum(int((c.shares > 0).sum()) + 1 for _, c in meters)
    early = readings(meters, 1, used, used, monday, 0)
    late = readings(meters, 1, used, used, monday + 3, 0)
    assert len(early["station"]) / exist == pytest.approx(0.93, abs=0.01)
    assert len(late["station"]) / exist == pytest.approx(0.05, abs=0.01)
    both = [f"{s}{m}" for t in (early, late) for s, m in zip(t["station"], t["meter"], strict=True)]
    assert len(both) == len(set(both))
    assert second_of(monday + 1) is None


def test_readings_go_in_steps_of_the_meter_and_the_fire_line_stands_still() -> None:
    one = healthy()
    at, litres = one.read(1, 123.4567, 1000.0, MONDAY.toordinal(), False)
    assert (litres % one.litres == 0).all()
    assert litres[at == MOST + 2].tolist() in ([0], [])
    exact = one.shares[at] * 123.4567 * 1000.0
    assert ((exact - litres >= -0.01) & (exact - litres < one.litres)).all()


def test_a_stopped_meter_stands_and_a_broken_one_stood() -> None:
    stopped = next(c for _, c in compounds(city.stations(300, 1, 5020), 1) if len(c.stopped))
    week = MONDAY.toordinal()
    at, first = stopped.read(1, 1000.0, 2000.0, week, False)
    _, later = stopped.read(1, 1500.0, 2000.0, week, False)
    still = np.isin(at, stopped.stopped)
    assert (first[still] == later[still]).all() and (later[~still] >= first[~still]).all()
    one = healthy()
    at, before = one.read(1, 1000.0, 900.0, week, False)
    _, now = one.read(1, 1200.0, 900.0, week, False, (0.1, 200.0))
    frozen = at < round(0.1 * MOST)
    assert (now[frozen] == before[frozen]).all()


def test_the_night_use_of_a_compound_is_its_own() -> None:
    rows = city.stations(800, 1, 5020)
    told = household_truth(rows, parameters(rows, 1))
    use = np.array([t["night_use"] for t in told])
    assert np.median(use) == pytest.approx(1.75, abs=0.04)
    assert np.log(use).std() == pytest.approx(0.20, abs=0.02)
    share = sum(t["theft"] > 0 for t in told) / len(told)
    assert share == pytest.approx(0.03, abs=0.02)


def test_the_past_and_the_living_city_read_the_same_meters(tmp_path: Path) -> None:
    """The Monday before the birth, from the past; the next one, from the CSV, of a city that stood
    still since its birth: in between homes used what they did until the birth."""
    rows = city.stations(6, 1, 5020)
    born_ms = round(BORN.timestamp() * 1000)
    past = Past(blocks(rows, {r.id for r in rows}), 1, born_ms, ZONE)
    part, first = past.parts("hour")[0], {int(b.ids[0]) for b in past.blocks}
    tables, seen = [], []
    for day in range(BORN.toordinal(), BORN.toordinal() - 4, -1):
        made = past.back(part, day, 3600.0)
        tables += past.rounds(part, made, first)
        seen.append(made.counted.used)
    assert len(tables) == 1, "Monday; the Thursday before is further back"
    monday = tables[0]
    assert set(monday["ts"].tolist()) == {
        round(datetime.combine(MONDAY, datetime.min.time(), ZONE).timestamp() * 1000)
    }
    place = LivingCity(rows, 1, BORN.toordinal(), ZONE, calm=True)
    begin(place, BORN.toordinal(), born_ms)
    rounds = Rounds(place, BORN.toordinal(), tmp_path, born_ms)
    ms = round((BORN + timedelta(days=5)).replace(hour=0, minute=0, second=2).timestamp() * 1000)
    for _ in range(5):
        rounds.turn(ms)
    file = tmp_path / "inbox" / "households-2026-03-09.csv"
    lines = file.read_text().splitlines()
    assert lines[0] + "\n" == HEAD
    codes = {row.code: row.id for row in rows}
    live = {}
    for line in lines[1:]:
        station, time, meter, kind, reading = line.split(",")
        assert datetime.fromisoformat(time) == datetime(2026, 3, 9, tzinfo=ZONE)
        assert kind in ("household", "public", "fire")
        live[codes[station], meter] = float(reading)
    used = sum(some.sum() for some in seen[:3])
    gone = 0.0
    for station, meter, litres in zip(
        monday["station"], monday["meter"], monday["reading"], strict=True
    ):
        if (station, meter) in live:
            step = live[station, meter] - litres / 1000.0
            assert step >= -1e-9
            gone += step
    assert gone == pytest.approx(used, rel=0.15)  # a tenth is read in one week only


def test_a_round_is_written_once(tmp_path: Path) -> None:
    rows = city.stations(3, 1, 5020)
    place = LivingCity(rows, 1, BORN.toordinal(), ZONE, calm=True)
    begin(place, BORN.toordinal(), round(BORN.timestamp() * 1000))
    rounds = Rounds(place, BORN.toordinal(), tmp_path, round(BORN.timestamp() * 1000))
    thursday = round(datetime(2026, 3, 5, 9, 59, 59, tzinfo=ZONE).timestamp() * 1000)
    rounds.turn(thursday)
    assert not list(tmp_path.rglob("*.csv"))
    for second in range(2, 8):
        rounds.turn(thursday + second * 1000)
    file = tmp_path / "inbox" / "households-late-2026-03-05.csv"
    file.unlink()
    for second in range(8, 14):
        rounds.turn(thursday + second * 1000)
    assert not file.exists(), "who imported it took it away"
    assert length_of(BORN.toordinal(), ZONE) == 86_400.0
