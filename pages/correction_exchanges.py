"""Records of exchanged meters on the page of corrections: what one counts, the list, its rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from dash import html

from analytics.corrected import around, believable, exchanged
from components.formats import MISSING, number, stamp
from components.ids import each
from components.page import View
from components.tables import Field, table
from data.catalogue.points import Column, columns, point
from data.meter_exchanges import ExchangeRow
from data.station_rows import StationRow
from data.stores import Stores
from pages.station_points import point_name

REACHES = (timedelta(hours=2), timedelta(days=2))
"""How far the readings around an exchange are looked for: near ones are told minute by minute."""
POINTS = 6000
MOST = 200


def rows_of(stores: Stores, view: View, station: StationRow | None) -> tuple[ExchangeRow, ...]:
    """Newest first, within reach; of one station when it is chosen."""
    return stores.meter_exchanges.all(view.scope, station.id if station else None, MOST)


def counted(
    stores: Stores, view: View, station: StationRow, column: Column, at: datetime,
    final: float, first: float,
) -> str:  # fmt: skip
    """What would be counted over the exchange, in one sentence."""
    amount = last = following = float("nan")
    for reach in REACHES:
        end = min(at + reach, view.now)
        frame = stores.lake.series(station, [column.code], at - reach, end, POINTS).frame
        ms = frame["ts"].dt.timestamp("ms").to_numpy()
        last, following = around(ms, frame[column.code].to_numpy(), round(at.timestamp() * 1000))
        amount = exchanged(last, final, first, following)
        if np.isfinite(amount):
            break
    if not np.isfinite(amount):
        return view.text("corrections.exchange_unknown")
    of = column.point
    last_word, next_word, sum_word = (number(v, of.decimals) for v in (last, following, amount))
    told = view.text(
        "corrections.exchange_effect", last=last_word, following=next_word, amount=sum_word,
        unit=of.unit,
    )  # fmt: skip
    doubt = "" if believable(last, final, first, following) else "corrections.exchange_doubt"
    return f"{told} {view.text(doubt)}" if doubt else told


def listed(stores: Stores, view: View, rows: Sequence[ExchangeRow], may: bool) -> Any:
    """The list below that of corrections; a record in force has a button that takes it back."""
    title = html.H3(view.text("corrections.exchange_list"), className="panel-title")
    if not rows:
        return html.Div([title, html.P(view.text("corrections.exchange_none"), className="hint")])
    fields = [
        Field("made_at", view.text("corrections.made_at"), width="150px"),
        Field("by", view.text("corrections.by"), width="100px", css="soft wide"),
        Field("place", view.text("corrections.place"), width="16%"),
        Field("point", view.text("corrections.point"), width="14%"),
        Field("at", view.text("corrections.at"), width="150px"),
        Field("final", view.text("corrections.old_final"), right=True, width="130px"),
        Field("first", view.text("corrections.new_first"), right=True, width="130px"),
        Field("reason", view.text("corrections.reason"), css="soft wide"),
        Field("state", view.text("corrections.state"), width="90px"),
        Field("act", "", width="80px"),
    ]
    shown = [_row(stores, view, row, may) for row in rows]
    return html.Div([title, table(fields, shown, view.text("corrections.exchange_list"))])


def _row(stores: Stores, view: View, row: ExchangeRow, may: bool) -> dict[str, Any]:
    place, name = words_of(stores, view, row)
    of = point(row.point)
    button = html.Button(
        view.text("corrections.undo"), id=each("corrections", "undo-exchange", row.id),
        type="button", className="button",
    )  # fmt: skip
    return {
        "made_at": stamp(row.created_at, view.zone), "by": row.created_by, "place": place,
        "point": name, "at": stamp(row.at, view.zone),
        "final": f"{number(row.final_reading, of.decimals)} {of.unit}",
        "first": f"{number(row.first_reading, of.decimals)} {of.unit}", "reason": row.note,
        "state": view.text(f"corrections.states.{row.state}"),
        "act": button if may and row.undone_at is None else "",
    }  # fmt: skip


def words_of(stores: Stores, view: View, row: ExchangeRow) -> tuple[str, str]:
    """Station and point of a record, as they are called."""
    station = stores.stations.get(row.station_id, view.scope)
    known = {c.code: c for c in columns(station.layout)} if station else {}
    column = known.get(row.point)
    place = f"{station.name(view.language)} {station.code}" if station else MISSING
    return place, point_name(view, station, column) if station and column else row.point


def file(stores: Stores, view: View, rows: Sequence[ExchangeRow]) -> list[list[Any]]:
    """Rows for the file of corrections, in its columns: no value, both readings in the reason."""
    out = []
    for row in rows:
        place, name = words_of(stores, view, row)
        what = view.text("corrections.exchange")
        at = row.at.astimezone(view.zone)
        told = f"{what}: {row.final_reading:g} → {row.first_reading:g} {point(row.point).unit}"
        state = view.text(f"corrections.states.{row.state}")
        note = f"{told}; {row.note}" if row.note else told
        out.append([row.created_at.astimezone(view.zone), row.created_by, place, name, at, at,
                    None, note, state, row.undone_by])  # fmt: skip
    return out
