"""Every page of the cockpit, in the order of the navigation."""

from __future__ import annotations

from types import ModuleType

from pages import (
    alarms,
    cockpit,
    comparison,
    corrections,
    demand,
    energy,
    indicators,
    leakage,
    map,
    on_call,
    points,
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
    station,
    alarms,
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
    corrections,
    system,
)
