"""The door to sites where water matters most: hospitals, schools, homes of old people."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, insert, select

from data.audit import record
from data.database import Database
from data.diagnosis_tables import Site
from data.rights import NotFound, Refused, require
from data.tables import Station
from data.users import UserRow

KINDS = ("hospital", "care", "school")
"""The most urgent first."""


class Sites:
    """Few rows, read whole."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def kinds(self) -> dict[int, str]:
        """Station id -> what stands there; stations without are left out."""
        with self._db.session() as session:
            rows = session.execute(select(Site.station_id, Site.vulnerable))
            return {row.station_id: row.vulnerable for row in rows}

    def put(self, station_id: int, kind: str, by: UserRow, at: datetime, note: str = "") -> None:
        """Say what stands there; '' = nothing of the kind. Raises Forbidden, NotFound, Refused."""
        require(by, "sites.write")
        if kind and kind not in KINDS:
            raise Refused("site_kind", kind=kind)
        place = select(Station.id).where(Station.id == station_id)
        if by.district_id is not None:
            place = place.where(Station.district_id == by.district_id)
        with self._db.session() as session:
            if session.scalar(place) is None:
                raise NotFound("station", station_id)
            session.execute(delete(Site).where(Site.station_id == station_id))
            if kind:
                row = {"station_id": station_id, "vulnerable": kind, "note": note[:200]}
                session.execute(insert(Site).values(**row, changed_at=at, changed_by=by.username))
            record(session, by.username, "site.put", str(station_id), at, vulnerable=kind)
