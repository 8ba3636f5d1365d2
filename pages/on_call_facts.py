"""The rota as the page asks for it: rows of the calendar, who stands now, gaps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from analytics.rota import Stand, gaps, on_duty, stands
from components.formats import midnight
from components.page import View
from data.catalogue.calendar import kinds
from data.catalogue.telling import Duty, telling
from data.station_rows import DistrictRow
from data.stores import Stores
from pages.reach import whole_number

TABS = ("calendar", "mine", "contacts", "log")
SPANS = {"week": 7, "month": 30}
FURTHEST = 400
"""Days that one may look ahead or back."""


@dataclass(frozen=True)
class Asked:
    """What of the rota is wanted: `days` from midnight of the site's day `first` on."""

    tab: str
    span: str
    duty: str
    first: datetime
    offset: int

    @classmethod
    def of(cls, view: View, params: Mapping[str, str]) -> Asked:
        """From the URL (`?tab= span= duty= day=` days from this week's Monday)."""
        tab, span, duty = (params.get(name, "") for name in ("tab", "span", "duty"))
        number = whole_number(params.get("day", "0")) or 0
        offset = max(-FURTHEST, min(FURTHEST, number))
        weekday = view.now.astimezone(view.zone).weekday()
        return cls(
            tab if tab in TABS else "calendar",
            span if span in SPANS else "week",
            duty if duty in telling().duties else "",
            midnight(view.now, view.zone, weekday - offset),
            offset,
        )

    @property
    def days(self) -> int:
        return SPANS[self.span]

    def day(self, view: View, number: int) -> datetime:
        """Start of a day of the calendar in UTC, by the calendar."""
        return midnight(self.first, view.zone, -number)

    def end(self, view: View) -> datetime:
        return self.day(view, self.days)


@dataclass(frozen=True)
class Line:
    """One line of the calendar: a duty, in a district or (None) the whole city."""

    duty: Duty
    district: DistrictRow | None

    @property
    def district_id(self) -> int | None:
        return None if self.district is None else self.district.id

    def of(self, standing: list[Stand]) -> list[Stand]:
        """The stands of this line."""
        return [
            one
            for one in standing
            if one.duty == self.duty.code and one.district in (None, self.district_id)
        ]

    def gaps(
        self, standing: list[Stand], start: datetime, end: datetime
    ) -> list[tuple[datetime, datetime]]:
        """When nobody stands though somebody has to; a duty without any shift has none."""
        own = self.of(standing)
        if not self.duty.covered or not own:
            return []
        return gaps(own, self.duty.code, self.district_id, start, end)


def standing(stores: Stores, view: View, start: datetime, end: datetime) -> list[Stand]:
    """The rota of [start, end) as far as the viewer's scope goes."""
    rota = stores.rota
    found = stands(rota.shifts(), rota.changes(), start, end, view.zone, kinds())
    scope = view.scope.district_id
    return found if scope is None else [one for one in found if one.district in (None, scope)]


def lines(stores: Stores, view: View, standing: list[Stand], duty: str = "") -> list[Line]:
    """A line for each duty, and one for each district where its rota tells districts apart."""
    districts = stores.stations.districts(view.scope)
    apart = {one.duty for one in standing if one.district is not None}
    found = []
    for one in telling().duties.values():
        if duty in ("", one.code):
            found += [Line(one, d) for d in districts] if one.code in apart else [Line(one, None)]
    return found


def now_on_duty(line: Line, standing_now: list[Stand], now: datetime) -> list[Stand]:
    """Who stands for a line at this moment."""
    return on_duty(standing_now, line.duty.code, line.district_id, now)


def names(stores: Stores, lang: str) -> dict[str, str]:
    """Names of people by username."""
    return {user.username: user.name(lang) for user in stores.users.all()}


def key_of(one: Stand) -> str:
    """A stand in the URL: shift and start."""
    return f"{one.shift}@{one.start.strftime('%Y%m%dT%H%M')}"


def find(stores: Stores, view: View, key: str) -> Stand | None:
    """The stand that `key` names, None when there is none (any more)."""
    id, _, text = key.partition("@")
    try:
        start = datetime.strptime(text, "%Y%m%dT%H%M").replace(tzinfo=UTC)
    except ValueError:
        return None
    around = standing(stores, view, start, start + timedelta(minutes=1))
    return next((one for one in around if str(one.shift) == id and one.start == start), None)
