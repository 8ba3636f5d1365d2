"""The door to frozen evidence: what was known of an alarm, and what it was taken for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any

from sqlalchemy import exists, func, insert, select
from sqlalchemy.orm import Session

from data.audit import record
from data.database import Database
from data.diagnosis_tables import Diagnosed, SolutionUse
from data.rights import NotFound, require
from data.station_rows import EVERYWHERE, Scope
from data.tables import Alarm, WorkOrder
from data.users import UserRow

if TYPE_CHECKING:
    import polars as pl  # heavy, and few who open the records ask for evidence

WORST = 3
"""Alarms of this level and worse are diagnosed."""


@dataclass(frozen=True)
class DueAlarm:
    """An alarm that waits for its diagnosis."""

    id: int
    rule: str
    rule_version: int
    station_id: int | None
    district_id: int
    place: str
    point: str
    raw_at: datetime
    active_at: datetime


@dataclass(frozen=True)
class CauseRow:
    """One fault with its probability (0 to 1) and the codes of symptoms for and against it."""

    fault: str
    probability: float
    supporting: tuple[str, ...] = ()
    contradicting: tuple[str, ...] = ()


@dataclass(frozen=True)
class DiagnosisRow:
    """One version of an alarm's diagnosis. `findings`: symptom -> (shown, number)."""

    id: int
    alarm_id: int
    version: int
    made_at: datetime
    made_by: str
    rule: str
    rule_version: int
    causes: tuple[CauseRow, ...]
    findings: Mapping[str, tuple[bool | None, float | None]]
    separating: str
    around: Mapping[str, float]
    maintenance: Mapping[str, Any]


@dataclass(frozen=True)
class Finding:
    """What is written of one version."""

    causes: Sequence[CauseRow]
    findings: Mapping[str, tuple[bool | None, float | None]]
    separating: str
    around: Mapping[str, float]
    evidence: pl.DataFrame | None = None
    """`at` in s after the alarm, and a column a point, in its unit."""


_DUE = [getattr(Alarm, name) for name in DueAlarm.__dataclass_fields__]
_ROW = [getattr(Diagnosed, name) for name in DiagnosisRow.__dataclass_fields__]


class Diagnoses:
    """Rows are added and read, never changed."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def due(self, since: datetime, until: datetime, limit: int) -> list[DueAlarm]:
        """Alarms active from `since` to `until` that nobody has diagnosed, the worst first, at most
        `limit`. In a storm only parents: what another alarm explains is no question."""
        done = exists().where(Diagnosed.alarm_id == Alarm.id)
        query = (
            select(*_DUE)
            .where(
                Alarm.active_at >= since, Alarm.active_at <= until, Alarm.level <= WORST,
                Alarm.parent_id.is_(None), Alarm.state != "suppressed", ~Alarm.historic, ~done,
            )
            .order_by(Alarm.level, Alarm.active_at, Alarm.id)
            .limit(limit)
        )  # fmt: skip
        with self._db.session() as session:
            return [DueAlarm(*row) for row in session.execute(query)]

    def save(self, alarm: DueAlarm, found: Finding, at: datetime) -> int:
        """The collector's diagnosis as the alarm's next version; its number."""
        with self._db.session() as session:
            return _save(session, alarm, found, at, "")

    def answer(
        self, alarm_id: int, found: Finding, by: UserRow, at: datetime, answers: Mapping[str, bool]
    ) -> int:
        """What a person's answers make of an alarm, as its next version. Raises Forbidden,
        NotFound (no such alarm in reach)."""
        require(by, "alarms.acknowledge")
        query = select(*_DUE).where(Alarm.id == alarm_id)
        if by.district_id is not None:
            query = query.where(Alarm.district_id == by.district_id)
        with self._db.session() as session:
            row = session.execute(query).first()
            if row is None:
                raise NotFound("alarm", alarm_id)
            version = _save(session, DueAlarm(*row), found, at, by.username)
            record(session, by.username, "alarm.answer", str(alarm_id), at, answers=dict(answers))
        return version

    def latest(self, alarm_id: int, scope: Scope = EVERYWHERE) -> DiagnosisRow | None:
        """The newest version; None where there is none within the scope."""
        return next(iter(self.versions(alarm_id, scope)), None)

    def newest(self, alarm_id: int) -> int:
        """Number of the alarm's newest version, 0 without one."""
        query = select(func.max(Diagnosed.version)).where(Diagnosed.alarm_id == alarm_id)
        with self._db.session() as session:
            return session.scalar(query) or 0

    def versions(self, alarm_id: int, scope: Scope = EVERYWHERE) -> list[DiagnosisRow]:
        """All versions of an alarm, the newest first."""
        query = select(*_ROW).where(Diagnosed.alarm_id == alarm_id)
        if scope.district_id is not None:
            mine = exists().where(Alarm.id == alarm_id, Alarm.district_id == scope.district_id)
            query = query.where(mine)
        with self._db.session() as session:
            rows = session.execute(query.order_by(Diagnosed.version.desc()))
            return [_row(row) for row in rows]

    def evidence(self, alarm_id: int, scope: Scope = EVERYWHERE) -> pl.DataFrame | None:
        """The window that the alarm's first version stood on; None where nothing was told."""
        query = select(Diagnosed.evidence).where(
            Diagnosed.alarm_id == alarm_id, Diagnosed.evidence.is_not(None)
        )
        if scope.district_id is not None:
            query = query.join(Alarm, Alarm.id == Diagnosed.alarm_id).where(
                Alarm.district_id == scope.district_id
            )
        with self._db.session() as session:
            stored = session.scalars(query.order_by(Diagnosed.version).limit(1)).first()
        return None if stored is None else _unpacked(stored)

    def confirmed(self, rule: str) -> dict[str, float]:
        """Fault -> results of closed work orders that confirmed it behind alarms of this rule."""
        query = (
            select(SolutionUse.fault, func.count())
            .where(SolutionUse.rule == rule, SolutionUse.solved)
            .group_by(SolutionUse.fault)
        )
        with self._db.session() as session:
            return {fault: float(count) for fault, count in session.execute(query)}


