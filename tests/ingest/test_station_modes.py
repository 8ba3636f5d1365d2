"""Modes of stations from their points, the local clock, and what is learnt as usual."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pytest

from analytics.alarm_usual import SLOTS
from analytics.alarm_worth import MODES
from data.catalogue.rules import rules
from data.database import Database
from ingest.station_modes import LocalClock, StationModes
from ingest.usual_flows import UsualDays, UsualFile, wanted
from tests.ingest.town import Town

ZONE = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def town(sqlite: Database, tmp_path: Path) -> Iterator[Town]:
    found = Town(tmp_path)
    yield found
    found.stores.close()


def modes(town: Town) -> list[str]:
    return [MODES[mode] for mode in StationModes(town.fleet).now()]


def test_a_mode_comes_from_the_points_that_tell_it(town: Town) -> None:
    assert modes(town) == ["auto"] * 4
    town.says(0, {"EL.MAINS_OK": 0, "L.P1.MODE": 1, "L.P2.MODE": 1, "L.P3.MODE": 1})
    town.says(1, {"L.P1.MODE": 1, "L.P2.MODE": 0, "L.P3.MODE": 1})
    town.says(2, {"L.P1.MODE": 1, "L.SLEEP": 1})
    assert modes(town) == ["power_off", "manual", "sleep", "auto"]


def test_a_rule_isnt_meant_in_a_mode_that_it_doesnt_list(town: Town) -> None:
    town.says(0, {"L.P1.MODE": 1, "L.P2.MODE": 1, "L.P3.MODE": 1, "L.P1.F_REF": 30})
    town.says(1, {"L.P1.F_REF": 30})
    town.run(20)
    assert set(town.states()) == {("S01", "R-PU-16", "L.P1")}


def test_the_clock_tells_hour_and_slot_of_the_local_day() -> None:
    clock = LocalClock(ZONE)
    assert clock.at(datetime(2026, 3, 4, 5, 30, tzinfo=UTC)) == (13.5, 54)
    assert clock.at(datetime(2026, 3, 7, 5, 30, tzinfo=UTC)) == (13.5, SLOTS + 54)  # a Saturday


class Quarters:
    """Rows of the lake's quarters: 28 days of station 1, its flow 10 at noon and 2 else."""

    def fleet(
        self, codes: list[str], start: datetime, end: datetime, dataset: str, ids: list[int]
    ) -> pl.DataFrame:
        ts = [start.astimezone(UTC) + timedelta(minutes=15 * i) for i in range(28 * 96)]
        flow = [10.0 if t.astimezone(ZONE).hour == 12 else 2.0 for t in ts]
        return pl.DataFrame(
            {"station": [ids[0]] * len(ts), "ts": ts, "L.Q_OUT": flow},
            schema_overrides={"ts": pl.Datetime("ms", "UTC")},
        )


def test_what_is_usual_is_learnt_and_read_by_the_alarms(town: Town, tmp_path: Path) -> None:
    assert ("L.Q_OUT", 99.0) in wanted(rules())
    stations = town.fleet.stations
    learner = UsualDays(Quarters(), tmp_path, stations, ZONE)  # type: ignore[arg-type]
    now = datetime(2026, 3, 4, 8, tzinfo=UTC)
    file = UsualFile(tmp_path, town.fleet)
    assert file.fresh(0) is None
    while not learner.run(now):
        pass
    assert file.fresh(30_000) is None  # looked at once a minute
    found = file.fresh(90_000)
    assert found is not None
    table = found["L.Q_OUT", 99.0]
    assert table[4 * 12, 0] == pytest.approx(10) and table[4 * 13, 0] == pytest.approx(2)
    assert np.isnan(table[:, 1:]).all() and np.isnan(found["M.Q_OUT", 99.0]).all()
    assert file.fresh(200_000) is None  # the file is the same
    written = datetime.fromtimestamp((tmp_path / "usual.npz").stat().st_mtime, UTC)
    assert learner.run(written + timedelta(hours=23)) == 0 and not learner._due(written)
