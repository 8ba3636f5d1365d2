"""What stands on cards: figure, comparison, course and verdict, for the page, files and reports."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from analytics.indicator_values import change
from analytics.results import Figure
from components.formats import number, percent
from components.page import View
from components.time_range import days, time_range
from data.cards import Card, place_ids
from data.catalogue.boards import PERIODS
from data.catalogue.indicators import Indicator
from data.stores import Stores
from pages.desk import Desk, desk_of
from pages.desk_events import span_of
from pages.indicator_rows import COURSE, IndicatorRow
from pages.reach import place_of

Span = tuple[date, date]
LEVELS = {"bad": 2, "warn": 3}
"""Whose look a card takes by its reader's own limits."""


@dataclass(frozen=True)
class CardFigure:
    """A card with what is told on it."""

    card: Card
    row: IndicatorRow
    span: Span
    compared: Span
    place: str
    """In words."""

    @property
    def indicator(self) -> Indicator:
        return self.row.indicator

    @property
    def figure(self) -> Figure:
        return self.row.figure

    @property
    def verdict(self) -> str:
        """bad | warn by the reader's limits, missed by the target, else ''."""
        own = self.card.verdict(self.figure.value, self.indicator.better)
        return own or ("missed" if self.row.missed else "")

    @property
    def level(self) -> int:
        """The look of the card: own limits first, else what the catalogue says of the target."""
        if self.verdict == "missed":
            return self.indicator.level
        return LEVELS.get(self.verdict, 0)

    @property
    def change(self) -> str:
        """As a person reads it."""
        if self.row.summed:
            return percent(self.row.change, 1, signed=True)
        return number(self.row.change, self.indicator.decimals, signed=True)


def figures_of(stores: Stores, view: View, cards: Iterable[Card]) -> list[CardFigure]:
    """One by one in their order. Raises Forbidden, NotFound for a card that the viewer may not
    have; data.cards.within leaves those out before."""
    desk = desk_of(stores)
    return [_figure(stores, desk, view, card) for card in cards]


def _figure(stores: Stores, desk: Desk, view: View, card: Card) -> CardFigure:
    row = desk.indicator(view, card.indicator)
    ids = place_ids(view.user, stores.stations, card.place)
    start, end = PERIODS[card.period]
    chosen = time_range({"from": start, "to": end, "cmp": card.compare}, view.now, view.zone)
    span = days(chosen, view.zone)
    then = chosen.compared or (chosen.start, chosen.end)
    before_span = days(replace(chosen, start=then[0], end=then[1]), view.zone)
    told = desk.figure(view, row.code, *span, stations=ids)
    before = desk.figure(view, row.code, *before_span, stations=ids)
    made = IndicatorRow(row, told, before, None, [], None)
    first, until = span_of(view, *span)
    elapsed = (until - first).total_seconds() / 86_400
    length = (before_span[1] - before_span[0]).days + 1
    sizes = (elapsed, float(length)) if made.summed else (0.0, 0.0)
    delta = change(told.value, before.value, *sizes)
    course = _course(desk, view, row, ids)
    made = IndicatorRow(row, told, before, delta, course, row.target_of(elapsed))
    return CardFigure(card, made, span, before_span, place_words(stores, view, card.place))


def _course(desk: Desk, view: View, row: Indicator, ids: list[int] | None) -> list[float | None]:
    """Of each of the last COURSE whole days; [] where no sum of days makes it."""
    if row.reducer:
        return []
    last = view.now.astimezone(view.zone).date() - timedelta(days=1)
    first = last - timedelta(days=COURSE - 1)
    known = desk.figures(view, row.code, first, last, ("day",), stations=ids)
    found = [known.get(first + timedelta(days=n)) for n in range(COURSE)]
    return [None if one is None else one.value for one in found]


def place_words(stores: Stores, view: View, place: str) -> str:
    """The name of a card's place."""
    kind, _, code = place.partition(":")
    if kind == "s":
        station = stores.stations.by_code(code, view.scope)
        return code if station is None else station.name(view.language)
    if kind in ("c", "d"):
        row = place_of(stores, view, place)
        return code if row is None else row.name(view.language)
    districts = stores.stations.districts(view.scope)
    if view.scope.district_id is not None and districts:
        return districts[0].name(view.language)
    return view.text("shell.city")


def heads_of(view: View) -> list[str]:
    """The head row of a file of cards."""
    names = ("code", "name", "place", "from", "to", "value", "unit", "low", "high", "before",
             "change", "target", "warn", "bad", "verdict", "coverage", "quality", "version",
             "definition")  # fmt: skip
    return [view.text(f"cards.{name}") for name in names]


def line_of(view: View, one: CardFigure) -> list[object]:
    """A card as a row of a file; numbers as they are, change in percent for a sum."""
    row, told = one.indicator, one.figure
    verdict = view.text(f"cards.{one.verdict}") if one.verdict else ""
    return [
        row.k, row.name(view.language), one.place, str(one.span[0]), str(one.span[1]), told.value,
        row.unit, told.low, told.high, one.row.before.value, one.row.change, one.row.target,
        one.card.warn, one.card.bad, verdict, round(told.coverage, 4),
        view.text(f"figure.{told.quality}"), row.version, row.definition(view.language),
    ]  # fmt: skip
