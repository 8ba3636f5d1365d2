"""Replays the stored past for a changed rule and the rules tied to it: before and after.

Group by group (on all cores when it is long) and day by day: the changed rule over all stations;
then the rules that explain it or that it explains, only around the alarms that it raised. Their
lives are then compared by analytics.backtest. Where samples are still stored they are replayed;
else stored minutes stand for them and the figures are approximate.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from zoneinfo import ZoneInfo

from analytics.alarm_engine import Engine, Transition
from analytics.alarm_run import Engines, Run, Title
from analytics.backtest import Replayed, lived
from data.catalogue.rules import Rule
from data.groups import groups
from data.lake import Lake
from data.manifest import FileRow
from data.station_rows import StationRow
from ingest.alarm_rules import explanations, gatherings, policies
from ingest.backtest_area import areas
from ingest.backtest_daily import daily
from ingest.backtest_part import (
    KEPT,
    Case,
    Learn,
    Sides,
    Span,
    Told,
    lead,
    nothing_usual,
    replayed,
)
from ingest.backtest_rows import MINUTE
from ingest.backtest_spans import BEFORE
from ingest.crew import together


@dataclass(frozen=True)
class Stored:
    """What a replay stands on."""

    coverage: float
    """Share of the stations' minutes that are stored."""
    raw: float
    """Of them, the share whose samples are, so that nothing is approximate."""


LONG = 5_000
"""Station-days from which it is worth beginning other processes."""


def replayable(rule: Rule) -> bool:
    """Whether what is stored says what the rule would have done: all rules that are evaluated."""
    return rule.source != "none"


def tied(rules: Mapping[str, Rule], id: str) -> list[str]:
    """Rules that explain this one and those that it explains, as far as they are replayed with it:
    those that a station's own samples decide; with a rule of the day none. Nothing explains an
    area's."""
    rule, told = rules.get(id), explanations(rules)
    if rule is not None and rule.source == "daily":
        return []
    children = {other for one in told.get(id, ()) for other in one.rules}
    parents = {other for other, some in told.items() if any(id in one.rules for one in some)}
    if rule is not None and (rule.gathers or _counts(rule)):
        parents = set()
    return sorted(
        other for other in (children | parents) - {id} if other in rules and _own(rules[other])
    )


def _own(rule: Rule) -> bool:
    """Whether a station's own samples decide it."""
    return rule.source == "tick" and not _counts(rule)


def _counts(rule: Rule) -> bool:
    """Whether it counts the stations of an area."""
    return "count_stations" in rule.when


def replay(
    lake: Lake,
    span: Span,
    before: Mapping[str, Rule],
    after: Mapping[str, Rule],
    id: str,
    zone: ZoneInfo,
    learn: Learn = nothing_usual,
    step: Callable[[int, int], None] = lambda done, total: None,
) -> tuple[list[Replayed], list[Replayed], Stored]:
    """Alarms of rule `id` and those tied to it with the rules before and after, and what it
    stands on. `step(done, total)` is told of each day of each group. Raises
    CatalogueError for a rule that can't run."""
    sides = (before, after)
    rule = before.get(id) or after[id]
    runs = [_run(rules, span, id) for rules in sides]
    if rule.source == "daily":
        (was, now), share = daily(lake, span, sides, id, zone, runs, step)
        return was, now, Stored(share, 1.0)
    if not _counts(rule):  # what a gathered one counts happens as before
        found, stored = stations(lake, span, sides, rule.gathers or id, zone, learn, step)
        return lived(runs[0], found[0]), lived(runs[1], found[1]), stored
    children = [one for one in tied(before if id in before else after, id) if one in before]
    total = 1 + len(children)
    counted, share = areas(lake, span, sides, id, _part(step, 0, total))
    below: list[Transition] = []
    for n, child in enumerate(children):
        same = (before, before)
        below += stations(
            lake, span, same, child, zone, learn, _part(step, n + 1, total), alone=True
        )[0][0]
    told = [lived(run, below, some) for run, some in zip(runs, counted, strict=True)]
    return told[0], told[1], Stored(share, 0.0)


def stations(
    lake: Lake, span: Span, sides: Sides, id: str, zone: ZoneInfo, learn: Learn,
    step: Callable[[int, int], None], alone: bool = False,
) -> tuple[tuple[list[Transition], list[Transition]], Stored]:  # fmt: skip
    """What happened to a rule that stations' own samples decide, and (but for `alone`) to the rules
    that are tied to it, with the rules of either side."""
    around = [] if alone else tied(sides[0], id)
    before = lead(side.get(id) for side in sides)
    files = lake.manifest.live(KEPT, None, span.start - max(before, BEFORE), span.end)
    cases = [
        Case(lake.root, _of(rows, files), rows, span.start, span.end, span.step_ms, zone,
             sides, id, around, learn, before)
        for rows in groups(span.stations).values()
    ]  # fmt: skip
    total = sum(len(case.days) for case in cases)
    told = _all(cases, lambda done: step(done, total))
    columns = {row.id: n for n, row in enumerate(span.stations)}
    old: list[Transition] = []
    new: list[Transition] = []
    for case, part in zip(cases, told, strict=True):
        at = [columns[row.id] for row in case.stations]
        for side, own in zip((old, new), part.sides, strict=True):
            side += [replace(one, subject=at[one.subject]) for one in own]
    seen, raw = (sum(getattr(part, name) for part in told) for name in ("seen", "raw"))
    whole = max((span.end - span.start) * len(span.stations) / MINUTE, 1)
    return (old, new), Stored(seen / whole, raw / max(seen, 1))


def _of(rows: Sequence[StationRow], files: Sequence[FileRow]) -> list[FileRow]:
    """Files that may hold something of these stations."""
    first, last = min(row.id for row in rows), max(row.id for row in rows)
    return [one for one in files if one.first_station <= last and one.last_station >= first]


def _all(cases: Sequence[Case], tell: Callable[[int], None]) -> list[Told]:
    """The replay of each; on all cores when it is long, the biggest first."""
    if sum(len(case.stations) * len(case.days) for case in cases) < LONG:
        done = count(1)
        return [replayed(case, lambda: tell(next(done))) for case in cases]
    order = sorted(range(len(cases)), key=lambda n: -len(cases[n].stations))
    told = dict(zip(order, together(replayed, [cases[n] for n in order], tell), strict=True))
    return [told[n] for n in range(len(cases))]


def _part(step: Callable[[int, int], None], n: int, of: int) -> Callable[[int, int], None]:
    """Progress of the n-th of so many parts."""
    return lambda done, total: step(n * total + done, of * total)


def _run(rules: Mapping[str, Rule], span: Span, id: str) -> Run:
    """Life and parents only: what the engines found comes from outside. Areas gather only what is
    replayed of all stations: the changed rule, or the one that it gathers."""
    nothing = Engine([], [], {}, [])
    gathered = [one for one in gatherings(rules.values()) if id in (one.rule, one.counted)]
    return Run(
        Engines(nothing, nothing, nothing, tuple(sorted({s.district_id for s in span.stations}))),
        {rule.id: Title(rule.point, rule.version) for rule in rules.values()},
        policies(rules.values()),
        explanations(rules),
        [(row.id, row.district_id) for row in span.stations],
        gathered,
    )
