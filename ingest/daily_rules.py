"""The rules of the day: facts of the lake in, alarms out (analytics/daily_rules.py decides).

DailyRules (the thread of the lake) judges yesterday once its facts are whole and writes
VAR/daily_rules.json; DailyFile (the thread of the alarms) reads it and moves the alarms of these
rules through the same life as all others.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import structlog

from analytics.alarm import Alarm
from analytics.alarm_life import Life
from analytics.correlation import Correlation
from analytics.daily_rules import Facts, Found, Judged, judge
from data.catalogue.rules import Rule
from data.lake import Lake
from data.stations import StationRow
from ingest import daily_facts
from ingest.daily_facts import DAYS, PUMP_FACTS, SET_FACTS, STATION_FACTS, Table
from ingest.fresh_file import FreshFile

FILE = "daily_rules.json"
READY = time(6, 30)
"""Local time at which the night and yesterday's facts are whole."""
log = structlog.get_logger(__name__)


def limits(rules: Mapping[str, Rule]) -> dict[str, dict[str, float]]:
    """Parameters of the rules of the day."""
    return {
        id: {name: parameter.value for name, parameter in rule.params.items()}
        for id, rule in rules.items()
        if rule.source == "daily"
    }


class DailyRules:
    """Judges each day once."""

    def __init__(
        self, lake: Lake, var: Path, stations: Sequence[StationRow], zone: ZoneInfo,
        rules: Callable[[], Mapping[str, Rule]],
    ) -> None:  # fmt: skip
        """`rules` gives those that are in force when a day is judged."""
        self._lake, self._file, self._zone = lake, var / FILE, zone
        self._stations, self._rules = tuple(stations), rules

    def run(self, now: datetime) -> int:
        """Judge yesterday when it is due; 1 when it was."""
        local = now.astimezone(self._zone)
        day = local.date() - timedelta(days=1)
        if local.time() < READY or self._done() >= day:
            return 0
        now_ms = round(now.timestamp() * 1000)
        facts = facts_of(self._lake, self._stations, self._zone, day, now_ms)
        told = judge(facts, limits(self._rules()))
        end = datetime.combine(day + timedelta(days=1), time(0), self._zone)
        found = {
            "day": day.isoformat(), "ms": round(end.timestamp() * 1000),
            "found": [asdict(one) for one in told.found], "decided": sorted(told.decided),
        }  # fmt: skip
        draft = self._file.with_suffix(".tmp")
        draft.write_text(json.dumps(found), encoding="utf-8")
        draft.replace(self._file)
        log.info("judged a day", day=day.isoformat(), true=len(told.found))
        return 1

    def _done(self) -> date:
        try:
            return date.fromisoformat(json.loads(self._file.read_text(encoding="utf-8"))["day"])
        except (OSError, ValueError, KeyError):
            return date.min


def facts_of(
    lake: Lake, rows: Sequence[StationRow], zone: ZoneInfo, day: date, now_ms: int,
    wanted: Callable[[str, int], bool] = lambda table, days: True,
) -> Facts:  # fmt: skip
    """Tables of the lake as facts at the end of `day`; sums of a table over so many days that
    aren't `wanted` are left out."""
    first = day - timedelta(days=DAYS - 1)
    stations = _table(lake.facts("station_day", first, day), STATION_FACTS)
    homes = _table(lake.facts("household_day", first, day), ("metered", "stopped", "meters"))
    files = lake.manifest.live("pump_day", None, 0, now_ms)
    begin = min((_local(file.from_ms, zone) for file in files), default=day)

    def summed(table: str, keys: list[str], names: Sequence[str], low: date, high: date) -> Table:
        if not wanted(table, (high - low).days + 1):
            return {name: np.zeros(0) for name in (*keys, *names)}
        return _table(lake.summed(table, keys, list(names), low, high), names)

    def pumps(low: date, high: date) -> Table:
        return summed("pump_day", ["station", "zone", "pump", "bin"], PUMP_FACTS, low, high)

    def sets(low: date, high: date) -> Table:
        return summed("set_day", ["station", "zone", "bin"], SET_FACTS, low, high)

    return daily_facts.collect(rows, day, begin, stations, homes, pumps, sets)


def _table(frame: pl.DataFrame, facts: Sequence[str]) -> Table:
    """Columns of a frame as arrays; a fact that it lacks is NaN."""
    found = {name: frame[name].to_numpy() for name in frame.columns}
    return found | {n: np.full(frame.height, np.nan) for n in facts if n not in found}


def _local(ms: int, zone: ZoneInfo) -> date:
    return datetime.fromtimestamp(ms / 1000, zone).date()


class DailyFile:
    """What was judged, when it is new."""

    def __init__(self, var: Path) -> None:
        self._file = FreshFile(var / FILE)

    def fresh(self, now_ms: int) -> tuple[int, Judged] | None:
        """(ms of the day's end, what is true and what was judged) of a new file; looked at once a
        minute."""
        return self._file(now_ms, _judged)


def _judged(file: Path) -> tuple[int, Judged]:
    kept = json.loads(file.read_text(encoding="utf-8"))
    found = [Found(**one) for one in kept["found"]]
    decided = {(str(r), int(s), str(p)) for r, s, p in kept["decided"]}
    return int(kept["ms"]), Judged(found, decided)


def move(
    life: Life, correlation: Correlation, rules: Mapping[str, Rule],
    districts: Mapping[int, int], ms: int, told: Judged,
) -> list[Alarm]:  # fmt: skip
    """Raise what is true and isn't active (returned), clear what was judged and isn't true.
    districts: of each station; a station that is no more is passed over."""
    raised = []
    true = {(one.rule, one.station, one.place): one for one in told.found}
    for key in sorted(told.decided | set(true)):
        rule, station, place = key
        if station not in districts or rule not in rules:
            continue
        whose = (rule, place, station, districts[station])
        alarm, one = life.open.get(whose), true.get(key)
        if one is None:
            if alarm is not None and alarm.active:
                life.cleared(whose, ms, alarm.peak)
        elif alarm is None or not alarm.active:
            new = life.raised(_alarm(rules[rule], one, districts[station], ms))
            correlation.raised(life, new, ms)
            raised.append(new)
    return raised


def _alarm(rule: Rule, one: Found, district: int, ms: int) -> Alarm:
    return Alarm(
        rule=rule.id, station=one.station, district=district, place=one.place, point=rule.point,
        level=rule.level, raw_ms=ms, active_ms=ms, value=one.value, limit=one.limit,
        peak=one.value, version=rule.version,
    )  # fmt: skip
