"""The door to permits: what people state of a place for a time. (docs/alarms.md)

A statement is a step: it is queued with the others, and the collector takes it at a second.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import exists, func, insert, or_, select, update
from sqlalchemy.orm import Session

from data.audit import record
from data.database import Database
from data.permit_tables import Permit
from data.rights import NotFound, Refused, require
from data.station_rows import EVERYWHERE, Scope
from data.tables import Action, Station
from data.users import UserRow

OUT_OF_SERVICE = "out_of_service"
MODES = ("maintenance", "cleaning", "commissioning", "decommissioned")
"""Modes of a station that people state."""
LONGEST = timedelta(days=366)
LONGEST_OUT = timedelta(days=90)
"""Nothing is out of service for ever."""


@dataclass(frozen=True)
class PermitRow:
    """Times are UTC. Empty rule, station or place = all of them."""

    id: int
    kind: str
    rule: str
    station_id: int | None
    place: str
    owner: str
    reason: str
    created_at: datetime
    created_by: str
    until_at: datetime
    station_code: str
    station_zh: str
    station_en: str
    notice: int | None
    """The suspected contact that it is for."""
    pending: bool
    """The collector hasn't taken it yet."""

    def station(self, lang: str) -> str:
        return self.station_zh if lang == "zh" else self.station_en


class Permits:
    """Every question carries a scope; it is part of the query."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def state(
        self,
        kind: str,
        by: UserRow,
        at: datetime,
        until: datetime,
        owner: str,
        reason: str,
        rule: str = "",
        station_id: int | None = None,
        place: str = "",
    ) -> int:
        """State `kind` until then; the permit's id. A mode is of one station, out of service a
        rule, a station or a rule at one place of it.

        Raises Forbidden (the role, or more than one's own district), NotFound (the station),
        Refused('permit_reason', 'permit_end', 'permit_what').
        """
        require(by, _right(kind))
        if not owner.strip() or not reason.strip():
            raise Refused("permit_reason")
        longest = LONGEST_OUT if kind == OUT_OF_SERVICE else LONGEST
        if not timedelta() < until - at <= longest:
            raise Refused("permit_end", days=longest.days)
        if station_id is None and (not rule or kind != OUT_OF_SERVICE):
            raise Refused("permit_what")
        if station_id is None and by.district_id is not None:
            raise NotFound("station", "*")
        with self._db.session() as session:
            _check_reach(session, station_id, by)
            return begin(
                session, by.username, at, kind=kind, rule=rule, station_id=station_id, place=place,
                owner=owner[:64], reason=reason, created_at=at, until_at=until,
            )  # fmt: skip

    def end(self, id: int, by: UserRow, at: datetime) -> None:
        """End it before its time. Raises Forbidden, NotFound (none in force in reach)."""
        with self._db.session() as session:
            found = session.execute(
                select(Permit.kind, Permit.station_id).where(
                    Permit.id == id, Permit.ended_at.is_(None), Permit.until_at > at
                )
            ).first()
            if found is None or (found.station_id is None and by.district_id is not None):
                raise NotFound("permit", id)
            require(by, _right(found.kind))
            _check_reach(session, found.station_id, by)
            end(session, id, by.username, at)

    def current(
        self, now: datetime, scope: Scope = EVERYWHERE, station_id: int | None = None
    ) -> list[PermitRow]:
        """Those that are in force or about to be, the latest first; of a scope those of its
        stations and those of all stations."""
        query = _query().where(Permit.ended_at.is_(None), Permit.until_at > now)
        if scope.district_id is not None:
            query = query.where(
                or_(Permit.station_id.is_(None), Station.district_id == scope.district_id)
            )
        if station_id is not None:
            query = query.where(Permit.station_id == station_id)
        with self._db.session() as session:
            return [PermitRow(*row) for row in session.execute(query.order_by(Permit.id.desc()))]

    def at(self, moment: datetime) -> list[PermitRow]:
        """Those that the collector had in force at that moment, the oldest first."""
        begun, ended = (
            exists().where(
                Action.permit_id == Permit.id, Action.verb == verb, Action.applied_at <= moment
            )
            for verb in ("begin", "end")
        )
        query = _query().where(Permit.until_at > moment, begun, ~ended).order_by(Permit.id)
        with self._db.session() as session:
            return [PermitRow(*row) for row in session.execute(query)]

    def taken(self) -> list[PermitRow]:
        """Those that the collector has taken and not ended, the oldest first: what it goes on with
        after a restart. Those that were over at its last answer are left out."""
        begun, ended = (
            exists().where(
                Action.permit_id == Permit.id, Action.verb == verb, Action.applied_at.is_not(None)
            )
            for verb in ("begin", "end")
        )
        last = select(func.max(Action.applied_at)).scalar_subquery()
        query = _query().where(Permit.until_at > last, begun, ~ended).order_by(Permit.id)
        with self._db.session() as session:
            return [PermitRow(*row) for row in session.execute(query)]


def _right(kind: str) -> str:
    if kind != OUT_OF_SERVICE and kind not in MODES:
        raise KeyError(kind)
    return "alarms.out_of_service" if kind == OUT_OF_SERVICE else "stations.mode"


def _query() -> Any:
    pending = exists().where(Action.permit_id == Permit.id, Action.applied_at.is_(None))
    return select(
        Permit.id, Permit.kind, Permit.rule, Permit.station_id, Permit.place, Permit.owner,
        Permit.reason, Permit.created_at, Permit.created_by, Permit.until_at,
        func.coalesce(Station.code, ""), func.coalesce(Station.name_zh, ""),
        func.coalesce(Station.name_en, ""),
        Permit.notice_id, pending,
    ).outerjoin(Station, Station.id == Permit.station_id)  # fmt: skip


def _check_reach(session: Session, station_id: int | None, by: UserRow) -> None:
    if station_id is None:
        return
    query = select(Station.id).where(Station.id == station_id)
    if by.district_id is not None:
        query = query.where(Station.district_id == by.district_id)
    if session.scalar(query) is None:
        raise NotFound("station", station_id)


def begin(session: Session, username: str, at: datetime, **columns: Any) -> int:
    """A new permit, its step in the queue and its audit, in the caller's transaction."""
    new = insert(Permit).values(created_by=username, **columns).returning(Permit.id)
    id = session.scalars(new).one()
    _queue(session, "begin", id, username, at, columns["reason"])
    about = {k: v.isoformat() if isinstance(v, datetime) else v for k, v in columns.items()}
    record(session, username, "permit.begin", str(id), at, **about)
    return id


def end(session: Session, id: int, username: str, at: datetime) -> None:
    """End a permit before its time, in the caller's transaction."""
    values = {"ended_at": at, "ended_by": username}
    session.execute(update(Permit).where(Permit.id == id).values(values))
    _queue(session, "end", id, username, at)
    record(session, username, "permit.end", str(id), at)


def _queue(
    session: Session, verb: str, permit: int, username: str, at: datetime, note: str = ""
) -> None:
    session.execute(
        insert(Action).values(
            at=at, username=username, verb=verb, alarm_id=0, permit_id=permit, note=note
        )
    )
