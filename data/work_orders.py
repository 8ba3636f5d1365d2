"""The door to work orders: new > assigned > in_progress > review > closed, or cancelled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from sqlalchemy import Select, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from data.audit import record
from data.catalogue.work_orders import outcomes, templates
from data.database import Database
from data.rights import NotFound, Refused, require
from data.solutions import Draft, use
from data.station_rows import EVERYWHERE, Scope
from data.tables import Alarm, Station, WorkOrder, WorkOrderEvent
from data.users import UserRow
from data.work_order_rows import OPEN, WorkOrderEventRow, WorkOrderRow, select_orders
from data.work_order_steps import STEPS, take_step

__all__ = ["OPEN", "STEPS", "WorkOrderEventRow", "WorkOrderRow", "WorkOrders"]

TRIES = 50
"""Writers that may ask for a number at the same moment; one of them wins each round."""


class WorkOrders:
    """Every step by a person checks right and scope, and writes row, event and audit in one
    transaction. Raises Forbidden, NotFound, or Refused when the state or person doesn't allow it.
    """

    def __init__(self, db: Database, zone: tzinfo = UTC) -> None:
        self._db = db
        self._zone = zone

    def list(
        self,
        scope: Scope = EVERYWHERE,
        states: Sequence[str] | None = None,
        limit: int = 1000,
        station_id: int | None = None,
        closed_since: datetime | None = None,
    ) -> tuple[WorkOrderRow, ...]:
        """The most urgent level first, within it the newest; at most `limit`. `closed_since`
        leaves out those that were closed earlier."""
        query = select_orders(scope)
        if station_id is not None:
            query = query.where(WorkOrder.station_id == station_id)
        if closed_since is not None:
            query = query.where(
                WorkOrder.closed_at.is_(None) | (WorkOrder.closed_at >= closed_since)
            )
        if states is not None:
            query = query.where(WorkOrder.state.in_(states))
        order = (WorkOrder.level, WorkOrder.created_at.desc(), WorkOrder.id.desc())
        return self._rows(query.order_by(*order).limit(limit))

    def get(self, id: int, scope: Scope = EVERYWHERE) -> WorkOrderRow | None:
        return next(iter(self._rows(select_orders(scope).where(WorkOrder.id == id))), None)

    def by_number(self, number: str, scope: Scope = EVERYWHERE) -> WorkOrderRow | None:
        return next(iter(self._rows(select_orders(scope).where(WorkOrder.number == number))), None)

    def open_of_station(self, station_id: int, since: datetime) -> WorkOrderRow | None:
        """The newest order of a station, made at `since` or later, that work still goes on for."""
        query = select_orders(EVERYWHERE).where(
            WorkOrder.station_id == station_id,
            WorkOrder.created_at >= since,
            WorkOrder.state.in_(OPEN[:3]),
        )
        return next(iter(self._rows(query.order_by(WorkOrder.created_at.desc()).limit(1))), None)

    def events(self, id: int, scope: Scope = EVERYWHERE) -> tuple[WorkOrderEventRow, ...]:
        """The journal of one order, oldest first."""
        own = WorkOrderEvent
        query = select(own.at, own.state, own.username, own.note).where(own.work_order_id == id)
        if scope.district_id is not None:
            query = query.join(WorkOrder, WorkOrder.id == own.work_order_id).where(
                WorkOrder.district_id == scope.district_id
            )
        with self._db.session() as session:
            rows = session.execute(query.order_by(own.at, own.id))
            return tuple(WorkOrderEventRow(*row) for row in rows)

    def create(
        self, station_id: int, template: str, level: int, alarm_id: int | None, at: datetime
    ) -> WorkOrderRow:
        """Made by the platform: numbered, with the deadlines of its template, tied to the alarm.

        Raises NotFound for an unknown station, KeyError for an unknown template.
        """
        row = _new(template, level, at)
        with self._db.session() as session:
            district = session.scalar(select(Station.district_id).where(Station.id == station_id))
        if district is None:
            raise NotFound("station", station_id)
        [id] = self.save([{**row, "station_id": station_id, "district_id": district}], [alarm_id])
        made = self.get(id)
        assert made is not None  # noqa: S101 - written just now
        return made

    def order(
        self, station_id: int, template: str, level: int, by: UserRow, at: datetime, note: str = ""
    ) -> WorkOrderRow:
        """Asked for by a person upon an analysis; `note` says what it found.

        Raises Forbidden, NotFound (no such station in the person's scope), KeyError for an unknown
        template, Refused('order_exists') while one of that kind is open at the station.
        """
        require(by, "work_orders.create")
        row = _new(template, level, at) | {"source": "analysis", "note": note}
        for left in reversed(range(TRIES)):
            try:
                with self._db.session() as session:
                    return self._ordered(session, {**row, "station_id": station_id}, by, note)
            except IntegrityError as error:
                if not left or "number" not in str(error.orig):
                    raise
        raise AssertionError("unreachable")

    def save(
        self, rows: Sequence[Mapping[str, Any]], alarms: Sequence[int | None] = ()
    ) -> tuple[int, ...]:
        """Number and write orders (columns of tables.WorkOrder) in one transaction; their ids in
        order. `alarms[i]` is tied to order i. For the platform and for recorded history."""
        for left in reversed(range(TRIES)):
            try:
                with self._db.session() as session:
                    return self._write(session, rows, alarms)
            except IntegrityError as error:
                # Another writer has taken the number meanwhile; any other violation stays.
                if not left or "number" not in str(error.orig):
                    raise
        raise AssertionError("unreachable")

    def record(self, events: Sequence[Mapping[str, Any]]) -> None:
        """Write journal rows (columns of tables.WorkOrderEvent) of orders that `save` has written:
        recorded history only, for nothing is checked."""
        if events:
            with self._db.session() as session:
                session.execute(insert(WorkOrderEvent), list(events))

    def take(self, id: int, by: UserRow, at: datetime, note: str = "") -> WorkOrderRow:
        """Take an order that nobody has taken, or that was assigned to oneself."""
        return self._step("take", id, by, at, note, {"assignee": by.username, "taken_at": at})

    def assign(
        self, id: int, username: str, by: UserRow, at: datetime, note: str = ""
    ) -> WorkOrderRow:
        """Give an order to somebody who may take it and whose district it is in."""
        return self._step("assign", id, by, at, note, {"assignee": username, "taken_at": None})

    def start(self, id: int, by: UserRow, at: datetime, note: str = "") -> WorkOrderRow:
        """The one whose order it is begins; who was assigned to it takes it by beginning."""
        taken = func.coalesce(WorkOrder.taken_at, at)
        return self._step("start", id, by, at, note, {"started_at": at, "taken_at": taken})

    def finish(
        self, id: int, by: UserRow, at: datetime, outcome: str, note: str = "",
        solution: int | Draft | None = None,
    ) -> WorkOrderRow:  # fmt: skip
        """The one whose order it is says how it ended; it then waits for review. `solution`: of the
        library, or a new one for it. Raises Refused('order_solution') where an alarm's order put
        something right and nobody says what did."""
        if outcome not in outcomes():
            raise Refused("order_outcome", outcome=outcome)
        solves = outcomes()[outcome].solves
        values = {"finished_at": at, "outcome": outcome, "note": note}
        with self._db.session() as session:
            done = take_step(session, "finish", id, by, at, note, values)
            if solution is not None:
                use(session, id, solution, solves, by, at)
            elif solves and done.source == "alarm":
                raise Refused("order_solution")
        return done

    def close(self, id: int, by: UserRow, at: datetime, note: str = "") -> WorkOrderRow:
        """Review passed, by somebody else than the one who did the work."""
        return self._step("close", id, by, at, note, {"closed_at": at})

    def cancel(self, id: int, by: UserRow, at: datetime, note: str = "") -> WorkOrderRow:
        return self._step("cancel", id, by, at, note, {"closed_at": at})

    def _step(
        self, step: str, id: int, by: UserRow, at: datetime, note: str, values: dict[str, Any]
    ) -> WorkOrderRow:
        with self._db.session() as session:
            return take_step(session, step, id, by, at, note, values)

    def _ordered(
        self, session: Session, row: dict[str, Any], by: UserRow, note: str
    ) -> WorkOrderRow:
        place = select(Station.district_id).where(Station.id == row["station_id"])
        if by.district_id is not None:
            place = place.where(Station.district_id == by.district_id)
        district = session.scalar(place)
        if district is None:
            raise NotFound("station", row["station_id"])
        same = select(WorkOrder.number).where(
            WorkOrder.station_id == row["station_id"],
            WorkOrder.template == row["template"],
            WorkOrder.state.in_(OPEN),
        )
        if (number := session.scalar(same.limit(1))) is not None:
            raise Refused("order_exists", number=number)
        [id] = self._write(session, [{**row, "district_id": district}], [])
        session.execute(
            update(WorkOrderEvent)
            .where(WorkOrderEvent.work_order_id == id)
            .values(username=by.username, note=note)
        )
        made = WorkOrderRow(
            *session.execute(select_orders(EVERYWHERE).where(WorkOrder.id == id)).one()
        )
        at, kind = row["created_at"], row["template"]
        record(session, by.username, "work_order.order", made.number, at, template=kind, note=note)
        return made

    def _rows(self, query: Select[Any]) -> tuple[WorkOrderRow, ...]:
        with self._db.session() as session:
            return tuple(WorkOrderRow(*row) for row in session.execute(query))

    def _write(
        self, session: Session, rows: Sequence[Mapping[str, Any]], alarms: Sequence[int | None]
    ) -> tuple[int, ...]:
        last: dict[str, int] = {}
        made = []
        for row in rows:
            prefix = row["created_at"].astimezone(self._zone).strftime("W-%y%m-")
            if prefix not in last:
                last[prefix] = _last_number(session, prefix)
            last[prefix] += 1
            made.append(WorkOrder(**row, number=f"{prefix}{last[prefix]:04d}"))
        session.add_all(made)
        session.flush()
        ids = tuple(order.id for order in made)
        session.add_all(
            WorkOrderEvent(work_order_id=order.id, at=order.created_at, state="new")
            for order in made
        )
        for id, alarm in zip(ids, alarms, strict=False):
            if alarm is not None:
                session.execute(update(Alarm).where(Alarm.id == alarm).values(work_order_id=id))
        return ids


def _new(template: str, level: int, at: datetime) -> dict[str, Any]:
    """A new order's own values, with the deadlines of its template."""
    plan = templates()[template]
    due = {
        f"{name}_by": None if hours is None else at + timedelta(hours=hours)
        for name, hours in (("respond", plan.respond_hours), ("restore", plan.restore_hours))
    }
    return {"template": template, "level": level, "state": "new", "created_at": at, **due}


def _last_number(session: Session, prefix: str) -> int:
    """The highest number given under `prefix`, 0 when there is none."""
    number = WorkOrder.number
    query = select(number).where(number.startswith(prefix, autoescape=True))
    found = session.scalar(query.order_by(func.length(number).desc(), number.desc()).limit(1))
    return int(found.removeprefix(prefix)) if found else 0
