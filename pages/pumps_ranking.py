"""The rankings of the page of pumps: which pump wastes energy, and which kind of trouble it has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from analytics.energy_gap import PARTS
from components.page import View
from components.tables import grid
from components.time_range import link
from data.station_rows import StationRow
from pages.pumps_facts import City
from pages.reach import Reach

RANKS = (
    "running",
    "gap",
    "wear",
    "zone",
    "sequencing",
    "setpoint",
    "inlet",
    "strainer",
    "gauge",
    "balance",
)
OF_PUMPS = ("wear", "zone")
MOST = 200
Values = np.ndarray


def rank_of(view: View) -> str:
    asked = view.params.get("rank", "")
    return asked if asked in RANKS else RANKS[0]


def score(city: City, rank: str) -> Values:
    """What a ranking sorts by, the largest first: [k] of pumps for OF_PUMPS, else [z] of sets; NaN
    where it can't be told."""
    return _SCORES[rank](city)


def year_kwh(city: City, part: int | None = None) -> Values:
    """[z] kWh a year of a part of the gap, or of all of it."""
    parts = city.sets.gap.parts
    share = parts.sum(axis=1) if part is None else parts[:, part]
    return np.asarray(share * city.set_energy() * 365.25 / city.days)


def running_kwh(city: City) -> Values:
    """[z] kWh a year of the parts that care and other running would save: wear, sequencing, set
    point. The mains pressure that a tank loses needs another plant, and would lead every list."""
    share = city.sets.gap.parts[:, :3].sum(axis=1)
    return np.asarray(share * city.set_energy() * 365.25 / city.days)


def _wear(city: City) -> Values:
    return np.where(city.pumps.wear.known, city.pumps.own, np.nan)


def _balance(city: City) -> Values:
    """[z] largest less smallest share of the set's running, over the even share."""
    share = np.nan_to_num(city.pumps.share)
    low, high = np.full(city.plant.sets, np.inf), np.full(city.plant.sets, -np.inf)
    np.minimum.at(low, city.plant.of, share)
    np.maximum.at(high, city.plant.of, share)
    return np.where(high > 0, (high - low) * city.plant.set_pumps, np.nan)


_SCORES: dict[str, Callable[[City], Values]] = {
    "running": running_kwh,
    "gap": year_kwh,
    "wear": _wear,
    "zone": lambda city: 1.0 - city.pumps.duty.preferred,
    "sequencing": lambda city: city.sets.gap.parts[:, 1],
    "setpoint": lambda city: city.sets.gap.parts[:, 2],
    "inlet": lambda city: year_kwh(city, 3),
    "strainer": lambda city: city.sets.strainer,
    "gauge": lambda city: np.abs(city.pumps.shared),
    "balance": _balance,
}


def ranked(city: City, rank: str, stations: set[int] | None = None) -> list[int]:
    """Indices of pumps (OF_PUMPS) or sets, first in rank first, of these stations; what can't be
    told isn't in it."""
    values = score(city, rank)
    where = city.plant.station if rank in OF_PUMPS else city.plant.set_station
    order = np.argsort(-np.where(np.isfinite(values), values, -np.inf), kind="stable")
    return [
        int(i)
        for i in order
        if np.isfinite(values[i]) and (stations is None or int(where[i]) in stations)
    ]


def key_of(city: City, rank: str, i: int, code: str) -> str:
    """The thing's name in the URL."""
    plant = city.plant
    if rank in OF_PUMPS:
        return f"st:{code}/{plant.zone[i]}/{plant.pump[i]}"
    return f"st:{code}/{plant.set_zone[i]}"


def rows_of(view: View, city: City, it: Reach, most: int | None = MOST) -> list[dict[str, Any]]:
    """One row a pump or set, with raw numbers; `href` leads to its own view."""
    rank = rank_of(view)
    known: dict[int, StationRow] = {s.id: s for s in it.stations}
    order = ranked(city, rank, set(known))
    make = _pump_row if rank in OF_PUMPS else _set_row
    extra = {
        "year": year_kwh(city),
        "running": running_kwh(city),
        "balance": score(city, "balance"),
    }
    rows = []
    for n, i in enumerate(order[:most], 1):
        where = city.plant.station if rank in OF_PUMPS else city.plant.set_station
        station = known[int(where[i])]
        key = key_of(city, rank, i, station.code)
        row = make(view, city, i, extra, city.causes, city.grades)
        zone = view.text(f"mimic.zone_short_{city.plant.zone[i]}" if rank in OF_PUMPS
                         else f"mimic.zone_short_{city.plant.set_zone[i]}")  # fmt: skip
        number = f" {city.plant.pump[i]}#" if rank in OF_PUMPS else ""
        href = link("/pumps", dict(view.params), sel=key)
        name = f"{station.name(view.language)} · {zone}{number}"
        rows.append({"id": key, "n": n, "name": {"text": name, "href": href}, **row})
    return rows


