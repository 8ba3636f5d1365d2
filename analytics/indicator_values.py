"""Values, bounds and quality of an indicator from sums of facts. M9 in docs/methods.md.

Works on frames: one row a group (day, district, station ...), a column a sum. Columns beside the
facts: `households` (homes of the stations, once a day), `lost_households` (F.lost_s weighted by
homes), `rows` (station-days), `days` (of the span), `stations` (that should have told); where it
is there, `revisions` (what people have corrected, X1).
"""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan
from typing import Protocol

import numpy as np
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


def parts(recipe: Recipe, sums: pl.DataFrame) -> tuple[np.ndarray, np.ndarray | None]:
    """Numerator and denominator of each row, NaN = unknown; no denominator for a sum."""
    if recipe.weight == "households":
        return _column(sums, "lost_households"), _column(sums, "households") / np.maximum(
            _column(sums, "days"), 1
        )
    under = None if recipe.denominator is None else _column(sums, recipe.denominator)
    return _column(sums, recipe.numerator), under


def values(recipe: Recipe, sums: pl.DataFrame) -> pl.Series:
    """The indicator of each row; null where a part is missing or the denominator is zero or under
    the floor."""
    return _series(recipe.code, _values(recipe, *parts(recipe, sums)))


def coverages(recipe: Recipe, sums: pl.DataFrame) -> pl.Series:
    """Share of the station-days of the span that are there, times the share of their time that
    was online; the latter not for a figure that tells of it (coverage = rows)."""
    return pl.Series("coverage", _coverages(recipe, sums), pl.Float64)


def bounds(recipe: Recipe, sums: pl.DataFrame, coverage: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Lowest and highest that the true value can be, null where none is told.

    A sum: what was measured stands; the missing part may have had up to PEAK times the mean rate.
    A time: all of the missing time may have been such, in `most` zones at once. A share: all of
    the missing time was good, or none of it; there known time / coverage is the whole.
    """
    low, high = _bounds(recipe, sums, coverage.to_numpy())
    return _series("low", low), _series("high", high)


@np.errstate(all="ignore")
def _values(recipe: Recipe, above: np.ndarray, under: np.ndarray | None) -> np.ndarray:
    if under is None:
        return recipe.scale * above
    fit = (under > 0) & (under >= recipe.floor)
    return np.where(fit, recipe.scale * above / under, np.nan)


@np.errstate(all="ignore")
def _coverages(recipe: Recipe, sums: pl.DataFrame) -> np.ndarray:
    there: np.ndarray = np.clip(_there(sums), 0, 1)
    if recipe.coverage != "time" or not _timed(sums):
        return there
    online = _column(sums, "F.online_s") / _column(sums, "F.expected_s")
    there *= np.where(np.isnan(online), 1.0, np.clip(online, 0, 1))
    return there


@np.errstate(all="ignore")
def _bounds(
    recipe: Recipe, sums: pl.DataFrame, coverage: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    above, under = parts(recipe, sums)
    base = _values(recipe, above, under)
    gap = (1 - coverage) / coverage
    low = high = np.full(len(base), np.nan)
    if recipe.bound == "sum":
        low, high = base, base * (1 + PEAK * gap)
    elif recipe.bound == "time" and _timed(sums):
        missing = _column(sums, "F.expected_s") / _there(sums) - _column(sums, "F.online_s")
        missing *= recipe.most * recipe.scale
        low = base
        high = base + (missing if under is None else missing / _column(sums, "stations"))
    elif recipe.bound == "share" and under is not None:
        whole = under / coverage
        low = recipe.scale * above / whole
        high = recipe.scale * (above + under * gap) / whole
    told = (coverage >= LEAST) & (coverage < 1 - 1e-9) & ~np.isnan(base)
    return np.where(told, low, np.nan), np.where(told, high, np.nan)


def _column(sums: pl.DataFrame, name: str) -> np.ndarray:
    """float64, NaN where unknown."""
    found: np.ndarray = sums[name].cast(pl.Float64).to_numpy()
    return found


def _series(name: str, found: np.ndarray) -> pl.Series:
    return pl.Series(name, found, pl.Float64).fill_nan(None)


def _there(sums: pl.DataFrame) -> np.ndarray:
    """Rows over the station-days that should have told."""
    found: np.ndarray = _column(sums, "rows") / np.maximum(
        _column(sums, "stations") * _column(sums, "days"), 1
    )
    return found


def _timed(sums: pl.DataFrame) -> bool:
    return {"F.online_s", "F.expected_s"} <= set(sums.columns)


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
    above, under = parts(recipe, sums)
    found, share = _values(recipe, above, under), _coverages(recipe, sums)
    low, high = _bounds(recipe, sums, share)
    unknown = np.isnan(above) if under is None else np.isnan(above) | np.isnan(under)
    columns = zip(*(x.tolist() for x in (found, share, low, high, unknown)), strict=True)
    told = [
        judged(recipe, None, c, reasons=_why(recipe, gone)) if isnan(v)
        else judged(recipe, v, c, None if isnan(a) else a, None if isnan(b) else b)
        for v, c, a, b, gone in columns
    ]  # fmt: skip
    if not {"F.corrected_s", "revisions"} <= set(sums.columns):
        return told
    marks = zip(told, sums["F.corrected_s"], sums["revisions"], strict=True)
    return [marked(one, seconds, count) for one, seconds, count in marks]


def _why(recipe: Recipe, unknown: bool) -> tuple[Reason, ...]:
    """Why a row has no value: a part is unknown, or the denominator is under its floor."""
    if unknown:
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
