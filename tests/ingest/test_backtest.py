"""A back-test over stored minutes: what it finds and attaches, and that a deployment needs it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from threading import Event
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from analytics.expressions import compile_expression
from data.catalogue.points import columns
from data.catalogue.rule_changes import changed
from data.catalogue.rules import rules
from data.groups import groups
from data.jobs import BacktestTask
from data.lake_writer import LakeWriter
from data.rights import Refused
from data.series import MEAN_SCALE
from data.users import UserRow
from ingest import backtest
from ingest.alarm_rules import engines
from ingest.backtest import replay, tied
from ingest.backtest_part import Span
from ingest.fleet import Fleet
from ingest.jobs import Runner
from simulator import city
from tests.ingest.town import HEALTHY, START, Town

RULE, DAY = "R-HY-01", datetime(2026, 11, 20, tzinfo=UTC)
LOW = {"L.P_OUT": 0.42}
DARK = {"EL.MAINS_OK": 0.0, "L.P_OUT": 0.1}


class Past(Town):
    """A town with two stored days; a station says something else for some minutes."""

    def __init__(self, var: Path) -> None:
        super().__init__(var)
        self.engineer: UserRow = self.stores.users.create(
            "gao", "Secret-1234", role="engineer", name_zh="高", name_en="Gao", at=START
        )
        self.said: list[tuple[int, int, int, dict[str, float]]] = []
        self.dips: list[tuple[int, int]] = []
        """(minute, station) whose lowest discharge pressure was low, though its mean wasn't."""

    def say(self, station: int, minute: int, count: int, points: dict[str, float]) -> None:
        self.said.append((station, minute, count, points))

    def store(self) -> None:
        """Write the minutes, a file a day of each group."""
        writer = LakeWriter(self.stores.settings.lake, self.stores.manifest)
        for name, rows in groups(self.stores.stations.all()).items():
            for day in (0, 1):
                writer.commit([writer.write("minute", name, "day", self._table(rows, day))],
                              at=START)  # fmt: skip

    def store_samples(self, day: int, dips: dict[int, tuple[int, int]], low: int = 420) -> None:
        """Write a day's samples of 2 s: station -> (second of the day, seconds) of low pressure,
        kPa."""
        writer, m = LakeWriter(self.stores.settings.lake, self.stores.manifest), 43_200
        ts = round((DAY + timedelta(days=day)).timestamp() * 1000) + 2000 * np.arange(m) + 40
        told = {"L.P_OUT": 500, "L.P_SET": 500, "EL.MAINS_OK": 1, "L.P1.RUN": 1, "L.P1.MODE": 2}
        for name, rows in groups(self.stores.stations.all()).items():
            table = {"station": np.repeat([row.id for row in rows], m),
                     "ts": np.tile(ts, len(rows))}  # fmt: skip
            for code, value in told.items():
                wide = np.full((len(rows), m), value)
                for at, row in enumerate(rows):
                    if code == "L.P_OUT" and row.id in dips:
                        begin, length = dips[row.id]
                        wide[at, begin // 2 : (begin + length) // 2] = low
                table[code] = wide.ravel()
            writer.commit([writer.write("fast", name, "day", table)], at=START)

    def _table(self, rows: Any, day: int) -> dict[str, np.ndarray]:
        m = 1440
        ts = round((DAY + timedelta(days=day)).timestamp() * 1000) + 60_000 * np.arange(m)
        table: dict[str, np.ndarray] = {
            "station": np.repeat([row.id for row in rows], m), "ts": np.tile(ts, len(rows)),
        }  # fmt: skip
        for column in columns(rows[0].layout):
            value = HEALTHY.get(column.point.code, 0.0)
            if column.code in ("L.NRUN", "L.P1.RUN", "CM.ONLINE"):
                value = 1.0
            wide = np.full((len(rows), 2 * m), value)
            for station, minute, count, points in self.said:
                for at, row in enumerate(rows):
                    if row.id == station and column.code in points:
                        wide[at, minute : minute + count] = points[column.code]
            scale = MEAN_SCALE if column.point.rollup in ("full", "mean") else 1
            stored = wide[:, day * m : (day + 1) * m] / float(column.point.resolution) * scale
            if column.point.rollup == "full":
                for end in (".min", ".max"):
                    table[column.code + end] = np.rint(stored / scale).astype(np.int64).ravel()
                    for minute, station in self.dips if end == ".min" else ():
                        if minute // m == day and column.code == "L.P_OUT":
                            rows_of = [row.id for row in rows]
                            if station in rows_of:
                                at = rows_of.index(station) * m + minute % m
                                table[column.code + end][at] = 420
            table[column.code] = np.rint(stored).astype(np.int64).ravel()
        return table

    def test(self, rule: str, change: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Draft a change and let the runner back-test it: id of the draft, what is attached."""
        door = self.stores.rules
        id = door.draft(self.engineer, rule, change, "test", START, compile_expression)
        task = BacktestTask(id, None, "2026-11-20", "2026-11-22", {}, ["a"], [], "replay")
        job = self.stores.jobs.order(self.engineer, "back-test", task, START)
        Runner(self.stores, Event()).step()
        done = self.stores.jobs.get(self.engineer, job)
        assert done.state == "done", done.error
        return id, dict(door.get(id).replay or {})


@pytest.fixture
def past(tmp_path: Path) -> Iterator[Past]:
    made = Past(tmp_path)
    yield made
    made.stores.close()


def test_a_longer_delay_avoids_short_alarms_and_tells_the_others_later(past: Past) -> None:
    past.say(1, 100, 3, LOW)
    past.say(2, 1430, 30, LOW)  # over midnight
    past.store()
    id, replay = past.test(RULE, {"on_s": 600})
    told = replay["figures"]
    assert (told["alarms_before"], told["alarms_after"], told["avoided"]) == (2, 1, 1)
    assert told["later_p50_s"] == 540
    assert (told["told_before"], told["told_after"]) == (2, 1)
    assert [(one["kind"], one["station"]) for one in replay["changes"]] == [
        ("avoided", 1), ("later", 2)
    ]  # fmt: skip
    assert replay["coverage"] > 0.8
    assert replay["approximate"] and "R-EL-01" in replay["tied"]
    past.stores.rules.deploy(past.engineer, id, START)
    assert past.stores.rules.in_force()[RULE].on_s == 600


def test_outcomes_of_orders_say_what_is_lost(past: Past) -> None:
    stores = past.stores
    for station, minute, outcome in ((1, 100, "repaired"), (2, 300, "no_fault_found")):
        past.say(station, minute, 3, LOW)
        at = DAY + timedelta(minutes=minute + 1)
        order = stores.work_orders.create(station, "WT-01", 2, None, at)
        end = at + timedelta(minutes=3)
        with stores.db.session() as session:
            from sqlalchemy import update

            from data.tables import WorkOrder

            session.execute(update(WorkOrder).where(WorkOrder.id == order.id).values(
                state="closed", outcome=outcome, closed_at=end))  # fmt: skip
        stores.alarms.save([{
            "rule": RULE, "station_id": station, "district_id": 1, "place": "L", "level": 2,
            "point": "L.P_OUT", "state": "closed", "raw_at": at, "active_at": at,
            "cleared_at": end, "closed_at": end, "work_order_id": order.id,
        }])  # fmt: skip
    past.store()
    told = past.test(RULE, {"on_s": 600})[1]["figures"]
    assert (told["known_true"], told["known_false"]) == (1, 1)
    assert (told["lost"], told["avoided_false"]) == (1, 1)


def test_what_a_parent_explains_wakes_nobody(past: Past) -> None:
    past.say(1, 1000, 20, DARK)  # two in the morning in Shanghai
    past.store()
    replay = past.test("R-EL-01", {"enabled": False})[1]
    told = replay["figures"]
    assert (told["alarms_before"], told["alarms_after"]) == (1, 0)
    freed = {one["rule"] for one in replay["changes"] if one["kind"] == "freed"}
    assert "R-HY-02" in freed and told["freed"] == len(freed)
    assert told["woken_before"] > 0


def test_modes_in_which_a_rule_is_not_meant_are_seen(past: Past) -> None:
    past.say(1, 100, 20, LOW | {f"L.P{n}.MODE": 1.0 for n in (1, 2, 3)})
    past.store()
    told = past.test(RULE, {"live": ["auto", "sleep"]})[1]["figures"]
    assert (told["alarms_before"], told["alarms_after"]) == (1, 0)


def test_rules_that_nobody_evaluates_are_refused(past: Past) -> None:
    assert RULE in tied(rules(), "R-HY-02")
    past.store()
    door = past.stores.rules
    id = door.draft(past.engineer, "R-CM-07", {"level": 3}, "test", START, compile_expression)
    task = BacktestTask(id, None, "2026-11-20", "2026-11-22", {}, ["a"], [], "replay")
    job = past.stores.jobs.order(past.engineer, "back-test", task, START)
    Runner(past.stores, Event()).step()
    assert past.stores.jobs.get(past.engineer, job).error == "rule_kind"
    with pytest.raises(Refused, match="rule_untested"):
        door.deploy(past.engineer, id, START)


def test_where_samples_are_stored_they_are_replayed_to_the_second(past: Past) -> None:
    past.say(1, 600, 20, LOW)  # the first day: minutes only
    past.dips = [(1440 + 100, 2), (1440 + 200, 3), (1440 + 201, 3)]
    past.store()
    past.store_samples(1, {2: (6001, 24), 3: (12_030, 44)})
    replay = past.test(RULE, {"on_s": 40})[1]
    told = replay["figures"]
    assert (told["alarms_before"], told["alarms_after"], told["avoided"]) == (2, 2, 0)
    assert replay["raw"] == 0.4, "16 of 40 h: the days of the site end at 16:00 UTC"
    [later] = [one for one in replay["changes"] if one["station"] == 3]
    begun = round((DAY + timedelta(days=1, seconds=12_030)).timestamp() * 1000) + 40
    assert (later["active_ms"], later["later_s"]) == (begun + 30_000, 10)
    assert later["cleared_ms"] == begun + 44_000 + 30_000


def test_where_samples_are_stored_so_are_the_tied_rules(past: Past) -> None:
    past.dips = [(1440 + 200, 3), (1440 + 201, 3)]
    past.store()
    past.store_samples(1, {3: (12_030, 44)}, low=100)
    start = round(DAY.timestamp() * 1000)
    span = Span(start, start + 2 * 86_400_000, past.stores.stations.all())
    known = rules()
    later = {**known, RULE: changed(known[RULE], {"on_s": 40}, compile_expression)}
    for told in replay(past.stores.lake, span, known, later, RULE, ZoneInfo("Asia/Shanghai"))[:2]:
        [tied] = [one.alarm for one in told if one.alarm.rule == "R-HY-02"]
        begun = start + (86_400 + 12_030) * 1000 + 40
        assert (tied.active_ms, tied.cleared_ms) == (begun + 30_000, begun + 44_000 + 60_000)


def test_every_rule_runs_over_stations_of_one_kind() -> None:
    kinds = {row.layout.key: row for row in city.stations(200, 1, 5020)}
    assert len(kinds) >= 6
    for row in kinds.values():  # a back-test has a fleet for each; some have no pumps or no tanks
        engine = engines(rules().values(), Fleet([row]), 300_000).stations
        read = partial(np.take, np.full((len(engine.codes), 1), np.nan), axis=1)
        told = engine.step(np.array([60_000]), np.array([True]), read)
        assert told == []


def test_a_long_replay_on_all_cores_finds_the_same(
    past: Past, monkeypatch: pytest.MonkeyPatch
) -> None:
    past.say(1, 100, 3, LOW)
    past.say(2, 1430, 30, LOW)
    past.store()
    _, alone = past.test(RULE, {"on_s": 600})
    monkeypatch.setattr(backtest, "LONG", 0)
    _, told = past.test(RULE, {"on_s": 600})
    assert told == alone
    assert told["figures"]["alarms_before"] == 2
