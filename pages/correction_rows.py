"""Corrections as rows: the list, and its file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import html

from components.formats import stamp
from components.ids import each
from components.page import View
from components.tables import Field, table
from data.catalogue.points import columns, point
from data.corrections import CorrectionRow
from data.station_rows import StationRow
from data.stores import Stores
from pages.station_points import point_name

MOST = 200
HEADS = (
    "made_at", "by", "place", "point", "span", "as_value", "reason", "state", "undone_by",
)  # fmt: skip


def rows_of(stores: Stores, view: View, station: StationRow | None) -> tuple[CorrectionRow, ...]:
    """Newest first, within reach; of one station when it is chosen."""
    return stores.corrections.all(view.scope, station.id if station else None, MOST)


def listed(stores: Stores, view: View, rows: Sequence[CorrectionRow], may: bool) -> Any:
    """The list; a correction in force has a button that undoes it."""
    if not rows:
        return html.P(view.text("corrections.none"), className="hint")
    fields = [
        Field("made_at", view.text("corrections.made_at"), width="130px"),
        Field("by", view.text("corrections.by"), width="100px", css="soft wide"),
        Field("place", view.text("corrections.place"), width="16%"),
        Field("point", view.text("corrections.point"), width="16%"),
        Field("span", view.text("corrections.span"), width="270px", css="wide"),
        Field("as_value", view.text("corrections.as_value"), right=True, width="120px"),
        Field("reason", view.text("corrections.reason"), css="soft"),
        Field("state", view.text("corrections.state"), width="90px"),
        Field("act", "", width="80px"),
    ]
    shown = []
    for row in rows:
        cells = dict(zip(HEADS, _cells(stores, view, row), strict=True))
        button = html.Button(
            view.text("corrections.undo"), id=each("corrections", "undo", row.id), type="button",
            className="button",
        )  # fmt: skip
        cells |= {
            "made_at": stamp(row.created_at, view.zone),
            "as_value": _value(view, row),
            "act": button if may and row.undone_at is None else "",
        }
        shown.append(cells)
    return table(fields, shown, view.text("corrections.list"), "corrections")


def file(
    stores: Stores, view: View, rows: Sequence[CorrectionRow]
) -> tuple[list[str], list[list[Any]]]:
    """Head and rows of the file: raw numbers, times of the site."""
    heads = [view.text(f"corrections.{h}") for h in ("made_at", "by", "place", "point")]
    heads += [view.text("corrections.from"), view.text("corrections.to")]
    heads += [view.text(f"corrections.{h}") for h in ("as_value", "reason", "state", "undone_by")]
    out = []
    for row in rows:
        _, by, place, name, _, _, why, state, undone = _cells(stores, view, row)
        unit = point(row.point).unit
        out.append([
            row.created_at.astimezone(view.zone), by, place, f"{name} ({unit})" if unit else name,
            row.from_at.astimezone(view.zone), row.to_at.astimezone(view.zone), row.value, why,
            state, undone,
        ])  # fmt: skip
    return heads, out


def _cells(stores: Stores, view: View, row: CorrectionRow) -> list[Any]:
    station = stores.stations.get(row.station_id, view.scope)
    known = {c.code: c for c in columns(station.layout)} if station else {}
    column = known.get(row.point)
    name = point_name(view, station, column) if station and column else row.point
    place = f"{station.name(view.language)} {station.code}" if station else str(row.station_id)
    start, end = (at.astimezone(view.zone) for at in (row.from_at, row.to_at))
    ending = end.strftime("%H:%M:%S" if end.date() == start.date() else "%Y-%m-%d %H:%M:%S")
    return [
        row.created_at, row.created_by, place, name,
        f"{start:%Y-%m-%d %H:%M:%S} – {ending}", row.value, row.why,
        view.text(f"corrections.states.{row.state}"), row.undone_by,
    ]  # fmt: skip


def _value(view: View, row: CorrectionRow) -> str:
    if row.value is None:
        return view.text("corrections.as_missing")
    found = point(row.point)
    return f"{row.value:.{found.decimals}f} {found.unit}".replace("-", "−")
