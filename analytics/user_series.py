"""Series of flow, readings and values from a person's own file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

import numpy as np

from analytics.comparison import growth, mean, total
from analytics.counters import Verdict, differences
from analytics.demand_forecast import forecast, kinds
from analytics.night_flow import level, valid_nights
from analytics.patterns import day_factor, hour_factor, pattern, peaks, valleys
from analytics.results import Reason, figure, nothing
from analytics.step_search import search
from analytics.timeseries import lowest_moving_mean
from analytics.user_results import Line, Outcome, Picture
from analytics.user_tables import Columns, TableError

HOUR, DAY = 3_600_000, 86_400_000
NIGHT = (1, 5)
HOMES_NIGHT = 2.0
"""L a household and hour: legitimate night use unless told."""
Z_LIMIT = 3.5
WORKDAYS = ("workday0", "workday1", "workday2", "workday3", "workday4")
Options = Mapping[str, str]


def hourly(columns: Columns) -> tuple[date, np.ndarray]:
    """(first day, [days, 24] means of whole hours); NaN where no row lies."""
    ms, flow = columns.values["time"], columns.values["flow"]
    first = int(ms[0] // DAY)
    days = int(ms[-1] // DAY) - first + 1
    slot = (ms // HOUR).astype(np.int64) - first * 24
    known = np.isfinite(flow)
    sums = np.bincount(slot[known], flow[known], days * 24)
    count = np.bincount(slot[known], minlength=days * 24)
    hours = np.where(count > 0, sums / np.maximum(count, 1), np.nan).reshape(days, 24)
    return datetime.fromtimestamp(first * 86_400, UTC).date(), hours


def night_flow(columns: Columns, options: Options) -> Outcome:
    """E4.1: the lowest hour of 01 to 05, night by night, and its level of the last week."""
    first, hours = hourly(columns)
    night = hours[:, NIGHT[0] : NIGHT[1]]
    valid = valid_nights(lowest_moving_mean(night, 1), np.isfinite(night).mean(axis=1))
    now, error = (float(v[0]) for v in level(valid[None, :]))
    level_now = figure(now, "m³/h", "E4.1", low=now - 1.645 * error, high=now + 1.645 * error)
    figures = [("night level, last 7 valid nights", level_now)]
    if "homes" in options:
        use = _number(options, "homes", 0) * HOMES_NIGHT / 1000
        leak = figure(
            max(0.0, now - use), "m³/h", "E4.1", (Reason.DEFAULT_PARAMETER,),
            low=max(0.0, now - 1.645 * error - 1.4 * use),
            high=max(0.0, now + 1.645 * error - 0.6 * use),
        )  # fmt: skip
        figures += [("legitimate night use", figure(use, "m³/h", "E4.1")), ("leakage", leak)]
    average = np.nanmean(hours) if np.isfinite(hours).any() else np.nan
    share = now / average * 100 if average else np.nan
    figures.append(("night level of the mean flow", figure(share, "%", "E4.3")))
    days = [first + timedelta(days=i) for i in range(len(hours))]
    rows: list[list[object]] = [
        [day.isoformat(), float(m)] for day, m in zip(days, valid, strict=True)
    ]
    at = np.array([(d - date(1970, 1, 1)).days * float(DAY) for d in days])
    picture = Picture("day", "m³/h", [Line("night minimum", at, valid)], times=True)
    return Outcome(figures, ["night", "minimum [m³/h]"], rows, picture)


def steps(columns: Columns, _: Options) -> Outcome:
    """Lasting changes of the hourly flow."""
    first, hours = hourly(columns)
    found = search(hours.ravel())
    begin = datetime(first.year, first.month, first.day, tzinfo=UTC)
    rows: list[list[object]] = [
        [(begin + timedelta(hours=s.first)).isoformat(" ")[:16], s.size, s.low, s.high, s.told]
        for s in found
    ]
    heads = ["from", "size [m³/h]", "at least", "at most", "told after hour"]
    at = begin.timestamp() * 1000 + np.arange(hours.size) * float(HOUR)
    picture = Picture("time", "m³/h", [Line("flow", at, hours.ravel())], times=True)
    return Outcome([("steps", figure(float(len(found)), "", "M26"))], heads, rows, picture)


def demand(columns: Columns, _: Options) -> Outcome:
    """D2 to D4, D10, D11: typical days, peaks, factors, the next 7 days."""
    first, hours = hourly(columns)
    names = kinds(first, len(hours) + 7, {})
    work = pattern(
        hours, ["work" if n in WORKDAYS else "free" for n in names[: len(hours)]], "work"
    )
    figures = []
    if work.days >= 3:
        figures.append(("peak factor of a workday", hour_factor(work.typical)))
        for word, runs in (("peak", peaks(work.typical)), ("valley", valleys(work.typical))):
            for a, b in runs:
                figures.append((f"{word} {a:02d}:00-{b + 1:02d}:00", figure(
                    float(np.nanmean(work.typical[a : b + 1])), "m³/h", "D3")))  # fmt: skip
    whole = np.isfinite(hours).mean(axis=1) >= 0.95
    figures.append(("day factor", day_factor(np.where(whole, np.nanmean(
        np.where(whole[:, None], hours, 0), axis=1) * 24, np.nan))))  # fmt: skip
    told = forecast(hours, names)
    if told.reasons:
        figures.append(("forecast", nothing("m³/h", "D10", *told.reasons)))
    begin = datetime(first.year, first.month, first.day, tzinfo=UTC) + timedelta(days=len(hours))
    rows: list[list[object]] = [
        [(begin + timedelta(hours=i)).isoformat(" ")[:16], v, low, high]
        for i, (v, low, high) in enumerate(
            zip(told.value.ravel(), told.low90.ravel(), told.high90.ravel(), strict=True)
        )
    ]
    ahead = begin.timestamp() * 1000 + np.arange(7 * 24) * float(HOUR)
    past = hours[-14:].ravel()
    behind = begin.timestamp() * 1000 - np.arange(len(past), 0, -1) * float(HOUR)
    lines = [
        Line("flow", behind, past), Line("forecast", ahead, told.value.ravel()),
        Line("90 %, low", ahead, told.low90.ravel()),
        Line("90 %, high", ahead, told.high90.ravel()),
    ]  # fmt: skip
    heads = ["hour", "forecast [m³/h]", "90 % from", "90 % to"]
    return Outcome(figures, heads, rows, Picture("time", "m³/h", lines, times=True))


def counter(columns: Columns, options: Options) -> Outcome:
    """E2.7: increases and what was made of each reading."""
    ms, reading = columns.values["time"], columns.values["reading"]
    unit = columns.units.get("reading", "")
    places = 10 ** min(
        6, max((len(f"{v:.6f}".rstrip("0").split(".")[1]) for v in reading), default=0)
    )
    gaps = np.diff(ms)
    usual = int(np.median(gaps)) if len(gaps) else HOUR
    rates = np.diff(reading) / np.maximum(gaps, 1) * HOUR
    guess = 10 * float(np.median(rates[rates > 0])) if (rates > 0).any() else 1.0
    cap = _number(options, "cap", guess)
    modulus = _number(
        options, "modulus", 10.0 ** np.ceil(np.log10(max(float(reading.max()), 1) + 1))
    )
    whole = [round(v * places) for v in reading.tolist()]
    increases, verdicts = differences(
        [round(t) for t in ms.tolist()], whole, cap * places, round(modulus * places), 1, usual
    )
    gained = np.array(increases) / places
    reasons = {
        Verdict.ROLLOVER: Reason.COUNTER_ROLLOVER, Verdict.RESET: Reason.COUNTER_RESET,
        Verdict.SPIKE: Reason.COUNTER_SPIKE, Verdict.REANCHOR: Reason.COUNTER_REANCHOR,
        Verdict.JITTER: Reason.COUNTER_JITTER, Verdict.GAP_FILLED: Reason.GAP_FILLED,
    }  # fmt: skip
    seen = [reasons[v] for v in verdicts if v in reasons]
    rows: list[list[object]] = [
        [str(np.datetime64(round(t), "ms")).replace("T", " ")[:19], r, g, v.name]
        for t, r, g, v in zip(ms, reading, gained, verdicts, strict=True)
    ]
    picture = Picture("time", unit, [Line("counted", ms, np.cumsum(gained))], times=True)
    told = figure(float(gained.sum()), unit, "E2.7", dict.fromkeys(seen))
    return Outcome(
        [("total", told), ("cap an hour", figure(cap, unit, "E2.7"))],
        ["time", f"reading [{unit}]", f"increase [{unit}]", "verdict"], rows, picture,
    )  # fmt: skip


def outliers(columns: Columns, options: Options) -> Outcome:
    """E2.11: modified z = 0.6745 (x − median) / MAD beyond a limit."""
    values, limit = columns.values["value"], _number(options, "limit", Z_LIMIT)
    unit = columns.units.get("value", "")
    middle = float(np.median(values))
    spread = float(np.median(np.abs(values - middle)))
    if spread == 0:
        return Outcome([("median", figure(middle, unit, "E2.11")),
                        ("outliers", nothing("", "E2.11", Reason.NOT_IDENTIFIABLE))])  # fmt: skip
    z = 0.6745 * (values - middle) / spread
    out = np.flatnonzero(np.abs(z) > limit)
    rows: list[list[object]] = [[int(columns.lines[i]), values[i], z[i]] for i in out.tolist()]
    x = columns.values.get("time", columns.lines.astype(float))
    lines = [Line("value", x, values), Line("outlier", x[out], values[out], True)]
    figures = [
        ("median", figure(middle, unit, "E2.11")), ("MAD", figure(spread, unit, "E2.11")),
        ("outliers", figure(float(len(out)), "", "E2.11")),
    ]  # fmt: skip
    picture = Picture(
        "time" if "time" in columns.values else "line", unit, lines, "time" in columns.values
    )
    return Outcome(figures, ["line", f"value [{unit}]", "z"], rows, picture)


def compare(columns: Columns, options: Options) -> Outcome:
    """E2.8: two periods, each with the bound that its coverage leaves."""
    ms, values = columns.values["time"], columns.values["value"]
    unit, kind = columns.units.get("value", ""), options.get("kind", "mean")
    step = float(np.median(np.diff(ms))) if len(ms) > 1 else float(HOUR)
    made, rows, lines = [], [], []
    for name in ("current", "base"):
        low, high = _period(options, name)
        grid = np.full(max(1, round((high - low) / step)), np.nan)
        here = (ms >= low) & (ms < high)
        grid[np.minimum(((ms[here] - low) / step).astype(int), len(grid) - 1)] = values[here]
        covered = np.isfinite(grid).astype(float)
        made.append(total(grid, covered, unit) if kind == "sum" else mean(grid, unit))
        rows.append([name, made[-1].value, made[-1].low, made[-1].high, 100 * covered.mean()])
        lines.append(Line(name, np.arange(len(grid)) * step / DAY, grid))
    change = growth(made[0], made[1], floor=0.0)
    figures = [("current", made[0]), ("base", made[1]), ("change", change)]
    heads = ["period", f"value [{unit}]", "at least", "at most", "coverage [%]"]
    return Outcome(figures, heads, [*rows], Picture("days from the start", unit, lines))


def weighted_mean(columns: Columns, _: Options) -> Outcome:
    """Σ w x / Σ w: each row counts as its weight says."""
    values, unit = columns.values["value"], columns.units.get("value", "")
    weight = columns.values.get("weight", np.ones(len(values)))
    good = np.isfinite(weight) & (weight >= 0)
    reasons = () if good.all() else (Reason.NEGATIVE_INPUT,)
    whole = float(weight[good].sum())
    told = (
        figure(float((weight[good] * values[good]).sum()) / whole, unit, "MEAN", reasons)
        if whole > 0
        else nothing(unit, "MEAN", Reason.ZERO_BASE)
    )
    return Outcome([("weighted mean", told), ("sum of weights", figure(whole, "", "SUM")),
                    ("plain mean", figure(float(values.mean()), unit, "MEAN"))])  # fmt: skip


def _number(options: Options, name: str, instead: float) -> float:
    try:
        return float(options[name]) if name in options else float(instead)
    except ValueError:
        raise TableError(f"--set {name}={options[name]} is no number") from None


def _period(options: Options, name: str) -> tuple[float, float]:
    try:
        low, high = (
            datetime.fromisoformat(word).replace(tzinfo=UTC).timestamp() * 1000
            for word in options[name].split("..")
        )
    except (KeyError, ValueError):
        raise TableError(f"--set {name}=FROM..TO is needed, e.g. 2026-11-01..2026-11-08") from None
    if high <= low:
        raise TableError(f"--set {name}: the end isn't after the start")
    return low, high
