"""Ranked causes: a posterior by hand, what can't change it, and the check that tells most."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.diagnosis import (
    Finding,
    brier,
    chance,
    diagnose,
    information,
    observe,
    priors,
    rank,
    separating,
)
from analytics.symptoms import Window
from data.catalogue.diagnosis import matrix

UP, DOWN = (8.0, 1 / 8), (1 / 8, 1.0)


@dataclass(frozen=True)
class Row:
    measure: str = ""
    point: str = ""
    above: float | None = None
    below: float | None = None
    distrusts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    symptoms: dict[str, Row]
    ratios: dict[str, dict[str, tuple[float, float]]]
    starts: dict[str, tuple[str, ...]] = field(default_factory=dict)


TABLE = Table(
    {code: Row() for code in ("low", "fast", "wet", "code")},
    {
        "burst": {"low": (3.0, 1 / 3), "fast": UP, "wet": UP, "code": DOWN},
        "trip": {"code": UP, "fast": (1 / 3, 1.0)},
        "gauge": {"low": (3.0, 1.0)},
    },
    {"R": ("burst", "trip", "gauge")},
)


def test_a_posterior_by_hand() -> None:
    """Priors 6/11, 3/11, 2/11; low is shown, fast isn't, wet unknown, code isn't:
    burst 6·3·1/8·1, trip 3·1·1/8, gauge 2·3 -> 2.25 : 0.375 : 6 of 8.625."""
    shown = [
        Finding("low", True), Finding("fast", False), Finding("wet", None), Finding("code", False),
    ]  # fmt: skip
    causes = rank(priors(("burst", "trip", "gauge"), {}), shown, TABLE)
    found = {cause.fault: cause.probability for cause in causes}
    assert [cause.fault for cause in causes] == ["gauge", "burst", "trip"]
    assert found["gauge"] == pytest.approx(6.0 / 8.625)
    assert found["burst"] == pytest.approx(2.25 / 8.625)
    assert found["trip"] == pytest.approx(0.375 / 8.625)
    burst = next(cause for cause in causes if cause.fault == "burst")
    assert (burst.supporting, burst.contradicting) == (("low",), ("fast",))


def test_five_pseudo_counts_and_what_was_confirmed() -> None:
    """1 : 1/2 share 5 counts as 10/3 and 5/3; five confirmed trips make 10/3 : 20/3 of 10."""
    assert priors(("burst", "trip"), {"trip": 5.0}) == pytest.approx(
        {"burst": 1 / 3, "trip": 2 / 3}
    )
    assert priors(("burst",), {"leak": 5.0}) == pytest.approx({"burst": 0.5, "leak": 0.5})


def test_the_check_that_tells_the_first_two_apart() -> None:
    """Of burst and gauge only `wet` and `fast` tell; both tell the same, the first one is taken."""
    causes = rank({"burst": 0.5, "gauge": 0.5}, [], TABLE)
    unknown = [Finding(code, None) for code in ("low", "code", "wet", "fast")]
    assert separating(causes, unknown, TABLE) == "wet"
    assert separating(causes, [Finding("low", None)], TABLE) == ""
    assert separating(causes[:1], unknown, TABLE) == ""


def test_bits_of_a_check() -> None:
    """A check that is certain tells one bit of two equal causes, a useless one nothing."""
    assert information(0.5, 1.0, 0.0) == pytest.approx(1.0)
    assert information(0.5, 0.3, 0.3) == pytest.approx(0.0)
    assert information(0.9, 1.0, 0.0) == pytest.approx(-0.9 * math.log2(0.9) - 0.1 * math.log2(0.1))
    assert chance(None) == pytest.approx(1 / 9)
    assert chance(UP) == pytest.approx(8 / 9)


def test_a_witness_on_trial_makes_the_others_silent() -> None:
    table = Table(
        {
            "stuck": Row("of_around", "stuck", above=0.5, distrusts=("low",)),
            "low": Row("of_around", "low", below=1.0),
        },
        {},
    )

    def shown(stuck: float) -> list[bool | None]:
        window = Window(np.zeros(0), {}, around={"stuck": stuck, "low": 0.0})
        return [one.shown for one in observe(window, table, {})]

    assert shown(0.0) == [False, True]
    assert shown(1.0) == [True, None]


def test_an_answer_of_a_person_counts_before_a_number() -> None:
    window = Window(np.zeros(0), {}, around={"near_silent": 0.0})
    before = diagnose(window, "R-CM-01", matrix())
    after = diagnose(window, "R-CM-01", matrix(), answers={"near_silent": True})
    at = {cause.fault: cause.probability for cause in before.causes}
    assert (
        next(c for c in after.causes if c.fault == "carrier_outage").probability
        > 3 * at["carrier_outage"]
    )


def test_brier_of_a_sure_and_of_a_missing_truth() -> None:
    causes = rank({"burst": 1.0}, [], TABLE)
    assert brier(causes, "burst") == 0.0
    assert brier(causes, "leak") == 2.0


def test_a_rule_that_nobody_knows_has_no_causes() -> None:
    found = diagnose(Window(np.zeros(0), {}), "R-XX-99", matrix())
    assert (found.causes, found.separating) == ((), "")


FINDINGS = st.lists(
    st.builds(
        Finding, st.sampled_from(sorted(matrix().symptoms)), st.sampled_from([True, False, None])
    ),
    unique_by=lambda one: one.symptom,
)


@given(rule=st.sampled_from(sorted(matrix().starts)), findings=FINDINGS)
def test_probabilities_sum_to_one_and_unknowns_change_nothing(
    rule: str, findings: list[Finding]
) -> None:
    prior = priors(matrix().starts[rule], {})
    causes = rank(prior, findings, matrix())
    assert sum(cause.probability for cause in causes) == pytest.approx(1.0)
    assert [c.probability for c in causes] == sorted((c.probability for c in causes), reverse=True)
    known = [one for one in findings if one.shown is not None]
    assert rank(prior, known, matrix()) == causes
    assert separating(causes, findings, matrix()) not in {one.symptom for one in known}


@given(
    minutes=st.integers(0, 30),
    codes=st.sets(st.sampled_from(["L.P_OUT", "L.P1.RUN", "L.P1.F", "L.Q_OUT", "T1.LEVEL"])),
    seed=st.integers(0, 99),
)
def test_any_window_can_be_looked_at(minutes: int, codes: set[str], seed: int) -> None:
    """Empty, short, with holes: measures tell a number or that they don't know."""
    chance_of = np.random.default_rng(seed)
    at = np.arange(minutes * 30, dtype=np.float64) * 2.0 - 1800.0
    values = {code: np.where(chance_of.random(len(at)) < 0.3, np.nan, 1.0) for code in codes}
    window = Window(at, values, point="L.P1.RUN", facts={"rated_flow": 16.0, "rated_head": 60.0})
    for one in observe(window, matrix(), {}):
        assert one.number is None or math.isfinite(one.number)
