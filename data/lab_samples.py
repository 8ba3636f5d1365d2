"""The door to what laboratories found: read, added by form, taken in from a file."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, insert, select
from sqlalchemy.orm import Session

from data.audit import record
from data.catalogue.station_columns import plain
from data.database import Database
from data.desk_tables import LabSample
from data.lab_rows import Problem, Sample, read_sample, read_samples
from data.rights import require
from data.station_import import RefusedRow
from data.station_rows import EVERYWHERE, Scope, StationRow
from data.tables import Station
from data.users import UserRow

RIGHT = "samples.import"
MOST_BYTES = 12_000_000
_CHUNK = 200
_FIELDS = (
    LabSample.station_id, LabSample.place, LabSample.sampled_at, LabSample.item, LabSample.value,
    LabSample.unit, LabSample.below, LabSample.laboratory, LabSample.note,
)  # fmt: skip


@dataclass(frozen=True)
class SampleReport:
    """What came of a file: how many items came in, and what was refused, row by row."""

    added: int
    refused: tuple[RefusedRow, ...]


class LabSamples:
    """Samples are added, never changed: one that stands there already is refused."""

    def __init__(self, db: Database, zone: ZoneInfo) -> None:
        self._db, self._zone = db, zone

    def taken(
        self,
        start: datetime,
        end: datetime,
        scope: Scope = EVERYWHERE,
        stations: Iterable[int] | None = None,
        items: Iterable[str] | None = None,
    ) -> tuple[Sample, ...]:
        """Samples taken in [start, end) within the scope, oldest first."""
        query = select(*_FIELDS).where(LabSample.sampled_at >= start, LabSample.sampled_at < end)
        if scope.district_id is not None:
            own = select(Station.id).where(Station.district_id == scope.district_id)
            query = query.where(LabSample.station_id.in_(own))
        if stations is not None:
            query = query.where(LabSample.station_id.in_([*stations]))
        if items is not None:
            query = query.where(LabSample.item.in_([*items]))
        with self._db.session() as session:
            rows = session.execute(query.order_by(LabSample.sampled_at, LabSample.id)).all()
        return tuple(Sample(*row) for row in rows)

    def add(
        self, texts: Mapping[str, str], stations: Iterable[StationRow], by: UserRow, at: datetime
    ) -> list[Problem]:
        """One item from a form, as text by column; what is wrong with it, or [] when it came in.

        stations: within the person's scope. Raises Forbidden.
        """
        require(by, RIGHT)
        by_code = {plain(station.code): station for station in stations}
        sample, problems = read_sample(texts, by_code, self._zone, at)
        if sample is None:
            return problems
        with self._db.session() as session:
            if self._known(session, [sample]):
                return [("item", "sample_known", {})]
            session.execute(insert(LabSample), [_values(sample, by, at)])
            record(session, by.username, RIGHT, sample.item, at, added=1, refused=0)
        return []

    def import_table(
        self, file: BinaryIO, name: str, stations: Iterable[StationRow], by: UserRow, at: datetime
    ) -> SampleReport:
        """Add the good rows of a CSV or Excel file. stations: within the person's scope; a row of
        another is refused as unknown. Raises Forbidden."""
        require(by, RIGHT)
        content = io.BytesIO(file.read(MOST_BYTES + 1))
        good, refused = read_samples(content, stations, self._zone, at)
        with self._db.session() as session:
            known = self._known(session, good)
            fresh = [sample for sample in good if sample.key not in known]
            if fresh:
                session.execute(insert(LabSample), [_values(s, by, at) for s in fresh])
            if known:
                refused.append(RefusedRow(0, "", "samples_known", {"count": len(known)}))
            numbers = {"added": len(fresh), "refused": len(refused)}
            record(session, by.username, RIGHT, name, at, **numbers)
        return SampleReport(len(fresh), tuple(refused))

    def _known(self, session: Session, samples: list[Sample]) -> set[tuple[object, ...]]:
        """Keys of `samples` that the table holds already."""
        key = (LabSample.station_id, LabSample.place, LabSample.sampled_at, LabSample.item)
        found: set[tuple[object, ...]] = set()
        for first in range(0, len(samples), _CHUNK):
            part = samples[first : first + _CHUNK]
            ids = {s.station_id for s in part}
            times = [s.sampled_at for s in part]
            where: ColumnElement[bool] = and_(
                LabSample.station_id.in_(ids),
                LabSample.sampled_at >= min(times),
                LabSample.sampled_at <= max(times),
            )
            wanted = {s.key for s in part}
            rows = session.execute(select(*key).where(where))
            found |= {tuple(row) for row in rows} & wanted
        return found


def _values(sample: Sample, by: UserRow, at: datetime) -> dict[str, object]:
    names = (
        "station_id", "place", "sampled_at", "item", "value", "unit", "below", "laboratory", "note",
    )  # fmt: skip
    values: dict[str, object] = {name: getattr(sample, name) for name in names}
    return values | {"created_at": at, "created_by": by.username}
