"""The door to boards: cards kept under a name, a person's own and those that others share.

A shared board can be looked at and copied; each reader gets the cards that the own role and
district allow, and is told how many are left out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, select, update

from data.audit import record
from data.cards import Card, within
from data.database import Database
from data.rights import ROLES, NotFound, Refused
from data.stations import Stations
from data.subscription_tables import Board
from data.subscriptions import Shown
from data.users import UserRow

MOST = 20
"""Boards of one person."""
LONGEST_NAME = 64
EVERYONE = "all"
_COLUMNS = (Board.id, Board.username, Board.name, Board.shared_with, Board.cards)


@dataclass(frozen=True)
class BoardRow:
    """A board without its cards, which only `Boards.shown` tells."""

    id: int
    username: str
    name: str
    shared_with: tuple[str, ...]


class Boards:
    """Boards that a person may open: the own, and those shared with the role or everyone."""

    def __init__(self, db: Database, stations: Stations) -> None:
        self._db, self._stations = db, stations

    def of(self, user: UserRow) -> tuple[BoardRow, ...]:
        """Own ones first, by name."""
        found = [_row(row) for row in self._rows() if _open_to(user, row)]
        return tuple(sorted(found, key=lambda b: (b.username != user.username, b.name, b.id)))

    def get(self, user: UserRow, id: int) -> BoardRow:
        """Raises NotFound, also for a board that isn't shared with this person."""
        return _row(self._found(user, id))

    def shown(self, user: UserRow, id: int) -> Shown:
        """Its cards as far as this person may see them. Raises NotFound."""
        cards = [Card.of(stored) for stored in self._found(user, id).cards]
        kept, lost = within(user, self._stations, cards)
        return Shown(kept, len(lost))

    def save(self, user: UserRow, name: str, cards: Iterable[Card], at: datetime) -> int:
        """Keep these cards; a board of the same name of the same person is replaced. Its id.

        Cards that the person may not see are not kept. Raises Refused: board_name, boards_full,
        board_empty.
        """
        name = name.strip()
        kept, _ = within(user, self._stations, cards)
        if not 0 < len(name) <= LONGEST_NAME:
            raise Refused("board_name", most=LONGEST_NAME)
        if not kept:
            raise Refused("board_empty")
        stored = [card.stored() for card in kept]
        mine = Board.username == user.username
        with self._db.session() as session:
            found = session.scalar(select(Board.id).where(mine, Board.name == name))
            if found is not None:
                session.execute(update(Board).where(Board.id == found).values(cards=stored))
            elif (session.scalar(select(func.count()).where(mine)) or 0) >= MOST:
                raise Refused("boards_full", most=MOST)
            else:
                made = insert(Board).values(
                    username=user.username, name=name, cards=stored, shared_with=[], created_at=at
                )
                found = session.scalars(made.returning(Board.id)).one()
            record(session, user.username, "board.save", str(found), at, name=name, cards=len(kept))
        return found

    def share(self, user: UserRow, id: int, roles: Iterable[str], at: datetime) -> None:
        """Show an own board to these roles, to 'all', or with none to nobody. Raises NotFound;
        Refused('board_roles')."""
        chosen = sorted(set(roles))
        if not set(chosen) <= {*ROLES, EVERYONE}:
            raise Refused("board_roles")
        own = (Board.id == id, Board.username == user.username)
        change = update(Board).where(*own).values(shared_with=chosen).returning(Board.id)
        with self._db.session() as session:
            if session.scalars(change).first() is None:
                raise NotFound("board", id)
            record(session, user.username, "board.share", str(id), at, roles=chosen)

    def remove(self, user: UserRow, id: int, at: datetime) -> None:
        """Forget an own board and its reports; an administrator may take away a shared one too.
        Raises NotFound."""
        row = self._found(user, id)
        if row.username != user.username and user.role != "administrator":
            raise NotFound("board", id)
        with self._db.session() as session:
            session.execute(delete(Board).where(Board.id == id))
            record(session, user.username, "board.remove", str(id), at, name=row.name)

    def _found(self, user: UserRow, id: int) -> Any:
        row = next((row for row in self._rows(id) if _open_to(user, row)), None)
        if row is None:
            raise NotFound("board", id)
        return row

    def _rows(self, id: int | None = None) -> list[Any]:
        query = select(*_COLUMNS) if id is None else select(*_COLUMNS).where(Board.id == id)
        with self._db.session() as session:
            return list(session.execute(query))


def _open_to(user: UserRow, row: Any) -> bool:
    return row.username == user.username or bool({user.role, EVERYONE} & set(row.shared_with))


def _row(row: Any) -> BoardRow:
    return BoardRow(row.id, row.username, row.name, tuple(row.shared_with))
