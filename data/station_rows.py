"""What a district, a compound, a pump house and a pump set are once they have left the database."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from data.catalogue.points import Layout


@dataclass(frozen=True)
class Scope:
    """The part of the city that a query may answer from: one district, or all."""

    district_id: int | None = None


EVERYWHERE = Scope()


@dataclass(frozen=True)
class SetRow:
    """A pressure zone. Units as in tables.PumpSet: MPa, m³/h, m, kW and A a pump."""

    zone: str
    pumps: int
    floor_from: int | None
    floor_to: int | None
    households: int
    static_head: float | None
    setpoint: float
    rated_flow: float
    rated_head: float
    rated_power: float
    rated_current: float


@dataclass(frozen=True)
class StationRow:
    """A pump house with its sets from the low zone to the high one."""

    id: int
    code: str
    name_zh: str
    name_en: str
    district_id: int
    type: str
    tanks: int
    profile: str
    host: str
    port: int
    unit: int
    latitude: float | None = None
    longitude: float | None = None
    address_zh: str = ""
    address_en: str = ""
    underground: bool = True
    households: int = 0
    build_year: int | None = None
    tank_area: float | None = None
    overflow_level: float | None = None
    inlet_diameter: int | None = None
    compound_id: int | None = None
    sets: tuple[SetRow, ...] = ()

    @cached_property
    def layout(self) -> Layout:
        return Layout(self.type, tuple(row.pumps for row in self.sets), self.tanks)

    @property
    def address(self) -> tuple[str, int, int]:
        """Host, port and unit: what no two stations may share."""
        return self.host, self.port, self.unit

    def name(self, lang: str) -> str:
        return self.name_zh if lang == "zh" else self.name_en


@dataclass(frozen=True)
class DistrictRow:
    """A district; `boundary` is a ring of [longitude, latitude], WGS-84."""

    id: int
    code: str
    name_zh: str
    name_en: str
    label_latitude: float | None = None
    label_longitude: float | None = None
    boundary: list[Any] | None = None

    def name(self, lang: str) -> str:
        return self.name_zh if lang == "zh" else self.name_en


@dataclass(frozen=True)
class CompoundRow:
    """A residential compound; `households` is None where only its pump houses tell them."""

    id: int
    code: str
    name_zh: str
    name_en: str
    district_id: int
    households: int | None = None

    def name(self, lang: str) -> str:
        return self.name_zh if lang == "zh" else self.name_en


class AddressTaken(ValueError):
    """Two stations with one gateway address: `code` wants what `other` has."""

    def __init__(self, code: str, other: str, address: tuple[str, int, int]) -> None:
        host, port, unit = address
        super().__init__(f"station {code}: {host}:{port} unit {unit} is the address of {other}")
        self.code, self.other, self.address = code, other, address


@dataclass(frozen=True)
class Conflict:
    """Stations that stand in the database with one address."""

    address: tuple[str, int, int]
    codes: tuple[str, ...]
