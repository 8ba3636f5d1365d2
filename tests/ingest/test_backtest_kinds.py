"""Back-tests of rules that no station decides alone in a moment: of the day, of areas, gathered."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from analytics.backtest import Replayed
from data.catalogue.rules import Rule, rules
from data.database import Database
from ingest import backtest_daily
from ingest.backtest import Stored, replay, replayable
from ingest.backtest_daily import LOOKS
from ingest.backtest_part import Span
from tests.ingest.leaky import DAYS, FIRST, ONSET, ZONE, leaky
from tests.ingest.test_backtest import DAY, Past
from tests.ingest.town import START

LOW = {"PH.P_MAIN": 0.1}


class Gaps(Past):
    """Some stations say nothing for some minutes."""

    def __init__(self, var: Path) -> None:
        super().__init__(var)
        self.gone: list[tuple[int, int, int]] = []

    def _table(self, rows: Any, day: int) -> dict[str, np.ndarray]:
        table = super()._table(rows, day)
        minute = (table["ts"] - round(DAY.timestamp() * 1000)) // 60_000
        kept = np.ones(len(minute), dtype=bool)
        for station, first, count in self.gone:
            kept &= ~((table["station"] == station) & (minute >= first) & (minute < first + count))
        return {name: values[kept] for name, values in table.items()}


@pytest.fixture
def past(tmp_path: Path) -> Iterator[Gaps]:
    made = Gaps(tmp_path)
    yield made
    made.stores.close()


def test_all_rules_that_are_evaluated_can_be_replayed() -> None:
    left = {id for id, rule in rules().items() if not replayable(rule)}
    assert left == {id for id, rule in rules().items() if rule.source == "none"}


def test_an_area_that_gathers_fewer_stations_explains_their_alarms(past: Gaps) -> None:
    past.say(1, 100, 30, LOW)
    past.say(2, 103, 30, LOW)
    past.store()
    id, replay = past.test("R-AR-01", {"params": {"least": {"value": 2}}})
    told = replay["figures"]
    assert (told["alarms_before"], told["alarms_after"], told["new"]) == (0, 1, 1)
    assert told["hidden"] == 1, "the second; the first had been told of before"
    assert (told["told_before"], told["told_after"]) == (2, 2)
    [new] = [one for one in replay["changes"] if one["kind"] == "new"]
    assert (new["rule"], new["station"]) == ("R-AR-01", None)
    begun = round((DAY + timedelta(minutes=104)).timestamp() * 1000)
    assert begun <= new["active_ms"] <= begun + 120_000
    past.stores.rules.deploy(past.engineer, id, START)


def test_stations_that_gather_are_seen_when_their_own_rule_changes(past: Gaps) -> None:
    for station in (1, 2):
        past.say(station, 100, 30, LOW)
    past.store()
    engineer, door = past.engineer, past.stores.rules
    id, _ = past.test("R-AR-01", {"params": {"least": {"value": 2}}})
    door.deploy(engineer, id, START)
    told = past.test("R-HY-08", {"params": {"low": {"value": 0.05}}})[1]
    assert told["figures"]["avoided"] == 2
    freed = {one["rule"] for one in told["changes"] if one["kind"] == "hidden"}
    assert freed == {"R-AR-01"}, "with them the area's is gone"


def test_a_carrier_outage_that_counts_more_stations_frees_theirs(past: Gaps) -> None:
    past.gone = [(1, 300, 20), (2, 301, 20), (3, 900, 20)]
    past.gone += [(station, 1500, 30) for station in (1, 2, 3, 4)]  # the collector paused
    past.gone += [(4, 0, 700), (3, 1, 10)]  # a station that nobody had heard yet isn't silent
    past.store()
    id, replay = past.test("R-CM-06", {"params": {"least": {"value": 3}}})
    told = replay["figures"]
    assert (told["alarms_before"], told["alarms_after"], told["avoided"]) == (1, 0, 1)
    assert told["freed"] == 2, "the two stations'"
    assert replay["tied"] == ["R-CM-01"] and replay["approximate"]
    assert 0.7 < replay["coverage"] < 0.9, "all but the hours before the first minute"
    [gone] = [one for one in replay["changes"] if one["kind"] == "avoided"]
    begun = round((DAY + timedelta(minutes=303)).timestamp() * 1000)
    assert gone["active_ms"] == begun, "of both more than 60 s are silent"
    past.stores.rules.deploy(past.engineer, id, START)


def judged(
    stores: Any, stations: Any, id: str, change: dict[str, Any], days: int = 1
) -> tuple[list[Replayed], list[Replayed], Stored]:
    """Replay of the last days with and without a change of a rule."""
    low, high = (datetime.combine(FIRST + timedelta(days=n), datetime.min.time(), ZONE)
                 for n in (DAYS - days, DAYS))  # fmt: skip
    span = Span(round(low.timestamp() * 1000), round(high.timestamp() * 1000), stations)
    rule = rules()[id]
    other: Rule = Rule.model_validate(rule.model_dump() | change)
    after = {**rules(), id: other}
    return replay(stores.lake, span, rules(), after, id, ZONE)


def test_a_rule_of_the_day_is_judged_for_each_day_of_the_past(
    sqlite: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stores, stations = leaky(tmp_path)
    least = rules()["R-LK-03"].params["least"]
    change = {"params": rules()["R-LK-03"].model_dump()["params"]}
    change["params"]["least"]["value"] = 1000 * least.value
    before, after, stored = judged(stores, stations, "R-LK-03", change, 6)
    [leak] = [one for one in before if one.alarm.station == 3]
    begun = datetime.combine(FIRST + timedelta(days=ONSET), datetime.min.time(), ZONE)
    wait = leak.alarm.active_ms / 1000 - begun.timestamp()
    assert 1 <= wait / 86_400 <= 3 and wait % 86_400 == 0, "at a day's end"
    assert leak.alarm.active and leak.told_ms[0] == leak.alarm.active_ms
    assert not after and 0.9 < stored.coverage <= 1 and stored.raw == 1
    # a rule looks at the sums that it needs: with all of them it finds the same
    for id in LOOKS:
        some = judged(stores, stations, id, {"level": 3})
        monkeypatch.setattr(backtest_daily, "LOOKS", {
            id: {(table, n) for table in ("pump_day", "set_day") for n in range(99)}
        })  # fmt: skip
        whole = judged(stores, stations, id, {"level": 3})
        monkeypatch.undo()
        assert [one.alarm.key for one in some[0]] == [one.alarm.key for one in whole[0]]
        assert some[2] == whole[2]
    drifts = judged(stores, stations, "R-DQ-01", {"level": 3})[0]
    assert [one.alarm.station for one in drifts] == [5]
    stores.close()
