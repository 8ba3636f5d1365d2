"""Trials: what is planted is in the truth and shows in what is seen; gauges err as gauges do."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.gauges import shown
from simulator.trial import Observed, Planted, Truth, compounds, trial

ROWS = compounds(31, 6)
TROUBLES = (
    Planted(0, "F01", 5, 3, ramp=0.0, until=10),
    Planted(1, "F03", 0, size=0.08, ramp=4.0),
    Planted(2, "F04", 4, 3, ramp=0.0),
    Planted(3, "setpoint", 6, 2),
    Planted(4, "sequence", 0, 2),
    Planted(5, "F07", 2, 2),
)
DAYS = 12


@pytest.fixture(scope="module")
def both() -> tuple[Observed, Truth]:
    return trial(31, ROWS, DAYS, 900.0, TROUBLES, codes=("L.Q_OUT", "L.P_OUT", "EL.E.inc"))


def test_the_same_arguments_give_the_same_trial(both: tuple[Observed, Truth]) -> None:
    seen, truth = trial(31, ROWS, DAYS, 900.0, TROUBLES, codes=("L.Q_OUT",))
    np.testing.assert_array_equal(seen.values["L.Q_OUT"], both[0].values["L.Q_OUT"])
    np.testing.assert_array_equal(truth.leak, both[1].leak)


def test_every_station_has_a_row_a_day_in_all_tables(both: tuple[Observed, Truth]) -> None:
    seen, truth = both
    assert [row.id for row in seen.rows] == [row.id for row in ROWS]
    assert len(seen.tables["station_day"]["station"]) == len(ROWS) * DAYS
    for name in ("pump_day", "set_day"):
        assert set(seen.tables[name]["station"]) == {row.id for row in ROWS}
    zones = [(i, s.zone) for i, row in enumerate(ROWS) for s in row.sets]
    assert zones == list(zip(truth.station.tolist(), truth.zone, strict=True))


def test_what_leaks_flows_out_beside_what_homes_take(both: tuple[Observed, Truth]) -> None:
    seen, truth = both
    day = seen.tables["station_day"]
    for i, row in enumerate(ROWS):
        mine = truth.station == i
        total = truth.used[mine].sum(axis=0) + 24.0 * truth.leak[mine].sum(axis=0)
        volume = day["F.volume"][day["station"] == row.id]
        online = day["coverage"][day["station"] == row.id] == 1.0
        np.testing.assert_allclose(volume[online], total[online], rtol=0.03, atol=3.0)


def test_a_planted_leak_comes_and_is_repaired(both: tuple[Observed, Truth]) -> None:
    seen, truth = both
    grown = truth.grown[truth.station == 0].sum(axis=0)
    assert grown[:5].tolist() == [0.0] * 5
    assert grown[5:10] == pytest.approx([3.0] * 5, rel=0.05)
    assert grown[10:].tolist() == [0.0] * 2
    day = seen.tables["station_day"]
    night = day["night_flow"][day["station"] == ROWS[0].id]
    assert np.nanmean(night[5:10]) - np.nanmean(night[:5]) == pytest.approx(3.0, abs=0.5)


def test_wear_grows_evenly_on_the_named_pump_alone(both: tuple[Observed, Truth]) -> None:
    head = both[1].head[int(np.flatnonzero(both[1].station == 1)[0])]
    assert head[0, [0, 1, 4, 11]] == pytest.approx([0.984, 0.968, 0.92, 0.92])
    assert np.nanmin(head[1:]) == 1.0
    own = both[1].efficiency[int(np.flatnonzero(both[1].station == 1)[0])]
    assert own[0, 11] == pytest.approx(1 - 1.3 * 0.08)


@pytest.mark.parametrize(
    ("station", "part"), [(1, "wear"), (2, "strainer"), (3, "setpoint"), (4, "sequence")]
)
def test_without_a_trouble_its_station_takes_less_and_the_others_the_same(
    both: tuple[Observed, Truth], station: int, part: str
) -> None:
    truth = both[1]
    was, now = truth.energy(days=[8, 9]), truth.energy((part,), days=[8, 9])
    saved = np.bincount(truth.station, (was - now).sum(axis=1))
    assert saved[station] > 0.01 * np.bincount(truth.station, was.sum(axis=1))[station]
    others = np.delete(saved, station)
    np.testing.assert_allclose(others, 0.0, atol=1e-6)


def test_the_best_sequence_takes_no_more_than_the_rule(both: tuple[Observed, Truth]) -> None:
    truth = both[1]
    was = truth.energy(("wear", "sequence"), days=[8])
    best = truth.energy(("wear", "sequence", "staging"), days=[8])
    assert (best <= was * 1.002).all()
    assert best.sum() < was.sum()


def test_energy_as_it_was_is_what_the_meters_counted(both: tuple[Observed, Truth]) -> None:
    seen, truth = both
    pumps = np.bincount(truth.station, truth.energy(days=[3])[:, 0])
    metered = np.nansum(seen.values["EL.E.inc"][:, 3 * 96 : 4 * 96], axis=1)
    np.testing.assert_allclose(metered, pumps + 0.15 * 24.0, rtol=0.02, atol=1.5)


def test_another_part_and_another_trouble_are_refused() -> None:
    with pytest.raises(ValueError, match="no such trouble: F99"):
        trial(31, ROWS[:1], 1, 3600.0, [Planted(0, "F99", 0)])
    _, truth = trial(31, ROWS[:1], 1, 3600.0, tables=())
    with pytest.raises(ValueError, match="no such part"):
        truth.energy(("luck",))


@pytest.mark.parametrize("digit", [0.001, 0.01])
@pytest.mark.parametrize("value", [0.412, 0.4149, 0.4171])
def test_a_gauge_errs_like_ninety_readings(value: float, digit: float) -> None:
    """Against 90 readings drawn one by one, 4,000 times."""
    rng = np.random.default_rng(5)
    sigma = 0.0015
    read = value + sigma * rng.standard_normal((4000, 90))
    means = (np.rint(read / digit) * digit).mean(axis=1)
    n = 4000
    some = shown(
        np.full((n, 1), value), np.full((n, 1), sigma), np.full((n, 1), sigma),
        np.full((n, 1), digit), 90.0, rng.standard_normal((n, 1)),
    )  # fmt: skip
    assert some.mean() == pytest.approx(means.mean(), abs=0.05 * digit)
    assert some.std() == pytest.approx(means.std(), rel=0.5)
