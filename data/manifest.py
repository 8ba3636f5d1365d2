"""The manifest of the lake: which files a reader may read, from which transaction on.

A folder is never listed to answer a query: a compaction could be halfway through it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import cast

from sqlalchemy import Table, delete, insert, select, update

from data.database import Database
from data.tables import LakeFile


@dataclass(frozen=True)
class FileRow:
    """One Parquet file. Times are UTC ms of its first and last row, both included."""

    dataset: str
    group: str
    path: str
    """Relative to the lake."""
    from_ms: int
    to_ms: int
    first_station: int
    last_station: int
    rows: int
    bytes: int
    span: str
    """piece | quarter | hour | day | month"""
    origin: str = "live"
    """live | history"""
    id: int = 0
    """0 until it is committed."""


_FIELDS = [f.name for f in fields(FileRow)]
_COLUMNS = [getattr(LakeFile, name) for name in _FIELDS]
_TABLE = cast(Table, LakeFile.__table__)
_MOST = 500
"""Ids in one statement; SQLite takes a limited number of parameters."""


class Manifest:
    """Lists and changes the files of the lake. Each call is one transaction."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def live(
        self,
        dataset: str | Sequence[str],
        groups: Iterable[str] | None = None,
        from_ms: int | None = None,
        to_ms: int | None = None,
        layout: str | None = None,
        station: int | None = None,
        span: str | None = None,
    ) -> list[FileRow]:
        """Files with rows in [from_ms, to_ms), by group and time.

        layout: only groups of this layout key. station: only files whose range of stations holds
        this id. All files come from one transaction, also when several datasets are asked for.
        """
        datasets = [dataset] if isinstance(dataset, str) else list(dataset)
        query = select(*_COLUMNS).where(
            LakeFile.dataset.in_(datasets), LakeFile.retired_at.is_(None)
        )
        if groups is not None:
            query = query.where(LakeFile.group.in_(list(groups)))
        if layout is not None:
            query = query.where(LakeFile.group.startswith(f"{layout}-", autoescape=True))
        if from_ms is not None:
            query = query.where(LakeFile.to_ms >= from_ms)
        if to_ms is not None:
            query = query.where(LakeFile.from_ms < to_ms)
        if station is not None:
            query = query.where(LakeFile.first_station <= station, LakeFile.last_station >= station)
        if span is not None:
            query = query.where(LakeFile.span == span)
        query = query.order_by(LakeFile.group, LakeFile.from_ms, LakeFile.id)
        with self._db.session() as session:
            found = session.execute(query).all()
        return [FileRow(*row) for row in found]

    def commit(self, add: Sequence[FileRow], retire: Iterable[int], at: datetime) -> None:
        """Make `add` visible and hide the files with the ids `retire`, all or nothing.

        On SQLite the commit is synced to the disk: what the journal drops afterwards stays.
        Raises ValueError when a file to retire isn't live (another writer was faster).
        """
        rows = [{**asdict(row), "created_at": at, "retired_at": None} for row in add]
        for row in rows:
            del row["id"]
            row["grp"] = row.pop("group")
        ids = list(retire)
        with self._db.engine.connect() as link:
            if self._db.sqlite:
                link.exec_driver_sql("PRAGMA synchronous=FULL")
                link.commit()
            with link.begin():
                gone = 0
                for first in range(0, len(ids), _MOST):
                    part = ids[first : first + _MOST]
                    gone += link.execute(
                        update(LakeFile)
                        .where(LakeFile.id.in_(part), LakeFile.retired_at.is_(None))
                        .values(retired_at=at)
                    ).rowcount
                if gone != len(set(ids)):
                    raise ValueError(f"{len(set(ids)) - gone} of {len(ids)} files aren't live")
                if rows:
                    link.execute(insert(_TABLE), rows)

    def retired(self, before: datetime) -> list[FileRow]:
        """Files retired before this time: no reader has them in its list any more."""
        query = select(*_COLUMNS).where(LakeFile.retired_at < before)
        with self._db.session() as session:
            return [FileRow(*row) for row in session.execute(query).all()]

    def forget(self, ids: Iterable[int]) -> None:
        """Drop the rows of retired files that have been unlinked."""
        known = list(ids)
        with self._db.session() as session:
            for first in range(0, len(known), _MOST):
                session.execute(
                    delete(LakeFile).where(
                        LakeFile.id.in_(known[first : first + _MOST]),
                        LakeFile.retired_at.is_not(None),
                    )
                )

    def paths(self, among: Sequence[str] | None = None) -> set[str]:
        """Paths of all files, retired ones too; of those `among` the given ones that are known."""
        query = select(LakeFile.path)
        with self._db.session() as session:
            if among is None:
                return set(session.execute(query).scalars())
            found: set[str] = set()
            for first in range(0, len(among), _MOST):
                part = LakeFile.path.in_(among[first : first + _MOST])
                found |= set(session.execute(query.where(part)).scalars())
            return found
