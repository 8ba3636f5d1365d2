"""The rules of the day from the lake to the records: a day is judged once, its alarms live on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from data.catalogue.rules import rules
from data.database import Database
from ingest.daily_rules import FILE, DailyFile, DailyRules
from tests.ingest.leaky import ZONE, leaky
from tests.ingest.town import START, Town


@pytest.fixture
def town(sqlite: Database, tmp_path: Path) -> Iterator[Town]:
    found = Town(tmp_path)
    yield found
    found.stores.close()


def test_a_leak_and_a_drift_are_judged_from_the_lake_once_a_day(
    sqlite: Database, tmp_path: Path
) -> None:
    stores, stations = leaky(tmp_path)
    daily = DailyRules(stores.lake, tmp_path, stations, ZONE, rules)
    after = datetime(2025, 4, 22, 6, 29, tzinfo=ZONE)  # the day after the last
    assert daily.run(after) == 0 and not (tmp_path / FILE).exists(), "the night isn't whole yet"
    after += timedelta(minutes=5)
    assert (daily.run(after), daily.run(after + timedelta(minutes=1))) == (1, 0)
    kept = json.loads((tmp_path / FILE).read_text(encoding="utf-8"))
    assert kept["day"] == "2025-04-21"
    assert kept["ms"] == round(datetime(2025, 4, 22, tzinfo=ZONE).timestamp() * 1000)
    told = {(one["rule"], one["station"], one["place"]) for one in kept["found"]}
    assert {one for one in told if one[0] in ("R-LK-03", "R-DQ-01")} == {
        ("R-LK-03", 3, ""), ("R-DQ-01", 5, "L"),
    }  # fmt: skip
    stores.close()


def write(town: Town, var: Path, *found: tuple[str, str, float], again: int = 0) -> None:
    """What a day says of the first station: these are true, nothing else of these rules is."""
    station = town.fleet.stations[0].id
    decided = [("R-LK-03", station, ""), ("R-PU-11", station, "L.P2"), ("R-LK-03", 999, "")]
    rows = [
        {"rule": rule, "station": station, "place": place, "value": value, "limit": 0.3}
        for rule, place, value in found
    ]
    ms = round((START + timedelta(days=again)).timestamp() * 1000)
    text = {"day": "2026-11-21", "ms": ms, "found": rows, "decided": decided}
    (var / FILE).write_text(json.dumps(text), encoding="utf-8")


def test_what_a_day_finds_lives_as_any_alarm_and_clears_when_a_day_says_so(
    town: Town, tmp_path: Path
) -> None:
    write(town, tmp_path, ("R-LK-03", "", 1.5), ("R-PU-11", "L.P2", 88.0))
    town.run(4)
    assert town.states() == {
        ("S00", "R-LK-03", ""): "unacknowledged", ("S00", "R-PU-11", "L.P2"): "unacknowledged",
    }  # fmt: skip
    leak = town.one("R-LK-03")
    assert (leak.level, leak.value, leak.limit, leak.active_at) == (3, 1.5, 0.3, START)
    town.start()  # a restart reads the file anew
    town.run(4)
    assert town.one("R-LK-03").count == 1
    town.asks("acknowledge", town.one("R-LK-03"))
    town.run(2)
    write(town, tmp_path, ("R-PU-11", "L.P2", 87.0), again=1)
    town.run(70)
    assert town.one("R-LK-03").state == "closed"
    assert town.one("R-PU-11").count == 1, "still true: the same alarm"


def test_a_broken_file_moves_nothing(town: Town, tmp_path: Path) -> None:
    (tmp_path / FILE).write_text('{"day": "2026-11-21", "found": [{}], "decided": []', "utf-8")
    town.run(4)
    assert town.states() == {}
    found = DailyFile(tmp_path)
    now = round(datetime(2026, 11, 22, tzinfo=UTC).timestamp() * 1000)
    assert found.fresh(now) is None
    write(town, tmp_path, ("R-LK-03", "", 1.0))
    assert found.fresh(now + 1000) is None, "looked at once a minute"
    assert found.fresh(now + 61_000) is not None
