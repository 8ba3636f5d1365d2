"""The records: every table of the database, declared once.

Times are UTC with a zone. Time series are not here but in the lake; `files` is its manifest.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import DateTime, TypeDecorator


class Utc(TypeDecorator[datetime]):
    """A time in UTC that comes back with its zone from SQLite as from PostgreSQL."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("a stored time needs a zone")
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Key = BigInteger().with_variant(Integer, "sqlite")
"""SQLite counts up by itself only in a column of type INTEGER."""


class Base(DeclarativeBase):
    type_annotation_map = {datetime: Utc(), dict[str, Any]: JSON(), list[Any]: JSON()}


class District(Base):
    __tablename__ = "districts"
    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(32), unique=True)
    name_zh: Mapped[str] = mapped_column(String(64))
    name_en: Mapped[str] = mapped_column(String(64))
    label_latitude: Mapped[float | None]
    label_longitude: Mapped[float | None]
    boundary: Mapped[list[Any] | None]
    """Ring of [longitude, latitude], WGS-84."""


class Station(Base):
    """A pump house and the gateway that speaks for it."""

    __tablename__ = "stations"
    __table_args__ = (UniqueConstraint("host", "port", "unit", name="uq_stations_address"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(32), unique=True)
    name_zh: Mapped[str] = mapped_column(String(128))
    name_en: Mapped[str] = mapped_column(String(128))
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"), index=True)
    type: Mapped[str] = mapped_column(String(16))
    tanks: Mapped[int]
    profile: Mapped[str] = mapped_column(String(32))
    host: Mapped[str] = mapped_column(String(64))
    port: Mapped[int]
    unit: Mapped[int] = mapped_column(default=1)
    enabled: Mapped[bool] = mapped_column(default=True)
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    address_zh: Mapped[str] = mapped_column(String(128), default="")
    address_en: Mapped[str] = mapped_column(String(128), default="")
    underground: Mapped[bool] = mapped_column(default=True)
    households: Mapped[int] = mapped_column(default=0)
    build_year: Mapped[int | None]
    tank_area: Mapped[float | None]
    """m² of floor, all tanks together."""
    overflow_level: Mapped[float | None]
    """m above the tank floor."""
    inlet_diameter: Mapped[int | None]
    """mm"""
    compound_id: Mapped[int | None] = mapped_column(ForeignKey("compounds.id"), index=True)


class PumpSet(Base):
    """A pressure zone and its pumps."""

    __tablename__ = "pump_sets"
    __table_args__ = (UniqueConstraint("station_id", "zone", name="uq_pump_sets_zone"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    station_id: Mapped[int] = mapped_column(ForeignKey("stations.id"), index=True)
    zone: Mapped[str] = mapped_column(String(1))
    pumps: Mapped[int]
    floor_from: Mapped[int | None]
    floor_to: Mapped[int | None]
    households: Mapped[int] = mapped_column(default=0)
    static_head: Mapped[float | None]
    """m from the pump axis to the highest tap."""
    setpoint: Mapped[float]
    """MPa"""
    rated_flow: Mapped[float]
    """m³/h a pump"""
    rated_head: Mapped[float]
    """m"""
    rated_power: Mapped[float]
    """kW a pump"""
    rated_current: Mapped[float]
    """A a pump"""


class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(String(64), unique=True)
    name_zh: Mapped[str] = mapped_column(String(64))
    name_en: Mapped[str] = mapped_column(String(64))
    role: Mapped[str] = mapped_column(String(32))
    district_id: Mapped[int | None] = mapped_column(ForeignKey("districts.id"))
    """The one district this person may see; empty = the whole city."""
    password: Mapped[str] = mapped_column(String(255))
    language: Mapped[str] = mapped_column(String(8), default="zh")
    theme: Mapped[str] = mapped_column(String(8), default="dark")
    enabled: Mapped[bool] = mapped_column(default=True)
    session: Mapped[int] = mapped_column(default=0)
    """Counts up when all sessions of this person must end."""


class LoginFailure(Base):
    __tablename__ = "login_failures"
    id: Mapped[int] = mapped_column(Key, primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    username: Mapped[str] = mapped_column(String(64), index=True)
    address: Mapped[str] = mapped_column(String(64))


class Audit(Base):
    """Every change by a person, and every sign-in."""

    __tablename__ = "audit"
    id: Mapped[int] = mapped_column(Key, primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    username: Mapped[str] = mapped_column(String(64))
    verb: Mapped[str] = mapped_column(String(64))
    subject: Mapped[str] = mapped_column(String(128))
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)


class Action(Base):
    """What a person asked for; the collector applies it and is the only writer of alarm state."""

    __tablename__ = "actions"
    id: Mapped[int] = mapped_column(Key, primary_key=True)
    at: Mapped[datetime]
    username: Mapped[str] = mapped_column(String(64))
    verb: Mapped[str] = mapped_column(String(32))
    """acknowledge | reset | shelve | unshelve | begin | end"""
    alarm_id: Mapped[int] = mapped_column(Key, index=True)
    """0 for a step on a permit."""
    permit_id: Mapped[int | None] = mapped_column(Key)
    until_at: Mapped[datetime | None]
    """Of a shelving."""
    note: Mapped[str] = mapped_column(Text, default="")
    applied_at: Mapped[datetime | None] = mapped_column(index=True)
    refused: Mapped[str] = mapped_column(String(64), default="")
    """Why the engine refused it; empty when it was applied."""


class Alarm(Base):
    __tablename__ = "alarms"
    __table_args__ = (Index("ix_alarms_open", "closed_at", "level"),)
    id: Mapped[int] = mapped_column(Key, primary_key=True)
    rule: Mapped[str] = mapped_column(String(16), index=True)
    rule_version: Mapped[int] = mapped_column(default=1)
    station_id: Mapped[int | None] = mapped_column(ForeignKey("stations.id"), index=True)
    """Empty for an alarm of a whole district."""
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"), index=True)
    place: Mapped[str] = mapped_column(String(8), default="")
    """Zone (L), pump (L.P2) or tank (T1) within the station."""
    point: Mapped[str] = mapped_column(String(32), default="")
    level: Mapped[int]
    state: Mapped[str] = mapped_column(String(16))
    """unacknowledged | acknowledged | returned | latched | suppressed | shelved | out_of_service |
    closed"""
    raw_at: Mapped[datetime]
    """First crossing."""
    active_at: Mapped[datetime] = mapped_column(index=True)
    acknowledged_at: Mapped[datetime | None]
    cleared_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None] = mapped_column(index=True)
    value: Mapped[float | None]
    limit: Mapped[float | None]
    peak: Mapped[float | None]
    parent_id: Mapped[int | None] = mapped_column(Key, index=True)
    work_order_id: Mapped[int | None] = mapped_column(Key, index=True)
    acknowledged_by: Mapped[str] = mapped_column(String(64), default="")
    note: Mapped[str] = mapped_column(Text, default="")
    historic: Mapped[bool] = mapped_column(default=False)
    """Known only after it had ended; paged nobody."""
    count: Mapped[int] = mapped_column(default=1)
    """Activations folded into this alarm; children for an area alarm."""
    lifted: Mapped[int] = mapped_column(default=0)
    """By how many levels it is worse than its condition says."""
    tags: Mapped[str] = mapped_column(String(64), default="")
    """chattering | repeat | overdue, apart by spaces."""
    turns: Mapped[list[Any]] = mapped_column(default=list)
    """UTC ms of the latest times that it was raised or cleared, newest last."""
    shelved_until: Mapped[datetime | None]


class AlarmEvent(Base):
    """The journal of alarms: one row a transition."""

    __tablename__ = "alarm_events"
    id: Mapped[int] = mapped_column(Key, primary_key=True)
    alarm_id: Mapped[int] = mapped_column(Key, index=True)
    at: Mapped[datetime] = mapped_column(index=True)
    state: Mapped[str] = mapped_column(String(16))
    username: Mapped[str] = mapped_column(String(64), default="")
    note: Mapped[str] = mapped_column(Text, default="")


class WorkOrder(Base):
    __tablename__ = "work_orders"
    id: Mapped[int] = mapped_column(Key, primary_key=True)
    number: Mapped[str] = mapped_column(String(24), unique=True)
    station_id: Mapped[int] = mapped_column(ForeignKey("stations.id"), index=True)
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"), index=True)
    template: Mapped[str] = mapped_column(String(8))
    level: Mapped[int]
    source: Mapped[str] = mapped_column(String(16), default="alarm")
    state: Mapped[str] = mapped_column(String(16), index=True)
    """new | assigned | in_progress | review | closed | cancelled"""
    created_at: Mapped[datetime] = mapped_column(index=True)
    respond_by: Mapped[datetime | None]
    restore_by: Mapped[datetime | None]
    taken_at: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None] = mapped_column(index=True)
    assignee: Mapped[str] = mapped_column(String(64), default="")
    outcome: Mapped[str] = mapped_column(String(32), default="")
    """repaired | no_fault_found | ... (work_orders.toml)"""
    note: Mapped[str] = mapped_column(Text, default="")


class WorkOrderEvent(Base):
    __tablename__ = "work_order_events"
    id: Mapped[int] = mapped_column(Key, primary_key=True)
    work_order_id: Mapped[int] = mapped_column(Key, index=True)
    at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(16))
    username: Mapped[str] = mapped_column(String(64), default="")
    note: Mapped[str] = mapped_column(Text, default="")


class LakeFile(Base):
    """Manifest of the lake. A reader sees the files whose `retired_at` is empty."""

    __tablename__ = "files"
    __table_args__ = (Index("ix_files_live", "dataset", "retired_at", "from_ms"),)
    id: Mapped[int] = mapped_column(Key, primary_key=True)
    dataset: Mapped[str] = mapped_column(String(16))
    """A name of data.parquet.DATASETS."""
    group: Mapped[str] = mapped_column("grp", String(48))
    path: Mapped[str] = mapped_column(String(255), unique=True)
    """Relative to the lake."""
    from_ms: Mapped[int] = mapped_column(BigInteger)
    to_ms: Mapped[int] = mapped_column(BigInteger)
    """Last row's time, included."""
    first_station: Mapped[int]
    last_station: Mapped[int]
    rows: Mapped[int] = mapped_column(BigInteger)
    bytes: Mapped[int] = mapped_column(BigInteger)
    span: Mapped[str] = mapped_column(String(8))
    """piece | quarter | hour | day | month"""
    origin: Mapped[str] = mapped_column(String(8), default="live")
    """live | history"""
    created_at: Mapped[datetime]
    retired_at: Mapped[datetime | None] = mapped_column(index=True)


class Status(Base):
    """Small facts a program tells the others: progress, lag, engine state."""

    __tablename__ = "status"
    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    at: Mapped[datetime]
    value: Mapped[dict[str, Any]]
