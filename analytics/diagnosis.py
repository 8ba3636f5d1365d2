"""Which faults may be behind an alarm, with probabilities and the check that would tell. M81.

    matrix = data.catalogue.diagnosis.matrix()          # the utility's table, checked
    window = analytics.symptoms.Window(at, values, zone=..., point=..., onset=..., facts=...)
    found = diagnose(window, "R-HY-01", matrix)         # findings, ranked causes, separating check
    [cause.fault for cause in found.causes]             # most likely first

Pure; `benchmarks/diagnosed.py` keeps windows of a simulated city and tells which of these faults
each fault of the simulator is.

Posterior = prior · Π LR(symptom | fault) / Σ. LR is 8, 3, 1, 1/3 or 1/8; unknown symptoms give 1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite, log, log2
from typing import Protocol

from analytics.symptoms import Window
from analytics.symptoms_plant import MEASURES

PSEUDO = 5.0
"""Confirmed results that the table's order of causes is worth."""
SEEN, BASE = 8.0 / 9.0, 1.0 / 9.0
"""Chance of a symptom under a fault that goes with it strongly, and under one that it says nothing
of."""
WORTH = 0.02
"""Causes less probable than this aren't listed."""


class SymptomRow(Protocol):
    """What is asked of a symptom of the catalogue."""

    @property
    def measure(self) -> str: ...
    @property
    def point(self) -> str: ...
    @property
    def above(self) -> float | None: ...
    @property
    def below(self) -> float | None: ...
    @property
    def distrusts(self) -> tuple[str, ...]: ...


class Matrix(Protocol):
    """The fault-symptom matrix (data.catalogue.diagnosis)."""

    @property
    def symptoms(self) -> Mapping[str, SymptomRow]: ...
    @property
    def ratios(self) -> Mapping[str, Mapping[str, tuple[float, float]]]:
        """Fault -> symptom -> likelihood ratio where it is shown, and where it is not."""

    @property
    def starts(self) -> Mapping[str, tuple[str, ...]]:
        """Rule -> the faults that start it, most likely first."""


@dataclass(frozen=True)
class Finding:
    """A symptom: shown, not shown, or unknown (None), with the number that says so."""

    symptom: str
    shown: bool | None
    number: float | None = None


@dataclass(frozen=True)
class Cause:
    """A fault with its probability, and the symptoms that speak for and against it, the strongest
    first."""

    fault: str
    probability: float
    supporting: tuple[str, ...] = ()
    contradicting: tuple[str, ...] = ()


@dataclass(frozen=True)
class Diagnosis:
    findings: tuple[Finding, ...]
    causes: tuple[Cause, ...]
    """All faults that the rule knows, most probable first; probabilities sum to 1."""
    separating: str = ""
    """The unknown symptom that tells most between the first two; empty where none does."""


def diagnose(
    window: Window,
    rule: str,
    matrix: Matrix,
    confirmed: Mapping[str, float] | None = None,
    answers: Mapping[str, bool] | None = None,
) -> Diagnosis:
    """Rank the faults that may have started `rule`. `confirmed`: results of closed work orders of
    this rule by fault. `answers`: what people found of symptoms. A rule that the matrix doesn't
    know has no causes."""
    findings = observe(window, matrix, answers or {})
    causes = rank(priors(matrix.starts.get(rule, ()), confirmed or {}), findings, matrix)
    return Diagnosis(findings, causes, separating(causes, findings, matrix))


def observe(window: Window, matrix: Matrix, answers: Mapping[str, bool]) -> tuple[Finding, ...]:
    """All symptoms of the catalogue in its order, which is that of the trial: platform, carrier,
    gateway, PLC, electricity, sensors, then the process. A witness that is on trial itself (a
    frozen PLC, a stuck gauge) makes what only it tells of unknown."""
    found: list[Finding] = []
    doubted: set[str] = set()
    for code, row in matrix.symptoms.items():
        number = MEASURES[row.measure](window, row.point) if row.measure else float("nan")
        shown: bool | None = None
        if code in answers:
            shown = answers[code]
        elif isfinite(number) and code not in doubted:
            shown = (row.above is not None and number > row.above) or (
                row.below is not None and number < row.below
            )
        if shown:
            doubted |= set(row.distrusts)
        found.append(Finding(code, shown, number if isfinite(number) else None))
    return tuple(found)


