"""Cards: an indicator of a place over a period, as a person wants to see it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from data.catalogue.boards import COMPARES, PERIODS
from data.indicator_rights import seen
from data.rights import Forbidden, NotFound, Refused
from data.stations import Stations
from data.users import UserRow

MOST = 40
"""Cards of one board."""


@dataclass(frozen=True)
class Card:
    """place: d:CODE a district, c:CODE a compound, s:CODE a station, '' = all that its reader may
    see. period and compare as in catalogue/boards.py. warn, bad: the reader's own limits in the
    indicator's unit.
    """

    indicator: str
    place: str = ""
    period: str = "7d"
    compare: str = "prev"
    pinned: bool = False
    warn: float | None = None
    bad: float | None = None

    @property
    def key(self) -> str:
        """What no two cards of a board share."""
        return f"{self.indicator}|{self.place}|{self.period}"

    def verdict(self, value: float | None, better: str | None) -> str:
        """'bad', 'warn' or '' by the reader's own limits. Where the catalogue doesn't say which way
        is better, `bad` lies beyond `warn`, and one limit alone is the most."""
        if value is None:
            return ""
        low = better == "up" or (better is None and self.falling)
        for name, limit in (("bad", self.bad), ("warn", self.warn)):
            if limit is not None and (value < limit if low else value > limit):
                return name
        return ""

    @property
    def falling(self) -> bool:
        return self.warn is not None and self.bad is not None and self.bad < self.warn

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Card:
        return cls(**{name: stored[name] for name in cls.__dataclass_fields__ if name in stored})

    def stored(self) -> dict[str, Any]:
        return asdict(self)


def check(user: UserRow, stations: Stations, card: Card) -> None:
    """Whether the person may have this card. Raises Forbidden, NotFound; Refused: card_period,
    card_limit (not a number, or `bad` on the good side of `warn`)."""
    row = seen(user, card.indicator)
    place_ids(user, stations, card.place)
    if card.period not in PERIODS or card.compare not in COMPARES:
        raise Refused("card_period")
    limits = [limit for limit in (card.warn, card.bad) if limit is not None]
    if not all(math.isfinite(limit) for limit in limits):
        raise Refused("card_limit")
    if len(limits) == 2 and row.better is not None:
        warn, bad = limits
        if (bad > warn) if row.better == "up" else (bad < warn):
            raise Refused("card_limit")


def place_ids(user: UserRow, stations: Stations, place: str) -> list[int] | None:
    """Ids of the stations of a place within the person's scope, None = the whole scope. Raises
    NotFound."""
    if not place:
        return None
    kind, _, code = place.partition(":")
    if kind == "s":
        station = stations.by_code(code, user.scope)
        if station is not None:
            return [station.id]
    if kind == "c":
        homes = [c.id for c in stations.compounds(user.scope).values() if c.code == code]
        if homes:
            return [s.id for s in stations.all(user.scope) if s.compound_id == homes[0]]
    if kind == "d":
        found = [d.id for d in stations.districts(user.scope) if d.code == code]
        if found:
            return [s.id for s in stations.all(user.scope) if s.district_id == found[0]]
    raise NotFound("place", place)


def within(
    user: UserRow, stations: Stations, cards: Iterable[Card]
) -> tuple[tuple[Card, ...], tuple[Card, ...]]:
    """(cards that the person may see, the others), each in its order."""
    kept, lost = [], []
    for card in cards:
        try:
            check(user, stations, card)
        except (Forbidden, NotFound, Refused):
            lost.append(card)
        else:
            kept.append(card)
    return tuple(kept), tuple(lost)
