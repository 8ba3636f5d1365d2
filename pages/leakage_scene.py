"""What one view of the page of leakage shows: reach, span, ranking, and the compound in focus."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np

from analytics.change_points import Change
from analytics.corrected import marked
from analytics.leak_ranking import Columns, helped, proof
from analytics.results import Figure, Reason, figure, nothing
from components.page import View
from components.time_range import days, time_range
from data.station_rows import StationRow
from data.stores import Stores
from data.work_order_rows import WorkOrderRow
from pages.guarded import Broken, attempt
from pages.leakage_facts import City, Spanned, desk_of, whole_days
from pages.reach import Reach, reach

PRESET = "30d"
TEMPLATE = "WT-05"
RANKS = ("score", "recoverable", "rate", "ratio", "home", "night", "grown", "day")
UNITS = {"minimum": "m³/h", "night": "m³/h", "ratio": "", "home": "L/(hh·h)", "day": "m³/d",
         "rate": "%", "cost": "yuan/d", "recoverable": "yuan/d", "confidence": "%",
         "payback": "d", "score": "", "grown": "m³/h"}  # fmt: skip


@dataclass(frozen=True)
class Proof:
    """A search that was closed, and what the nights say to it."""

    order: WorkOrderRow
    before: Figure
    after: Figure
    difference: Figure

    @property
    def verdict(self) -> str:
        return helped(self.difference)


@dataclass(frozen=True)
class Scene:
    """Everything of one view. Rows are those of the stations in reach that have nights."""

    reach: Reach
    spanned: Spanned
    stations: tuple[StationRow, ...]
    at: np.ndarray
    """Row of the city of each of them."""
    rank: str
    focus: StationRow | None
    only: str
    """'' all | grown: those with a growth that still goes on."""

    @property
    def city(self) -> City:
        return self.spanned.city

    @property
    def span(self) -> str:
        return f"{self.spanned.first} – {self.spanned.last}"

    @cached_property
    def columns(self) -> Columns:
        """The ranking's columns of the stations in reach."""
        return self.spanned.of(self.at)

    @cached_property
    def nightly(self) -> Columns:
        """The same without what could not be read: NaN for what hangs on the hours of a day."""
        return {name: values[self.at] for name, values in self.spanned.nightly.items()}

    @cached_property
    def volume(self) -> Figure:
        """m³/d supplied by the stations in reach."""
        values, known = self.spanned.volume[self.at], self.spanned.known_days[self.at]
        with np.errstate(invalid="ignore", divide="ignore"):
            each = values / known
        good = np.isfinite(each)
        if not good.any():
            return nothing("m³/d", "M6", Reason.NO_DATA)
        return figure(float(each[good].sum()), "m³/d", "M6", coverage=float(good.mean()))

    @cached_property
    def suspected(self) -> list[int]:
        """Places of compounds that leak more than their like for sure, after a growth."""
        return self.spanned.suspected(self.at)

    @cached_property
    def order(self) -> list[int]:
        """Places in order of the rank, the worst first, unknown last."""
        values = np.nan_to_num(self.columns[self.rank], nan=-1.0)
        places: list[int] = np.argsort(-values, kind="stable").tolist()
        if self.only:
            keep = set(self.suspected)
            places = [i for i in places if i in keep]
        return places

    def since(self, place: int) -> Change | None:
        return self.city.found.since(int(self.at[place]))

    def day(self, night: int) -> date:
        return self.city.days[night]

    def place(self, station: StationRow) -> int | None:
        """Place of a station among those in reach."""
        row = self.city.row.get(station.id)
        found = np.flatnonzero(self.at == row) if row is not None else np.empty(0)
        return int(found[0]) if len(found) else None

    def told(self, place: int, name: str) -> Figure:
        """One value of `nightly` as a figure, with its interval and reasons."""
        columns = self.nightly
        value = float(columns[name][place])
        unit, row = UNITS[name], int(self.at[place])
        reasons: list[Reason] = []
        if name not in ("minimum", "ratio", "home", "grown"):
            reasons.append(Reason.DEFAULT_PARAMETER)
        if self.city.found.leak.clamped[row] and name in ("night", "day", "rate", "cost"):
            reasons.append(Reason.OUT_OF_RANGE)
        low = high = None
        if name in ("night", "day", "cost") and columns["night"][place] > 0:
            scale = value / float(columns["night"][place])
            low, high = (float(columns[end][place]) * scale for end in ("low", "high"))
        scaled = 100.0 * value if name == "confidence" else value
        share = min(1.0, float(self.city.found.valid[row]) / 7.0)
        formula = "E4.1" if name == "night" else "E4.10" if "yuan" in unit else "E4.4"
        told = figure(scaled, unit, formula, reasons, coverage=share, low=low, high=high)
        return marked(told, float(self.city.corrected[row]), int(self.city.revisions[row]))

    def marked(self, told: Figure) -> Figure:
        """A figure of all in reach with what people have corrected below it."""
        city = self.city
        return marked(
            told, float(city.corrected[self.at].sum()), int(city.revisions[self.at].sum())
        )

    def changes(self, most: int) -> list[tuple[StationRow, Change]]:
        """Changes told within the span, the newest first."""
        stations = dict(zip(self.at.tolist(), self.stations, strict=True))
        low, high = self.spanned.first, self.spanned.last
        found = [
            (stations[change.row], change)
            for change in self.city.found.watch.changes
            if change.row in stations and low <= self.day(change.told) <= high
        ]
        found.sort(key=lambda pair: (-pair[1].told, -abs(pair[1].size)))
        return found[:most]

    def proof_of(self, orders: Sequence[WorkOrderRow], station: StationRow) -> list[Proof]:
        """Closed searches of a station with the nights before and after, the newest first."""
        row = self.city.row.get(station.id)
        found = []
        for order in orders:
            begun, done = order.started_at or order.created_at, order.finished_at or order.closed_at
            if row is None or order.template != TEMPLATE or done is None or order.state != "closed":
                continue
            first = (begun.date() - self.city.days[0]).days
            last = (done.date() - self.city.days[0]).days + 1
            if first < 0 or last >= len(self.city.days):
                continue
            sides = proof(self.city.found.plain[row], first, last)
            found.append(Proof(order, *sides))
        return sorted(found, key=lambda p: p.order.created_at, reverse=True)


