"""Which points of a pump house its page shows, and how: charts, sparks, names of states."""

from __future__ import annotations

from dataclasses import dataclass

from components.mimic_vessels import DEFAULT_OVERFLOW, NORMAL_LEVEL
from components.page import View
from data.catalogue.points import Column, columns
from data.station_rows import StationRow

TOLERANCE = 0.02
"""MPa around the set point that count as normal."""
SPARKS = (
    "L.P_OUT", "PH.P_MAIN", "L.Q_OUT", "PH.Q_IN", "T1.LEVEL", "L.P1.F", "EL.P", "WQ.CL_OUT",
    "WQ.TURB", "WQ.PH", "EN.T", "EL.IA", "MT.MASTER_Q", "WQ.TEMP", "EN.RH", "EL.UA", "CM.RSSI",
)  # fmt: skip
"""Points of the side panel, the more telling first; a station shows the first 12 it has."""
SPARK_COUNT = 12
STATES = {
    "MODE": ("off", "manual", "auto"),
    "SRC": ("none", "mains", "backup", "ups"),
    "SCH_MODE": ("level", "schedule", "remote", "manual"),
}
"""Words of each value of the enumerations, under `value.` in the catalogue."""


@dataclass(frozen=True)
class Chart:
    """One trend of the page: `codes` with the names of their lines."""

    name: str
    title: str
    codes: tuple[str, ...]
    labels: tuple[str, ...]
    unit: str
    decimals: int
    band: tuple[float, float] | None = None
    setpoints: tuple[float, ...] = ()
    from_zero: bool = False


def by_code(station: StationRow) -> dict[str, Column]:
    """The station's points, in the order of the catalogue."""
    return {column.code: column for column in columns(station.layout)}


def charts(station: StationRow, view: View) -> list[Chart]:
    """Pressure, flow, level and power; a house without pumps or tanks has its next best."""
    known = by_code(station)
    if not station.sets:
        return [
            _single(code, known, view) for code in ("PH.P_MAIN", "PH.Q_IN", "MT.MASTER_Q", "EN.T")
        ]
    level = _level(station, view) if station.tanks else _single("PH.P_MAIN", known, view)
    return [_pressure(station, view), _flow(station, view), level, _single("EL.P", known, view)]


def sparks(station: StationRow) -> list[Column]:
    """Points of the side panel."""
    known = by_code(station)
    return [known[code] for code in SPARKS if code in known][:SPARK_COUNT]


def band(column: Column, station: StationRow) -> tuple[float, float] | None:
    """The normal range of a point at this station, in its unit; None where nothing is normal."""
    code = column.code
    if code.endswith(".P_OUT"):
        target = next(row.setpoint for row in station.sets if row.zone == column.zone)
        return target - TOLERANCE, target + TOLERANCE
    if code.endswith(".LEVEL"):
        full = station.overflow_level or DEFAULT_OVERFLOW
        return full * NORMAL_LEVEL[0], full * NORMAL_LEVEL[1]
    return column.point.normal


def value_words(column: Column, view: View) -> dict[str, str] | None:
    """Words for the values of a state or enumeration; None for a measured point."""
    kind = column.point.kind
    if kind == "enum":
        names = STATES[column.code.rsplit(".", 1)[1]]
        return {str(n): view.text(f"value.{name}") for n, name in enumerate(names)}
    if kind not in ("state", "alarm"):
        return None
    off, on = ("normal", "alarm") if kind == "alarm" else ("no", "yes")
    return {"0": view.text(f"value.{off}"), "1": view.text(f"value.{on}")}


def zone_name(zone: str, view: View) -> str:
    """Short name of a zone, for a list or a line."""
    return view.text(f"mimic.zone_short_{zone}")


def point_name(view: View, station: StationRow, column: Column) -> str:
    """Name of a point, with its zone where the station has several."""
    name = column.name(view.language)
    return (
        f"{zone_name(column.zone, view)} {name}" if column.zone and len(station.sets) > 1 else name
    )


def _pressure(station: StationRow, view: View) -> Chart:
    zones = station.sets
    only = zones[0].setpoint if len(zones) == 1 else None
    return Chart(
        "pressure", view.text("station.chart_pressure"),
        tuple(f"{row.zone}.P_OUT" for row in zones),
        _zone_labels(station, view, "station.chart_pressure"), "MPa", 2,
        band=None if only is None else (only - TOLERANCE, only + TOLERANCE),
        setpoints=tuple(row.setpoint for row in zones),
    )  # fmt: skip


def _flow(station: StationRow, view: View) -> Chart:
    return Chart(
        "flow", view.text("station.chart_flow"), tuple(f"{row.zone}.Q_OUT" for row in station.sets),
        _zone_labels(station, view, "station.chart_flow"), "m³/h", 1, from_zero=True,
    )  # fmt: skip


def _level(station: StationRow, view: View) -> Chart:
    full = station.overflow_level or DEFAULT_OVERFLOW
    numbers = range(1, station.tanks + 1)
    names = [view.text("mimic.tank_n", n=n) for n in numbers]
    return Chart(
        "level", view.text("station.chart_level"), tuple(f"T{n}.LEVEL" for n in numbers),
        tuple(names) if station.tanks > 1 else (view.text("station.chart_level"),), "m", 2,
        band=(full * NORMAL_LEVEL[0], full * NORMAL_LEVEL[1]),
    )  # fmt: skip


def _single(code: str, known: dict[str, Column], view: View) -> Chart:
    column = known[code]
    name = column.name(view.language)
    zero = column.point.kind in ("flow", "power")
    return Chart(
        code.replace(".", "_").lower(), name, (code,), (name,), column.point.unit,
        min(column.point.decimals, 2), band=column.point.normal, from_zero=zero,
    )  # fmt: skip


def _zone_labels(station: StationRow, view: View, alone: str) -> tuple[str, ...]:
    if len(station.sets) == 1:
        return (view.text(alone),)
    return tuple(zone_name(row.zone, view) for row in station.sets)
