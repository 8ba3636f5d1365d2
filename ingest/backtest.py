"""Replays the stored past for a changed rule and the rules tied to it: before and after.

Group by group and day by day: the changed rule over all stations; then the rules that explain it or
that it explains, only around the alarms that it raised. Their lives are then compared by
analytics.backtest. Where samples are still stored they are replayed; else, and for tied rules and
those that remember, stored minutes stand for them and the figures are approximate.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from zoneinfo import ZoneInfo

from analytics.alarm_engine import Engine, Transition
from analytics.alarm_run import Engines, Run, Title
from analytics.backtest import Replayed, lived
from data.catalogue.rules import Rule
from data.groups import groups
from data.lake import Lake
from ingest.alarm_rules import explanations, gatherings, policies
from ingest.backtest_area import areas
from ingest.backtest_daily import daily
from ingest.backtest_part import Learn, Part, Span
from ingest.backtest_rows import DAY, MINUTE


@dataclass(frozen=True)
class Stored:
    """What a replay stands on."""

    coverage: float
    """Share of the stations' minutes that are stored."""
    raw: float
    """Of them, the share whose samples are, so that nothing is approximate."""


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
    learn: Learn = lambda engine, fleet: None,
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
    lake: Lake, span: Span, sides: tuple[Mapping[str, Rule], Mapping[str, Rule]], id: str,
    zone: ZoneInfo, learn: Learn, step: Callable[[int, int], None], alone: bool = False,
) -> tuple[tuple[list[Transition], list[Transition]], Stored]:  # fmt: skip
    """What happened to a rule that stations' own samples decide, and (but for `alone`) to the rules
    that are tied to it, with the rules of either side."""
    old: list[Transition] = []
    new: list[Transition] = []
    seen = raw = 0
    parts = groups(span.stations)
    first = span.start // DAY * DAY
    edges = [span.start, *range(first + DAY, span.end, DAY), span.end]
    days = list(pairwise(edges))
    columns = {row.id: n for n, row in enumerate(span.stations)}
    around = [] if alone else tied(sides[0], id)
    for n, rows in enumerate(parts.values()):
        part = Part(lake, rows, span, zone, sides, id, around, learn)
        for k, (low, high) in enumerate(days):
            part.day(low, high)
            step(n * len(days) + k + 1, len(parts) * len(days))
        part.around()
        own = part.told(columns)
        old += own[0]
        new += own[1]
        seen += part.seen
        raw += part.raw
    whole = max((span.end - span.start) * len(span.stations) / MINUTE, 1)
    return (old, new), Stored(seen / whole, raw / max(seen, 1))


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
