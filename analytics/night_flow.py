"""Nights: which ones count, what all compounds share, what homes use at night and how sure that is.

L1, L2, L5 in docs/methods.md. Arrays are [compound, night]; flows m³/h, NaN = unknown.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from analytics.change_points import Z90, median
from analytics.leakage import HOMES_NIGHT

COVERAGE = 0.9
"""Least share of the day online for its night to count."""
LOST = 600.0
"""Zone-seconds without pressure that spoil a day's night."""
LEVEL_NIGHTS = 7
SPREAD = 0.20
"""Relative spread of λ from compound to compound, log-normal."""
LIKE = 20
"""Compounds of a kind without which nothing is learnt from them."""
CAREFUL = 0.30
"""A share of like compounds that uses less than the default moves the default down."""
_GRID = 81


def valid_nights(
    minimum: np.ndarray,
    coverage: np.ndarray,
    lost_seconds: np.ndarray | None = None,
    excluded: np.ndarray | None = None,
) -> np.ndarray:
    """The nightly minima with NaN where the night doesn't count: coverage under 0.9, pressure
    lost, impossible, or `excluded` (bool: tank cleaning, flushing, irrigation, holiday eve)."""
    with np.errstate(invalid="ignore"):
        good = (coverage >= COVERAGE) & (minimum >= 0)
        if lost_seconds is not None:
            good &= ~(lost_seconds > LOST)
    if excluded is not None:
        good &= ~excluded
    return np.where(good, minimum, np.nan)


def holiday_nights(days: Sequence[date], holidays: Collection[date]) -> np.ndarray:
    """bool[d]: nights of a holiday, of its eve and of the morning after."""
    marked = {d.toordinal() + shift for d in holidays for shift in (-1, 0, 1)}
    return np.array([day.toordinal() in marked for day in days], bool)


def common_course(nights: np.ndarray) -> np.ndarray:
    """[d] factor that the nights of all compounds share: season, holidays, weekdays. The median
    over compounds of a night over its compound's own middle; a few leaks don't move it. 1 where
    under LIKE compounds are known."""
    middle = median(nights)
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = np.where(middle > 0.05, nights.T / middle, np.nan)
    enough = (~np.isnan(ratio)).sum(axis=1) >= LIKE
    return np.where(enough, median(ratio), 1.0)


def without_common(nights: np.ndarray, course: np.ndarray) -> np.ndarray:
    """The nights as they would be in a usual season: use follows the course, leaks don't, so it is
    the compound's quiet level (its lowest fifth) that is corrected, never a leak on top."""
    quiet = np.nan_to_num(low_share(nights, 0.2))
    usable = np.where(np.isfinite(course), course, 1.0)
    return np.asarray(nights - quiet[:, None] * (usable - 1.0))


def low_share(values: np.ndarray, share: float) -> np.ndarray:
    """The value below which `share` of a row lies, without its NaN; NaN where nothing is known.
    Faster than nanquantile, by the nearest value instead of between two."""
    if not values.shape[1]:
        return np.full(len(values), np.nan)
    ordered = np.sort(values, axis=1)
    count = (~np.isnan(values)).sum(axis=1)
    place = np.rint(share * np.maximum(count - 1, 0)).astype(int)
    return np.asarray(np.take_along_axis(ordered, place[:, None], 1)[:, 0])


def level(nights: np.ndarray, last: int = LEVEL_NIGHTS) -> tuple[np.ndarray, np.ndarray]:
    """(median of the last 7 valid nights, its standard error) of each row; NaN under 3."""
    n = nights.shape[0]
    middle, error = np.full(n, np.nan), np.full(n, np.nan)
    for i, row in enumerate(nights):
        recent = row[~np.isnan(row)][-last:]
        if len(recent) >= 3:
            middle[i] = np.median(recent)
            apart = np.median(np.abs(recent - middle[i]))
            error[i] = 1.4826 * apart * 1.2533 / np.sqrt(len(recent))
    return middle, error


