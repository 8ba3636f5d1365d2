from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.results import Figure, Quality, Reason, covered, figure, nothing, quality, worst


def test_missing_is_never_zero_and_zero_is_a_value() -> None:
    assert nothing("kWh", "E2.5", Reason.ZERO_FLOW) == Figure(
        None, "kWh", "E2.5", 0.0, Quality.BAD, (Reason.ZERO_FLOW,)
    )
    assert figure(float("nan"), "kWh", "E2.5").reasons == (Reason.NO_DATA,)
    measured = figure(0.0, "kWh", "E2.5")
    assert (measured.value, measured.quality, measured.reasons) == (0.0, Quality.GOOD, ())


@pytest.mark.parametrize(
    ("coverage", "value", "expected"),
    [(0.49, None, Quality.BAD), (0.5, 3.0, Quality.UNCERTAIN), (0.79, 3.0, Quality.UNCERTAIN),
     (0.8, 3.0, Quality.GOOD), (1.0, 3.0, Quality.GOOD)],
)  # fmt: skip
def test_a_day_is_judged_by_its_coverage(
    coverage: float, value: float | None, expected: Quality
) -> None:
    found = covered(figure(3.0, "m³", "M6", coverage=coverage))
    assert (found.value, found.quality) == (value, expected)
    assert (Reason.LOW_COVERAGE in found.reasons) == (coverage < 0.8)


@given(st.lists(st.sampled_from(list(Reason))), st.lists(st.sampled_from(list(Reason))))
def test_more_reasons_never_make_a_figure_better(first: list[Reason], more: list[Reason]) -> None:
    order = list(Quality)
    before = figure(1.0, "m³", "M6", first)
    after = before.because(*more)
    assert order.index(after.quality) >= order.index(before.quality)
    assert set(after.reasons) == {*first, *more}
    assert after.quality == worst([quality(first), quality(more)])
