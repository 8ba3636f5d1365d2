"""Steps of one flow series that has no like stations beside it: inflow of a district or a compound.

Level, weekdays, slow trend and known steps are solved together each few hours; a step is told when
one more would stand out of the noise. L7 in docs/methods.md.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

DAY = 24
WINDOW = 35
"""Days back that are solved together."""
LEAST_DAYS = 8
LIMIT = {1: 4.5, 2: 3.6, 3: 3.4}
"""A step is told when its size is more than so many standard errors, by days since it began."""
APART = 60
"""Hours around a known step in which no other one is sought."""
YOUNG = 5 * DAY
"""Hours during which the beginning of a step is still sought anew."""
WEEKDAY, DRIFT, NOISE = 0.05, 0.002, 0.005
"""Expected spread of a weekday and of the daily drift, least noise of a day: shares of the flow."""


@dataclass(frozen=True)
class Step:
    """A step of the flow. `first`: hour from which on it holds; `told`: hours known by then."""

    first: int
    told: int
    size: float
    low: float
    high: float


def search(hours: np.ndarray, cadence: int = 6, least: float = 0.0) -> list[Step]:
    """Steps up and down of `hours`, hourly means in order, NaN = unknown.

    Every `cadence` hours only what was known by then is used. least: smaller ones don't count.
    Sizes are those of the last look that still had the step in its window.
    """
    known: list[Step] = []
    for now in range(LEAST_DAYS * DAY, len(hours) + 1, cadence):
        found = _look(hours, now, [step.first for step in known])
        if found is None:
            continue
        for place, step in enumerate(known):
            if now - step.first <= YOUNG:
                others = [s.first for s in known if s is not step]
                known[place] = _placed(hours, now, step, others, found.noise)
        found = _look(hours, now, [step.first for step in known]) or found
        known = [_sized(step, found, now) for step in known]
        new = _candidate(hours, now, known, found.noise, least)
        if new is not None:
            known.append(new)
    return known


@dataclass(frozen=True)
class _Fit:
    """One solution: sizes and errors of the steps, spread of the days around it."""

    steps: dict[int, tuple[float, float]]
    noise: float
    loss: float


def _windows(hours: np.ndarray, now: int) -> np.ndarray:
    """Means of the last whole days before `now`, the latest first; NaN under 90 % known."""
    count = min(WINDOW, now // DAY)
    blocks = hours[now - count * DAY : now].reshape(count, DAY)[::-1]
    share = (~np.isnan(blocks)).mean(axis=1)
    totals = np.nansum(blocks, axis=1) / np.maximum(share * DAY, 1.0)
    return np.where(share >= 0.9, totals, np.nan)


def _look(hours: np.ndarray, now: int, steps: list[int], noise: float | None = None) -> _Fit | None:
    days = _windows(hours, now)
    ok = ~np.isnan(days)
    if ok.sum() < LEAST_DAYS - 1:
        return None
    age = np.arange(len(days))
    inside = [s for s in steps if now - len(days) * DAY < s < now]
    after = [np.clip((now - age * DAY - s) / DAY, 0.0, 1.0) for s in inside]
    level = float(np.median(days[ok]))
    design = np.column_stack(
        [np.ones(len(days)), age, *(age % 7 == d for d in range(7)), *after]
    ).astype(float)[ok]
    wide = 1e6
    prior = np.array([wide, DRIFT, *[WEEKDAY] * 7, *[wide] * len(inside)]) * level
    floor = NOISE * level
    sigma = noise or 0.015 * level
    for _ in range(1 if noise else 4):
        weight = design.T @ design / sigma**2 + np.diag(prior**-2.0)
        spread = np.linalg.inv(weight)
        solved = spread @ (design.T @ days[ok]) / sigma**2
        rest = days[ok] - design @ solved
        used = float(np.trace(design @ spread @ design.T)) / sigma**2
        robust = (
            1.4826 * float(np.median(np.abs(rest))) * np.sqrt(ok.sum() / max(ok.sum() - used, 3))
        )
        if noise is None:
            sigma = max(floor, robust)
    first = 9
    sizes = {
        s: (float(solved[first + i]), float(np.sqrt(spread[first + i, first + i])))
        for i, s in enumerate(inside)
    }
    penalty = float(np.sum((solved[1:9] / prior[1:9]) ** 2))
    return _Fit(sizes, sigma, float(np.sum((rest / sigma) ** 2)) + penalty)


def _candidate(
    hours: np.ndarray, now: int, known: list[Step], noise: float, least: float
) -> Step | None:
    firsts = [step.first for step in known]
    best, strongest = None, 1.0
    for days, limit in LIMIT.items():
        at = now - days * DAY
        if any(abs(at - first) < APART for first in firsts):
            continue
        fit = _look(hours, now, [*firsts, at], noise)
        if fit is None or at not in fit.steps:
            continue
        size, error = fit.steps[at]
        strength = abs(size) / error / limit
        if strength > strongest and abs(size) >= least:
            best, strongest = at, strength
    if best is None:
        return None
    return _placed(hours, now, Step(best, now, 0.0, 0.0, 0.0), firsts, noise)


def _placed(hours: np.ndarray, now: int, step: Step, others: list[int], noise: float) -> Step:
    """The step where it explains the days best, within a day of where it was thought to be."""
    places = range(step.first - DAY, min(step.first + DAY, now - 11) + 1, 3)
    fits = [(at, _look(hours, now, [*others, at], noise)) for at in places]
    usable = [(a, f) for a, f in fits if f is not None and a in f.steps]
    if not usable:
        return step
    at, fit = min(usable, key=lambda pair: pair[1].loss)
    size, error = fit.steps[at]
    return Step(at, step.told, size, size - 1.645 * error, size + 1.645 * error)


def _sized(step: Step, fit: _Fit, now: int) -> Step:
    """The step with its size as it is known now; after WINDOW days it stays."""
    if step.first not in fit.steps or now - step.first > (WINDOW - 7) * DAY:
        return step
    size, error = fit.steps[step.first]
    return Step(step.first, step.told, size, size - 1.645 * error, size + 1.645 * error)