@dataclass(frozen=True)
class NightUse:
    """λ of each compound, L/(hh·h): what is believed after seeing its quietest level."""

    mean: np.ndarray
    spread: np.ndarray
    prior: float
    """What was believed before."""
    learnt: bool
    """Like compounds had a say."""


def night_use(quiet: np.ndarray, prior: float = HOMES_NIGHT, relative: float = SPREAD) -> NightUse:
    """L2: what homes use at night, given each compound's quietest level, L/(hh·h).

    λ is log-normal around the prior from compound to compound. A compound can't use more than its
    quiet level; leakage on top of λ has a long tail whose scale the like compounds tell (the
    median of their quiet levels over the prior). Where more than CAREFUL of them stay below the
    prior the default is too high, and is drawn down to their 30 % point.
    """
    known = quiet[np.isfinite(quiet) & (quiet > 0)]
    learnt = len(known) >= LIKE
    if learnt:
        prior = min(prior, float(np.quantile(known, CAREFUL)))
    scale = max(0.2, float(np.median(known)) - prior) if learnt else 0.5 * prior
    steps = np.linspace(-3.2, 3.2, _GRID)
    candidates = prior * np.exp(relative * steps - 0.5 * relative**2)
    weight = np.exp(-0.5 * steps**2)
    leak = quiet[:, None] - candidates
    with np.errstate(invalid="ignore"):
        # the level itself is known to about 3 %: a sharp edge would claim too much
        edge = 0.03 * np.maximum(quiet[:, None], 0.1)
        tail = np.where(leak > 0, (1.0 + leak / scale) ** -2.0, np.exp(-0.5 * (leak / edge) ** 2))
    chance = weight * np.where(np.isfinite(tail), tail, 1.0)
    chance /= np.maximum(chance.sum(axis=1, keepdims=True), 1e-300)
    mean = chance @ candidates
    spread = np.sqrt(np.maximum(chance @ candidates**2 - mean**2, 0.0))
    return NightUse(mean, spread, prior, learnt)


@dataclass(frozen=True)
class NightLeak:
    """L_night of each compound, m³/h, with its 90 % interval; NaN where it can't be told."""

    value: np.ndarray
    low: np.ndarray
    high: np.ndarray
    use: np.ndarray
    """m³/h of legitimate night use."""
    clamped: np.ndarray
    """bool: the minimum was under the use, so that 0 stands."""


def night_leaks(
    now: np.ndarray,
    error: np.ndarray,
    grown: np.ndarray,
    grown_error: np.ndarray,
    homes: np.ndarray,
    use: NightUse,
) -> NightLeak:
    """E4.1 with uncertainty: L = (level now − grown − N·λ) + grown.

    grown: m³/h that detected changes have added since the quietest time, known far better than the
    use of homes; so a large new leak has a narrow interval even where λ is guessed.
    """
    use_now = homes * use.mean / 1000.0
    rest = now - grown - use_now
    value = np.maximum(rest, 0.0) + grown
    spread = np.sqrt((homes * use.spread / 1000.0) ** 2 + error**2 + grown_error**2)
    low, high = np.maximum(0.0, value - Z90 * spread), value + Z90 * spread
    return NightLeak(value, np.minimum(low, value), high, use_now, rest < 0)


def bursts(
    flow: np.ndarray, usual: np.ndarray, step_minutes: float = 15.0, minutes: float = 30.0
) -> np.ndarray:
    """bool[t]: flow above `usual` (learnt P99 of that slot) by more than max(30 %, 2 m³/h), on for
    at least `minutes` (domain R-LK-02)."""
    with np.errstate(invalid="ignore"):
        over = flow - usual > np.maximum(0.3 * usual, 2.0)
    need = max(1, int(np.ceil(minutes / step_minutes)))
    found = np.zeros(len(over), bool)
    run = 0
    for i, high in enumerate(over.tolist()):
        run = run + 1 if high else 0
        if run >= need:
            found[i - run + 1 : i + 1] = True
    return found
