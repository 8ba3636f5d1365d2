"""The rota: which times a shift stands, who is on duty now, and when nobody is.

Shifts repeat by RFC 5545 rules on the clock of the site, so that 08:00 stays 08:00 when clocks are
put forward.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Protocol

from dateutil.rrule import rrulestr

WORKDAYS, DAYS_OFF = "workdays", "days_off"
MOST = 2000
"""Times of one shift that are looked at; a rule by the minute is nobody's rota."""


class Shift(Protocol):
    """`start_at`, `end_at` (UTC) are those of the first time; `district_id` None = the whole city;
    `until_at`: no time begins then or later."""

    @property
    def id(self) -> int: ...
    @property
    def username(self) -> str: ...
    @property
    def duty(self) -> str: ...
    @property
    def district_id(self) -> int | None: ...
    @property
    def start_at(self) -> datetime: ...
    @property
    def end_at(self) -> datetime: ...
    @property
    def repeat(self) -> str: ...
    @property
    def days(self) -> str: ...
    @property
    def until_at(self) -> datetime | None: ...


@dataclass(frozen=True)
class Stand:
    """One time of a shift, [start, end); `substitute` where somebody else stands in."""

    username: str
    duty: str
    district: int | None
    start: datetime
    end: datetime
    shift: int
    substitute: bool = False

    def covers(self, duty: str, district: int | None, now: datetime) -> bool:
        """Whether it is for that duty and district at `now`."""
        return (
            self.duty == duty and self.district in (None, district) and self.start <= now < self.end
        )


Changes = Mapping[tuple[int, datetime], str]
"""(shift, start of the time) -> who stands it; '' = nobody."""


def stands(
    shifts: Iterable[Shift],
    changes: Changes,
    start: datetime,
    end: datetime,
    zone: tzinfo,
    days: Mapping[date, str],
) -> list[Stand]:
    """Every time of every shift that touches [start, end), by start. `days` tells the kind of days
    that aren't what their weekday says: holiday, workday, festival.

    Raises ValueError for a rule that isn't one.
    """
    found = []
    for shift in shifts:
        for begin in _starts(shift, start, end, zone, days):
            username = changes.get((shift.id, begin), shift.username)
            if username:
                until = begin + (shift.end_at - shift.start_at)
                found.append(
                    Stand(
                        username, shift.duty, shift.district_id, begin, until, shift.id,
                        (shift.id, begin) in changes,
                    )
                )  # fmt: skip
    return sorted(found, key=lambda one: (one.start, one.duty, one.shift))


def checked(repeat: str) -> str:
    """The rule as it is kept. Raises ValueError unless it repeats by the day or slower."""
    plain = re.fullmatch(r"FREQ=(DAILY|WEEKLY|MONTHLY)(;[A-Z]+=[A-Z0-9,+-]+)*", repeat)
    if repeat and (plain is None or "INTERVAL=0" in repeat):
        raise ValueError("repeats by the day, week or month")
    if repeat:
        rrulestr(repeat)
    return repeat


def _starts(
    shift: Shift, start: datetime, end: datetime, zone: tzinfo, days: Mapping[date, str]
) -> list[datetime]:
    first = shift.start_at.astimezone(zone).replace(tzinfo=None)
    if not shift.repeat:
        moments = [first]
    else:
        lasts = shift.end_at - shift.start_at
        after = (start - lasts).astimezone(zone).replace(tzinfo=None)
        before = end.astimezone(zone).replace(tzinfo=None)
        rule = rrulestr(shift.repeat, dtstart=_near(first, after, shift.repeat))
        moments = list(rule.between(after, before, inc=True))[:MOST]
    found = []
    for moment in moments:
        begin = moment.replace(tzinfo=zone).astimezone(UTC)
        touches = begin < end and begin + (shift.end_at - shift.start_at) > start
        over = shift.until_at is not None and begin >= shift.until_at
        if touches and not over and _meant(shift.days, moment.date(), days):
            found.append(begin)
    return found


def _near(first: datetime, after: datetime, repeat: str) -> datetime:
    """The last time up to `after`, for rules that step evenly: no rota of years is walked anew."""
    plain = re.fullmatch(r"FREQ=(DAILY|WEEKLY)(?:;INTERVAL=(\d+))?", repeat)
    if plain is None or after <= first:
        return first
    step = timedelta(days=(7 if plain[1] == "WEEKLY" else 1) * int(plain[2] or 1))
    return first + (after - first) // step * step


def _meant(wanted: str, day: date, days: Mapping[date, str]) -> bool:
    kind = days.get(day, "holiday" if day.weekday() >= 5 else "workday")
    return wanted == "all" or (wanted == WORKDAYS) == (kind == "workday")


def on_duty(
    standing: Iterable[Stand], duty: str, district: int | None, now: datetime
) -> list[Stand]:
    """Who stands for `duty` in `district` at `now`; one stand a person."""
    found = {one.username: one for one in standing if one.covers(duty, district, now)}
    return list(found.values())


def gaps(
    standing: Sequence[Stand], duty: str, district: int | None, start: datetime, end: datetime
) -> list[tuple[datetime, datetime]]:
    """The parts of [start, end) in which nobody stands for `duty` in `district`."""
    found = []
    reached = start
    for one in sorted(standing, key=lambda stand: stand.start):
        if one.duty != duty or one.district not in (None, district):
            continue
        if one.start > reached:
            found.append((reached, min(one.start, end)))
        reached = max(reached, one.end)
        if reached >= end:
            break
    if reached < end:
        found.append((reached, end))
    return [(a, b) for a, b in found if b > a]
