"""The door to everyone's cards: what a person has chosen, in its order; until then the role's
preset. Right and scope are asked at each reading, so what a person may see no more is left out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields, replace
from datetime import datetime

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from data.audit import record
from data.cards import MOST, Card, check, within
from data.catalogue.boards import presets
from data.database import Database
from data.rights import NotFound, Refused
from data.stations import Stations
from data.subscription_tables import Subscription
from data.tables import User
from data.users import UserRow

_COLUMNS = [getattr(Subscription, f.name) for f in fields(Card)]
Cards = tuple[Card, ...]


@dataclass(frozen=True)
class Shown:
    """The cards that a person may see, and how many of the board are left out."""

    cards: Cards
    left_out: int
    preset: bool = False
    """They are the role's, nothing was chosen yet."""

    @property
    def pinned(self) -> Cards:
        return tuple(card for card in self.cards if card.pinned)


class Subscriptions:
    """A change works on the cards that the person sees; those left out stay behind them."""

    def __init__(self, db: Database, stations: Stations) -> None:
        self._db, self._stations = db, stations

    def of(self, user: UserRow) -> Shown:
        """The person's own board; who has chosen nothing has the preset of the role."""
        with self._db.session() as session:
            own = _own(session, user)
        kept, lost = within(user, self._stations, own or preset(user.role))
        return Shown(kept, len(lost), not own)

    def add(self, user: UserRow, card: Card, at: datetime) -> None:
        """Put a card at the end. Raises Forbidden, NotFound; Refused: card_twice, cards_full and
        those of cards.check."""
        check(user, self._stations, card)
        self._change(user, "card.add", card.key, at, lambda cards: [*cards, card])

    def remove(self, user: UserRow, key: str, at: datetime) -> None:
        """Take a card away; without any the preset stands there again. Raises NotFound."""
        self._change(
            user, "card.remove", key, at, lambda cards: _without(cards, _place(cards, key))
        )

    def move(self, user: UserRow, key: str, by: int, at: datetime) -> None:
        """Move a card by so many places, within the ends. Raises NotFound."""

        def moved(cards: list[Card]) -> list[Card]:
            place = _place(cards, key)
            rest = _without(cards, place)
            to = max(0, min(len(rest), place + by))
            return [*rest[:to], cards[place], *rest[to:]]

        self._change(user, "card.move", key, at, moved)

    def pin(self, user: UserRow, key: str, pinned: bool, at: datetime) -> None:
        """Show a card on top of the page of indicators, or not. Raises NotFound."""

        def changed(cards: list[Card]) -> list[Card]:
            place = _place(cards, key)
            return _put(cards, place, replace(cards[place], pinned=pinned))

        self._change(user, "card.pin", key, at, changed)

    def change(self, user: UserRow, key: str, card: Card, at: datetime) -> None:
        """Another place, period, comparison or limit for a card. Raises as `add`."""
        check(user, self._stations, card)
        self._change(
            user, "card.change", key, at, lambda cards: _put(cards, _place(cards, key), card)
        )

    def replace(self, user: UserRow, cards: Iterable[Card], at: datetime) -> None:
        """These cards instead of the own, e.g. those of a board; what the person may not see isn't
        taken over."""
        kept, _ = within(user, self._stations, cards)
        self._change(user, "card.replace", str(len(kept)), at, lambda _: list(kept))

    def reset(self, user: UserRow, at: datetime) -> None:
        """Back to the preset of the role."""
        with self._db.session() as session:
            session.execute(delete(Subscription).where(Subscription.username == user.username))
            record(session, user.username, "card.reset", user.role, at)

    def _change(
        self, user: UserRow, verb: str, subject: str, at: datetime,
        how: Callable[[list[Card]], list[Card]],
    ) -> None:  # fmt: skip
        with self._db.session() as session:
            # one change of a person after the other; SQLite has one writer anyway
            session.execute(select(User.id).where(User.id == user.id).with_for_update())
            kept, lost = within(user, self._stations, _own(session, user) or preset(user.role))
            cards = [*how(list(kept)), *lost]
            if len({card.key for card in cards}) < len(cards):
                raise Refused("card_twice")
            if len(cards) > MOST:
                raise Refused("cards_full", most=MOST)
            session.execute(delete(Subscription).where(Subscription.username == user.username))
            rows = [
                {"username": user.username, "rank": rank, **card.stored()}
                for rank, card in enumerate(cards)
            ]
            if rows:
                session.execute(insert(Subscription), rows)
            record(session, user.username, verb, subject, at)


def preset(role: str) -> Cards:
    """The cards that a role begins with."""
    found = presets().get(role)
    return () if found is None else tuple(Card.of(card.model_dump()) for card in found.cards)


def _own(session: Session, user: UserRow) -> Cards:
    query = (
        select(*_COLUMNS)
        .where(Subscription.username == user.username)
        .order_by(Subscription.rank, Subscription.id)
    )
    return tuple(Card(*row) for row in session.execute(query))


def _place(cards: list[Card], key: str) -> int:
    for place, card in enumerate(cards):
        if card.key == key:
            return place
    raise NotFound("card", key)


def _without(cards: list[Card], place: int) -> list[Card]:
    return cards[:place] + cards[place + 1 :]


def _put(cards: list[Card], place: int, card: Card) -> list[Card]:
    return [*cards[:place], card, *cards[place + 1 :]]
