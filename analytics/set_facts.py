"""A pump set's day by pumps running and flow, from steady windows. M7 in docs/methods.md."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

SET_BINS = 12
SET_REACH = 1.2
"""The bins of a set's flow reach from 0 to this many times (pumps x rated flow)."""
RATED_HZ = 50.0
SET_SUMS = (
    "n", "q", "q2", "h", "p", "s", "p_in", "set", "p_out", "end", "end_n", "dp", "dp_n", "q4",
    "dpq2",
)  # fmt: skip


def set_bins(
    speed: np.ndarray,
    power: np.ndarray,
    set_points: Mapping[str, np.ndarray],
    steady: np.ndarray,
    rated_flow: np.ndarray,
    flow_floor: float = 0.3,
) -> dict[str, np.ndarray]:
    """Sums per station, pumps running and bin of the set's flow: each [n, pumps, SET_BINS].

    speed: Hz [n, windows, pumps], NaN = not running; power: kW of the same shape; steady:
    bool[n, windows]; rated_flow: m³/h a pump [n]. set_points, each [n, windows]: `flow` m³/h,
    `head` m, `p_in`, `p_out`, `set` MPa, and, where there are such gauges, `end` and `dp` MPa.
    Item k of the second axis is k + 1 pumps running, at whatever speeds.

    A window counts where flow, lift, pressures, set point and the power of all running pumps are
    known, with at least `flow_floor` a pump and a lift above 0. n windows; sums of q total flow
    and its square q2, h lift, p power of all pumps, s their mean speed ratio, p_in, set, p_out;
    end over the end_n windows that know the far end; dp, q4 = (flow a pump)⁴ and dpq2 = dp ·
    (flow a pump)² over the dp_n windows that know the strainer's loss. A flow beyond the last bin
    counts in it.
    """
    runs = ~np.isnan(speed)
    count = runs.sum(axis=2)
    flow, head = set_points["flow"], set_points["head"]
    n, _, pumps = speed.shape
    with np.errstate(invalid="ignore", divide="ignore"):
        each = flow / count
        total = np.where(runs, power, 0.0).sum(axis=2)
        ratio = np.where(runs, speed, 0.0).sum(axis=2) / count / RATED_HZ
        place = np.floor(flow / (SET_REACH * pumps * rated_flow[:, None]) * SET_BINS)
        counted = steady & (count > 0) & (each >= flow_floor) & (head > 0)
    for known in (place, total, ratio, *(set_points[name] for name in ("p_in", "p_out", "set"))):
        counted &= np.isfinite(known)
    i, w = np.nonzero(counted)
    bin_ = np.clip(place[i, w], 0, SET_BINS - 1).astype(np.int64)
    cell = (i * pumps + count[i, w] - 1) * SET_BINS + bin_

    def gather(values: np.ndarray, where: np.ndarray | None = None) -> np.ndarray:
        some = values[i, w] if where is None else np.where(where[i, w], values[i, w], 0.0)
        return np.bincount(cell, some, n * pumps * SET_BINS).reshape(n, pumps, SET_BINS)

    unknown = np.full(flow.shape, np.nan)
    end, loss = set_points.get("end", unknown), set_points.get("dp", unknown)
    with_end, with_loss = ~np.isnan(end), ~np.isnan(loss)
    ones = np.ones(flow.shape)
    return {
        "n": gather(ones), "q": gather(flow), "q2": gather(flow**2), "h": gather(head),
        "p": gather(total), "s": gather(ratio), "p_in": gather(set_points["p_in"]),
        "set": gather(set_points["set"]), "p_out": gather(set_points["p_out"]),
        "end": gather(end, with_end), "end_n": gather(ones, with_end),
        "dp": gather(loss, with_loss), "dp_n": gather(ones, with_loss),
        "q4": gather(each**4, with_loss), "dpq2": gather(loss * each**2, with_loss),
    }  # fmt: skip