def scene(stores: Stores, view: View) -> Scene:
    """The scene of the URL: scope, type, from, to, rank, only, at."""
    chosen = time_range(view.params, view.now, view.zone, PRESET)
    first, last = days(chosen, view.zone)
    spanned = desk_of(stores).of(view.now, *whole_days(first, last, view.now, stores))
    found = reach(stores, view)
    rows = spanned.city.row
    stations = tuple(s for s in found.stations if s.id in rows)
    at = np.array([rows[s.id] for s in stations], np.int64)
    rank = view.params.get("rank", "")
    made = Scene(
        found, spanned, stations, at, rank if rank in RANKS else RANKS[0], None,
        "grown" if view.params.get("only") == "grown" else "",
    )  # fmt: skip
    asked = stores.stations.by_code(view.params.get("at", ""), view.scope)
    if asked is None or asked.id not in rows:
        asked = next((stations[place] for place in _first(made)), None)
    return Scene(found, spanned, stations, at, made.rank, asked, made.only)


def _first(made: Scene) -> list[int]:
    """The place on top of the ranking; that of the largest leak at night where there is none."""
    order = attempt(lambda: made.order[:1])
    if isinstance(order, Broken):
        order = attempt(lambda: np.argsort(-np.nan_to_num(made.nightly["night"], nan=-1.0))[:1])
    return [] if isinstance(order, Broken) else [int(place) for place in order]
