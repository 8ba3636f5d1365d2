"""Alarms and work orders as frames for the reducers of indicators."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import polars as pl

from analytics import indicator_reducers as make
from analytics.indicator_values import judged
from analytics.results import Figure, Reason, nothing
from components.page import View
from data.catalogue.indicators import Indicator
from data.work_orders import OPEN

if TYPE_CHECKING:
    from pages.desk import Desk

MOST = 200_000
TIME = pl.Datetime("us", "UTC")
STALE = timedelta(hours=24)
Schema = dict[str, pl.DataType | type[pl.DataType]]
ALARMS: Schema = {
    "station": pl.Int64, "rule": pl.String, "level": pl.Int64, "state": pl.String,
    "active_at": TIME, "acknowledged_at": TIME, "cleared_at": TIME, "parent": pl.Boolean,
}  # fmt: skip
ORDERS: Schema = {
    "station": pl.Int64, "template": pl.String, "source": pl.String, "state": pl.String,
    "created_at": TIME, "taken_at": TIME, "finished_at": TIME, "closed_at": TIME,
    "outcome": pl.String, "late": pl.Boolean,
}  # fmt: skip


def span_of(view: View, start: date, end: date) -> tuple[datetime, datetime]:
    """[start, end) in UTC of local days, until now at most."""
    first, after = (
        datetime(d.year, d.month, d.day, tzinfo=view.zone).astimezone(UTC)
        for d in (start, end + timedelta(days=1))
    )
    return first, max(first, min(after, view.now))


def alarms_of(desk: Desk, view: View, first: datetime, last: datetime) -> pl.DataFrame:
    """Alarms that became active in [first, last) within the viewer's scope."""

    def read() -> pl.DataFrame:
        rows = desk.stores.alarms.history(view.scope, first, last, MOST)
        return pl.DataFrame(
            [
                (r.station_id, r.rule, r.level, r.state, r.active_at, r.acknowledged_at,
                 r.cleared_at, r.parent_id is not None)
                for r in rows
            ],
            schema=ALARMS, orient="row",
        )  # fmt: skip

    frame: pl.DataFrame = desk.kept(("alarms", view.scope, first, last.date()), read)
    return frame


def orders_of(desk: Desk, view: View) -> pl.DataFrame:
    """All work orders within the viewer's scope."""

    def read() -> pl.DataFrame:
        rows = desk.stores.work_orders.list(view.scope, limit=MOST)
        return pl.DataFrame(
            [
                (r.station_id, r.template, r.source, r.state, r.created_at, r.taken_at,
                 r.finished_at, r.closed_at, r.outcome, r.overdue(view.now))
                for r in rows
            ],
            schema=ORDERS, orient="row",
        )  # fmt: skip

    frame: pl.DataFrame = desk.kept(("orders", view.scope), read)
    return frame


def from_alarms(
    desk: Desk, view: View, row: Indicator, start: date, end: date, ids: list[int]
) -> Figure:
    """The indicators of source 'alarms'."""
    first, last = span_of(view, start, end)
    whole = len(ids) == len(desk.stores.stations.all(view.scope))
    frame = alarms_of(desk, view, first, last)
    if not whole:  # an alarm of a whole district belongs to the fleet only
        frame = frame.filter(pl.col("station").is_in(ids))
    announced = frame.filter(~pl.col("parent") & (pl.col("state") != "suppressed"))
    if row.reducer in ("pump_availability", "mtbf", "mttr"):
        return _pumps(desk, view, row, frame, ids, first, last)
    value: float | None
    why: tuple[Reason, ...] = ()
    if row.reducer == "alarm_count":
        value = float(announced.height)
    elif row.reducer == "alarm_rate":
        days = (last - first).total_seconds() / 86_400
        value, why = make.share(announced.height, len(ids) * days)
    elif row.reducer == "acknowledged_on_time":
        value, why = make.acknowledged_on_time(announced, view.now)
    elif row.reducer == "flood_share":
        value, why = make.flood_share(announced["active_at"].to_list(), first, last)
    else:
        old = (pl.col("active_at") < last - STALE) & (
            pl.col("cleared_at").is_null() | (pl.col("cleared_at") > last)
        )
        value = float(announced.filter(old).height)
    return judged(row, None if value is None else row.scale * value, 1.0, reasons=why)


def _pumps(
    desk: Desk, view: View, row: Indicator, frame: pl.DataFrame, ids: list[int],
    first: datetime, last: datetime,
) -> Figure:  # fmt: skip
    chosen = set(ids)
    pumps = sum(
        s.pumps for r in desk.stores.stations.all(view.scope) if r.id in chosen for s in r.sets
    )
    hours = pumps * (last - first).total_seconds() / 3600
    down, failures = make.downtime(frame, first, last)
    if hours <= 0:
        return nothing(row.unit, row.formula, Reason.NOT_APPLICABLE)
    if row.reducer == "pump_availability":
        return judged(row, row.scale * (1 - min(down / hours, 1.0)), 1.0)
    if row.reducer == "mttr":
        value, why = make.share(down, failures)
        return judged(row, value, 1.0, reasons=why)
    between, least = make.mtbf(hours, down, failures)
    return judged(row, between, 1.0, low=least, reasons=() if failures else (Reason.ZERO_BASE,))


def from_orders(
    desk: Desk, view: View, row: Indicator, start: date, end: date, ids: list[int]
) -> Figure:
    """The indicators of source 'work_orders'; orders count in the span in which they were closed,
    those that wait in which they were made."""
    first, last = span_of(view, start, end)
    every = orders_of(desk, view).filter(pl.col("station").is_in(ids))
    closed = every.filter(
        pl.col("closed_at").is_between(first, last, closed="left")
        & (pl.col("state") != "cancelled")
    )
    made = every.filter(pl.col("created_at").is_between(first, last, closed="left"))
    value: float | None
    why: tuple[Reason, ...] = ()
    if row.reducer == "open_orders":
        still = pl.col("closed_at").is_null() | (pl.col("closed_at") > last)
        waiting = every.filter((pl.col("created_at") < last) & still & _was_open(last, view.now))
        value = float(waiting.height)
    elif row.reducer == "false_alarm_rate":
        alarms = closed.filter(pl.col("source") == "alarm")
        none = alarms.filter(pl.col("outcome") == "no_fault_found").height
        value, why = make.share(none, alarms.height)
    elif row.reducer == "orders_on_time":
        value, why = make.share(closed.filter(~pl.col("late")).height, closed.height)
    elif row.reducer == "first_time_fix":
        again = every.filter(pl.col("state") != "cancelled")
        now = pl.col("finished_at").is_between(first, last, closed="left")
        repairs = again.with_columns(
            pl.when(now).then(pl.col("outcome")).otherwise(pl.lit("")).alias("outcome")
        )
        value, why = make.first_time_fix(repairs)
    else:
        waits = (made["taken_at"] - made["created_at"]).drop_nulls().dt.total_seconds() / 60
        value, why = make.percentile(waits.to_list(), 0.9)
    return judged(row, None if value is None else row.scale * value, 1.0, reasons=why)


def _was_open(last: datetime, now: datetime) -> pl.Expr:
    """An order that is closed now but was open at `last` has its time of closing; one that is open
    now has none."""
    return pl.col("state").is_in(OPEN) | pl.lit(last < now)
