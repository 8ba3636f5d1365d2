"""One row of a station list against the catalogue and the stations that exist."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from data.catalogue.errors import CatalogueError
from data.catalogue.points import ZONES, Layout, station_types
from data.catalogue.profiles import LIMIT, compile_block, profiles
from data.catalogue.station_columns import plain, station_columns
from data.compound_check import Compounds
from data.station_cells import CellError, cell_value
from data.station_rows import CompoundRow, DistrictRow, SetRow, StationRow

MODBUS_PORT = 502
METRES = 102.0
"""Head of 1 MPa of water, m."""
MOTORS = (0.75, 1.1, 1.5, 2.2, 3, 4, 5.5, 7.5, 11, 15, 18.5, 22, 30, 37, 45, 55, 75, 90, 110, 132)
"""kW that motors are made for."""


class Problem(NamedTuple):
    field: str
    reason: str
    values: Mapping[str, Any]


class Check:
    """Judges rows one after another; a good one counts as existing for those after it."""

    def __init__(
        self,
        districts: Iterable[DistrictRow],
        compounds: Iterable[CompoundRow],
        codes: Iterable[str],
        addresses: Mapping[tuple[str, int, int], str],
    ) -> None:
        self._tables = {
            "district": _by_name(districts, "code", "name_zh", "name_en"),
            "type": _by_name(station_types().values(), "code", "zh", "en"),
            "profile": _by_name(profiles().values(), "name", "zh", "en"),
        }
        self.compounds = Compounds(compounds)
        self._codes = set(codes)
        self._addresses = dict(addresses)
        self._problems: list[Problem] = []

    def station(self, texts: Mapping[str, str]) -> tuple[StationRow | None, list[Problem]]:
        """The station that the cells (text by column code) describe, or what is wrong."""
        self._problems = []
        values = self._values(texts)
        if not self._problems:
            self._whole(values)
        if self._problems:
            return None, self._problems
        station = _row(values, self.compounds.put(values["home"]))
        self._codes.add(station.code)
        self._addresses[station.address] = station.code
        return station, []

    def _note(self, field: str, reason: str, **values: Any) -> None:
        self._problems.append(Problem(field, reason, values))

    def _values(self, texts: Mapping[str, str]) -> dict[str, Any]:
        """Cell by cell; district, type and profile become their rows."""
        values: dict[str, Any] = {}
        for code, column in station_columns().items():
            try:
                value = cell_value(column, texts.get(code, ""))
            except CellError as error:
                self._note(code, error.reason, **error.values)
                continue
            if code in self._tables:
                found = self._tables[code].get(plain(value))
                if found is None:
                    self._note(code, "unknown", value=value)
                value = found
            values[code] = value
        return values

    def _whole(self, values: dict[str, Any]) -> None:
        """What only the row as a whole can tell; fills in what was left empty."""
        kind, profile = values["type"], values["profile"]
        defaults = {
            "port": MODBUS_PORT, "unit": profile.unit, "name_en": values["name_zh"],
            "tanks": int(kind.tank), "underground": True, "households": 0,
            "address_zh": "", "address_en": "",
        }  # fmt: skip
        for code, default in defaults.items():
            if values[code] is None:
                values[code] = default
        values["host"] = values["host"].casefold()
        address = (values["host"], values["port"], values["unit"])
        if values["code"] in self._codes:
            self._note("code", "code_taken", value=values["code"])
        if other := self._addresses.get(address):
            shown = f"{address[0]}:{address[1]}/{address[2]}"
            self._note("host", "address_taken", value=shown, other=other)
        if kind.tank != (values["tanks"] > 0):
            self._note("tanks", "needs_tank" if kind.tank else "has_no_tank", type=kind.code)
        if kind.pumped != bool(values["pumps"]):
            self._note("pumps", "needs_pumps" if kind.pumped else "has_no_pumps", type=kind.code)
        if kind.pumped and values["setpoint"] is None:
            self._note("setpoint", "missing")
        values["home"] = self.compounds.home(values, self._note)
        self._zones(values)
        if not self._problems:
            self._layout(Layout(kind.code, values["pumps"], values["tanks"]), profile.name)

    def _zones(self, values: dict[str, Any]) -> None:
        """One number stands for all zones; otherwise as many as there are zones."""
        wanted = len(values["pumps"])
        for code, column in station_columns().items():
            given = values[code]
            if column.kind != "zones" or given is None or not wanted:
                continue
            if len(given) not in (1, wanted):
                self._note(code, "zones", found=len(given), wanted=wanted)
            values[code] = given * wanted if len(given) == 1 else given

    def _layout(self, layout: Layout, profile: str) -> None:
        try:
            for block in ("fast", "slow"):
                compile_block(profile, layout, block)
        except CatalogueError as error:
            if error.field in ("fast", "slow"):
                self._note("profile", "registers", profile=profile, most=LIMIT, layout=layout.key)
            else:
                self._note("profile", "layout", profile=profile, layout=layout.key, why=error.why)


def _by_name(rows: Iterable[Any], *names: str) -> dict[str, Any]:
    """Each row by everything that it may be called."""
    return {plain(getattr(row, name)): row for row in rows for name in names}


def _row(values: Mapping[str, Any], compound: int | None) -> StationRow:
    own = {k: v for k, v in values.items() if k in StationRow.__dataclass_fields__}
    own |= {"type": values["type"].code, "profile": values["profile"].name}
    count = len(values["pumps"])
    homes = [values["households"] // count] * count if count else []
    if count:
        homes[0] += values["households"] % count
    sets = tuple(_set(i, values, homes[i]) for i in range(count))
    return StationRow(
        id=0, district_id=values["district"].id, compound_id=compound, sets=sets, **own
    )  # fmt: skip


def _set(i: int, values: Mapping[str, Any], households: int) -> SetRow:
    """Zone `i`. Ratings that the list doesn't give are the usual ones for its pressure and homes:
    0.04 m³/h a home shared by all pumps but one, 15 % head in hand, 55 % efficiency."""

    def given(name: str) -> float | None:
        return values[name][i] if values[name] else None

    pumps, setpoint = values["pumps"][i], values["setpoint"][i]
    flow = given("rated_flow") or max(6.0, 0.04 * households / max(pumps - 1, 1))
    head = given("rated_head") or round(1.15 * METRES * setpoint, 1)
    shaft = 9.81 * flow * head / 3600 / 0.55
    power = given("rated_power") or next((kw for kw in MOTORS if kw >= shaft), MOTORS[-1])
    return SetRow(
        zone=ZONES[i],
        pumps=pumps,
        floor_from=None,
        floor_to=None,
        households=households,
        static_head=given("static_head"),
        setpoint=setpoint,
        rated_flow=round(flow, 1),
        rated_head=head,
        rated_power=power,
        rated_current=given("rated_current") or round(2.05 * power, 1),
    )
