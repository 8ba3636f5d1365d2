"""The door to alarms of the past as frames, for their statistics. Times are UTC ms."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import polars as pl
from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select

from data.database import Database
from data.station_rows import Scope
from data.tables import Alarm, AlarmEvent, WorkOrder

CLEARED = ("returned", "latched", "closed")
"""States of the journal that end an activation."""
UNTOLD = ("suppressed", "out_of_service")
TIMES = ("active", "acknowledged", "cleared")


class AlarmHistory:
    """Every question carries a scope; it is part of the query."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def began(self) -> datetime | None:
        """When the first alarm of the records became active: before that nobody kept any."""
        with self._db.session() as session:
            found: datetime | None = session.scalar(select(func.min(Alarm.active_at)))
            return found

    def alarms(self, scope: Scope, start: datetime, end: datetime) -> pl.DataFrame:
        """Alarms that were active at some time of [start, end), the first ones first: id, rule,
        station, district, place, level; active, acknowledged, cleared (ms, null = not yet);
        announced (neither explained by another nor known only after it had ended); order; outcome
        of the order once that is closed, else ''; count of activations."""
        told = Alarm.parent_id.is_(None) & Alarm.state.not_in(UNTOLD) & ~Alarm.historic
        outcome = case((WorkOrder.state == "closed", WorkOrder.outcome), else_="")
        query = _within(
            select(
                Alarm.id, Alarm.rule, Alarm.station_id.label("station"),
                Alarm.district_id.label("district"), Alarm.place, Alarm.level,
                Alarm.active_at.label("active"), Alarm.acknowledged_at.label("acknowledged"),
                Alarm.cleared_at.label("cleared"), told.label("announced"),
                Alarm.work_order_id.is_not(None).label("order"), outcome.label("outcome"),
                Alarm.count,
            ).outerjoin(WorkOrder, WorkOrder.id == Alarm.work_order_id),
            scope, start, end,
        )  # fmt: skip
        schema: dict[str, Any] = dict.fromkeys(query.selected_columns.keys(), pl.Int64)
        schema |= dict.fromkeys(("rule", "place", "outcome"), pl.String)
        schema |= dict.fromkeys(("announced", "order"), pl.Boolean)
        schema |= dict.fromkeys(TIMES, pl.Datetime("us", "UTC"))
        frame = self._frame(query.order_by(Alarm.active_at, Alarm.id), schema)
        return frame.with_columns(pl.col(name).dt.epoch("ms") for name in TIMES)

    def activations(
        self, alarms: pl.DataFrame, scope: Scope, start: datetime, end: datetime
    ) -> pl.DataFrame:
        """Each time that one of `alarms` (from `self.alarms` of the same span) was raised: alarm
        (id), rule, station, district, place, on, off (ms, null = still active). Those folded into
        one alarm come from its journal."""
        query = _within(
            select(AlarmEvent.alarm_id.label("alarm"), AlarmEvent.at, AlarmEvent.state,
                   AlarmEvent.note)
            .join(Alarm, Alarm.id == AlarmEvent.alarm_id)
            .where(Alarm.count > 1),
            scope, start, end,
        ).order_by(AlarmEvent.alarm_id, AlarmEvent.at, AlarmEvent.id)  # fmt: skip
        journal = self._frame(
            query,
            {"alarm": pl.Int64, "at": pl.Datetime("us", "UTC"), "state": pl.String,
             "note": pl.String},
        )  # fmt: skip
        folded = _folded(journal.with_columns(pl.col("at").dt.epoch("ms")))
        about = alarms.select(pl.col("id").alias("alarm"), "rule", "station", "district", "place")
        single = alarms.filter(~pl.col("id").is_in(folded["alarm"].implode())).select(
            pl.col("id").alias("alarm"), pl.col("active").alias("on"),
            pl.col("cleared").alias("off"),
        )  # fmt: skip
        return about.join(pl.concat([single, folded]), on="alarm")

    def _frame(self, query: Select[Any], schema: dict[str, Any]) -> pl.DataFrame:
        with self._db.session() as session:
            return pl.DataFrame(session.execute(query).all(), schema=schema, orient="row")


def _within(query: Any, scope: Scope, start: datetime, end: datetime) -> Any:
    """Alarms of the scope that were active in [start, end); closing comes after clearing, and only
    it has an index."""
    lately: ColumnElement[bool] = or_(
        Alarm.active_at >= start,
        Alarm.closed_at.is_(None),
        and_(Alarm.closed_at >= start, Alarm.cleared_at >= start),
    )
    query = query.where(Alarm.active_at < end, lately)
    return query if scope.district_id is None else query.where(
        Alarm.district_id == scope.district_id
    )  # fmt: skip


def _folded(events: pl.DataFrame) -> pl.DataFrame:
    """alarm, on, off from a journal in its order: an activation begins with an alarm's first line
    and with each that counts one more, and ends with the first line after it that clears."""
    first = pl.col("alarm") != pl.col("alarm").shift(1)
    begins = first.fill_null(True) | pl.col("note").str.starts_with("count ")
    numbered = events.with_columns(begins.cast(pl.Int64).cum_sum().alias("turn"))
    # what is hidden clears without changing its state
    ended = pl.col("state").is_in(CLEARED) | (pl.col("note") == "cleared")
    over = pl.col("at").filter(ended).first()
    return numbered.group_by("alarm", "turn", maintain_order=True).agg(
        pl.col("at").first().alias("on"), over.alias("off")
    ).drop("turn")  # fmt: skip
