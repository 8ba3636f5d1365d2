"""The inlet side of the mimic: main, valves, tanks or surge vessels, suction header."""

from __future__ import annotations

from markupsafe import Markup

from components.mimic_parts import Words, labelled, pipe, text, valve
from components.mimic_plan import (
    COLLECTOR,
    FOOT,
    RISER,
    STORE,
    STORE_WIDTH,
    SUCTION,
    VALVE,
    VESSEL_SLOT,
    Band,
    Station,
    comb,
)  # fmt: skip
from components.mimic_vessels import (
    DEFAULT_OVERFLOW,
    autonomy,
    floats,
    quality,
    surge_vessel,
    tank,
    tank_title,
)  # fmt: skip

TALLEST = 400.0
"""Height of a tank in a tall drawing."""
Outlets = list[tuple[float, str | None]]
"""y of every branch from the main, and the code of the valve in it."""


def inlet(station: Station, outlets: Outlets, words: Words) -> Markup:
    """Main, its pressure and flow, and the riser that shares it out."""
    ys = [y for y, _ in outlets]
    y = (min(ys) + max(ys)) / 2
    bore = f" DN{station.inlet_diameter}" if station.inlet_diameter else ""
    parts = [
        text(4, y - 16, words["mimic.main"] + bore, class_="m-state"),
        pipe([(4, y), (RISER, y)], "PH.Q_IN"),
    ]
    if station.sets:
        parts.append(labelled(4, y + 26, words["mimic.p_main"], "PH.P_MAIN", "MPa", 3))
        parts.append(labelled(4, y + 74, words["mimic.q_in"], "PH.Q_IN", "m³/h", 1))
    for at, gate in outlets:
        route = [(RISER, y), (RISER, at), (STORE, at)] if at != y else [(RISER, y), (STORE, y)]
        parts.append(pipe(route, "PH.Q_IN", f"{gate}.VALVE_POS" if gate else None))
        if gate:
            parts.append(valve(VALVE, at, gate, words))
    return Markup("").join(parts)


def stores(
    station: Station, bands: list[Band], height: float, words: Words
) -> tuple[Markup, Outlets]:
    """Tanks and surge vessels in their column, and the y of each one's pipes."""
    vessels = station.type.startswith("STACKED")
    if vessels and not station.tanks:
        drawn = [surge_vessel(STORE, b.y, STORE_WIDTH, b.set.zone, words) for b in bands]
        drawn.append(quality(STORE, max(height - 34, bands[-1].y + 88), words))
        return Markup("").join(drawn), [(b.y, None) for b in bands]
    parts: list[Markup] = []
    outlets: Outlets = []
    top = 0.0
    for band in bands if vessels else ():
        parts.append(surge_vessel(STORE, top + 74, STORE_WIDTH, band.set.zone, words))
        outlets.append((top + 74, None))
        top += VESSEL_SLOT
    slot = (height - FOOT - top) / station.tanks
    for k in range(1, station.tanks + 1):
        room = min(TALLEST, max(96.0, slot - 44))
        at = top + 26 + (slot - 44 - room) / 2
        parts.append(_tank(station, f"T{k}", at, room, words))
        outlets.append((round(at + room * 0.5, 1), f"T{k}"))
        top += slot
        foot = at + room
    if station.tanks > 1:
        parts.append(autonomy(STORE, foot + 18, words))
    parts.append(quality(STORE, min(foot + 40, height - 24), words))
    return Markup("").join(parts), outlets


def _tank(station: Station, code: str, y: float, height: float, words: Words) -> Markup:
    """One tank with its volume above; the only tank tells the hours it lasts as well."""
    overflow = station.overflow_level or DEFAULT_OVERFLOW
    middle = STORE + STORE_WIDTH / 2
    parts = tank(STORE, y, STORE_WIDTH, height, code, overflow, words)
    title = tank_title(station, code, words)
    parts += text(middle, y - 10, title, class_="m-state", text_anchor="middle")
    parts += floats(middle, y + height - 12, code, words)
    if station.tanks == 1:
        parts += autonomy(middle, y + height * 0.5 + 30, words, text_anchor="middle")
    return parts


def suction(station: Station, bands: list[Band], outlets: Outlets) -> Markup:
    """Pipes from the tanks to the pumps; stacked zones have each their own."""
    flows = " ".join(f"{band.set.zone}.Q_OUT" for band in bands)
    if len(outlets) == len(bands) and not station.tanks:
        return Markup("").join(
            pipe([(STORE + STORE_WIDTH, b.y), (SUCTION, b.y)], f"{b.set.zone}.Q_OUT")
            + comb(SUCTION, b.y, [*zip(b.rows, b.running, strict=True)], outward=True)
            for b in bands
        )
    ys = [y for y, _ in outlets]
    trunk = (min(ys) + max(ys)) / 2
    parts = [pipe([(STORE + STORE_WIDTH, y), (COLLECTOR, y)], flows) for y in ys]
    parts.append(comb(COLLECTOR, trunk, [(y, flows) for y in ys], outward=False))
    parts.append(pipe([(COLLECTOR, trunk), (SUCTION, trunk)], flows))
    rows = [pair for b in bands for pair in zip(b.rows, b.running, strict=True)]
    parts.append(comb(SUCTION, trunk, rows, outward=True))
    return Markup("").join(parts)
