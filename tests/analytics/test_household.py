"""Readings become days: interpolation, gaps, new meters, what is put in and what stands still."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.household import DAY_MS, MODULUS, Readings, household_days, scan

Row = tuple[int, float, str, str, int]
DAYS = [(n * DAY_MS, (n + 1) * DAY_MS) for n in range(40)]


def readings(rows: list[Row]) -> Readings:
    """(station, day, meter, kind, litres)"""
    station, day, meter, kind, litres = zip(*rows, strict=True)
    return Readings(
        np.array(station), (np.array(day) * DAY_MS).astype(np.int64), np.array(meter, object),
        np.array(kind, object), np.array(litres),
    )  # fmt: skip


def regular(meter: str, litres: int, days: range, start: int = 0, kind: str = "household",
            hour: float = 0.25) -> list[Row]:  # fmt: skip
    return [(1, n + hour, meter, kind, start + litres * n) for n in days]


def at(table: dict[str, np.ndarray], day: int, name: str) -> float:
    [value] = table[name][table["at"] == day]
    return float(value)


def test_readings_at_different_times_are_aligned_to_midnight() -> None:
    rows = regular("A", 240, range(12)) + regular("B", 480, range(12), hour=0.9)
    found = household_days(readings(rows), DAYS[:11])
    assert at(found, 5, "metered") == pytest.approx(0.720)
    assert at(found, 5, "imputed") == 0
    assert (at(found, 5, "meters"), at(found, 5, "read")) == (2, 2)


def test_an_unread_meter_is_put_in_by_its_own_mean_and_counted() -> None:
    rows = regular("A", 240, range(30)) + regular("B", 480, range(10))
    found = household_days(readings(rows), DAYS[:29])
    assert at(found, 20, "metered") == pytest.approx(0.720)
    assert at(found, 20, "imputed") == pytest.approx(0.480)
    assert at(found, 20, "read") == 1


def test_a_gap_between_readings_is_shared_evenly_and_not_imputed() -> None:
    rows = regular("A", 240, range(5)) + regular("A", 240, range(12, 20))
    found = household_days(readings(rows), DAYS[:19])
    assert at(found, 8, "metered") == pytest.approx(0.240)
    assert at(found, 8, "imputed") == 0


def test_rollover_and_a_new_meter_lose_nothing() -> None:
    start = MODULUS - 600
    rows = [(1, n + 0.0, "A", "household", (start + 240 * n) % MODULUS) for n in range(10)]
    found = household_days(readings(rows), DAYS[:9])
    assert [at(found, n, "metered") for n in range(9)] == pytest.approx([0.240] * 9)
    new = [(1, 5.25, "A", "household", 30), (1, 6.25, "A", "household", 270)]
    fresh = [*regular("A", 240, range(5), start=50_000), *new]
    after = household_days(readings(fresh), DAYS[:6])
    assert at(after, 5, "metered") == pytest.approx(0.25 * 0.030 + 0.75 * 0.240)


def test_kinds_stand_apart_and_stopped_meters_are_counted() -> None:
    rows = regular("A", 240, range(30)) + regular("P", 1000, range(30), kind="public")
    rows += regular("F", 0, range(30), kind="fire")
    still = [(1, n + 0.25, "S", "household", 200 * min(n, 15)) for n in range(30)]
    found = household_days(readings(rows + still), DAYS[:29])
    assert at(found, 12, "metered") == pytest.approx(0.440)
    assert at(found, 12, "public") == pytest.approx(1.0)
    assert at(found, 12, "fire") == 0
    assert at(found, 14, "stopped") == 0
    assert at(found, 26, "stopped") == 1


def test_a_coarse_meter_is_not_stopped_between_two_of_its_steps() -> None:
    """Whole cubic metres: at 100 L a day ten days pass without a step; at 800 L seven don't."""
    small = [(1, n + 0.25, "S", "household", 100 * n // 1000 * 1000) for n in range(34)]
    large = [(1, n + 0.25, "L", "household", 800 * min(n, 20) // 1000 * 1000) for n in range(34)]
    assert not household_days(readings(small), DAYS[:33])["stopped"].any()
    found = household_days(readings(small + large), DAYS[:33])
    assert at(found, 18, "stopped") == 0
    assert at(found, 31, "stopped") == 1


def test_a_meter_of_many_homes_is_judged_by_its_own_pace() -> None:
    """600 homes behind one meter use 12,000 L/h: more than any home could."""
    rows = [(1, 7.0 * n, "REST", "household", 2_016_000 * n) for n in range(6)]
    found = household_days(readings(rows), DAYS[:34])
    assert at(found, 20, "metered") == pytest.approx(288.0)
    spike = [*rows[:3], (1, 21.0, "REST", "household", 90_000_000), *rows[4:]]
    held = household_days(readings(spike), DAYS[:34])
    assert at(held, 24, "metered") == pytest.approx(288.0)


def test_order_and_repetition_change_nothing() -> None:
    rows = regular("A", 240, range(12))
    mixed = rows[::-1] + rows[:4]
    one, other = (household_days(readings(r), DAYS[:10]) for r in (rows, mixed))
    assert all(np.array_equal(one[name], other[name]) for name in one)


def test_nothing_read_is_no_row() -> None:
    empty = Readings(*(np.empty(0) for _ in range(5)))
    assert not len(household_days(empty, DAYS[:3])["station"])


def test_homes_that_never_stand_still_leak_indoors() -> None:
    hours = np.full((3, 200), 3.0)
    hours[1, 150] = 0.0
    hours[2, 100:] = np.nan
    assert scan(hours).tolist() == [True, False, False]
