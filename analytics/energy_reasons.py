"""Why a station spends more on pumping than its like: the likeliest reason, with its numbers.
M15 in docs/methods.md.

One station a row. The reasons in the order in which they exclude one another: metering (the figure
is impossible), set point, idle running, then for the efficiency sequence, low load, machine.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from analytics.benchmark import among_peers, explained_z, huber, peers, robust_z, verdicts
from analytics.energy import FLOOR, HEAD_VOLUME_FLOOR, VOLUME_FLOOR, saving_to

YEAR = 365.0
EXCESS = 0.03
"""MPa above need from which a set point counts as too high."""
IDLE = 0.03
"""Share of energy without flow from which it counts as a reason."""
EXTRA_PUMPS, EXTRA_Z = 0.15, 3.5
"""Pumps running beyond what the same flow has elsewhere, as a number and as a robust z."""
LOW_LOAD = 0.45
"""Flow per running pump over its rated flow under which a pump is too large for its work."""
METRES = 101.97162
WORSE = 1.02
"""e_H over the group's lower quartile from which its machine is a reason."""
FACTS = ("F.energy", "F.volume", "F.head_volume", "F.idle_energy", "F.run_s", "F.demanded_s",
         "F.online_s", "F.expected_s")  # fmt: skip
REASONS = ("metering", "setpoint", "idle", "sequence", "low_load", "machine", "none")


def judged(
    facts: pl.DataFrame, records: pl.DataFrame, pressures: pl.DataFrame, before: pl.DataFrame
) -> pl.DataFrame:
    """Figures, peers and reasons of all stations, one row a station, sorted as `records`.

    facts: station, FACTS summed over the period, `days`. records: station, type, age (years),
    static (m), pumps (mean number of a set), rated (m³/h of a pump), capacity (m³ a day).
    pressures: station, excess (MPa over need, weighted by flow). before: facts of the period
    before, for the memory of verdicts. Added columns: e, eh, eta, head (m), load, running, extra,
    idle, coverage, z, z_explained, verdict, peers, keys, peer_eh, target, save_setpoint,
    save_efficiency, saving (kWh a year), reason.
    """
    table = records.join(facts, on="station", how="left").join(pressures, on="station", how="left")
    a = {n: table[n].cast(pl.Float64).fill_null(np.nan).to_numpy() for n in table.columns
         if table[n].dtype.is_numeric()}  # fmt: skip
    found = _figures(a)
    kinds = table["type"].to_list()
    group = peers(kinds, a["static"], found["volume_day"], a["age"])
    z, middle, target = among_peers(found["eh"], group)
    earlier = records.select("station").join(before, on="station", how="left")
    old = _ratio(_column(earlier, "F.energy"), _column(earlier, "F.head_volume"), HEAD_VOLUME_FLOOR)
    flags = verdicts(z, among_peers(old, group)[0])
    with np.errstate(invalid="ignore", divide="ignore"):
        numbers = [np.log(found["head"]), np.log(found["volume_day"] / a["capacity"]),
                   a["age"], np.log(a["rated"]), np.log(a["pumps"])]  # fmt: skip
        explained = explained_z(np.log(found["eh"]), numbers, kinds)
    extra, extra_z = _extra_pumps(found, a, kinds)
    more = _savings(found, a, target)
    reason = _reasons(found, more, extra, extra_z, target)
    columns: dict[str, Any] = {
        **found, **more, "z": z, "z_explained": explained, "peer_eh": middle, "target": target,
        "extra": extra, "peers": group.size, "keys": group.keys, "verdict": flags,
        "reason": reason,
    }  # fmt: skip
    return table.with_columns(
        pl.Series(n, v).fill_nan(None) if np.asarray(v).dtype.kind == "f" else pl.Series(n, v)
        for n, v in columns.items()
    )


