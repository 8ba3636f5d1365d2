"""Faults of the simulator through its physics, the registers and the engines; and a calm city."""

from __future__ import annotations

import pytest

from tests.ingest.rule_city import RuleCity

EXPECTED = {
    # fault, severity: rule -> s within which it has to be raised
    ("F02", 3): {"R-HY-01": 120},
    ("F05", 2): {"R-TK-06": 120},
    ("F08", 2): {"R-CM-05": 720},
    ("F10", 2): {"R-PU-01": 10, "R-PU-05": 10},
    ("F12", 2): {"R-EL-01": 10},
    ("F14", 2): {"R-CM-01": 180},
    ("F20", 2): {"R-EN-02": 60, "R-EN-01": 300},
    ("F21", 1): {"R-SE-01": 40},
    ("F21", 2): {"R-SE-03": 6},
}
BEFORE = 30


@pytest.fixture(scope="module")
def city() -> RuleCity:
    """One fault at each of some stations of a morning; the others are well."""
    made = RuleCity(24, hour=7)
    houses = [r.code for r in made.city.rows if r.type == "TANK_VFD" and r.profile != "haibeng"]
    made.run(BEFORE)
    made.hurt = dict(zip(EXPECTED, houses, strict=False))
    for (code, severity), station in made.hurt.items():
        made.fault(code, station, severity)
    made.run(760)
    return made


@pytest.mark.parametrize("fault", EXPECTED, ids=lambda fault: f"{fault[0]}-{fault[1]}")
def test_a_fault_raises_its_rules_in_time(city: RuleCity, fault: tuple[str, int]) -> None:
    raised = city.raised(city.hurt[fault])
    late = {
        rule: raised.get(rule)
        for rule, within in EXPECTED[fault].items()
        if rule not in raised or raised[rule] - BEFORE > within
    }
    assert not late, raised


def test_who_is_well_has_no_alarm(city: RuleCity) -> None:
    hurt = set(city.hurt.values())
    assert [one for one in city.seen if one.station not in hurt] == []
