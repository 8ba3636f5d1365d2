"""Energy and pumps from a person's own file."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from analytics.energy import specific_energy, specific_per_head, wire_to_water
from analytics.hydraulics import METRES_PER_MPA, hydraulic_power
from analytics.pump_curves import Refusal, fit_efficiency, fit_head, left_out_errors
from analytics.results import Reason, figure, nothing
from analytics.user_results import Line, Outcome, Picture
from analytics.user_tables import Columns, TableError
from analytics.wear import onset

DAY = 86_400_000.0
LEAST_FLOW = 0.3
Options = Mapping[str, str]


def hours_of(ms: np.ndarray) -> np.ndarray:
    """Hours that each row stands for: until the next, at most twice the usual distance."""
    gaps = np.diff(ms) / 3_600_000
    usual = float(np.median(gaps)) if len(gaps) else 1.0
    held: np.ndarray = np.minimum(np.append(gaps, usual), 2 * usual)
    return held


def energy(columns: Columns, _: Options) -> Outcome:
    """Specific energy by E2.5 to E2.7, over all rows and day by day."""
    values = columns.values
    hours = hours_of(values["time"])
    volume = np.maximum(values["flow"], 0) * hours
    used = np.maximum(values["power"], 0) * hours
    figures = [
        ("energy", figure(float(used.sum()), "kWh", "SUM")),
        ("volume", figure(float(volume.sum()), "m³", "SUM")),
        ("specific energy", specific_energy(float(used.sum()), float(volume.sum()))),
    ]
    if "p_in" in values and "p_out" in values:
        lift = values["p_out"] - values["p_in"]
        known = np.isfinite(lift) & (lift > 0)
        work = np.where(known, volume * np.where(known, lift, 0), 0.0)
        spent = float(np.where(known, used, 0.0).sum()), float(work.sum())
        figures += [
            ("specific energy of lift", specific_per_head(*spent)),
            ("wire-to-water efficiency", wire_to_water(*spent)),
        ]
    days = np.floor(values["time"] / DAY)
    rows: list[list[object]] = []
    for day in np.unique(days):
        here = days == day
        water_day, energy_day = float(volume[here].sum()), float(used[here].sum())
        each = energy_day / water_day if water_day >= 1 else None
        rows.append([str(np.datetime64(round(day * DAY), "ms"))[:10], water_day, energy_day, each])
    picture = Picture(
        "time", "kWh/m³",
        [Line("kWh/m³", np.unique(days) * DAY,
              np.array([np.nan if r[3] is None else r[3] for r in rows], float), len(rows) < 40)],
        times=True,
    )  # fmt: skip
    return Outcome(figures, ["day", "volume [m³]", "energy [kWh]", "kWh/m³"], rows, picture)


def pump_curve(columns: Columns, options: Options) -> Outcome:
    """Head curve by E3.1, efficiency by E3.3; each point with what the fit says of it."""
    values = columns.values
    flow = values["flow"]
    if "head" in values:
        head = values["head"]
    elif "p_in" in values and "p_out" in values:
        head = (values["p_out"] - values["p_in"]) * METRES_PER_MPA
    else:
        raise TableError("head, or p_in and p_out, is needed")
    known = np.isfinite(flow) & np.isfinite(head)
    flow, head = flow[known], head[known]
    fit = fit_head(flow, head, robust=options.get("robust") == "1")
    figures, fitted = [], np.full(len(flow), np.nan)
    smooth = np.linspace(0, float(flow.max()), 60)
    lines = [Line("measured", flow, head, True)]
    if isinstance(fit, Refusal):
        figures.append(("head curve", nothing("m", "E3.1", fit.reason)))
    else:
        fitted = fit.h0 - fit.b * flow - fit.c * flow**2
        figures += [
            ("shut-off head", figure(fit.h0, "m", "E3.1", fit.reasons)),
            ("c", figure(fit.c, "m/(m³/h)²", "E3.1", fit.reasons)),
            ("error of the fit", figure(fit.rmse, "m", "E3.1", fit.reasons)),
        ]
        if len(flow) <= 500:
            left = left_out_errors(flow, head)
            one_out = float(np.sqrt(np.nanmean(left**2)))
            figures.append(("error at points left out", figure(one_out, "m", "E3.1")))
        lines.append(Line("fit", smooth, fit.h0 - fit.b * smooth - fit.c * smooth**2))
    eta = _efficiency(values, known, flow, head)
    if eta is not None:
        best = fit_efficiency(flow[np.isfinite(eta)], eta[np.isfinite(eta)])
        if isinstance(best, Refusal):
            figures.append(("best efficiency", nothing("%", "E3.3", best.reason)))
        else:
            figures += [
                ("best efficiency", figure(100 * best.best, "%", "E3.3", best.reasons)),
                ("flow of it", figure(best.best_flow, "m³/h", "E3.3", best.reasons)),
            ]
    order = np.argsort(flow)
    rows: list[list[object]] = [
        [flow[i], head[i], fitted[i], head[i] - fitted[i], None if eta is None else 100 * eta[i]]
        for i in order.tolist()
    ]
    heads = ["flow [m³/h]", "head [m]", "fit [m]", "difference [m]", "efficiency [%]"]
    return Outcome(figures, heads, rows, Picture("m³/h", "m", lines))


def _efficiency(
    values: Mapping[str, np.ndarray], known: np.ndarray, flow: np.ndarray, head: np.ndarray
) -> np.ndarray | None:
    if "efficiency" in values:
        return np.asarray(values["efficiency"][known])
    if "power" not in values:
        return None
    power = values["power"][known]
    usable = (power > 0.1) & (flow > LEAST_FLOW)
    eta: np.ndarray = np.where(
        usable, hydraulic_power(flow, head) / np.where(usable, power, 1), np.nan
    )
    return eta


def wear_onset(columns: Columns, _: Options) -> Outcome:
    """The ramp that explains the wear best (M24)."""
    days = columns.values["time"] / DAY
    wear = columns.values["wear"]
    found = onset(days - days[0], wear)
    unit = columns.units.get("wear", "")
    began = None if found.begin is None else found.begin
    figures = [
        ("loss", figure(found.loss, unit, "M24", () if began is not None else (Reason.NO_DATA,))),
        ("began, days after the first row", figure(
            began, "d", "M24", () if began is not None else (Reason.NOT_IDENTIFIABLE,),
            low=found.low, high=found.high)),
    ]  # fmt: skip
    shape = np.full(len(wear), np.nan) if found.fitted is None else np.asarray(found.fitted)
    rows: list[list[object]] = [
        [str(np.datetime64(round(d * DAY), "ms"))[:10], w, f]
        for d, w, f in zip(days, wear, shape, strict=True)
    ]
    lines = [Line("measured", days * DAY, wear, True), Line("ramp", days * DAY, shape)]
    picture = Picture("time", unit or "wear", lines, times=True)
    return Outcome(figures, ["day", f"wear [{unit}]", f"ramp [{unit}]"], rows, picture)
