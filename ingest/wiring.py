"""Looks for contacts that are wired the other way round, and asks people once for each.

A thread of its own. What is suspected goes out of service a few permits at a time, and comes back
when somebody has answered: at once when it is real, else when the alarm that the wrong contact
raised has cleared. (docs/alarms.md, Polarity; analytics/wiring.py decides)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import numpy as np
import polars as pl
import structlog
from numpy.typing import NDArray

from analytics.alarm_inputs import Place
from analytics.expressions import compile_expression
from analytics.wiring import Floats, Suspect, Terms, alarming, suspects
from data.catalogue.alarm_life import alarm_life
from data.catalogue.points import Column, Point, columns, points
from data.catalogue.rules import Rule, compiled
from data.polarities import AHEAD
from data.station_rows import StationRow
from data.stores import Stores
from data.wiring import INVERTED, OPEN, REAL, NoticeRow, Spot
from ingest.background import Background

PAUSE = 5.0
"""s between two looks at what people have answered, and between two parts of a question."""
EVERY = timedelta(hours=1)
STATIONS = 150
"""Stations whose hours are in memory at a time."""
AT_ONCE = 20
"""Contacts that go out of service together, and permits that end together."""
KNOWN = 0.5
"""Of a station's first days, the share that has to be known."""
SLACK = timedelta(seconds=30)
STATUS = "wiring"
log = structlog.get_logger(__name__)


class Contact(NamedTuple):
    """A kind of contact that alarms."""

    rest: int
    """What it says when all is well."""
    rules: Mapping[str, frozenset[str]]
    """Rules whose condition hangs on it, and the marks of their places (z, n, t)."""


def contacts(rules: Mapping[str, Rule]) -> dict[str, Contact]:
    """Contacts by template: those with a state of rest, and a rule that looks at another one."""
    found = {}
    for code, point in points().items():
        rest = _rest(point)
        if rest is None:
            continue
        about = {
            id: compiled(rule, compile_expression)["when"].marks
            for id, rule in rules.items()
            if rule.source == "tick" and code in rule.when.replace(f"{code} == {rest}", "")
        }
        if about:
            found[code] = Contact(rest, about)
    return found


def _rest(point: Point) -> int | None:
    single = point.digital and point.normal is not None and point.normal[0] == point.normal[1]
    return round(point.normal[0]) if single and point.normal and point.block != "derived" else None


