"""Cost and CO₂ of energy: golden examples G06, G07, boundaries, edges."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from analytics.results import Quality, Reason
from analytics.tariff import by_band, co2, cost, hour_shares, max_demand, mean_price, split

LOAD = [1, 1, 1, 1, 1, 2, 5, 8, 6, 6, 5, 5, 5, 5, 5, 4.5, 4.5, 4.5, 4.5, 4.5, 8, 8, 5, 3]
BANDS = [(0, 480, "valley"), (480, 600, "flat"), (600, 720, "peak"), (720, 900, "flat"),
         (900, 1200, "peak"), (1200, 1260, "flat"), (1260, 1320, "peak"),
         (1320, 1440, "flat")]  # fmt: skip
PRICES = {"flat": 0.65, "peak": 0.65 * 1.58, "valley": 0.65 * 0.37}
DAY = date(2026, 3, 2)
XIAMEN = ZoneInfo("Asia/Shanghai")


def test_g06_a_day_by_bands_and_its_cost() -> None:
    energy = by_band([DAY] * 24, range(24), LOAD, lambda _: BANDS)
    assert energy == pytest.approx({"valley": 20.0, "flat": 43.0, "peak": 40.5})
    bill = cost(energy, PRICES, "CNY")
    assert bill.value == pytest.approx(74.3535, abs=1e-9)
    assert (bill.unit, bill.formula, bill.quality) == ("CNY", "E2.11", Quality.GOOD)
    assert mean_price(bill, sum(LOAD)).value == pytest.approx(0.718391, abs=1e-6)
    assert max_demand(LOAD, 1.0) == 8.0


def test_g06_an_interval_over_a_boundary_is_split_by_time() -> None:
    def at(day: int, hour: int, minute: int) -> datetime:
        return datetime(2026, 3, day, hour, minute, tzinfo=XIAMEN)

    start, end = at(2, 9, 40), at(2, 10, 20)
    assert split(start, end, 6.0, lambda _: BANDS) == pytest.approx({"flat": 3.0, "peak": 3.0})
    # over midnight, through three bands
    late = split(at(2, 21, 30), at(3, 0, 30), 6.0, lambda _: BANDS)
    assert late == pytest.approx({"peak": 1.0, "flat": 4.0, "valley": 1.0})
    assert split(end, end, 6.0, lambda _: BANDS) == {}


def test_an_hour_that_the_clock_repeats_counts_as_it_passed() -> None:
    zone = ZoneInfo("Europe/Berlin")
    bands = [(0, 180, "valley"), (180, 1440, "flat")]
    start, end = (
        datetime(2026, 10, 25, 0, 0, tzinfo=zone),
        datetime(2026, 10, 25, 4, 0, tzinfo=zone),
    )
    assert split(start, end, 5.0, lambda _: bands) == pytest.approx({"valley": 4.0, "flat": 1.0})


def test_bands_may_turn_within_an_hour() -> None:
    shares = hour_shares([(0, 450, "valley"), (450, 1440, "flat")])
    assert shares["valley"][7] == 0.5
    assert shares["flat"][7] == 0.5
    assert (shares["valley"] + shares["flat"] == 1).all()


def test_demand_charge_and_power_factor_move_the_bill() -> None:
    energy = {"flat": 100.0}
    assert cost(energy, PRICES, "CNY", demand=12.0, demand_charge=38.0).value == 65.0 + 456.0
    rule = (0.90, 0.005, 0.15)
    assert cost(energy, PRICES, "CNY", power_factor=0.86, adjustment=rule).value == pytest.approx(
        65.0 * 1.02
    )
    assert cost(energy, PRICES, "CNY", power_factor=0.20, adjustment=rule).value == pytest.approx(
        65.0 * 1.15
    )
    unknown = cost(energy, PRICES, "CNY", demand_charge=38.0, assumed=True)
    assert unknown.value == 65.0
    assert unknown.reasons == (Reason.DEFAULT_PARAMETER, Reason.NO_DATA)
    assert unknown.quality == Quality.ESTIMATED


def test_nothing_costs_nothing_that_can_be_told() -> None:
    assert cost({}, PRICES, "CNY").value is None
    assert mean_price(cost({"flat": 0.0}, PRICES, "CNY"), 0.0).reasons == (Reason.ZERO_BASE,)
    assert max_demand([None, float("nan")]) is None


def test_g07_co2_with_the_factors_of_fujian_and_of_the_country() -> None:
    assert co2({2022: 28470.0}, {2022: 0.4092}).value == pytest.approx(11649.924)
    assert co2({2023: 28470.0}, {2022: 0.5366, 2023: 0.5306}).value == pytest.approx(15106.182)
    later = co2({2026: 28470.0}, {2022: 0.4092})
    assert later.value == pytest.approx(11649.924)
    assert later.reasons == (Reason.DEFAULT_PARAMETER,)
    assert co2({2020: 1.0}, {2022: 0.4092}).reasons == (Reason.NO_DATA,)
    assert co2({}, {2022: 0.4092}).value is None
