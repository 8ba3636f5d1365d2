"""What a work order is once it has left the database."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select

from data.station_rows import Scope
from data.tables import District, Station, WorkOrder

OPEN = ("new", "assigned", "in_progress", "review")


@dataclass(frozen=True)
class WorkOrderRow:
    """A work order with the names of its place; times are UTC."""

    id: int
    number: str
    station_id: int
    district_id: int
    template: str
    level: int
    source: str
    state: str
    created_at: datetime
    respond_by: datetime | None
    restore_by: datetime | None
    taken_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None
    closed_at: datetime | None
    assignee: str
    outcome: str
    note: str
    station_code: str
    station_zh: str
    station_en: str
    district_zh: str
    district_en: str

    def station(self, lang: str) -> str:
        return self.station_zh if lang == "zh" else self.station_en

    def district(self, lang: str) -> str:
        return self.district_zh if lang == "zh" else self.district_en

    def overdue(self, now: datetime) -> bool:
        """Whether a promise is broken: nobody has taken it, or it isn't restored, in time."""
        if self.state == "cancelled":
            return False
        response, repair = self.taken_at or now, self.finished_at or now
        late = self.respond_by is not None and response > self.respond_by
        return late or (self.restore_by is not None and repair > self.restore_by)


@dataclass(frozen=True)
class WorkOrderEventRow:
    at: datetime
    state: str
    username: str
    note: str


_OWN = [
    getattr(WorkOrder, f.name)
    for f in fields(WorkOrderRow)
    if f.name in WorkOrder.__table__.columns
]


def select_orders(scope: Scope) -> Select[Any]:
    """The columns of WorkOrderRow, of the orders within `scope`."""
    query = (
        select(
            *_OWN, Station.code, Station.name_zh, Station.name_en,
            District.name_zh, District.name_en,
        )
        .join(Station, Station.id == WorkOrder.station_id)
        .join(District, District.id == WorkOrder.district_id)
    )  # fmt: skip
    if scope.district_id is None:
        return query
    return query.where(WorkOrder.district_id == scope.district_id)
