"""The door to alarms: people read through it, the collector writes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, case, exists, func, insert, select, update

from data.database import Database
from data.station_rows import EVERYWHERE, Scope
from data.tables import Action, Alarm, AlarmEvent, District, Station, WorkOrder

ANNOUNCED = ("unacknowledged", "returned", "latched", "acknowledged")
"""Open states that a person is told of, most urgent first; a suppressed alarm waits behind."""
UNSEEN = ("unacknowledged", "returned")
"""States that wait for somebody's acknowledge."""
HIDDEN = ("suppressed", "shelved", "out_of_service")
"""Open states that nobody is told of."""


@dataclass(frozen=True)
class AlarmRow:
    """An alarm with the names of its place. Times are UTC; value, limit and peak are in the
    point's unit. Station fields are empty for an alarm of a whole district."""

    id: int
    rule: str
    rule_version: int
    station_id: int | None
    district_id: int
    place: str
    point: str
    level: int
    state: str
    raw_at: datetime
    active_at: datetime
    acknowledged_at: datetime | None
    cleared_at: datetime | None
    closed_at: datetime | None
    value: float | None
    limit: float | None
    peak: float | None
    parent_id: int | None
    work_order_id: int | None
    acknowledged_by: str
    note: str
    historic: bool
    count: int
    lifted: int
    tags: str
    turns: list[int]
    """UTC ms of the latest times that it was raised or cleared."""
    shelved_until: datetime | None
    station_code: str
    station_zh: str
    station_en: str
    district_zh: str
    district_en: str
    work_order: str
    """Number of the work order, empty without one."""
    pending: bool
    """A person's action waits for the collector."""

    def station(self, lang: str) -> str:
        return self.station_zh if lang == "zh" else self.station_en

    def district(self, lang: str) -> str:
        return self.district_zh if lang == "zh" else self.district_en


@dataclass(frozen=True)
class AlarmEventRow:
    at: datetime
    state: str
    username: str
    note: str


_OWN = [getattr(Alarm, f.name) for f in fields(AlarmRow) if f.name in Alarm.__table__.columns]
_AMONG: dict[str, Any] = {
    "rules": Alarm.rule, "levels": Alarm.level, "stations": Alarm.station_id,
    "districts": Alarm.district_id,
}  # fmt: skip
_WAITING = exists().where(Action.alarm_id == Alarm.id, Action.applied_at.is_(None))


def _query(scope: Scope) -> Select[Any]:
    query = (
        select(
            *_OWN,
            func.coalesce(Station.code, ""),
            func.coalesce(Station.name_zh, ""),
            func.coalesce(Station.name_en, ""),
            District.name_zh,
            District.name_en,
            func.coalesce(WorkOrder.number, ""),
            _WAITING,
        )
        .join(District, District.id == Alarm.district_id)
        .outerjoin(Station, Station.id == Alarm.station_id)
        .outerjoin(WorkOrder, WorkOrder.id == Alarm.work_order_id)
    )
    return (
        query if scope.district_id is None else query.where(Alarm.district_id == scope.district_id)
    )


