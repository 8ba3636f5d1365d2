"""The door to the rota: shifts, and times that somebody else stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from data.audit import record
from data.catalogue.telling import telling
from data.database import Database
from data.rights import NotFound, Refused, require
from data.telling_tables import Shift, ShiftChange
from data.users import UserRow, user_named

RIGHT = "on_call.write"
DAYS = ("all", "workdays", "days_off")
LONGEST = timedelta(days=31)


@dataclass(frozen=True)
class ShiftRow:
    """A shift; start and end (UTC) of its first time. `district_id` None = the whole city."""

    id: int
    username: str
    duty: str
    district_id: int | None
    start_at: datetime
    end_at: datetime
    repeat: str
    days: str
    until_at: datetime | None


_ROW = [getattr(Shift, name) for name in ShiftRow.__dataclass_fields__]


class Rota:
    """Read by everybody; written by who has the right, a district manager in the own district."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def shifts(self) -> tuple[ShiftRow, ...]:
        """Every shift, by start."""
        with self._db.session() as session:
            rows = session.execute(select(*_ROW).order_by(Shift.start_at, Shift.id))
            return tuple(ShiftRow(*row) for row in rows)

    def changes(self) -> Mapping[tuple[int, datetime], str]:
        """(shift, start of one of its times) -> who stands it; '' = nobody."""
        query = select(ShiftChange.shift_id, ShiftChange.start_at, ShiftChange.username)
        with self._db.session() as session:
            return {(shift, start): name for shift, start, name in session.execute(query)}

    def add(
        self,
        by: UserRow,
        username: str,
        duty: str,
        district_id: int | None,
        start: datetime,
        end: datetime,
        at: datetime,
        repeat: str = "",
        days: str = "all",
        until: datetime | None = None,
    ) -> int:
        """A shift; its id. The caller has checked `repeat` (analytics.rota.checked).

        Raises Forbidden, NotFound (person; another district than one's own), Refused: shift_duty,
        shift_times, shift_person (may not see the district, or is no longer here).
        """
        require(by, RIGHT)
        if duty not in telling().duties or days not in DAYS:
            raise Refused("shift_duty")
        if not start < end <= start + LONGEST or (until is not None and until <= start):
            raise Refused("shift_times")
        _reach(by, district_id)
        with self._db.session() as session:
            _stands(session, username, district_id)
            made = insert(Shift).values(
                username=username, duty=duty, district_id=district_id, start_at=start, end_at=end,
                repeat=repeat, days=days, until_at=until, created_at=at, created_by=by.username,
            )  # fmt: skip
            id = session.scalars(made.returning(Shift.id)).one()
            record(
                session, by.username, "shift.add", str(id), at, person=username, duty=duty,
                district=district_id, start=start.isoformat(), end=end.isoformat(), repeat=repeat,
            )  # fmt: skip
        return id

    def remove(self, by: UserRow, id: int, at: datetime) -> None:
        """Take a shift with all its times away. Raises Forbidden, NotFound."""
        require(by, RIGHT)
        with self._db.session() as session:
            row = _shift(session, by, id)
            session.execute(delete(ShiftChange).where(ShiftChange.shift_id == id))
            session.execute(delete(Shift).where(Shift.id == id))
            record(session, by.username, "shift.remove", str(id), at, person=row.username)

    def substitute(
        self, by: UserRow, id: int, start: datetime, username: str, at: datetime
    ) -> None:
        """Let `username` stand the time of shift `id` that begins at `start`; '' = nobody.

        Raises Forbidden, NotFound, Refused('shift_person').
        """
        self.exchange(by, [(id, start, username)], at)

    def exchange(
        self, by: UserRow, times: Sequence[tuple[int, datetime, str]], at: datetime
    ) -> None:
        """Several times (shift, start, who) at once, all or none: two people swap. Raises as
        `substitute`."""
        require(by, RIGHT)
        with self._db.session() as session:
            for id, start, username in times:
                _exchange(session, by, id, start, username, at)


def _exchange(
    session: Session, by: UserRow, id: int, start: datetime, username: str, at: datetime
) -> None:
    row = _shift(session, by, id)
    if username:
        _stands(session, username, row.district_id)
    time = (ShiftChange.shift_id == id, ShiftChange.start_at == start)
    session.execute(delete(ShiftChange).where(*time))
    if username != row.username:
        session.execute(
            insert(ShiftChange).values(
                shift_id=id,
                start_at=start,
                username=username,
                created_at=at,
                created_by=by.username,
            )
        )
    record(
        session, by.username, "shift.substitute", str(id), at, person=username,
        start=start.isoformat(),
    )  # fmt: skip


def _shift(session: Session, by: UserRow, id: int) -> Shift:
    row = session.get(Shift, id)
    if row is None:
        raise NotFound("shift", id)
    _reach(by, row.district_id)
    return row


def _reach(by: UserRow, district_id: int | None) -> None:
    if by.district_id is not None and by.district_id != district_id:
        raise NotFound("district", district_id)


def _stands(session: Session, username: str, district_id: int | None) -> None:
    """Who stands for a district has to see it."""
    user = user_named(session, username)
    if user is None:
        raise NotFound("person", username)
    if not user.enabled or user.district_id not in (None, district_id):
        raise Refused("shift_person")
