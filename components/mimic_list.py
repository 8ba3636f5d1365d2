"""The mimic as a list: the same symbols in rows, for compact screens and phones.

Two columns from 680 px on (the store left, the zones right), one below; text keeps its size.
"""

from __future__ import annotations

from markupsafe import Markup

from components.mimic_parts import Words, pump_symbol, tag, valve_symbol
from components.mimic_plan import PumpSet, Station
from components.mimic_vessels import DEFAULT_OVERFLOW, floats, tank_drawing, tank_title


def list_drawing(station: Station, words: Words) -> Markup:
    """Blocks from the main to the highest zone."""
    store = [_inlet(station, words)]
    store += [_tank(station, f"T{k}", words) for k in range(1, station.tanks + 1)]
    if station.type.startswith("STACKED"):
        store += [_vessel(row.zone, words) for row in station.sets]
    store.append(_quality(words) if station.sets else _master(words))
    zones = [_zone(row, station.type, words) for row in reversed(station.sets)]
    return tag(
        "div",
        tag("div", *store, class_="m-column"),
        tag("div", *zones, class_="m-column") if zones else "",
        class_="m-list",
    )  # fmt: skip


def _block(title: str, *rows: str, css: str = "") -> Markup:
    head = tag("h3", title, class_="m-title")
    return tag("section", head, *rows, class_=f"m-block {css}".strip())


def _live(code: str, unit: str, decimals: int, period: int = 2, css: str = "m-value") -> Markup:
    """The HTML twin of mimic_parts.value, in the same slots."""
    return tag(
        "span",
        tag("span", "—", data_slot="number"),
        tag("span", unit, class_="m-unit"),
        tag("span", "", class_="m-note", data_slot="note"),
        class_=css, data_kind="value", data_bind=code, data_decimals=decimals, data_period=period,
    )  # fmt: skip


def _row(label: str, *right: str, icon: str = "", **attributes: object) -> Markup:
    return tag(
        "div",
        icon,
        tag("span", label, class_="m-label"),
        tag("span", *right, class_="m-right"),
        **{"class_": "m-row", **attributes},
    )


def _icon(box: str, *inside: str) -> Markup:
    """A symbol in its own size, so that its digit stays readable."""
    _, _, width, height = box.split()
    svg = tag("svg", *inside, viewBox=box, width=width, height=height)
    return tag("span", svg, class_="m-icon")


def _inlet(station: Station, words: Words) -> Markup:
    bore = f" DN{station.inlet_diameter}" if station.inlet_diameter else ""
    return _block(
        words["mimic.main"] + bore,
        _row(words["mimic.p_main"], _live("PH.P_MAIN", "MPa", 3)),
        _row(words["mimic.q_in"], _live("PH.Q_IN", "m³/h", 1)),
    )


def _tank(station: Station, code: str, words: Words) -> Markup:
    overflow = station.overflow_level or DEFAULT_OVERFLOW
    drawn = tank_drawing(0, 0, 78, 58, f"{code}-list", code, overflow)
    symbol = _icon("-2 -2 82 62", drawn)
    hours = tag(
        "span", words["mimic.autonomy"], " ", tag("b", "—", data_slot="number"), " h",
        class_="m-label", data_kind="autonomy",
    )  # fmt: skip
    switch = tag("svg", floats(30, 14, code, words), width=60, height=18, class_="m-floats")
    now = tag("div", _live(f"{code}.LEVEL", "m", 2, css="m-value m-large"), hours, class_="m-stack")
    level = tag("div", symbol, now, switch, class_="m-row m-tall")
    valve = _row(
        words["mimic.valve"],
        tag("b", words["mimic.state_unknown"], data_slot="state"),
        icon=_icon("-34 -30 64 44", valve_symbol()),
        data_kind="valve", data_bind=code, class_="m-row m-valve",
    )  # fmt: skip
    return _block(tank_title(station, code, words), level, valve)  # fmt: skip


def _vessel(zone: str, words: Words) -> Markup:
    state = tag("b", words["mimic.state_unknown"], data_slot="state")
    return _block(
        words["mimic.vessel"],
        _row(words["mimic.pressure"], _live(f"{zone}.P_VES", "MPa", 3)),
        _row(words["mimic.suppressor"], state, data_kind="suppressor", data_bind=f"{zone}.VAC"),
    )


def _quality(words: Words) -> Markup:
    return _block(
        words["mimic.quality"],
        _row(words["mimic.chlorine"], _live("WQ.CL_OUT", "mg/L", 2, 60)),
        _row(words["mimic.turbidity"], _live("WQ.TURB", "NTU", 2, 60)),
    )


def _master(words: Words) -> Markup:
    """A house without pumps has no analyser, but the compound's meter."""
    return _block(
        words["mimic.compound"], _row(words["mimic.master"], _live("MT.MASTER_Q", "m³/h", 1, 60))
    )


def _zone(row: PumpSet, kind: str, words: Words) -> Markup:
    title = words[f"mimic.zone_{row.zone}"]
    if row.floor_from is not None and row.floor_to is not None:
        title += f" {row.floor_from}–{row.floor_to}F"
    code, target = f"{row.zone}.P_OUT", f"{row.zone}.P_SET"
    yardstick = tag(
        "span",
        words["mimic.set"],
        " ",
        tag("span", "—", data_kind="value", data_bind=target, data_decimals=3),
        tag("span", "", data_kind="difference", data_bind=code, data_set=target, data_decimals=3),
        class_="m-label m-yardstick",
    )
    head = [
        _row(words["mimic.p_out"], yardstick, _live(code, "MPa", 3)),
        _row(words["mimic.q_out"], _live(f"{row.zone}.Q_OUT", "m³/h", 1)),
    ]
    if kind != "RURAL":
        head.append(_row(words["mimic.p_end"], _live(f"{row.zone}.P_END", "MPa", 3)))
    pumps = [_pump(f"{row.zone}.P{n}", words) for n in range(1, row.pumps + 1)]
    return _block(title, *head, *pumps, css="m-zone")


def _pump(code: str, words: Words) -> Markup:
    """A pump's row: symbol, number, state in words; speed and power while it runs."""
    speed = tag("span", tag("span", data_slot="speed"), class_="m-bar")
    running = tag(
        "span",
        tag("span", _live(f"{code}.F", "Hz", 1), _live(f"{code}.P", "kW", 1), class_="m-pair"),
        speed, class_="m-when-running m-stack",
    )  # fmt: skip
    tripped = tag(
        "span", words["mimic.trip_code"], " ", _live(f"{code}.VFD_CODE", "", 0),
        _live(f"{code}.I", "A", 1), class_="m-when-tripped m-label",
    )  # fmt: skip
    stopped = tag(
        "span", words["mimic.total_hours"], " ", _live(f"{code}.HOURS", "h", 0, 60),
        class_="m-when-stopped m-label m-plain",
    )  # fmt: skip
    number = tag("b", f"{code.rsplit('.P', 1)[1]}#", class_="m-name")
    state = tag("span", words["mimic.state_unknown"], data_slot="state")
    return tag(
        "div",
        _icon("-31 -24 62 46", pump_symbol(16)),
        tag("span", number, " ", state, class_="m-state"),
        tag("span", running, tripped, stopped, class_="m-right"),
        class_="m-row m-pump", data_kind="pump", data_bind=code,
    )  # fmt: skip