def _pump_row(
    view: View, city: City, i: int, extra: dict[str, Values], causes: list[str], grades: list[int]
) -> dict[str, Any]:
    p, z = city.pumps, city.plant.of[i]
    return {
        "own": _percent(p.own[i]),
        "efficiency": _percent(p.wear.efficiency[i]),
        "cause": view.text(f"pumps.cause_{causes[i]}"),
        "grade": view.text(f"pumps.grade_{grades[i]}"),
        "preferred": _percent(p.duty.preferred[i]),
        "efficient": _percent(p.duty.efficient[i]),
        "ratio": _number(p.duty.ratio[i]),
        "wire": _percent(p.wire_to_water[i]),
        "share": _percent(p.share[i]),
        "year": _number(extra["year"][z]),
    }


def _set_row(
    view: View, city: City, z: int, extra: dict[str, Values], causes: list[str], grades: list[int]
) -> dict[str, Any]:
    own = np.flatnonzero(city.plant.of == z)
    worst = max(own, key=lambda i: (grades[i], np.nan_to_num(city.pumps.own[i])))
    gap = city.sets.gap
    near = gap.parts[z, :3]  # what repair and other running win back
    named = PARTS[int(np.argmax(near))] if np.isfinite(near).all() and near.max() > 0.01 else None
    return {
        "year": _number(extra["year"][z]),
        "running": _number(extra["running"][z]),
        **{part: _percent(gap.parts[z, n]) for n, part in
           enumerate(PARTS)},
        "main": "" if named is None else view.text(f"pumps.part_{named}"),
        "preferred": _percent(_mean(city.pumps.duty.preferred[own])),
        "strainer": _percent(city.sets.strainer[z]),
        "gauge": _percent(-city.pumps.shared[z]),
        "balance": _percent(extra["balance"][z]),
        "cause": view.text(f"pumps.cause_{causes[worst]}"),
    }  # fmt: skip


def _mean(values: Values) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if known.size else float("nan")


def _percent(value: float) -> float | None:
    return None if not np.isfinite(value) else round(100.0 * float(value), 2)


def _number(value: float) -> float | None:
    return None if not np.isfinite(value) else round(float(value), 3)


PUMP_COLUMNS = (("own", 1), ("efficiency", 1), ("grade", -1), ("cause", -1), ("preferred", 0),
                ("efficient", 0), ("ratio", 2), ("wire", 1), ("share", 0), ("year", 0))  # fmt: skip
SET_COLUMNS = (("running", 0), ("year", 0), ("wear", 1), ("sequencing", 1), ("setpoint", 1),
               ("inlet", 1), ("preferred", 0), ("strainer", 1), ("gauge", 1), ("balance", 0),
               ("main", -1), ("cause", -1))  # fmt: skip


def columns_of(rank: str) -> tuple[tuple[str, int], ...]:
    """(name, decimals) of a ranking's columns; −1 for words."""
    return PUMP_COLUMNS if rank in OF_PUMPS else SET_COLUMNS


def shown_of(rank: str) -> tuple[tuple[str, int], ...]:
    """Those of them that the screen has room for; the file has all."""
    if rank in OF_PUMPS:
        hidden = {"share", "year", "efficient"} if rank == "wear" else {"share", "year", "grade"}
    else:
        hidden = {"strainer", "gauge", "balance"} - {rank}
        hidden |= {"gap": {"running"}, "inlet": {"running"}}.get(rank, {"year"})
        hidden |= {"main"} if rank in ("strainer", "gauge", "balance") else {"cause"}
        hidden |= {"inlet"} if rank in ("strainer", "gauge", "balance") else set()
    return tuple(c for c in columns_of(rank) if c[0] not in hidden)


def grid_of(view: View, city: City, it: Reach, name: str) -> Any:
    """The top of the ranking, to sort."""

    def column(field: str, decimals: int) -> dict[str, Any]:
        made: dict[str, Any] = {
            "field": field, "headerName": view.text(f"pumps.col_{field}"),
            "headerTooltip": view.text(f"pumps.tip_{field}"),
            "wrapHeaderText": True, "autoHeaderHeight": True,
            "minWidth": (80 if field == "grade" else 92) if decimals < 0 else 68,
        }  # fmt: skip
        if decimals >= 0:
            made |= {
                "type": "rightAligned",
                "valueFormatter": {"function": f"fixed(params.value, {decimals})"},
            }
        return made

    first: list[dict[str, Any]] = [
        {"field": "n", "headerName": "#", "maxWidth": 44, "minWidth": 40, "type": "rightAligned"},
        {"field": "name", "headerName": view.text("pumps.col_name"),
         "minWidth": 180 if view.language == "zh" else 216,
         "cellRenderer": "CellLink", "comparator": {"function": "byText"}},
    ]  # fmt: skip
    columns = [*first, *(column(*c) for c in shown_of(rank_of(view)))]
    return grid(name, columns, rows_of(view, city, it), view.language)