def _figures(a: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    hours = a["F.run_s"] / 3600.0
    e = _ratio(a["F.energy"], a["F.volume"], VOLUME_FLOOR)
    eh = _ratio(a["F.energy"], a["F.head_volume"], HEAD_VOLUME_FLOOR)
    per_pump = _ratio(a["F.volume"], hours, 0.1)
    demanded = a["F.demanded_s"] / 3600.0
    return {
        "e": e,
        "eh": eh,
        "eta": FLOOR / np.where(eh > 0, eh, np.nan),
        "head": _ratio(a["F.head_volume"], a["F.volume"], VOLUME_FLOOR) * METRES,
        "load": per_pump / a["rated"],
        "running": _ratio(hours, demanded, 0.1),
        "use": _ratio(a["F.volume"], demanded, 0.1) / a["rated"],
        "idle": _ratio(a["F.idle_energy"], a["F.energy"], 0.1),
        "coverage": _ratio(a["F.online_s"], a["F.expected_s"], 1.0),
        "volume_day": _ratio(a["F.volume"], a["days"], 0.5),
    }


def _extra_pumps(
    found: Mapping[str, np.ndarray], a: Mapping[str, np.ndarray], kinds: Sequence[str]
) -> tuple[np.ndarray, np.ndarray]:
    """(pumps running beyond what the same flow has elsewhere, its z): residual of the mean number
    of running pumps on flow over rated flow, its square, pumps and type."""
    names, kind = np.unique(np.asarray(kinds, str), return_inverse=True)
    dummies = [(kind == k).astype(float) for k in range(1, len(names))]
    u, n = found["use"], a["pumps"]
    x = np.column_stack([np.ones(len(u)), u, u**2, n, n * u, *dummies])
    whole = np.isfinite(x).all(axis=1) & np.isfinite(found["running"])
    if whole.sum() < 3 * x.shape[1]:
        none = np.full(len(u), np.nan)
        return none, none
    rest = huber(x, found["running"])[1]
    return rest, robust_z(rest)


def _savings(
    found: Mapping[str, np.ndarray], a: Mapping[str, np.ndarray], target: np.ndarray
) -> dict[str, np.ndarray]:
    """kWh a year: the efficiency of the lower quartile on today's work, and pressure beyond need
    left out at that efficiency; together E − target·(ΣVΔp − excess·V)."""
    scale = YEAR / np.where(a["days"] > 0, a["days"], np.nan)
    excess = np.nan_to_num(np.where(a["excess"] >= EXCESS, a["excess"], 0.0))
    best = np.fmin(found["eh"], np.where(np.isnan(target), np.inf, target))
    pressure = excess * a["F.volume"] * best * scale
    machine = np.nan_to_num(saving_to(found["eh"], best, a["F.head_volume"]) * scale)
    possible = found["eh"] >= FLOOR
    pressure, machine = (np.where(possible, np.nan_to_num(s), 0.0) for s in (pressure, machine))
    idle = np.nan_to_num(a["F.idle_energy"] * scale)
    return {
        "save_setpoint": pressure,
        "save_efficiency": machine,
        "saving": np.where(np.isnan(found["eh"]), np.nan, pressure + machine),
        "idle_year": idle,
    }


def _reasons(
    found: Mapping[str, np.ndarray],
    more: Mapping[str, np.ndarray],
    extra: np.ndarray,
    extra_z: np.ndarray,
    target: np.ndarray,
) -> list[str]:
    with np.errstate(invalid="ignore"):
        machine = np.select(
            [(extra >= EXTRA_PUMPS) & (extra_z > EXTRA_Z), found["load"] < LOW_LOAD,
             found["eh"] > WORSE * target],
            ["sequence", "low_load", "machine"],
            "none",
        )  # fmt: skip
        idle = (found["idle"] >= IDLE) & (more["idle_year"] > more["save_setpoint"])
        pressure = (more["save_setpoint"] > 0) & (
            (more["save_setpoint"] >= more["save_efficiency"])
            | ~np.isin(machine, ("sequence", "low_load"))
        )
        return [
            str(r)
            for r in np.select(
                [found["eh"] < FLOOR, idle, pressure], ["metering", "idle", "setpoint"], machine
            )
        ]


def _ratio(over: np.ndarray, under: np.ndarray, floor: float) -> np.ndarray:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(under >= floor, over / under, np.nan)


def _column(frame: pl.DataFrame, name: str) -> np.ndarray:
    if name not in frame.columns:
        return np.full(frame.height, np.nan)
    return frame[name].cast(pl.Float64).fill_null(np.nan).to_numpy()
