"""How good the alarms of a span are: the figures of ISA-18.2 and EEMUA 191. M95 in docs/methods.md.

Alarms come as a frame, a row an alarm that was active in the span: id, rule, station (null for a
district's own), district, place, level; active, acknowledged, cleared in ms (null = not yet);
announced (a person was told of it); order (it led to a work order); outcome of that order (''
while it isn't known). All figures are of announced alarms.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from analytics.indicator_reducers import FLOOD_ENDS, FLOOD_STARTS, percentile
from analytics.results import Figure, Reason, covered, figure

SLOT = 600_000
"""10 min in ms: what one person can be asked to look at is counted by this."""
DAY = 86_400_000
TOP = 10
NO_FAULT = "no_fault_found"
FORMULA = "M95"
ALARMS: dict[str, pl.DataType | type[pl.DataType]] = {
    "id": pl.Int64, "rule": pl.String, "station": pl.Int64, "district": pl.Int64,
    "place": pl.String, "level": pl.Int64, "active": pl.Int64, "acknowledged": pl.Int64,
    "cleared": pl.Int64, "announced": pl.Boolean, "order": pl.Boolean, "outcome": pl.String,
}  # fmt: skip


@dataclass(frozen=True)
class Span:
    """[start, end) in ms; what is told of it was recorded from `since` on."""

    start: int
    end: int
    since: int

    @property
    def begin(self) -> int:
        """First ms of the span of which the records tell."""
        return min(max(self.start, self.since), self.end)

    @property
    def coverage(self) -> float:
        whole = self.end - self.start
        return (self.end - self.begin) / whole if whole > 0 else 0.0

    @property
    def days(self) -> float:
        return (self.end - self.begin) / DAY

    def told(
        self, value: float | None, unit: str, reasons: Sequence[Reason] = (), known: float = 1.0
    ) -> Figure:
        """A figure of the span; `known` is the share of the alarms that it rests upon."""
        made = covered(figure(value, unit, FORMULA, reasons, coverage=self.coverage), usable=0.0)
        return replace(made, coverage=self.coverage * known)


@dataclass(frozen=True)
class Rate:
    """New alarms of one person, float[n], in each 10 min from `start` (ms) on, and whether that
    was in a flood: from more than 10 until fewer than 5."""

    start: int
    counts: NDArray[np.float64]
    flooded: NDArray[np.bool_]

    @property
    def floods(self) -> list[tuple[int, int]]:
        """First and last ms of each flood."""
        edges = np.flatnonzero(np.diff(np.r_[False, self.flooded, False].astype(np.int8)))
        return [
            (self.start + int(a) * SLOT, self.start + int(b) * SLOT)
            for a, b in zip(edges[::2], edges[1::2], strict=True)
        ]


def rate_of(times: NDArray[np.int64], span: Span, positions: int = 1) -> Rate:
    """Alarms that `times` (ms) tell of, in slots of 10 min from the span's begin on, the last of
    them may be shorter; shared evenly by so many persons at their desks."""
    slots = -(-(span.end - span.begin) // SLOT)
    inside = times[(times >= span.begin) & (times < span.end)]
    counts = np.bincount((inside - span.begin) // SLOT, minlength=slots) / positions
    flooded, now = np.zeros(slots, dtype=bool), False
    for n in np.flatnonzero(counts >= FLOOD_ENDS):  # a slot below ends a flood
        follows = n > 0 and flooded[n - 1]
        now = bool(counts[n] > FLOOD_STARTS or follows)
        flooded[n] = now
    return Rate(span.begin, counts, flooded)


def rate_figures(rate: Rate, span: Span) -> dict[str, Figure]:
    """mean, worst (alarms in 10 min), over (% of 10-min periods with more than 10), flood (% of
    the time)."""
    counts = rate.counts
    if not len(counts):
        return {name: span.told(None, unit) for name, unit in _RATES.items()}
    values = {
        "mean": float(counts.sum()) * SLOT / (span.end - span.begin),
        "worst": float(counts.max()),
        "over": 100.0 * float((counts > FLOOD_STARTS).mean()),
        "flood": 100.0 * float(rate.flooded.mean()),
    }
    return {name: span.told(values[name], unit) for name, unit in _RATES.items()}


_RATES = {"mean": "", "worst": "", "over": "%", "flood": "%"}


def distribution(counts: NDArray[np.float64]) -> dict[str, float]:
    """% of 10-min periods by how many alarms they held; {} without any."""
    if not len(counts):
        return {}
    edges = {"0": (-1, 0), "1": (0, 1), "2": (1, 2), "3-5": (2, 5), "6-10": (5, 10),
             ">10": (10, np.inf)}  # fmt: skip
    return {
        name: 100.0 * float(((counts > low) & (counts <= high)).mean())
        for name, (low, high) in edges.items()
    }


def announced(alarms: pl.DataFrame, span: Span) -> pl.DataFrame:
    """Those that a person was told of and that became active in the span."""
    return alarms.filter(
        pl.col("announced") & (pl.col("active") >= span.begin) & (pl.col("active") < span.end)
    )


def counts_by(told: pl.DataFrame, column: str) -> pl.DataFrame:
    """`column`, n and share (% of all) of announced alarms, the most first; null is left out."""
    found = told.drop_nulls(column).group_by(column).agg(pl.len().cast(pl.Int64).alias("n"))
    share = 100.0 * pl.col("n") / max(told.height, 1)
    return found.with_columns(share.alias("share")).sort(["n", column], descending=[True, False])


def alarm_figures(told: pl.DataFrame, span: Span, stations: int) -> dict[str, Figure]:
    """Of announced alarms: count, station_day, top_rules and top_stations (% that the ten most
    frequent rules and stations make), false (% of those whose order has ended), actionable (%),
    acknowledge_p50/_p90, clear_p50/_p90 (min), level_1 to level_4 (%)."""
    n, few = told.height, (Reason.ZERO_BASE,)
    share = 100.0 / n if n else None

    def of_all(count: int) -> Figure:
        return span.told(None if share is None else count * share, "%", () if n else few)

    ended = told.filter(pl.col("outcome") != "").height
    wrong = told.filter(pl.col("outcome") == NO_FAULT).height
    days = span.days * stations
    found = {
        "count": span.told(float(n), ""),
        "station_day": span.told(n / days if days > 0 else None, ""),
        "top_rules": of_all(int(counts_by(told, "rule")["n"].head(TOP).sum())),
        "top_stations": of_all(int(counts_by(told, "station")["n"].head(TOP).sum())),
        "false": span.told(100.0 * wrong / ended if ended else None, "%", () if ended else few),
        "actionable": of_all(told.filter(pl.col("order")).height),
    }
    for name, column in (("acknowledge", "acknowledged"), ("clear", "cleared")):
        minutes = (told[column] - told["active"]).drop_nulls() / 60_000
        for quantile in (0.5, 0.9):
            value, why = percentile(minutes.to_list(), quantile)
            known = len(minutes) / n if n else 0.0
            found[f"{name}_p{quantile * 100:.0f}"] = span.told(value, "min", why, known)
    for level in (1, 2, 3, 4):
        found[f"level_{level}"] = of_all(told.filter(pl.col("level") == level).height)
    return found


def marked(
    told: pl.DataFrame, chatter: pl.DataFrame, fleeting: pl.DataFrame, stale: pl.DataFrame
) -> pl.DataFrame:
    """Announced alarms with the columns chattering, fleeting and stale (bool), from the tables of
    analytics.alarm_nuisance."""
    source = ("rule", "station", "district", "place")
    noisy = chatter.select(*source, pl.lit(True).alias("chattering"))
    return told.join(noisy, on=source, how="left", nulls_equal=True).with_columns(
        pl.col("chattering").fill_null(False),
        pl.col("id").is_in(fleeting["alarm"].implode()).alias("fleeting"),
        pl.col("id").is_in(stale["alarm"].implode()).alias("stale"),
    )


def grouped(told: pl.DataFrame, column: str, span: Span, stations: pl.DataFrame) -> pl.DataFrame:
    """A row each value of `column`, the most alarms first: n, share (%), station_day, chattering,
    fleeting, stale (alarms that are), orders (% that led to one), ended (orders that have),
    false (% of these), acknowledge_p50/_p90, clear_p50/_p90 (min); null = can't be told.

    told: from `marked`. stations: `column` and `stations`, by how many a group's alarms are
    divided; where a group isn't in it, by all (column `stations` of its row with null).
    """
    ended = (pl.col("outcome") != "").sum()
    times = {"acknowledge": "acknowledged", "clear": "cleared"}
    minutes = {name: (pl.col(at) - pl.col("active")) / 60_000 for name, at in times.items()}
    found = told.drop_nulls(column).group_by(column).agg(
        pl.len().cast(pl.Int64).alias("n"),
        (100.0 * pl.len() / max(told.height, 1)).alias("share"),
        *(pl.col(name).sum().cast(pl.Int64) for name in ("chattering", "fleeting", "stale")),
        (100.0 * pl.col("order").mean()).alias("orders"),
        ended.cast(pl.Int64).alias("ended"),
        pl.when(ended > 0)
        .then(100.0 * (pl.col("outcome") == NO_FAULT).sum() / ended)
        .alias("false"),
        *(
            pl.when(value.count() >= 5)
            .then(value.quantile(q, "linear"))
            .alias(f"{name}_p{q * 100:.0f}")
            for name, value in minutes.items()
            for q in (0.5, 0.9)
        ),
    )  # fmt: skip
    everywhere = stations.filter(pl.col(column).is_null())["stations"].sum()
    days = span.days
    sized = found.join(stations.drop_nulls(column), on=column, how="left").with_columns(
        pl.col("stations").fill_null(everywhere)
    )
    per = pl.when((pl.col("stations") > 0) & (days > 0)).then(
        pl.col("n") / (pl.col("stations") * days)
    )
    return sized.with_columns(per.alias("station_day")).sort(
        ["n", column], descending=[True, False]
    )
