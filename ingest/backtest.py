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
from ingest.alarm_rules import explanations, policies
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
    """Whether stored samples say what the rule would have done: not a rule of the day, nor one that
    counts the stations of an area."""
    return rule.source == "tick" and "count_stations" not in rule.when


def tied(rules: Mapping[str, Rule], id: str) -> list[str]:
    """Rules that explain this one and those that it explains."""
    told = explanations(rules)
    children = {other for one in told.get(id, ()) for other in one.rules}
    parents = {other for other, some in told.items() if any(id in one.rules for one in some)}
    return sorted(
        other
        for other in (children | parents) - {id}
        if other in rules and replayable(rules[other])
    )


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
    old: list[Transition] = []
    new: list[Transition] = []
    seen = raw = 0
    parts = groups(span.stations)
    first = span.start // DAY * DAY
    edges = [span.start, *range(first + DAY, span.end, DAY), span.end]
    days = list(pairwise(edges))
    columns = {row.id: n for n, row in enumerate(span.stations)}
    for n, rows in enumerate(parts.values()):
        around = tied(before, id)
        part = Part(lake, rows, span, zone, (before, after), id, around, learn)
        for k, (low, high) in enumerate(days):
            part.day(low, high)
            step(n * len(days) + k + 1, len(parts) * len(days))
        part.around()
        own = part.told(columns)
        old += own[0]
        new += own[1]
        seen += part.seen
        raw += part.raw
    where = [(row.id, row.district_id) for row in span.stations]
    whole = max((span.end - span.start) * len(where) / MINUTE, 1)
    stored = Stored(seen / whole, raw / max(seen, 1))
    return lived(_run(before, where), old), lived(_run(after, where), new), stored


def _run(rules: Mapping[str, Rule], where: list[tuple[int, int]]) -> Run:
    """Life and parents only: what the engines found comes from outside."""
    nothing = Engine([], [], {}, [])
    return Run(
        Engines(nothing, nothing, nothing, ()),
        {rule.id: Title(rule.point, rule.version) for rule in rules.values()},
        policies(rules.values()),
        explanations(rules),
        where,
    )
