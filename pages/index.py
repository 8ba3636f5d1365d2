"""Every page of the cockpit, in the order of the navigation."""

from __future__ import annotations

from types import ModuleType

from pages import (
    alarm_statistics,
    alarms,
    cockpit,
    comparison,
    corrections,
    demand,
    devices,
    district,
    energy,
    indicators,
    leakage,
    map,
    my_indicators,
    on_call,
    points,
    pump,
    pump_set,
    pumps,
    quality,
    solutions,
    station,
    stations,
    system,
    work_orders,
)

PAGES: tuple[ModuleType, ...] = (
    cockpit,
    map,
    stations,
    district,
    station,
    pump_set,
    pump,
    alarms,
    alarm_statistics,
    on_call,
    solutions,
    work_orders,
    energy,
    pumps,
    leakage,
    comparison,
    points,
    demand,
    quality,
    indicators,
    my_indicators,
    corrections,
    system,
    devices,
)
