"""How faults are matched with alarms and counted, by hand-made cases."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks.fault_scores import (
    EXPECTED,
    Draw,
    Expect,
    Outcome,
    Seen,
    Verdict,
    figures,
    mean,
    outcome,
    percentile,
    rows,
)
from simulator.faults import LIBRARY

DRAW = Draw("F12", 2, frozenset({7}), 3, begin=100_000, shows=100_000, end=1_000_000)


def hit(code: str) -> Outcome:
    return Outcome(replace(DRAW, code=code), 1.0, 1)


def miss(code: str, severity: int = 2) -> Outcome:
    return Outcome(replace(DRAW, code=code, severity=severity), None, 0)


def seen(rule: str, ms: int, station: int | None = 7, told: bool = True, district: int = 3) -> Seen:
    return Seen(rule, station, district, ms, told=(ms,) if told else ())


def judged(draw: Draw, *alarms: Seen) -> Outcome:
    return outcome(draw, alarms, EXPECTED)


def test_an_expected_rule_in_time_at_the_station_is_a_detection() -> None:
    found = judged(DRAW, seen("R-EL-01", 108_000), seen("R-HY-02", 130_000, told=False))
    assert found.delay == 8.0 and found.told == 1


@pytest.mark.parametrize(
    "alarm",
    [
        seen("R-EL-01", 110_001),  # later than 10 s
        seen("R-EL-01", 99_000),  # before the fault
        seen("R-EL-01", 108_000, station=8),  # somebody else's
        seen("R-EL-01", 108_000, station=None),  # of the district, but one station was struck
        seen("R-HY-02", 108_000),  # not of the expected set
    ],
)
def test_anything_else_is_none(alarm: Seen) -> None:
    assert judged(DRAW, alarm).delay is None


def test_the_clock_runs_from_what_can_be_seen() -> None:
    flood = replace(DRAW, code="F20", shows=700_000)
    assert judged(flood, seen("R-EN-01", 704_000)).delay == 4.0
    assert judged(flood, seen("R-EN-01", 690_000)).delay == 0.0, "before the contact, not too late"
    assert judged(replace(flood, shows=None), seen("R-EN-01", 704_000)).delay is None


def test_the_earliest_of_several_counts_and_all_notifications_do() -> None:
    pump = replace(DRAW, code="F10")
    found = judged(pump, seen("R-PU-05", 106_000), seen("R-PU-01", 104_000), seen("X", 900_000))
    assert found.delay == 4.0 and found.told == 3
    assert judged(pump, seen("R-PU-01", 104_000), seen("X", 1_000_001)).told == 1


def test_a_motion_detector_has_less_time_than_a_door() -> None:
    intruder = replace(DRAW, code="F21")
    assert judged(intruder, seen("R-SE-03", 104_000)).delay == 4.0
    assert judged(intruder, seen("R-SE-03", 120_000)).delay is None
    assert judged(intruder, seen("R-SE-01", 133_000)).delay == 33.0
    chatter = replace(DRAW, code="F32")
    assert judged(chatter, seen("R-SE-03", 120_000)).delay == 20.0, "there it has its time"


def test_the_time_allowed_goes_by_severity() -> None:
    burst = replace(DRAW, code="F02", end=9_000_000)
    late = seen("R-HY-01", 100_000 + 600_000)
    assert judged(replace(burst, severity=2), late).delay == 600.0
    assert judged(replace(burst, severity=3), late).delay is None


def test_an_alarm_that_blames_the_water_for_a_gauge_spoils_the_detection() -> None:
    noisy = replace(DRAW, code="F09")
    assert judged(noisy, seen("R-CM-05", 200_000)).delay == 100.0
    assert judged(noisy, seen("R-CM-05", 200_000), seen("R-HY-01", 300_000)).delay is None
    dry = replace(DRAW, code="F25")
    assert judged(dry, seen("R-WQ-07", 200_000), seen("R-WQ-01", 300_000)).delay is None


def test_chatter_that_tells_twice_isnt_folded() -> None:
    chatter = replace(DRAW, code="F32")
    assert judged(chatter, seen("R-EN-01", 110_000)).delay == 10.0
    assert judged(chatter, seen("R-EN-01", 110_000), seen("R-EN-01", 150_000)).delay is None


def test_an_area_is_one_event_told_by_its_district() -> None:
    area = Draw("F15", 2, frozenset({7, 8, 9}), 3, 100_000, 100_000, 1_000_000)
    group = seen("R-CM-06", 170_000, station=None)
    children = [seen("R-CM-01", 230_000, station=s, told=False) for s in (7, 8, 9)]
    found = judged(area, group, *children)
    assert found.delay == 70.0 and found.told == 1
    assert judged(area, replace(group, district=4)).delay is None


def test_recall_is_a_mean_over_faults_not_over_draws() -> None:
    expected = {"A": Expect(("R",), (9.0,) * 3, urgent=True), "B": Expect(("R",), (9.0,) * 3)}
    found = rows([hit("A"), hit("A"), hit("A"), hit("A"), miss("B"), hit("B")])
    made = figures(found, expected)
    assert made["severity2.recall"] == pytest.approx(0.75), "5 of 6 draws would be 0.83"
    assert made["level1.recall"] == 1.0
    found = rows([hit("A"), miss("A", 1)])
    assert figures(found, expected)["severity2.recall"] == 1.0, "severity 1 isn't in it"
    assert figures(found, expected)["level1.recall"] == 0.5
    assert found["A"].recall(1, 1) == 0.0 and found["A"].recall(3, 3) is None


def test_a_draw_that_never_shows_is_left_out() -> None:
    hidden = Outcome(replace(DRAW, shows=None), None, 0)
    found = rows([hidden, Outcome(DRAW, 5.0, 1)])
    assert found["F12"].recall() == 1.0 and len(found["F12"].outcomes) == 2
    assert rows([hidden])["F12"].recall() is None


def test_a_fault_not_detected_is_a_wrong_cause() -> None:
    made = [Outcome(DRAW, 5.0, 1, cause) for cause in (1, 3, 0)] + [Outcome(DRAW, None, 0)]
    row = rows(made)["F12"]
    assert row.cause(1) == 0.25 and row.cause(3) == 0.5
    assert rows([Outcome(DRAW, 5.0, 1)])["F12"].cause(1) is None, "nothing diagnoses"


def test_notifications_are_counted_over_the_events_that_told_anybody() -> None:
    told = [Outcome(DRAW, 5.0, n) for n in (1,) * 17 + (0, 4, 2, 3)]
    assert figures(rows(told), EXPECTED)["notifications_per_event_p90"] == 2


def test_percentiles_are_values_that_occurred() -> None:
    assert percentile([3.0, 1.0, 2.0, 4.0], 50) == 2.0
    assert percentile([3.0, 1.0, 2.0, 4.0], 90) == 4.0
    assert percentile([], 50) is None and mean([None]) is None and mean([1.0, None, 3.0]) == 2.0


def test_every_fault_but_those_of_totals_is_expected() -> None:
    assert set(EXPECTED) == set(LIBRARY) - {"F17"}


def test_the_cause_is_that_of_the_alarm_that_found_it_first() -> None:
    said = {"R-PU-01": Verdict(2, 0.6), "R-PU-05": Verdict(1, 0.1)}
    pump = replace(DRAW, code="F10")
    two = [
        replace(seen(rule, ms), verdict=said[rule])
        for rule, ms in (("R-PU-01", 106_000), ("R-PU-05", 104_000))
    ]
    first = judged(pump, *two)
    assert (first.delay, first.cause, first.brier) == (4.0, 1, 0.1)
    late = judged(pump, replace(two[0], ms=200_000))
    assert (late.delay, late.cause, late.brier) == (None, None, None)
    made = figures(rows([first]), {"F10": Expect(("R-PU-05",), (10.0,) * 3)})
    assert made["cause.brier"] == 0.1 and made["cause.top1"] == 1.0
