"""All compounds of a fleet at once: from nights to leaks with interval, changes and their dates.

Puts night_flow and change_points together. L1, L2, L5, L6 in docs/methods.md.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from analytics.change_points import Change, Watch, median, watch
from analytics.night_flow import (
    NightLeak,
    NightUse,
    common_course,
    level,
    night_leaks,
    night_use,
    without_common,
)

FLOOR = 0.1
"""m³/h, least σ of a night."""
LEAST, LEAST_SHARE = 0.15, 0.06
"""A change below 0.15 m³/h or 6 % of the compound's usual night is none."""
QUIET_NIGHTS = 28


@dataclass(frozen=True)
class Assessment:
    """What is known of n compounds after d nights. Flows m³/h."""

    nights: np.ndarray
    """[n, d] valid nights."""
    plain: np.ndarray
    """[n, d] the same without the course that all share."""
    course: np.ndarray
    now: np.ndarray
    """[n] level: median of the last 7 valid nights, in today's season."""
    use: NightUse
    leak: NightLeak
    grown: np.ndarray
    """[n] what detected changes have added since the quietest time, repairs taken off."""
    watch: Watch
    valid: np.ndarray
    """[n] valid nights of the last 7."""
    _changes: dict[int, list[Change]] = field(default_factory=dict, repr=False)

    def of(self, row: int) -> list[Change]:
        """Changes of one compound, the earliest first."""
        if not self._changes:
            for change in self.watch.changes:
                self._changes.setdefault(change.row, []).append(change)
        return self._changes.get(row, [])

    def since(self, row: int) -> Change | None:
        """The growth that stands behind what leaks now: the first rise after the quietest time;
        None when nothing has grown, or it was mended."""
        if not self.grown[row] > 0.0:  # nothing grown, or nothing known
            return None
        total, lowest, first = 0.0, 0.0, None
        for change in self.of(row):
            total += change.size
            if total <= lowest + 0.25 * LEAST:
                lowest, first = min(lowest, total), None
            elif first is None and change.size > 0:
                first = change
        return first


def as_of(found: Assessment, night: int) -> Assessment:
    """What leaked at an earlier night: the leak of the last night less what was seen to change
    since. A night before the first has NaN."""
    trail = found.watch.offset
    if night >= trail.shape[1] - 1:
        return found
    if night < 0:
        shift = np.full(len(trail), np.nan)
        lowest = shift
    else:
        by_then = trail[:, night] + _going(found, night)
        shift = by_then - trail[:, -1] - _going(found, trail.shape[1] - 1)
        lowest = np.minimum(np.minimum(trail[:, : night + 1].min(axis=1), by_then), 0.0)
    leak = found.leak
    ends = {n: np.maximum(getattr(leak, n) + shift, 0.0) for n in ("value", "low", "high")}
    grown = np.maximum(0.0, (by_then if night >= 0 else trail[:, 0]) - lowest)
    return replace(found, leak=replace(leak, **ends), now=found.now + shift, grown=grown)


def _going(found: Assessment, night: int) -> np.ndarray:
    """[n] what changes that go on at the last night had added by `night`: they are not in the trail
    of the settled ones, but in what is told of the last night."""
    added = np.zeros(len(found.plain))
    for change in found.watch.changes:
        if not change.open or change.first > night:
            continue
        row = found.plain[change.row]
        late, then = row[change.first :], row[max(change.first, night - 6) : night + 1]
        before = float(np.nanmedian(late[-7:])) - change.size
        known = then[~np.isnan(then)]
        size = float(np.median(known)) - before if len(known) else 0.0
        added[change.row] += float(np.clip(size, min(change.size, 0.0), max(change.size, 0.0)))
    return added


def assess(nights: np.ndarray, homes: np.ndarray, occupancy: float = 1.0) -> Assessment:
    """Follow all compounds night by night and tell what leaks at the last night.

    nights: [n, d] valid night minima (night_flow.valid_nights), NaN where a night doesn't count;
    homes: [n]. Compounds of fewer than 3 valid nights have NaN.
    """
    course = common_course(nights)
    plain = without_common(nights, course)
    usual = np.nan_to_num(median(plain))
    found = watch(plain, FLOOR, np.maximum(LEAST, LEAST_SHARE * usual))
    total, error = _sums(found, len(nights))
    lowest = np.minimum.accumulate(found.offset, axis=1)[:, -1] if nights.shape[1] else 0.0
    lowest = np.minimum(lowest, total)
    grown = np.maximum(0.0, total - lowest)
    now, spread = level(plain)
    homes_used = np.maximum(homes, 1.0) * occupancy
    quiet = 1000.0 * np.maximum(now - grown, 0.0) / homes_used
    use = night_use(quiet)
    leak = night_leaks(now, spread, grown, error, homes_used, use)
    # seasons: what homes use follows the course, so today's level is the one that people see
    recent = course[-7:]
    season = float(np.median(recent[np.isfinite(recent)])) if np.isfinite(recent).any() else 1.0
    shown = now + np.nan_to_num(leak.use) * (season - 1.0)
    valid = (~np.isnan(nights[:, -7:])).sum(axis=1)
    return Assessment(nights, plain, course, shown, use, leak, grown, found, valid)


def _sums(found: Watch, n: int) -> tuple[np.ndarray, np.ndarray]:
    """(sum of all changes, standard error of it) of each compound; open changes count as far as
    they have come."""
    total, variance = np.zeros(n), np.zeros(n)
    for change in found.changes:
        total[change.row] += change.size
        variance[change.row] += ((change.high - change.low) / (2.0 * 1.645)) ** 2
    return total, np.sqrt(variance)
