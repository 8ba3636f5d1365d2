"""Which station and point the page of corrections is asked about."""

from __future__ import annotations

from components.page import View
from data.catalogue.points import Column, columns
from data.station_rows import StationRow
from data.stores import Stores
from pages.reach import selected

FIRST_POINTS = ("L.Q_OUT", "L.P_OUT", "PH.Q_IN")


def chosen(
    stores: Stores, view: View, params: dict[str, str]
) -> tuple[StationRow | None, Column | None]:
    """The station and point of the URL; the first usual point when none is named."""
    word = params.get("sel", "").split(",")[0].strip().removeprefix("st:")
    station = stores.stations.by_code(word, view.scope) if word else None
    if station is None:
        found = selected(stores, view, 1)
        station = found[0] if found else None
    if station is None:
        return None, None
    known = {c.code: c for c in points_of(station)}
    usual = next((code for code in FIRST_POINTS if code in known), next(iter(known)))
    return station, known.get(params.get("point", ""), known[usual])


def points_of(station: StationRow) -> list[Column]:
    """Points that can be corrected: those that a gateway sends."""
    return [c for c in columns(station.layout) if c.point.block in ("fast", "slow")]
