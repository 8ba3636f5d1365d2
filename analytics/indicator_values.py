"""Values, bounds and quality of an indicator from sums of facts. M9 in docs/methods.md.

Works on frames: one row a group (day, district, station ...), a column a sum. Columns beside the
facts: `households` (homes of the stations, once a day), `lost_households` (F.lost_s weighted by
homes), `rows` (station-days), `days` (of the span), `stations` (that should have told); where it
is there, `revisions` (what people have corrected, X1).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import polars as pl

from analytics.corrected import marked
from analytics.results import Figure, Reason, covered, figure, nothing

PEAK = 2.5
"""Times the mean rate that a missing hour may have had; hourly factors of homes are 2 to 2.8."""
LEAST = 0.05
"""Coverage under which no bound is told."""


class Recipe(Protocol):
    """What is needed of a row of the catalogue of indicators."""

    @property
    def code(self) -> str: ...
    @property
    def unit(self) -> str: ...
    @property
    def formula(self) -> str: ...
    @property
    def numerator(self) -> str: ...
    @property
    def denominator(self) -> str | None: ...
    @property
    def weight(self) -> str | None: ...
    @property
    def scale(self) -> float: ...
    @property
    def floor(self) -> float: ...
    @property
    def bound(self) -> str: ...
    @property
    def most(self) -> float: ...
    @property
    def coverage(self) -> str: ...
    @property
    def default(self) -> bool: ...


def parts(recipe: Recipe) -> tuple[pl.Expr, pl.Expr | None]:
    """Numerator and denominator as expressions over the sums; no denominator for a sum."""
    if recipe.weight == "households":
        return pl.col("lost_households"), pl.col("households") / pl.col("days").clip(1)
    under = None if recipe.denominator is None else pl.col(recipe.denominator)
    return pl.col(recipe.numerator), under


def values(recipe: Recipe, sums: pl.DataFrame) -> pl.Series:
    """The indicator of each row; null where a part is missing or the denominator is zero or under
    the floor."""
    above, under = parts(recipe)
    if under is None:
        return sums.select((above * recipe.scale).fill_nan(None).alias(recipe.code)).to_series()
    fit = (under > 0) & (under >= recipe.floor)
    found = pl.when(fit).then(recipe.scale * above / under).fill_nan(None)
    return sums.select(found.alias(recipe.code)).to_series()


def coverages(recipe: Recipe, sums: pl.DataFrame) -> pl.Series:
    """Share of the station-days of the span that are there, times the share of their time that
    was online; the latter not for a figure that tells of it (coverage = rows)."""
    there = pl.col("rows") / (pl.col("stations") * pl.col("days")).clip(1)
    told = {"F.online_s", "F.expected_s"} <= set(sums.columns) and recipe.coverage == "time"
    online = (pl.col("F.online_s") / pl.col("F.expected_s")).fill_nan(None).fill_null(1.0)
    share = there.clip(0, 1) * (online.clip(0, 1) if told else 1.0)
    return sums.select(share.cast(pl.Float64).alias("coverage")).to_series()


def bounds(recipe: Recipe, sums: pl.DataFrame, coverage: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Lowest and highest that the true value can be, null where none is told.

    A sum: what was measured stands; the missing part may have had up to PEAK times the mean rate.
    A time: all of the missing time may have been such, in `most` zones at once. A share: all of
    the missing time was good, or none of it; there known time / coverage is the whole.
    """
    frame = sums.with_columns(coverage.alias("_c"))
    gap = (1 - pl.col("_c")) / pl.col("_c")
    told = (pl.col("_c") >= LEAST) & (pl.col("_c") < 1 - 1e-9)
    above, under = parts(recipe)
    if recipe.bound == "sum":
        base = recipe.scale * above if under is None else recipe.scale * above / under
        low, high = base, base * (1 + PEAK * gap)
    elif recipe.bound == "time" and {"F.online_s", "F.expected_s"} <= set(sums.columns):
        there = pl.col("rows") / (pl.col("stations") * pl.col("days")).clip(1)
        missing = (
            recipe.most * recipe.scale * (pl.col("F.expected_s") / there - pl.col("F.online_s"))
        )
        base = recipe.scale * above if under is None else recipe.scale * above / under
        low, high = base, base + (missing if under is None else missing / pl.col("stations"))
    elif recipe.bound == "share" and under is not None:
        whole = under / pl.col("_c")
        low = recipe.scale * above / whole
        high = recipe.scale * (above + under * gap) / whole
    else:
        low = high = pl.lit(None, pl.Float64)
    chosen = frame.select(
        pl.when(told).then(low).fill_nan(None).alias("low"),
        pl.when(told).then(high).fill_nan(None).alias("high"),
    )
    known = values(recipe, sums).is_not_null()
    shown = chosen.with_columns(
        pl.when(known).then(pl.col("low")).alias("low"),
        pl.when(known).then(pl.col("high")).alias("high"),
    )
    return shown["low"], shown["high"]


def judged(
    recipe: Recipe,
    value: float | None,
    coverage: float,
    low: float | None = None,
    high: float | None = None,
    reasons: Sequence[Reason] = (),
) -> Figure:
    """One figure with its quality: too little coverage leaves none, a little less a doubt."""
    why = [*reasons, *([Reason.DEFAULT_PARAMETER] if recipe.default else [])]
    if value is None:
        return nothing(recipe.unit, recipe.formula, *reasons, coverage=coverage)
    found = figure(value, recipe.unit, recipe.formula, why, coverage=coverage, low=low, high=high)
    return covered(found)


def figures(recipe: Recipe, sums: pl.DataFrame) -> list[Figure]:
    """The indicator of each row of sums, with coverage, bound, quality and reasons."""
    found, share = values(recipe, sums), coverages(recipe, sums)
    low, high = bounds(recipe, sums, share)
    missing = [_why(recipe, row) for row in sums.iter_rows(named=True)]
    rows = zip(found, share, low, high, missing, strict=True)
    told = [judged(recipe, v, c, a, b, why if v is None else ()) for v, c, a, b, why in rows]
    if not {"F.corrected_s", "revisions"} <= set(sums.columns):
        return told
    marks = zip(told, sums["F.corrected_s"], sums["revisions"], strict=True)
    return [marked(one, seconds, count) for one, seconds, count in marks]


def _why(recipe: Recipe, row: dict[str, object]) -> tuple[Reason, ...]:
    """Why a row has no value: a part is unknown, or the denominator is under its floor."""
    names = [recipe.numerator, recipe.denominator or recipe.numerator]
    if any(row.get(name) is None for name in names):
        return (Reason.NO_DATA,)
    return (Reason.ZERO_FLOW if recipe.denominator == "F.volume" else Reason.ZERO_BASE,)


def change(
    value: float | None, before: float | None, days: float = 0.0, days_before: float = 0.0
) -> float | None:
    """Difference to the span before; for a sum, whose days are given, the relative change of its
    mean day in percent. None when one is unknown or the base is zero."""
    if value is None or before is None:
        return None
    if not days_before:
        return value - before
    if days <= 0 or before <= 0:
        return None
    return 100 * ((value / days) / (before / days_before) - 1)
