"""Values, coverage and bounds of indicators; the bound holds the truth when samples are lost."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
import pytest

from analytics.facts import hydraulic_facts
from analytics.indicator_values import change, coverages, figures, judged, values
from analytics.results import Quality, Reason


@dataclass(frozen=True)
class Plain:
    """A recipe as the catalogue has them."""

    numerator: str
    denominator: str | None = None
    scale: float = 1.0
    floor: float = 0.0
    bound: str = ""
    weight: str | None = None
    most: float = 1.0
    coverage: str = "time"
    default: bool = False
    code: str = "x"
    unit: str = "u"
    formula: str = "K00 v1"


def sums(**columns: float | None) -> pl.DataFrame:
    given = {"rows": 1.0, "days": 1, "stations": 1, "households": 1.0, "lost_households": 1.0}
    return pl.DataFrame({k: [v] for k, v in {**given, **columns}.items()})


def test_g02b_a_ratio_of_sums_is_no_mean_of_ratios() -> None:
    """The worked example G02b: 0.483 is right, 0.530 and 0.505 are wrong."""
    energy, volume, lift = [3.2, 8.1, 16.5], [10.0, 30.0, 60.0], [0.50, 0.55, 0.60]
    worked = sum(v * p for v, p in zip(volume, lift, strict=True))
    recipe = Plain("F.energy", "F.head_volume")
    one = values(recipe, sums(**{"F.energy": sum(energy), "F.head_volume": worked}))[0]
    assert one == pytest.approx(0.483478, abs=1e-6)
    each = [e / (v * p) for e, v, p in zip(energy, volume, lift, strict=True)]
    assert sum(each) / 3 == pytest.approx(0.529747, abs=1e-6)  # what it must not be


def test_g02_specific_energy_and_energy_of_lift() -> None:
    whole = sums(**{"F.energy": 196.8, "F.volume": 864.0, "F.head_volume": 864.0 * 0.52})
    assert values(Plain("F.energy", "F.volume"), whole)[0] == pytest.approx(0.227778, abs=1e-6)
    lift = values(Plain("F.energy", "F.head_volume"), whole)[0]
    assert lift == pytest.approx(0.438034, abs=1e-6)


@pytest.mark.parametrize(
    ("above", "under", "found", "why"),
    [
        (5.0, 10.0, 0.5, ()),
        (0.0, 10.0, 0.0, ()),
        (5.0, 0.5, None, (Reason.ZERO_BASE,)),
        (5.0, 0.0, None, (Reason.ZERO_BASE,)),
        (None, 10.0, None, (Reason.NO_DATA,)),
        (5.0, None, None, (Reason.NO_DATA,)),
    ],
)
def test_edges_of_a_ratio(
    above: float | None, under: float | None, found: float | None, why: tuple[Reason, ...]
) -> None:
    frame = sums(**{"F.a": above, "F.b": under}).cast({"F.a": pl.Float64, "F.b": pl.Float64})
    [told] = figures(Plain("F.a", "F.b", floor=1.0), frame)
    assert (told.value, told.reasons) == (found, why)


def test_coverage_is_days_there_times_time_online() -> None:
    frame = sums(rows=8.0, days=5, stations=2, **{"F.online_s": 45.0, "F.expected_s": 50.0})
    assert coverages(Plain("F.a"), frame)[0] == pytest.approx(0.8 * 0.9)
    assert coverages(Plain("F.a", coverage="rows"), frame)[0] == pytest.approx(0.8)


def test_a_default_parameter_makes_a_figure_estimated() -> None:
    told = judged(Plain("F.a", default=True), 1.0, 1.0)
    assert (told.quality, told.reasons) == (Quality.ESTIMATED, (Reason.DEFAULT_PARAMETER,))


def test_change_of_a_sum_is_that_of_its_mean_day() -> None:
    assert change(6.0, 4.0) == 2.0
    assert change(30.0, 70.0, 3, 7) == pytest.approx(0.0)
    assert change(33.0, 70.0, 3, 7) == pytest.approx(10.0)
    assert change(None, 1.0) is None
    assert change(1.0, 0.0, 1, 1) is None


def day(seed: int) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """A day of 2-min samples: flow of homes, pressure near its set point, sometimes off, a short
    interruption; each sample holds 120 s."""
    rng = np.random.default_rng(seed)
    n = 720
    hour = np.arange(n) / 30
    course = 0.3 + np.exp(-((hour - 7.5) ** 2) / 3) + 1.3 * np.exp(-((hour - 20) ** 2) / 5)
    flow = 20 * course * rng.lognormal(0, 0.15, n)
    head = 0.5 + rng.normal(0, 0.013, n)
    out = rng.integers(0, n - 20)
    head[out : out + int(rng.integers(0, 15))] = 0.1
    values_ = {
        "L.P_OUT": head, "L.P_SET": np.full(n, 0.5), "L.Q_OUT": flow, "L.P_IN": np.full(n, 0.05),
        "L.SLEEP": np.zeros(n),
    }  # fmt: skip
    return values_, np.full(n, 120.0)


def facts(given: dict[str, np.ndarray], seconds: np.ndarray) -> dict[str, float]:
    told = hydraulic_facts(given, seconds, {"L": 2})
    return {name: float(np.sum(array)) for name, array in told.items()}


RECIPES = (
    Plain("F.head_volume", bound="sum"),
    Plain("F.lost_s", scale=1 / 60, bound="time"),
    Plain("F.pressure_ok_s", "F.demanded_s", scale=100.0, bound="share"),
)


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda r: r.numerator)
def test_a_tenth_of_the_samples_lost_leaves_the_truth_in_the_bound(recipe: Plain) -> None:
    """In at least 95 of 100 cases; 300 days, each with a tenth of its samples gone at random."""
    inside, cases = 0, 300
    for seed in range(cases):
        given, seconds = day(seed)
        whole = facts(given, seconds)
        left = np.random.default_rng(10_000 + seed).random(len(seconds)) >= 0.1
        part = facts({k: v[left] for k, v in given.items()}, seconds[left])
        part["F.expected_s"] = whole["F.expected_s"] = float(seconds.sum())
        [truth], [told] = (figures(recipe, sums(**x)) for x in (whole, part))
        assert told.low is not None
        assert told.high is not None
        assert truth.value is not None
        inside += told.low - 1e-9 <= truth.value <= told.high + 1e-9
    assert inside >= 0.95 * cases


def test_whole_data_need_no_bound() -> None:
    given, seconds = day(1)
    whole = facts(given, seconds) | {"F.expected_s": float(seconds.sum())}
    [told] = figures(RECIPES[2], sums(**whole))
    assert (told.low, told.high, told.coverage) == (None, None, 1.0)