class WiringWatch(Background):
    """Looks in the background as long as the block lasts."""

    def __init__(self, stores: Stores) -> None:
        self._stores, self._wiring = stores, stores.wiring
        self._terms = alarm_life().wiring
        super().__init__("wiring", PAUSE, "wiring of contacts can't be looked at")

    def step(self, now: datetime) -> int:
        """Put back what people have answered; once an hour look for more. How many were asked."""
        self._settle(now)
        told = self._stores.status.get(STATUS)
        if told is not None and now - told[1] < EVERY:
            return 0
        found = self._look(now)
        self._stores.status.put(STATUS, {"asked": found}, now)
        return found

    def _look(self, now: datetime) -> int:
        rules = self._stores.rules.in_force(compile_expression)
        known, stations = contacts(rules), self._stores.stations.all()
        cells = sorted({(c.code, c.point.code) for s in stations for c in columns(s.layout)
                        if c.point.code in known})  # fmt: skip
        if not cells:
            return 0
        start = now - timedelta(days=self._terms.days)
        parts = []
        for at in range(0, len(stations), STATIONS):
            some = stations[at : at + STATIONS]
            parts.append(self._shares(some, cells, known, start, now))
            if self._stop.wait(0.1):
                return 0
        shares, hours = (np.concatenate(part) for part in zip(*parts, strict=True))
        terms = Terms(
            self._terms.share, self._terms.hours, self._terms.profile_share,
            self._terms.profile_least,
        )  # fmt: skip
        first = self._first(stations, cells, known, alarming(shares, hours, terms), now)
        found = suspects(shares, hours, first, [s.profile for s in stations], cells, terms)
        notices = self._wiring.rows()
        return sum(self._ask(one, stations, known, notices, now) for one in found)

    def _shares(
        self, stations: Iterable[StationRow], cells: list[tuple[str, str]],
        known: Mapping[str, Contact], start: datetime, end: datetime,
    ) -> tuple[Floats, Floats]:  # fmt: skip
        """[stations, cells]: share of the time in which each contact alarmed, hours known."""
        ids = [station.id for station in stations]
        codes = [code for code, _ in cells]
        frame = self._stores.lake.fleet(codes, start, end, "hour", ids, in_order=False)
        sums = frame.group_by("station").agg(
            *(pl.col(code).mean().alias(f"{code}.share") for code in codes),
            *(pl.col(code).count().alias(f"{code}.hours") for code in codes),
        )
        wide = pl.DataFrame({"station": ids}, schema={"station": pl.Int32}).join(
            sums, on="station", how="left", maintain_order="left"
        )
        share, hours = (
            wide.select(pl.col(f"{code}.{name}").cast(pl.Float64) for code in codes).to_numpy()
            for name in ("share", "hours")
        )
        turned = {(row.station_id, row.point): row.inverted for row in
                  self._stores.polarities.rows()}  # fmt: skip
        rest = np.array([[known[template].rest ^ turned.get((id, code), False)
                          for code, template in cells] for id in ids])  # fmt: skip
        return np.where(rest == 1, 1 - share, share), np.nan_to_num(hours)

    def _first(
        self, stations: tuple[StationRow, ...], cells: list[tuple[str, str]],
        known: Mapping[str, Contact], wrong: NDArray[np.bool_], now: datetime,
    ) -> NDArray[np.bool_]:  # fmt: skip
        """Of the contacts that alarm now, those that did so all through the first days."""
        found = np.zeros_like(wrong)
        days = self._terms.days
        terms = Terms(self._terms.share, 24 * days * KNOWN, 1, 1)
        for row in np.flatnonzero(wrong.any(axis=1)).tolist():
            begun = self._begun(stations[row], now)
            if begun is not None and now - begun >= timedelta(days=days):
                end = begun + timedelta(days=days)
                told = self._shares([stations[row]], cells, known, begun, end)
                found[row] = alarming(*told, terms)[0]
            if self._stop.wait(0.02):
                break
        return found

    def _begun(self, station: StationRow, now: datetime) -> datetime | None:
        """When the first hour of a station is from."""
        files = self._stores.manifest.live("hour", layout=station.layout.key, station=station.id)
        for file in sorted(files, key=lambda one: one.from_ms):
            low, high = (datetime.fromtimestamp(ms / 1000, UTC) for ms in (file.from_ms,
                         file.to_ms + 1))  # fmt: skip
            frame = self._stores.lake.fleet([], low, high, "hour", [station.id])
            if frame.height:
                return frame["ts"].min()  # type: ignore[return-value]
        return None

    def _ask(
        self, one: Suspect, stations: tuple[StationRow, ...], known: Mapping[str, Contact],
        notices: list[NoticeRow], now: datetime,
    ) -> int:  # fmt: skip
        """Put the question for those contacts that nobody has been asked about; 1 if it is new."""
        alike = [row for row in notices if row.point == one.point]
        asked = {cell for row in alike if row.state in (OPEN, REAL) for cell in row.cells}
        if one.profile and any(row.profile == one.profile and row.state == REAL for row in alike):
            return 0
        spots = [
            _spot(stations[row], code, known[one.point])
            for row, code in one.cells
            if (stations[row].id, code) not in asked
        ]
        if not spots:
            return 0
        same = (row for row in alike if row.state == OPEN and row.profile == one.profile != "")
        notice = next(same, None)
        if notice is None:
            until = now + timedelta(days=self._terms.out_days)
            first, spots = spots[:AT_ONCE], spots[AT_ONCE:]
            id = self._wiring.ask(one.point, one.profile, first, one.share, now, until)
            log.info("a contact is suspected", notice=id, point=one.point, profile=one.profile)
        else:
            id = notice.id
        for at in range(0, len(spots), AT_ONCE):
            if self._stop.wait(PAUSE):
                break  # the next look goes on
            self._wiring.add(id, spots[at : at + AT_ONCE], now)
        return int(notice is None)

    def _settle(self, now: datetime) -> None:
        """Rules of notices that are answered are back in service."""
        unsettled = [row for row in self._wiring.rows((INVERTED, REAL)) if row.settled_at is None]
        rules = self._stores.rules.all() if unsettled else {}
        for notice in unsettled:
            held = self._wiring.held(notice.id, now)
            if notice.state == INVERTED:
                if notice.decided_at is None or now < notice.decided_at + AHEAD + SLACK:
                    continue
                ready = [one for one in held if not one.active]
                latched = {id for id in notice.rules if id in rules and rules[id].latched}
                reset = {one.alarm for one in ready if one.rule in latched and one.alarm}
            else:
                ready, reset = held, set()
            self._wiring.put_back(ready[:AT_ONCE], now, reset, notice.decided_by)
            if not held:
                self._wiring.settle(notice.id, now)


def _spot(station: StationRow, code: str, contact: Contact) -> Spot:
    """A contact with the places at which its rules look at it."""
    column: Column = next(one for one in columns(station.layout) if one.code == code)
    places = [
        (id, Place(column.zone if marks & {"z", "n"} else "", column.pump if "n" in marks else 0,
                   column.tank if "t" in marks else 0).code)
        for id, marks in sorted(contact.rules.items())
    ]  # fmt: skip
    return Spot(station.id, code, tuple(places))
