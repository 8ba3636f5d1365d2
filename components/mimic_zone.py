"""The outlet side of the mimic: pumps, discharge header, pressure, flow and the zone served."""

from __future__ import annotations

from markupsafe import Markup

from components.mimic_parts import (
    PUMP,
    Words,
    diaphragm,
    indicator,
    labelled,
    pipe,
    pump,
    sensor,
    tag,
    text,
    zone_box,
)  # fmt: skip
from components.mimic_plan import (
    DEVIATION,
    FLOW,
    HEADER,
    PRESSURE,
    PUMPS,
    STORE,
    SUCTION,
    VESSEL,
    ZONE,
    Band,
    PumpSet,
    Station,
    comb,
)  # fmt: skip


def zone_band(band: Band, kind: str, words: Words) -> Markup:
    """One zone: its pumps, header, pressure and flow with their yardsticks, and whom it serves."""
    z, y = band.set.zone, band.y
    parts: list[Markup] = []
    for n, (row, running) in enumerate(zip(band.rows, band.running, strict=True), 1):
        parts.append(pipe([(SUCTION, row), (PUMPS - PUMP, row)], running))
        parts.append(pipe([(PUMPS + PUMP, row), (HEADER, row)], running))
        parts.append(pump(PUMPS, row, f"{z}.P{n}", words))
    parts.append(comb(HEADER, y, [*zip(band.rows, band.running, strict=True)], outward=False))
    parts.append(pipe([(HEADER, y), (ZONE, y)], f"{z}.Q_OUT"))
    if kind not in ("REGIONAL", "RURAL"):
        parts.append(diaphragm(VESSEL, y, words["mimic.diaphragm"]))
    parts += [sensor(PRESSURE + 14, y, "PT"), sensor(FLOW + 14, y, "FT")]
    parts += [_pressure(z, y, words), _flow(band.set, y, words), _zone(band.set, kind, y, words)]
    return Markup("").join(parts)


def _pressure(zone: str, y: float, words: Words) -> Markup:
    """Discharge pressure under its transmitter, with set point and deviation."""
    code, target = f"{zone}.P_OUT", f"{zone}.P_SET"
    yardstick = tag(
        "text",
        tag("tspan", words["mimic.set"]),
        tag("tspan", "—", dx=4, data_kind="value", data_bind=target, data_decimals=3),
        tag(
            "tspan", "", dx=6, data_kind="difference", data_bind=code, data_set=target,
            data_decimals=3,
        ),
        x=PRESSURE, y=y + 79, class_="m-label",
    )  # fmt: skip
    limits = {"data_set": target, "data_span": DEVIATION}
    return (
        labelled(PRESSURE, y + 36, words["mimic.p_out"], code, "MPa", 3)
        + indicator(PRESSURE - 26, y + 26, 56, "deviation", code, **limits)
        + yardstick
    )


def _flow(row: PumpSet, y: float, words: Words) -> Markup:
    """Outflow under its transmitter, as a share of what all pumps are made for."""
    rated = row.rated_flow * row.pumps
    return (
        labelled(FLOW, y + 36, words["mimic.q_out"], f"{row.zone}.Q_OUT", "m³/h", 1)
        + indicator(FLOW - 26, y + 26, 56, "share", f"{row.zone}.Q_OUT", data_span=rated)
        + text(FLOW, y + 79, f"{words['mimic.rated']} {rated:,.0f}")
    )


def _zone(row: PumpSet, kind: str, y: float, words: Words) -> Markup:
    """The floors served, their households and the pressure at the far end where it is measured."""
    title = words[f"mimic.zone_{row.zone}"]
    if row.floor_from is not None and row.floor_to is not None:
        title += f" {row.floor_from}–{row.floor_to}F"
    homes = words["mimic.households"].format(count=f"{row.households:,}")
    far = labelled(ZONE, y + 44, words["mimic.p_end"], f"{row.zone}.P_END", "MPa", 3)
    return zone_box(ZONE, y - 24, title, homes) + (far if kind != "RURAL" else Markup(""))


def direct_supply(station: Station, y: float, words: Words) -> Markup:
    """A house without pumps: main, meter, consumers."""
    homes = words["mimic.households"].format(count=f"{station.households:,}")
    return (
        pipe([(STORE, y), (ZONE, y)], "PH.Q_IN")
        + sensor(PUMPS, y, "PT")
        + labelled(PUMPS - 14, y + 36, words["mimic.p_main"], "PH.P_MAIN", "MPa", 3)
        + sensor(HEADER, y, "FT")
        + labelled(HEADER - 14, y + 36, words["mimic.q_in"], "PH.Q_IN", "m³/h", 1)
        + labelled(STORE, y + 36, words["mimic.master"], "MT.MASTER_Q", "m³/h", 1, 60)
        + zone_box(ZONE, y - 24, words["mimic.compound"], homes)
    )
