"""Which stations a page is about: the viewer's district, narrowed by what the URL says.

scope=d:CODE     a district within the viewer's reach; scope=c:CODE a compound
type=TANK_VFD    a station type
sel=st:A,st:B    chosen to be compared, in their order, at most MOST: a station, a set of it
                 (st:A/L) or a pump of that (st:A/L/2)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from components.page import View
from components.page_head import choice, finding
from components.selection import Entity
from data.catalogue.points import station_types
from data.station_rows import CompoundRow, DistrictRow, StationRow
from data.stores import Stores

MOST = 6
"""Stations that one chart compares at most."""


@dataclass(frozen=True)
class Reach:
    """The stations that a page answers for."""

    stations: tuple[StationRow, ...]
    district: DistrictRow | None
    """That of `compound`, where there is one."""
    type: str
    label: str
    """In words: the city, or the compound or district, and the type."""
    compound: CompoundRow | None = None

    @property
    def ids(self) -> list[int]:
        return [station.id for station in self.stations]

    @property
    def key(self) -> tuple[int | None, int | None, str]:
        """What is narrowed to, for what is kept of it: two compounds may have one name."""
        places = (self.district, self.compound)
        district, compound = (None if row is None else row.id for row in places)
        return district, compound, self.type

    @property
    def narrowed(self) -> dict[str, str]:
        """The same as parameters of the API."""
        if self.compound is not None:
            return {"compound": self.compound.code, "type": self.type}
        return {"district": self.district.code if self.district else "", "type": self.type}


def reach(stores: Stores, view: View) -> Reach:
    """The stations within the viewer's scope that the URL's `scope` and `type` leave; a place that
    isn't in reach, or an unknown type, narrows nothing."""
    districts = {d.id: d for d in stores.stations.districts(view.scope)}
    place, compound = place_of(stores, view, view.params.get("scope", "")), None
    district: DistrictRow | None
    if isinstance(place, CompoundRow):
        compound, district = place, districts[place.district_id]
    else:
        district = place
    if district is None and view.scope.district_id is not None:
        district = next(iter(districts.values()), None)
    kind = view.params.get("type", "")
    kinds = station_types()
    kind = kind if kind in kinds else ""
    stations = tuple(
        station
        for station in stores.stations.all(view.scope)
        if (district is None or station.district_id == district.id)
        and kind in ("", station.type)
        and (compound is None or station.compound_id == compound.id)
    )
    named = compound or district
    words = [named.name(view.language) if named else view.text("shell.city")]
    if kind:
        words.append(kinds[kind].zh if view.language == "zh" else kinds[kind].en)
    return Reach(stations, district, kind, " · ".join(words), compound)


def place_of(stores: Stores, view: View, value: str) -> DistrictRow | CompoundRow | None:
    """What `scope` names within the viewer's reach: d:CODE a district, c:CODE a compound; a code
    alone is that of a district."""
    if value.startswith("c:"):
        known = stores.stations.compounds(view.scope).values()
        return next((row for row in known if row.code == value.removeprefix("c:")), None)
    code = value.removeprefix("d:")
    return next((d for d in stores.stations.districts(view.scope) if d.code == code), None)


def reach_filters(stores: Stores, view: View, chosen: Reach) -> list[Any]:
    """Lists of districts and station types, for the head of a page, and a search for compounds."""
    lang = view.language
    districts = stores.stations.districts(view.scope)
    places = [(f"d:{d.code}", d.name(lang)) for d in districts]
    if view.scope.district_id is None:
        places.insert(0, ("", view.text("shell.city")))
    kinds = [("", view.text("filter.all_types"))]
    kinds += [(k.code, k.zh if lang == "zh" else k.en) for k in station_types().values()]
    here = f"d:{chosen.district.code}" if chosen.district else ""
    if chosen.compound is not None:
        here = f"c:{chosen.compound.code}"
        places.append((here, chosen.compound.name(lang)))
    return [
        choice(view.text("filter.district"), "scope", places, here),
        finding(view),
        choice(view.text("filter.type"), "type", kinds, chosen.type),
    ]


def selected(stores: Stores, view: View, most: int = MOST) -> list[StationRow]:
    """Stations of `sel`, in its order, each once; what isn't within reach is left out."""
    found: dict[str, StationRow] = {}
    for word in view.params.get("sel", "").split(","):
        code = word.strip().removeprefix("st:").partition("/")[0]
        station = stores.stations.by_code(code, view.scope)
        if station is not None:
            found.setdefault(station.code, station)
    return list(found.values())[:most]


def entities(
    stores: Stores, view: View, most: int = MOST, default: Sequence[StationRow] = ()
) -> tuple[list[Entity], list[str]]:
    """What `sel` compares, each thing once, and its words that mean nothing within reach.

    Without `sel` the stations of `default`; `sel=none` is nothing at all.
    """
    asked = view.params.get("sel", "")
    if not asked:
        return [_entity(view, row, "", 0, n) for n, row in enumerate(default[:most])], []
    found: dict[str, Entity] = {}
    lost = []
    for word in filter(None, (part.strip() for part in asked.split(","))):
        made = _read_entity(stores, view, word, len(found))
        if made is None:
            lost += [] if word == "none" else [word]
        elif len(found) < most:
            found.setdefault(made.key, made)
    return list(found.values()), lost


def _read_entity(stores: Stores, view: View, word: str, index: int) -> Entity | None:
    code, _, rest = word.removeprefix("st:").partition("/")
    zone, _, pump = rest.partition("/")
    station = stores.stations.by_code(code, view.scope)
    if station is None:
        return None
    if not zone:
        return _entity(view, station, "", 0, index)
    row = next((s for s in station.sets if s.zone == zone), None)
    if row is None:
        return None
    number = int(pump) if pump.isdecimal() else 0
    if pump and not 1 <= number <= row.pumps:
        return None
    return _entity(view, station, zone, number, index)


def _entity(view: View, station: StationRow, zone: str, pump: int, index: int) -> Entity:
    key, name = f"st:{station.code}", station.name(view.language)
    if zone:
        key, name = f"{key}/{zone}", f"{name} · {view.text(f'mimic.zone_short_{zone}')}"
    if pump:
        key, name = f"{key}/{pump}", f"{name} {pump}#"
    return Entity(key, name, index, station.id, zone, pump)


def whole_number(words: str) -> int | None:
    """The whole number that an address names, None for anything else."""
    digits = words.removeprefix("-")
    return int(words) if digits.isascii() and digits.isdecimal() and len(digits) < 10 else None
