"""Periods of whole local days and what each is compared with. C1 in docs/methods.md.

同比 is the same period of the year before, 环比 the period just before of the same kind. Everything
is calendar arithmetic on dates; where the days begin is for the edge, which knows the zone.
"""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

WEEKS_OF_A_YEAR = 52
FESTIVAL_REACH = 45
"""A period touches a festival that lies within so many days of it."""
_DAY = timedelta(days=1)


class Kind(StrEnum):
    """What a period is, when it is whole."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    SPAN = "span"
    """Any other run of days."""


class Align(StrEnum):
    """How the days of another year are laid beside those of this one."""

    DATE = "date"
    WEEKDAY = "weekday"
    FESTIVAL = "festival"


class Note(StrEnum):
    """What a reader must know about a base."""

    PER_DAY = "per_day"
    """The two periods differ in length: compare sums per day."""
    WEEK_53 = "week_53"
    """The year before has no week 53; week 52 stands in."""
    NO_FESTIVAL = "no_festival"
    """The festival's date isn't known for both years; aligned by weekday."""
    CLIPPED = "clipped"
    """The month before has fewer days than have gone by in this one."""


@dataclass(frozen=True, slots=True)
class Period:
    """Days from `first` to `last`, both included."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise ValueError(f"a period can't end on {self.last}, before it begins on {self.first}")

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    def moved(self, days: int) -> Period:
        step = timedelta(days=days)
        return Period(self.first + step, self.last + step)


@dataclass(frozen=True, slots=True)
class Base:
    """What a period is compared with, and what must be said about it."""

    period: Period
    notes: tuple[Note, ...] = ()


def whole(kind: Kind, day: date) -> Period:
    """The calendar period of `kind` that holds `day`; weeks begin on Monday (ISO 8601)."""
    if kind is Kind.WEEK:
        first = day - timedelta(days=day.weekday())
        return Period(first, first + timedelta(days=6))
    if kind is Kind.MONTH:
        return Period(day.replace(day=1), _month_end(day.year, day.month))
    if kind is Kind.QUARTER:
        month = (day.month - 1) // 3 * 3 + 1
        return Period(date(day.year, month, 1), _month_end(day.year, month + 2))
    if kind is Kind.YEAR:
        return Period(date(day.year, 1, 1), date(day.year, 12, 31))
    return Period(day, day)


def kind_of(period: Period) -> Kind:
    """The calendar period that this is, as a whole; else SPAN."""
    for kind in (Kind.DAY, Kind.WEEK, Kind.MONTH, Kind.QUARTER, Kind.YEAR):
        if whole(kind, period.first) == period:
            return kind
    return Kind.SPAN


def running(kind: Kind, today: date) -> Period:
    """The part of the calendar period that has gone by, `today` included."""
    return Period(whole(kind, today).first, today)


def previous(period: Period, kind: Kind | None = None) -> Base:
    """环比: the period just before, of the same kind; of a span, as many days just before.

    kind: what a running period is a part of (month to date: MONTH); it is compared with the same
    elapsed days of the period before, cut where that one ends. None: as kind_of says.
    """
    kind = kind_of(period) if kind is None else kind
    if kind in (Kind.SPAN, Kind.DAY):
        return Base(period.moved(-period.days))
    here = whole(kind, period.first)
    before = whole(kind, here.first - _DAY)
    if period == here:
        return _base(period, before)
    last = min(before.first + (period.last - here.first), before.last)
    first = min(before.first + (period.first - here.first), last)
    return _base(period, Period(first, last), clipped=last == before.last)


def year_before(
    period: Period,
    align: Align = Align.DATE,
    festivals: Mapping[int, date] | None = None,
) -> Base:
    """同比: the same period of the year before.

    By DATE the same dates (29 February becomes the 28th); a whole ISO week is the week of the same
    number, 52 where the year before has no 53. By WEEKDAY 52 weeks earlier. By FESTIVAL shifted by
    the distance of the two years' festivals; where one of them isn't known, by weekday.
    festivals: first day of the lunar year by year.
    """
    if align is Align.FESTIVAL:
        shift = festival_shift(period, festivals or {})
        if shift is not None:
            return Base(period.moved(-shift))
        return Base(period.moved(-7 * WEEKS_OF_A_YEAR), (Note.NO_FESTIVAL,))
    if align is Align.WEEKDAY:
        return Base(period.moved(-7 * WEEKS_OF_A_YEAR))
    if kind_of(period) is Kind.WEEK:
        return _same_week(period)
    return _base(period, Period(_year_back(period.first), _year_back(period.last)))


def festival_shift(period: Period, festivals: Mapping[int, date]) -> int | None:
    """Days between the festival nearest to the period and that of the year before; None when the
    period is further than FESTIVAL_REACH from every known one."""
    middle = period.first + (period.last - period.first) // 2
    reach = timedelta(days=FESTIVAL_REACH)
    near = [
        day
        for year, day in festivals.items()
        if year - 1 in festivals and period.first - reach <= day <= period.last + reach
    ]
    if not near:
        return None
    day = min(near, key=lambda d: abs((d - middle).days))
    return (day - festivals[day.year - 1]).days


def _same_week(period: Period) -> Base:
    year, week, _ = period.first.isocalendar()
    last_week = date(year - 1, 12, 28).isocalendar().week
    first = date.fromisocalendar(year - 1, min(week, last_week), 1)
    notes = (Note.WEEK_53,) if week > last_week else ()
    return Base(Period(first, first + timedelta(days=6)), notes)


def _year_back(day: date) -> date:
    last = _month_end(day.year - 1, day.month)
    # the last day of February stays the last day: a month is compared with the whole month
    if day.month == 2 and day == _month_end(day.year, 2):
        return last
    return date(day.year - 1, day.month, min(day.day, last.day))


def _base(period: Period, before: Period, clipped: bool = False) -> Base:
    notes = [Note.PER_DAY] if before.days != period.days else []
    if clipped and before.days < period.days:
        notes.append(Note.CLIPPED)
    return Base(before, tuple(notes))


def _month_end(year: int, month: int) -> date:
    return date(year, month, calendar.monthrange(year, month)[1])
