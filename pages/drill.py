"""The way down: city > district > compound > pump house > set > pump. Each step keeps period,
comparison and filter, which stand in the URL.

A level with one child (a house with one set) stays in the way; a house that stands in no compound,
as a regional one, is next below its district.
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import parse_qsl

from dash import dcc

from components.crumbs import Step
from components.page import View
from components.time_range import link
from data.catalogue.points import station_types
from data.rights import NotFound
from data.station_rows import CompoundRow, DistrictRow, SetRow, StationRow
from data.stores import Stores

KEPT = ("from", "to", "cmp", "align", "type")
"""Parameters of the URL that every step keeps: time, comparison, filter."""


def kept(view: View) -> dict[str, str]:
    """Those of KEPT that the viewer's URL has."""
    return {name: view.params[name] for name in KEPT if view.params.get(name)}


def district_path(code: str) -> str:
    return f"/districts/{code}"


def compound_path(code: str) -> str:
    return f"/compounds/{code}"


def station_path(code: str, zone: str = "", pump: int = 0) -> str:
    """Address of a pump house, of a set of it, or of a pump of that."""
    parts = ["/stations", code, zone if zone else "", str(pump) if pump else ""]
    return "/".join(part for part in parts if part)


def to(view: View, path: str) -> str:
    """`path` with what every step keeps, beside its own query."""
    path, _, query = path.partition("?")
    return link(path, {**kept(view), **dict(parse_qsl(query))})


def filtered(stores: Stores, view: View, district: DistrictRow) -> list[StationRow]:
    """Pump houses of a district that the URL's type leaves, by name."""
    kind = view.params.get("type", "")
    kind = kind if kind in station_types() else ""
    rows = [
        row for row in stores.stations.all(view.scope)
        if row.district_id == district.id and kind in ("", row.type)
    ]  # fmt: skip
    return sorted(rows, key=lambda row: (row.name(view.language), row.code))


def way(
    stores: Stores,
    view: View,
    district: DistrictRow,
    station: StationRow | None = None,
    zone: str = "",
    pump: int = 0,
    compound: CompoundRow | None = None,
) -> list[Step]:
    """The steps from the city down to what is named; a pump house names its compound."""
    steps = [Step(view.text("shell.city"), to(view, "/")), _district(stores, view, district)]
    if station is not None:
        compound = compound_of(stores, view, station)
    if compound is not None:
        steps.append(_compound(stores, view, district, compound))
    if station is not None:
        steps.append(_station(stores, view, district, station))
        if zone:
            steps.append(_set(view, station, zone))
            if pump:
                steps.append(_pump(view, station, set_of(station, zone), pump))
    return steps


def home(stores: Stores, view: View, row: StationRow | CompoundRow) -> DistrictRow:
    """The district of a pump house or a compound."""
    return next(d for d in stores.stations.districts(view.scope) if d.id == row.district_id)


def compound_of(stores: Stores, view: View, station: StationRow) -> CompoundRow | None:
    """The compound that a pump house stands in."""
    return stores.stations.compounds(view.scope).get(station.compound_id or 0)


def house(stores: Stores, view: View, code: str) -> StationRow:
    """The pump house. Raises NotFound when it is not within the viewer's scope."""
    station = stores.stations.by_code(code, view.scope)
    if station is None:
        raise NotFound("station", code)
    return station


def compound_link(view: View, compound: CompoundRow) -> dcc.Link:
    """The way from a house to its compound."""
    href = to(view, compound_path(compound.code))
    return dcc.Link(compound.name(view.language), href=href, className="compound-link")


def set_of(station: StationRow, zone: str) -> SetRow:
    """The set of a zone. Raises NotFound."""
    found = next((row for row in station.sets if row.zone == zone), None)
    if found is None:
        raise NotFound("set", f"{station.code}/{zone}")
    return found


def set_name(view: View, station: StationRow, zone: str) -> str:
    """A set has a number, from the low zone up, and its zone where there are several."""
    number = next(n for n, row in enumerate(station.sets, 1) if row.zone == zone)
    name = view.text("drill.set", n=number)
    if len(station.sets) == 1:
        return name
    return f"{name} · {view.text(f'mimic.zone_short_{zone}')}"


def pump_name(view: View, pump: int) -> str:
    return view.text("drill.pump", n=pump)


def _district(stores: Stores, view: View, district: DistrictRow) -> Step:
    rows = stores.stations.districts(view.scope)
    links = [(d.name(view.language), to(view, district_path(d.code))) for d in rows]
    return _step(district.name(view.language), links, [d.id for d in rows].index(district.id))


def _compound(stores: Stores, view: View, district: DistrictRow, compound: CompoundRow) -> Step:
    known = stores.stations.compounds(view.scope)
    shown = {compound.id} | {row.compound_id for row in filtered(stores, view, district)}
    rows = [row for row in known.values() if row.id in shown]
    rows.sort(key=lambda row: (row.name(view.language), row.code))
    links = [(row.name(view.language), to(view, compound_path(row.code))) for row in rows]
    every = to(view, district_path(district.code))
    return _step(compound.name(view.language), links, rows.index(compound), every)


def _station(stores: Stores, view: View, district: DistrictRow, station: StationRow) -> Step:
    """Beside a house stand those of its compound; beside one that is alone there its district's."""
    rows = filtered(stores, view, district)
    near = [row for row in rows if row.compound_id == station.compound_id]
    rows = near if station.compound_id is not None and len(near) > 1 else rows
    if station not in rows:
        rows = [station, *rows]
    links = [(s.name(view.language), to(view, station_path(s.code))) for s in rows]
    every = to(view, district_path(district.code))
    return _step(station.name(view.language), links, rows.index(station), every)


def _set(view: View, station: StationRow, zone: str) -> Step:
    links = [
        (set_name(view, station, row.zone), to(view, station_path(station.code, row.zone)))
        for row in station.sets
    ]
    here = [row.zone for row in station.sets].index(zone)
    return _step(links[here][0], links, here)


def _pump(view: View, station: StationRow, of: SetRow, pump: int) -> Step:
    links = [
        (pump_name(view, n), to(view, station_path(station.code, of.zone, n)))
        for n in range(1, of.pumps + 1)
    ]
    return _step(links[pump - 1][0], links, pump - 1)


def _step(name: str, links: Sequence[tuple[str, str]], here: int, every: str = "") -> Step:
    return Step(name, links[here][1], links, here, every)
