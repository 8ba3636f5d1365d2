"""The demo city: unique, placed, sized, and as many points as the bench wants."""

from __future__ import annotations

import socket

import numpy as np
import pytest

from analytics.hydraulics import METRES_PER_MPA, PumpCurve
from data.catalogue.profiles import compile_block, profiles
from data.station_rows import StationRow
from simulator import city
from simulator.sizing import mean_flow


@pytest.fixture(scope="module")
def whole() -> list[StationRow]:
    return city.stations(2100, 1, 5020)


def test_2000_compounds_and_100_outlying_stations(whole: list[StationRow]) -> None:
    outer = [row for row in whole if row.type in ("REGIONAL", "RURAL")]
    assert len(outer) == 100 and len(whole) == 2100
    assert {row.type for row in whole} == {"TANK_VFD", "STACKED", "REGIONAL", "RURAL"}


def test_codes_names_and_addresses_are_unique(whole: list[StationRow]) -> None:
    for attribute in ("id", "code", "name_zh", "name_en", "address"):
        assert len({getattr(row, attribute) for row in whole}) == 2100, attribute


def test_eighty_points_a_station_in_the_fast_block(whole: list[StationRow]) -> None:
    for count in (2100, 200, 20):
        points = [
            len(compile_block(row.profile, row.layout, "fast").codes) for row in whole[:count]
        ]
        assert np.mean(points) >= 80


def test_every_layout_fits_every_profile_of_the_city(whole: list[StationRow]) -> None:
    assert {row.profile for row in whole} == set(profiles())
    for layout in {row.layout for row in whole}:
        for profile in city.PROFILES:
            assert compile_block(profile, layout, "slow").count <= 125


def test_a_small_city_is_the_beginning_of_a_large_one(whole: list[StationRow]) -> None:
    assert city.stations(20, 1, 5020) == whole[:20]
    assert city.stations(20, 2, 5020) != whole[:20]
    assert {row.type for row in whole[:20]} >= {"TANK_VFD", "STACKED", "RURAL"} or any(
        row.type == "REGIONAL" for row in whole[:20]
    )


def test_stations_lie_in_their_district_and_districts_do_not_overlap(
    whole: list[StationRow],
) -> None:
    spots = np.array([(row.longitude, row.latitude) for row in whole])
    home = np.array([row.district_id for row in whole])
    for district in city.districts():
        within = city.inside(np.array(district.boundary), spots)
        assert (within == (home == district.id)).all(), district.code


def test_one_pump_less_than_all_carries_the_peak(whole: list[StationRow]) -> None:
    for row in whole:
        for zone in row.sets:
            curve = PumpCurve.nameplate(zone.rated_flow, zone.rated_head, zone.rated_power)
            lift = zone.setpoint * METRES_PER_MPA - (20.0 if row.type == "STACKED" else 1.2)
            reach = max(1, zone.pumps - 1) * float(curve.flow(lift, 0.985))
            assert reach > 2.7 * mean_flow(zone.households), (row.code, zone.zone)
            assert zone.static_head is not None
            assert zone.setpoint * METRES_PER_MPA > zone.static_head + 10.0
            assert float(curve.shaft_power(1.3 * zone.rated_flow)) < zone.rated_power


def test_without_own_addresses_every_gateway_has_a_port() -> None:
    rows = city.stations(5, 1, 22100, own_addresses=False)
    assert [row.address for row in rows] == [("127.0.0.1", 22100 + i, 1) for i in range(5)]


def test_probe_tells_what_the_system_lets_us_bind() -> None:
    with socket.socket() as probe:
        try:
            probe.bind(("127.10.9.9", 0))
            possible = True
        except OSError:
            possible = False
    assert city.loopback_addresses() is possible


def test_residential_houses_stand_in_compounds_some_of_which_have_several(
    whole: list[StationRow],
) -> None:
    housed, homes = city.in_compounds(whole, 1)
    assert city.in_compounds(whole[:20], 1)[0] == housed[:20]
    of = {row.id: row for row in homes}
    sizes = dict.fromkeys(of, 0)
    for row in housed:
        assert (row.compound_id is None) == (row.type in ("REGIONAL", "RURAL")), row.code
        if row.compound_id is None:
            continue
        first, home = whole[row.compound_id - 1], of[row.compound_id]
        sizes[home.id] += 1
        assert (home.name_zh, home.district_id) == (first.name_zh, row.district_id)
        assert row.name_zh.startswith(home.name_zh) and row.address_zh == first.address_zh
        assert row.latitude == pytest.approx(first.latitude, abs=0.002)
    counts = np.bincount(list(sizes.values()))
    assert counts[0] == 0 and counts[2] > 150 and counts[3] > 20 and len(counts) == 4