class Alarms:
    """Every question carries a scope; it is part of the query."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def open(
        self,
        scope: Scope = EVERYWHERE,
        levels: Sequence[int] | None = None,
        station_id: int | None = None,
    ) -> list[AlarmRow]:
        """Alarms that aren't closed: unacknowledged first (suppressed last), then by level, then
        the newest first."""
        urgency = case({state: n for n, state in enumerate(ANNOUNCED)}, value=Alarm.state, else_=9)
        query = _query(scope).where(Alarm.closed_at.is_(None))
        if levels is not None:
            query = query.where(Alarm.level.in_(levels))
        if station_id is not None:
            query = query.where(Alarm.station_id == station_id)
        return self._rows(
            query.order_by(urgency, Alarm.level, Alarm.active_at.desc(), Alarm.id.desc())
        )

    def history(
        self,
        scope: Scope,
        start: datetime,
        end: datetime,
        limit: int = 1000,
        station_id: int | None = None,
        **among: Sequence[int] | Sequence[str],
    ) -> list[AlarmRow]:
        """Alarms that became active in [start, end), newest first, at most `limit`; `among` leaves
        only those of some `rules`, `levels`, `stations` or `districts`. KeyError for another."""
        query = _query(scope).where(Alarm.active_at >= start, Alarm.active_at < end)
        if station_id is not None:
            query = query.where(Alarm.station_id == station_id)
        for name, values in among.items():
            query = query.where(_AMONG[name].in_(values))
        return self._rows(query.order_by(Alarm.active_at.desc(), Alarm.id.desc()).limit(limit))

    def begun(self, scope: Scope, since: datetime) -> list[datetime]:
        """When each alarm that is told, and that nothing explains, became active since then."""
        query = select(Alarm.active_at).where(
            Alarm.active_at >= since, Alarm.parent_id.is_(None), Alarm.state.not_in(HIDDEN),
            ~Alarm.historic,
        )  # fmt: skip
        if scope.district_id is not None:
            query = query.where(Alarm.district_id == scope.district_id)
        with self._db.session() as session:
            return list(session.scalars(query))

    def get(self, id: int, scope: Scope = EVERYWHERE) -> AlarmRow | None:
        return next(iter(self._rows(_query(scope).where(Alarm.id == id))), None)

    def of_stations(self, stations: Iterable[int], since: datetime) -> list[AlarmRow]:
        """Alarms of these stations that were active at `since` or later, oldest first."""
        query = _query(EVERYWHERE).where(
            Alarm.station_id.in_(list(stations)),
            (Alarm.active_at >= since) | Alarm.cleared_at.is_(None) | (Alarm.cleared_at >= since),
        )
        return self._rows(query.order_by(Alarm.active_at, Alarm.id))

    def lately(self, span: timedelta) -> list[AlarmRow]:
        """Open alarms, and those closed within `span` of the one that was closed last."""
        last = select(func.max(Alarm.closed_at))
        with self._db.session() as session:
            newest = session.scalar(last)
        wanted: ColumnElement[bool] = Alarm.closed_at.is_(None)
        if newest is not None:
            wanted |= Alarm.closed_at >= newest - span
        return self._rows(_query(EVERYWHERE).where(wanted).order_by(Alarm.active_at, Alarm.id))

    def of_order(self, work_order_id: int, scope: Scope = EVERYWHERE) -> list[AlarmRow]:
        """Alarms that a work order is about, oldest first."""
        query = _query(scope).where(Alarm.work_order_id == work_order_id)
        return self._rows(query.order_by(Alarm.active_at, Alarm.id))

    def events(self, id: int, scope: Scope = EVERYWHERE) -> list[AlarmEventRow]:
        """The journal of one alarm, oldest first."""
        query = select(AlarmEvent.at, AlarmEvent.state, AlarmEvent.username, AlarmEvent.note).where(
            AlarmEvent.alarm_id == id
        )
        if scope.district_id is not None:
            query = query.join(Alarm, Alarm.id == AlarmEvent.alarm_id).where(
                Alarm.district_id == scope.district_id
            )
        with self._db.session() as session:
            rows = session.execute(query.order_by(AlarmEvent.at, AlarmEvent.id))
            return [AlarmEventRow(*row) for row in rows]

    def counts(self, scope: Scope = EVERYWHERE) -> dict[int | str, int]:
        """Announced alarms by level (1..4), and under 'unacknowledged' those that nobody has
        acknowledged, under 'unacknowledged_urgent' those of them of level 1 or 2."""
        unseen = func.count().filter(Alarm.state.in_(UNSEEN))
        query = (
            select(Alarm.level, func.count(), unseen)
            .where(Alarm.closed_at.is_(None), Alarm.state.in_(ANNOUNCED))
            .group_by(Alarm.level)
        )
        if scope.district_id is not None:
            query = query.where(Alarm.district_id == scope.district_id)
        found: dict[int | str, int] = {1: 0, 2: 0, 3: 0, 4: 0}
        found |= {"unacknowledged": 0, "unacknowledged_urgent": 0}
        with self._db.session() as session:
            for level, count, waiting in session.execute(query):
                found[level] = count
                found["unacknowledged"] += waiting
                found["unacknowledged_urgent"] += waiting if level <= 2 else 0
        return found

    def durations(self, since: datetime, until: datetime) -> list[tuple[str, int | None, float]]:
        """(rule, station, minutes) of alarms that became active in [since, until) and have cleared,
        those that another one explains left out."""
        query = select(Alarm.rule, Alarm.station_id, Alarm.active_at, Alarm.cleared_at).where(
            Alarm.active_at >= since, Alarm.active_at < until, Alarm.cleared_at.is_not(None),
            Alarm.parent_id.is_(None),
        )  # fmt: skip
        with self._db.session() as session:
            return [
                (rule, station, (cleared - active).total_seconds() / 60.0)
                for rule, station, active, cleared in session.execute(query)
                if cleared is not None
            ]

    def save(
        self,
        new: Sequence[Mapping[str, Any]],
        changed: Sequence[Mapping[str, Any]] = (),
        events: Sequence[Mapping[str, Any]] = (),
    ) -> list[int]:
        """The collector's step, in one transaction; the ids of `new`, in its order.

        `new` and `changed` hold columns of tables.Alarm by name, `changed` with `id`. In place of
        an id that isn't known yet stands a place in `new`: key `parent` of a new or changed alarm
        for `parent_id`, key `new` of an event for `alarm_id`.
        """
        with self._db.session() as session:
            rows = [{k: v for k, v in row.items() if k != "parent"} for row in new]
            made = insert(Alarm).returning(Alarm.id, sort_by_parameter_order=True)
            ids = list(session.scalars(made, rows)) if rows else []
            changes = [_placed(row, "parent", "parent_id", ids) for row in changed]
            for id, row in zip(ids, new, strict=True):
                if row.get("parent") is not None:
                    changes.append({"id": id, "parent_id": ids[row["parent"]]})
            if changes:
                session.execute(update(Alarm), changes)
            if events:
                session.execute(
                    insert(AlarmEvent), [_placed(row, "new", "alarm_id", ids) for row in events]
                )
        return ids

    def _rows(self, query: Select[Any]) -> list[AlarmRow]:
        with self._db.session() as session:
            return [AlarmRow(*row) for row in session.execute(query)]


def _placed(row: Mapping[str, Any], place: str, name: str, ids: list[int]) -> dict[str, Any]:
    """`row` with the place in `new` replaced by the id that it has got."""
    values = dict(row)
    at = values.pop(place, None)
    return values if at is None else {**values, name: ids[at]}
