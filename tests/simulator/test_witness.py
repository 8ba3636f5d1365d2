"""The truth beside the city: what is written can be read and is what the plants hold."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from simulator import city as demo
from simulator.ledger import KINDS
from simulator.living import LivingCity
from simulator.witness import OF_SETS, OF_STATIONS, Witness, tell_troubles

BIRTH = date(2026, 3, 4).toordinal()


def city(count: int) -> LivingCity:
    return LivingCity(demo.stations(count, 1, 5020), 1, BIRTH, ZoneInfo("Asia/Shanghai"), calm=True)


def test_about_three_percent_have_each_slow_trouble(tmp_path: Path) -> None:
    tell_troubles(city(600), tmp_path)
    rows = json.loads((tmp_path / "troubles.json").read_text(encoding="utf-8"))
    for kind in KINDS:
        assert 0.01 < sum(row["kind"] == kind for row in rows) / 600 < 0.06
    assert len({row["station"] for row in rows}) == len(rows)
    assert all("2025-03-01" < row["first"] < "2026-02-20" for row in rows)


def test_a_minute_reads_back(tmp_path: Path) -> None:
    made = city(3)
    witness = Witness(made, tmp_path)
    for ms in (60_000, 120_000):
        witness.write(ms)
    facts = json.loads((tmp_path / "minutes.json").read_text(encoding="utf-8"))
    n, s = len(facts["stations"]), len(facts["sets"])
    raw = (tmp_path / "minutes.f32").read_bytes()
    size = 8 + 4 * (n * len(OF_STATIONS) + s * len(OF_SETS))
    assert len(raw) == 2 * size
    second = raw[size:]
    assert np.frombuffer(second[:8], np.float64)[0] == 120_000
    values = np.frombuffer(second[8:], np.float32)
    pressure = values[n * len(OF_STATIONS) :].reshape(len(OF_SETS), s)[OF_SETS.index("pressure")]
    sets = [zone.setpoint for part in made.slices for row in part.plant.rows for zone in row.sets]
    assert pressure.tolist() == pytest.approx(sets, rel=1e-5)
