"""The steps that a person takes with a work order: who may, from which state, to which."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from data.audit import record
from data.rights import NotFound, Refused, allowed, require
from data.tables import WorkOrder, WorkOrderEvent
from data.users import UserRow, user_named
from data.work_order_rows import WorkOrderRow, select_orders


class Step(NamedTuple):
    right: str
    origins: tuple[str, ...]
    """States that it starts from."""
    state: str
    """State that it leads to."""


STEPS = {
    "take": Step("work_orders.take", ("new", "assigned"), "assigned"),
    "assign": Step("work_orders.assign", ("new", "assigned"), "assigned"),
    "start": Step("work_orders.take", ("assigned",), "in_progress"),
    "finish": Step("work_orders.finish", ("in_progress",), "review"),
    "close": Step("work_orders.close", ("review",), "closed"),
    "cancel": Step("work_orders.cancel", ("new", "assigned", "in_progress"), "cancelled"),
}


def take_step(
    session: Session,
    name: str,
    id: int,
    by: UserRow,
    at: datetime,
    note: str,
    values: dict[str, Any],
) -> WorkOrderRow:
    """Check, then write the order's new `values`, its event and the audit row.

    Raises Forbidden; NotFound; Refused with order_state, order_other_person, order_own_work or
    order_assignee.
    """
    step = STEPS[name]
    require(by, step.right)
    query = select_orders(by.scope).where(WorkOrder.id == id)
    found = session.execute(query).first()
    if found is None:
        raise NotFound("work_order", id)
    order = WorkOrderRow(*found)
    if order.state not in step.origins:
        raise Refused("order_state", state=order.state)
    _check_person(session, name, order, by, values)
    unchanged = (WorkOrder.state == order.state, WorkOrder.assignee == order.assignee)
    change = update(WorkOrder).where(WorkOrder.id == id, *unchanged)
    # Two people at the same moment: the second finds the row no longer as it was read.
    if session.execute(change.values(state=step.state, **values)).rowcount != 1:  # type: ignore[attr-defined]
        raise Refused("order_changed")
    event = {"work_order_id": id, "at": at, "state": step.state, "note": note}
    session.execute(insert(WorkOrderEvent).values(**event, username=by.username))
    detail = {key: values[key] for key in ("assignee", "outcome") if key in values}
    record(session, by.username, f"work_order.{name}", order.number, at, note=note, **detail)
    return WorkOrderRow(*session.execute(query).one())


def _check_person(
    session: Session, name: str, order: WorkOrderRow, by: UserRow, values: dict[str, Any]
) -> None:
    whose = ("", by.username) if name == "take" else (by.username,)
    if name in ("take", "start", "finish") and order.assignee not in whose:
        raise Refused("order_other_person", assignee=order.assignee)
    if name == "close" and order.assignee == by.username:
        raise Refused("order_own_work")
    if name == "assign":
        person = user_named(session, values["assignee"])
        reach = (None, order.district_id)
        if (
            person is None
            or not person.enabled
            or not allowed(person, STEPS["take"].right)
            or person.district_id not in reach
        ):
            raise Refused("order_assignee", assignee=values["assignee"])
