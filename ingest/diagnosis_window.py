"""What a diagnosis looks at, for a station of the fleet: codes, facts, the place of an alarm."""

from __future__ import annotations

from typing import NamedTuple

from analytics.symptoms import WITNESSES
from data.catalogue.points import columns
from data.stations import StationRow

BEFORE, AFTER = 1800.0, 60.0
"""s of a window before and after an alarm was raised."""


class Spot(NamedTuple):
    """Where in a station an alarm is: L, L.P2 or T1, '' = the station."""

    zone: str = ""
    pump: int = 0
    tank: int = 0

    @classmethod
    def of(cls, place: str) -> Spot:
        if place[:1] == "T" and place[1:].isdigit():
            return cls(tank=int(place[1:]))
        zone, _, pump = place.partition(".P")
        return cls(zone, int(pump) if pump.isdigit() else 0)


def codes_of(station: StationRow, point: str = "") -> list[str]:
    """Codes of the station that a window holds, with the one that the rule is about."""
    return [
        column.code
        for column in columns(station.layout)
        if column.point.code in WITNESSES or column.code == point
    ]


def facts_of(station: StationRow, zone: str) -> dict[str, float]:
    """What the measures want to know of the station and the set of `zone` (else its first)."""
    found = {"tank": float(station.tanks > 0)}
    if station.overflow_level:
        found["overflow_level"] = station.overflow_level
    if station.tank_area:
        found["tank_area"] = station.tank_area
    if station.sets:
        one = next((s for s in station.sets if s.zone == zone), station.sets[0])
        for name in ("pumps", "rated_flow", "rated_head", "rated_power", "rated_current"):
            found[name] = float(getattr(one, name))
    return found
