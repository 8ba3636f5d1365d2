"""Rows and columns of the list of stations: a column set, filters of the URL, worst first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from components.page import View
from components.time_range import days, time_range
from data.catalogue.column_sets import ColumnName, ColumnSet, column_sets
from data.catalogue.indicators import indicators
from data.catalogue.points import point, station_types
from data.catalogue.profiles import profiles
from data.snapshot import MISSING, Snapshot
from data.station_rows import StationRow
from data.stores import Stores
from pages.desk import desk_of
from pages.reach import reach

PRESET = "7d"
STATES = ("alarm", "offline", "normal")
BASE = ("name", "code", "compound", "district", "type")
"""Columns of every set, after the state."""
STRUCK, LOST, GUESSED = (2, 5, 6, 7), (3, 4), (1, 9)
"""Flags of a value that is wrong, of one that is old, and of one that is not sure."""


def chosen_set(view: View) -> ColumnSet:
    """The set of the URL's `set`; the first when it names none."""
    known = column_sets()
    return known.get(view.params.get("set", ""), next(iter(known.values())))


def shown_columns(view: View) -> list[ColumnName]:
    """The columns of the set that the viewer's role may see."""
    role = view.user.role
    return [
        column
        for column in chosen_set(view).names
        if column.source != "figure" or indicators()[column.name].allowed(role)
    ]


def sortable(view: View) -> list[str]:
    """Fields by which the list can be sorted."""
    return ["state", *BASE, *(column.field for column in shown_columns(view))]


def station_rows(stores: Stores, view: View, figures: bool = True) -> list[dict[str, Any]]:
    """One row a station of the URL's scope, type and state: record, worst state, columns of the
    set. A figure's coverage is FIELD_share, a live value's quality FIELD_look. Without `figures`
    those columns stay empty, for they can't be read."""
    stations = reach(stores, view).stations
    ids = [s.id for s in stations]
    districts = {d.id: d.name(view.language) for d in stores.stations.districts(view.scope)}
    compounds = stores.stations.compounds(view.scope)
    homes = {s.id: compounds[s.compound_id] for s in stations if s.compound_id in compounds}
    kinds, snapshot = station_types(), stores.snapshot.read()
    states = _states(snapshot, ids)
    made: list[dict[str, Any]] = [
        {
            "id": str(s.id), "state": state, "name": s.name(view.language), "code": s.code,
            "compound": homes[s.id].name(view.language) if s.id in homes else "",
            "compound_code": homes[s.id].code if s.id in homes else "",
            "district": districts.get(s.district_id, ""),
            "type": kinds[s.type].zh if view.language == "zh" else kinds[s.type].en,
        }
        for s, state in zip(stations, states, strict=True)
    ]  # fmt: skip
    columns = shown_columns(view)
    for column in columns:
        if column.source == "live":
            _live(made, column, snapshot, ids)
        elif column.source == "record":
            for row, station in zip(made, stations, strict=True):
                row[column.field] = record(view, station, column.name)
    if figures:
        _figures(stores, view, made, [c for c in columns if c.source == "figure"], ids)
    wanted = view.params.get("state", "")
    if wanted not in STATES:
        return made
    return [row for row in made if state_word(row["state"]) == wanted]


def state_word(state: int) -> str:
    return "normal" if state == 0 else "offline" if state == 5 else "alarm"


def found(rows: Sequence[dict[str, Any]], asked: str) -> list[dict[str, Any]]:
    """The rows in which every word of `asked` stands, as the grid's quick filter has it."""
    wanted = asked.lower().split()
    return [
        row for row in rows
        if all(word in " ".join(str(v) for v in row.values()).lower() for word in wanted)
    ]  # fmt: skip


def heading(view: View, column: ColumnName) -> str:
    """Name and unit of a column."""
    if column.source == "record":
        return view.text(f"stations.{column.name}")
    if column.source == "figure":
        row = indicators()[column.name]
        name, unit = row.name(view.language), row.unit
    else:
        of = point(column.name)
        name, unit = (of.zh if view.language == "zh" else of.en), of.unit
        name = name.replace("{t}", "1#" if view.language == "zh" else "1")
    return f"{name} {unit}".strip()


def decimals(column: ColumnName) -> int | None:
    """Digits of a number after the point; None for words."""
    if column.source == "figure":
        return indicators()[column.name].decimals
    if column.source == "live":
        return point(column.name).decimals
    return 0 if column.name in ("pumps", "tanks", "households") else None


def record(view: View, station: StationRow, name: str) -> Any:
    """One fact of the station's record."""
    if name == "pumps":
        return sum(row.pumps for row in station.sets)
    if name == "zones":
        names = [view.text(f"mimic.zone_short_{row.zone}") for row in station.sets]
        return ("、" if view.language == "zh" else ", ").join(names)
    if name == "place":
        return view.text("map.underground" if station.underground else "map.on_ground")
    if name == "address":
        return station.address_zh if view.language == "zh" else station.address_en
    if name == "profile":
        known = profiles().get(station.profile)
        return station.profile if known is None else getattr(known, view.language)
    return getattr(station, name)


def _live(
    rows: Sequence[dict[str, Any]], column: ColumnName, snapshot: Snapshot | None, ids: list[int]
) -> None:
    """Value and look of one point at every station, None where there is none."""
    line = None if snapshot is None else snapshot.line_of.get(column.name)
    of, field = point(column.name), column.field
    for row, id in zip(rows, ids, strict=True):
        at = None if snapshot is None or line is None else snapshot.row_of.get(id)
        raw = MISSING if at is None or snapshot is None else int(snapshot.values[line][at])
        row[field] = None if raw == MISSING else round(raw * float(of.resolution), of.decimals)
        if at is not None and snapshot is not None and raw != MISSING:
            look = look_of(int(snapshot.flags[line][at]), bool(snapshot.online[at]))
            if look:
                row[f"{field}_look"] = look


def look_of(flag: int, online: bool) -> str:
    """How a value is to be read; '' when it is simply good."""
    if flag in STRUCK:
        return "bad"
    if flag in LOST or not online:
        return "stale"
    return "estimated" if flag in GUESSED else "manual" if flag == 8 else ""


def _figures(
    stores: Stores, view: View, rows: Sequence[dict[str, Any]], columns: list[ColumnName],
    ids: list[int],
) -> None:  # fmt: skip
    """Indicators of the page's period, each station by itself."""
    if not columns or not ids:
        return
    first, last = days(time_range(view.params, view.now, view.zone, PRESET), view.zone)
    codes = [column.name for column in columns]
    frame = desk_of(stores).table(view, codes, first, last, ("station",), stations=ids)
    at = {int(id): n for n, id in enumerate(frame["station"].to_list())}
    for column in columns:
        values = frame[column.name].to_list()
        shares = frame[f"{column.name}.coverage"].to_list()
        for row, id in zip(rows, ids, strict=True):
            n = at.get(id)
            value = None if n is None else values[n]
            row[column.field] = None if value is None or not np.isfinite(value) else value
            if n is not None and shares[n] is not None and shares[n] < 0.99:
                row[f"{column.field}_share"] = round(float(shares[n]), 3)


def _states(snapshot: Snapshot | None, ids: list[int]) -> list[int]:
    """0 normal, 1-4 worst open alarm, 5 not online."""
    if snapshot is None:
        return [5] * len(ids)
    rows = [snapshot.row_of.get(id) for id in ids]
    return [
        5 if row is None else int(snapshot.level[row]) or (0 if snapshot.online[row] else 5)
        for row in rows
    ]
