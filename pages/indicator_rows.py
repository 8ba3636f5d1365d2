"""The rows of the page of indicators: value, figure of the span before, course of 30 days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from analytics.indicator_values import change, figures
from analytics.results import Figure
from components.page import View
from data.catalogue.indicators import Indicator, offered
from pages.desk import Desk
from pages.desk_events import span_of

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

    @property
    def missed(self) -> bool:
        return self.indicator.missed(self.figure.value, self.target)

    @property
    def summed(self) -> bool:
        """Whether it grows with the span, so that only means of days can be compared."""
        return self.indicator.bound in GROWING and self.indicator.reducer not in RATES


def rows_of(
    desk: Desk, view: View, start: date, end: date, ids: list[int] | None, theme: str = ""
) -> list[IndicatorRow]:
    """All that the viewer may see, in the order of the catalogue. ids: None = the whole scope;
    theme: only indicators of this one."""
    length = (end - start).days + 1
    earlier = (start - timedelta(days=length), start - timedelta(days=1))
    asked = [row for row in offered(view.user.role).values() if theme in ("", row.theme)]
    facts = sorted({f for row in asked if row.source == "facts" for f in row.facts})
    now, then = (desk.sums(view, facts, *span, (), ids) for span in ((start, end), earlier))
    today = view.now.astimezone(view.zone).date()
    last = min(end, today - timedelta(days=1))
    course = desk.sums(view, facts, last - timedelta(days=COURSE - 1), last, ("day",), ids)
    days = [last - timedelta(days=back) for back in range(COURSE - 1, -1, -1)]
    first, until = span_of(view, start, end)
    elapsed = (until - first).total_seconds() / 86_400
    found = []
    for row in asked:
        line: list[float | None] = []
        if row.reducer:
            told, before = (
                desk.figure(view, row.code, *span, stations=ids) for span in ((start, end), earlier)
            )
        else:
            until_day = desk.last_day(view, row, start, end)
            own = now if until_day == end else desk.sums(view, facts, start, until_day, (), ids)
            told, before = figures(row, own)[0], figures(row, then)[0]
            known = {d: f.value for d, f in zip(course["day"], figures(row, course), strict=True)}
            line = [known.get(day) for day in days]
        grows = row.bound in GROWING and row.reducer not in RATES
        delta = change(told.value, before.value, elapsed if grows else 0, length if grows else 0)
        found.append(IndicatorRow(row, told, before, delta, line, row.target_of(elapsed)))
    return found


def by_theme(rows: Sequence[IndicatorRow]) -> dict[str, list[IndicatorRow]]:
    """In the order of the catalogue."""
    found: dict[str, list[IndicatorRow]] = {}
    for row in rows:
        found.setdefault(row.indicator.theme, []).append(row)
    return found
