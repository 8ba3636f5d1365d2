"""A rule of the day, judged anew for each day of the past from the facts that the lake keeps."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from analytics.alarm_run import Run
from analytics.backtest import Lives, Replayed
from analytics.daily_rules import judge
from data.catalogue.rules import Rule
from data.lake import Lake
from ingest.backtest_part import Span
from ingest.daily_rules import facts_of, limits, move

LOOKS = {
    "R-PU-11": {("pump_day", 14), ("pump_day", 28)},
    "R-PU-12": {("pump_day", 7), ("pump_day", 28)},
    "R-PU-14": {("pump_day", 30)},
    "R-PU-15": {("pump_day", 7)},
    "R-DQ-01": {("set_day", 3), ("set_day", 14)},
}
"""Sums that the judgement of a rule looks at: table, days. The others look at none."""


def daily(
    lake: Lake, span: Span, sides: Sequence[Mapping[str, Rule]], id: str, zone: ZoneInfo,
    runs: Sequence[Run], step: Callable[[int, int], None],
) -> tuple[list[list[Replayed]], float]:  # fmt: skip
    """Alarms of rule `id` with the rules of each side, and the share of the stations' days on which
    it could be judged. Pumps are taken to be those of today."""
    days = _days(span, zone)
    ids = {row.id for row in span.stations}
    districts = {row.id: row.district_id for row in span.stations}
    looks = LOOKS.get(id, set())
    lives, judged = [Lives(run) for run in runs], 0
    for n, day in enumerate(days):
        facts = facts_of(
            lake, span.stations, zone, day, span.end, lambda table, count: (table, count) in looks
        )
        end = datetime.combine(day + timedelta(days=1), time(0), zone)
        ms = round(end.timestamp() * 1000)
        decided: set[int] = set()
        for one, rules in zip(lives, sides, strict=True):
            mine = {rule: rules[rule] for rule in (id,) if rule in rules}
            told = judge(facts, limits(mine))
            decided |= {station for _, station, _ in told.decided} & ids
            raised = move(one.run.life, one.run.correlation, mine, districts, ms, told)
            one.settle(raised, ms)
        judged += len(decided)
        step(n + 1, len(days))
    return [one.alarms for one in lives], judged / max(len(days) * len(ids), 1)


def _days(span: Span, zone: ZoneInfo) -> list[date]:
    """Whole days of the site within the span."""
    low, high = (datetime.fromtimestamp(ms / 1000, UTC).astimezone(zone) for ms in (span.start,
                 span.end))  # fmt: skip
    first = low.date() if low.time() == time(0) else low.date() + timedelta(days=1)
    return [first + timedelta(days=n) for n in range((high.date() - first).days)]
