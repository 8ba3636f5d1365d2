"""Alarms to and from their rows in the records."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from math import isfinite
from typing import Any

from analytics.alarm import Alarm, Event
from analytics.alarm_life import Life
from data.alarms import AlarmRow, Alarms


def store(alarms: Alarms, life: Life) -> None:
    """Write what has changed, in one transaction, and give new alarms their ids. When it fails
    everything stays marked as changed, for the next try."""
    new = [alarm for alarm in life.changed if alarm.id is None]
    place = {alarm: at for at, alarm in enumerate(new)}
    ids = alarms.save(
        [_columns(alarm, place) for alarm in new],
        [_columns(alarm, place) | {"id": alarm.id} for alarm in life.changed if alarm.id],
        [_event(event, place) for event in life.events],
    )
    for alarm, id in zip(new, ids, strict=True):
        alarm.id = id
    life.changed.clear()
    life.events.clear()


def load(rows: Sequence[AlarmRow], alarms: Alarms) -> list[Alarm]:
    """Alarms of stored rows, children tied to their parents (also to those closed already)."""
    found = {row.id: _alarm(row) for row in rows}
    for row in rows:
        if row.parent_id is not None and row.parent_id not in found:
            parent = alarms.get(row.parent_id)
            if parent is not None:
                found[parent.id] = _alarm(parent)
        if row.parent_id is not None:
            found[row.id].parent = found.get(row.parent_id)
    return [found[row.id] for row in rows]


def moment(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)


def milliseconds(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def _columns(alarm: Alarm, place: dict[Alarm, int]) -> dict[str, Any]:
    parent = alarm.parent
    row: dict[str, Any] = {
        "rule": alarm.rule,
        "rule_version": alarm.version,
        "station_id": alarm.station,
        "district_id": alarm.district,
        "place": alarm.place,
        "point": alarm.point,
        "level": alarm.level,
        "state": alarm.state,
        "acknowledged_by": alarm.acknowledged_by,
        "note": alarm.note,
        "count": alarm.count,
        "historic": alarm.historic,
        "parent_id": None if parent is None else parent.id,
        "work_order_id": alarm.order,
        "lifted": alarm.lifted,
        "tags": " ".join(alarm.tags),
        "turns": list(alarm.turns),
        "shelved_until": None if alarm.shelved_ms is None else moment(alarm.shelved_ms),
    }
    for name in ("raw", "active", "acknowledged", "cleared", "closed"):
        ms = getattr(alarm, f"{name}_ms")
        row[f"{name}_at"] = None if ms is None else moment(ms)
    for name in ("value", "limit", "peak"):
        number = getattr(alarm, name)
        row[name] = number if isfinite(number) else None
    if parent is not None and parent in place:
        del row["parent_id"]
        row["parent"] = place[parent]
    return row


def _event(event: Event, place: dict[Alarm, int]) -> dict[str, Any]:
    row = {"at": moment(event.ms), "state": event.state, "username": event.username,
           "note": event.note}  # fmt: skip
    if event.alarm in place:
        return row | {"new": place[event.alarm]}
    return row | {"alarm_id": event.alarm.id}


def _alarm(row: AlarmRow) -> Alarm:
    def ms(at: datetime | None) -> int | None:
        return None if at is None else milliseconds(at)

    def number(value: float | None) -> float:
        return float("nan") if value is None else value

    return Alarm(
        rule=row.rule,
        station=row.station_id,
        district=row.district_id,
        place=row.place,
        point=row.point,
        level=row.level,
        raw_ms=ms(row.raw_at) or 0,
        active_ms=ms(row.active_at) or 0,
        value=number(row.value),
        limit=number(row.limit),
        peak=number(row.peak),
        state=row.state,
        version=row.rule_version,
        acknowledged_ms=ms(row.acknowledged_at),
        cleared_ms=ms(row.cleared_at),
        closed_ms=ms(row.closed_at),
        acknowledged_by=row.acknowledged_by,
        note=row.note,
        count=row.count,
        historic=row.historic,
        id=row.id,
        order=row.work_order_id,
        by_person=bool(row.acknowledged_by) and row.closed_at not in (None, row.cleared_at),
        lifted=row.lifted,
        tags=tuple(row.tags.split()),
        turns=tuple(row.turns),
        shelved_ms=ms(row.shelved_until),
    )
