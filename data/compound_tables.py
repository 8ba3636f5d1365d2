"""The records, part of residential compounds: what several pump houses may stand in."""

from __future__ import annotations

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from data.tables import Base


class Compound(Base):
    """A residential compound; its pump houses name it by `stations.compound_id`."""

    __tablename__ = "compounds"
    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(48), unique=True)
    name_zh: Mapped[str] = mapped_column(String(128))
    name_en: Mapped[str] = mapped_column(String(128))
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"), index=True)
    households: Mapped[int | None]
    """All homes, also those that the mains serve; empty = nobody said, its houses' are summed."""
