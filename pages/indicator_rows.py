"""The rows of the page of indicators: value, figure of the span before, course of 30 days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from typing import Any

import polars as pl

from analytics.indicator_values import change, figures
from analytics.results import Figure, Reason, nothing
from components.page import View
from data.catalogue.indicators import Indicator, offered
from pages.desk import Desk
from pages.desk_events import span_of
from pages.guarded import Broken, attempt, whole

GROWING = ("sum", "time")
RATES = ("per_day", "per_year")
"""Reducers that divide by the days: their figures don't grow with the span."""
COURSE = 30
"""Days of the small line."""


@dataclass(frozen=True)
class IndicatorRow:
    """One indicator over the page's span."""

    indicator: Indicator
    figure: Figure
    before: Figure
    """Of as many days before."""
    change: float | None
    """Of a ratio in its unit; of a sum in percent of its mean day."""
    course: list[float | None]
    """Of each of the last COURSE whole days; [] where no sum of days makes it."""
    target: float | None
    """The yardstick of the span."""
    lost: Mapping[str, Broken] = field(default_factory=dict)
    """Which of `figure`, `before` and `course` could not be read, and why; they are without a
    value then."""

    @property
    def missed(self) -> bool:
        return self.indicator.missed(self.figure.value, self.target)

    @property
    def summed(self) -> bool:
        """Whether it grows with the span, so that only means of days can be compared."""
        return self.indicator.bound in GROWING and self.indicator.reducer not in RATES


def rows_of(
    desk: Desk, view: View, start: date, end: date, ids: list[int] | None
) -> list[IndicatorRow]:
    """All that the viewer may see, in the order of the catalogue. ids: None = the whole scope. What
    can't be read is lost to the indicators that stand on it only."""
    length = (end - start).days + 1
    earlier = (start - timedelta(days=length), start - timedelta(days=1))
    asked = list(offered(view.user.role).values())
    facts = sorted({f for row in asked if row.source == "facts" for f in row.facts})
    read = partial(_read, desk.sums, view, facts)
    now, then = read(start, end, (), ids), read(*earlier, (), ids)
    today = view.now.astimezone(view.zone).date()
    last = min(end, today - timedelta(days=1))
    days = [last - timedelta(days=back) for back in range(COURSE - 1, -1, -1)]
    course = read(days[0], last, ("day",), ids)
    first, until = span_of(view, start, end)
    elapsed = (until - first).total_seconds() / 86_400
    found = []
    for row in asked:
        parts = {
            "figure": _read(_told, desk, view, row, (start, end), now, ids),
            "before": _read(_told, desk, view, row, earlier, then, ids),
            "course": _read(_course, row, course, days),
        }
        lost = {name: part for name, part in parts.items() if isinstance(part, Broken)}
        none = nothing(row.unit, row.formula, Reason.NO_DATA)
        told, before = (none if name in lost else parts[name] for name in ("figure", "before"))
        line = [] if "course" in lost else parts["course"]
        grows = row.bound in GROWING and row.reducer not in RATES
        delta = change(told.value, before.value, elapsed if grows else 0, length if grows else 0)
        target = row.target_of(elapsed)
        found.append(IndicatorRow(row, told, before, delta, line, target, lost))
    return found


def _read(make: Any, *args: Any) -> Any:
    """What `make` gives, Broken where its data can't be read: the other indicators go on."""
    return attempt(partial(make, *args))


def _told(
    desk: Desk, view: View, row: Indicator, span: tuple[date, date], sums: pl.DataFrame | Broken,
    ids: list[int] | None,
) -> Figure:  # fmt: skip
    """Over the local days of `span`; `sums` are those of them. Raises PartBroken."""
    if row.reducer:
        return desk.figure(view, row.code, *span, stations=ids)
    until = desk.last_day(view, row, *span)
    if until == span[1]:
        own: pl.DataFrame = whole(sums)
    else:
        own = desk.sums(view, row.facts, span[0], until, (), ids)
    return figures(row, own)[0]


def _course(
    row: Indicator, sums: pl.DataFrame | Broken, days: Sequence[date]
) -> list[float | None]:
    """Of each of these days; [] where no sum of days makes it. Raises PartBroken."""
    if row.reducer:
        return []
    own: pl.DataFrame = whole(sums)
    known = {d: f.value for d, f in zip(own["day"], figures(row, own), strict=True)}
    return [known.get(day) for day in days]


def by_theme(rows: Sequence[IndicatorRow]) -> dict[str, list[IndicatorRow]]:
    """In the order of the catalogue."""
    found: dict[str, list[IndicatorRow]] = {}
    for row in rows:
        found.setdefault(row.indicator.theme, []).append(row)
    return found