def _save(session: Session, alarm: DueAlarm, found: Finding, at: datetime, by: str) -> int:
    newest = select(func.max(Diagnosed.version)).where(Diagnosed.alarm_id == alarm.id)
    version = (session.scalar(newest) or 0) + 1
    known = {code: list(pair) for code, pair in found.findings.items() if pair != (None, None)}
    session.execute(
        insert(Diagnosed).values(
            alarm_id=alarm.id, version=version, made_at=at, made_by=by, rule=alarm.rule,
            rule_version=alarm.rule_version, causes=[asdict(cause) for cause in found.causes],
            findings=known, separating=found.separating, around=dict(found.around),
            maintenance=_maintenance(session, alarm), evidence=_packed(found.evidence),
        )
    )  # fmt: skip
    return version


def _maintenance(session: Session, alarm: DueAlarm) -> dict[str, Any]:
    """The last order that was closed at the station before the alarm."""
    query = (
        select(WorkOrder.number, WorkOrder.template, WorkOrder.outcome, WorkOrder.closed_at)
        .where(
            WorkOrder.station_id == alarm.station_id, WorkOrder.state == "closed",
            WorkOrder.closed_at <= alarm.active_at,
        )
        .order_by(WorkOrder.closed_at.desc())
        .limit(1)
    )  # fmt: skip
    found = session.execute(query).first()
    if found is None:
        return {}
    return dict(zip(("number", "template", "outcome"), found[:3], strict=True)) | {
        "closed_at": found.closed_at.isoformat() if found.closed_at else ""
    }


def _packed(frame: pl.DataFrame | None) -> bytes | None:
    """Parquet of single precision: a gauge shows no more digits."""
    if frame is None or not frame.height:
        return None
    import polars as pl

    buffer = BytesIO()
    frame.cast({pl.Float64: pl.Float32}).write_parquet(buffer, compression="zstd")
    return buffer.getvalue()


def _unpacked(stored: bytes) -> pl.DataFrame:
    import polars as pl

    return pl.read_parquet(BytesIO(stored))


def _row(row: Any) -> DiagnosisRow:
    values = dict(zip(DiagnosisRow.__dataclass_fields__, row, strict=True))
    values["causes"] = tuple(
        CauseRow(
            one["fault"], one["probability"], tuple(one["supporting"]), tuple(one["contradicting"])
        )
        for one in values["causes"]
    )
    values["findings"] = {code: tuple(pair) for code, pair in values["findings"].items()}
    return DiagnosisRow(**values)