def priors(faults: Sequence[str], confirmed: Mapping[str, float]) -> dict[str, float]:
    """Mean of the Dirichlet distribution: PSEUDO counts shared as 1, 1/2, 1/3 ... in the table's
    order, and the confirmed results. A confirmed fault that the table lacks is taken in."""
    weights = {fault: 1.0 / (n + 1) for n, fault in enumerate(faults)}
    total = sum(weights.values())
    counts = {fault: PSEUDO * weight / total for fault, weight in weights.items()}
    for fault, count in confirmed.items():
        counts[fault] = counts.get(fault, 0.0) + count
    whole = sum(counts.values())
    return {fault: count / whole for fault, count in counts.items()}


def rank(
    prior: Mapping[str, float], findings: Sequence[Finding], matrix: Matrix
) -> tuple[Cause, ...]:
    """Posterior of each fault; equal ones in the order of their priors."""
    known = [one for one in findings if one.shown is not None]
    told: dict[str, list[tuple[float, str]]] = {}
    score: dict[str, float] = {}
    for fault, share in prior.items():
        ratios = matrix.ratios.get(fault, {})
        told[fault] = [
            (ratios[one.symptom][0 if one.shown else 1], one.symptom)
            for one in known
            if one.symptom in ratios
        ]
        product = share
        for ratio, _ in told[fault]:
            product *= ratio
        score[fault] = product
    whole = sum(score.values())
    causes = [
        Cause(
            fault,
            score[fault] / whole,
            tuple(code for r, code in sorted(told[fault], key=lambda p: -p[0]) if r > 1.0),
            tuple(code for r, code in sorted(told[fault], key=lambda p: p[0]) if r < 1.0),
        )
        for fault in prior
    ]
    return tuple(sorted(causes, key=lambda cause: -cause.probability))


def separating(causes: Sequence[Cause], findings: Sequence[Finding], matrix: Matrix) -> str:
    """Of the symptoms that nobody knows yet, the one with the largest expected information (bits)
    on which of the first two causes it is; '' where there is nothing to tell apart. What was
    measured by a witness on trial is no check."""
    if len(causes) < 2 or causes[1].probability < WORTH:
        return ""
    first, second = causes[:2]
    weight = first.probability / (first.probability + second.probability)
    best, most = "", 1e-9
    for one in findings:
        if one.shown is not None or one.number is not None:
            continue
        chances = [
            chance(matrix.ratios.get(cause.fault, {}).get(one.symptom)) for cause in (first, second)
        ]
        bits = information(weight, *chances)
        if bits > most:
            best, most = one.symptom, bits
    return best


def chance(ratio: tuple[float, float] | None) -> float:
    """Chance of a symptom under a fault: BASE times its ratio, SEEN at most."""
    return BASE if ratio is None else min(SEEN, BASE * ratio[0])


def information(weight: float, first: float, second: float) -> float:
    """Bits that a yes or no with these chances under two causes tells of which one it is, where the
    first has the probability `weight`."""
    found = 0.0
    for a, b in ((first, second), (1.0 - first, 1.0 - second)):
        mixed = weight * a + (1.0 - weight) * b
        for share, part in ((weight, a), (1.0 - weight, b)):
            if share > 0.0 and part > 0.0:
                found += share * part * log2(part / mixed)
    return max(0.0, found)


def brier(causes: Sequence[Cause], truth: str) -> float:
    """Σ (p - o)² over the causes, and over the true one where it isn't among them."""
    missing = all(cause.fault != truth for cause in causes)
    return float(missing) + sum(
        (cause.probability - (cause.fault == truth)) ** 2 for cause in causes
    )


def surprise(causes: Sequence[Cause], truth: str) -> float:
    """-ln of the probability that was given to the true cause, at most 10."""
    given = next((c.probability for c in causes if c.fault == truth), 0.0)
    return min(10.0, -log(given)) if given > 0.0 else 10.0
