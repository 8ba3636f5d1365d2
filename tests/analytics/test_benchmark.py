"""Peers and outliers: golden example G05, groups that are too small, memory, regression."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.benchmark import (
    Peers,
    among_peers,
    classes,
    explained_z,
    huber,
    peers,
    robust_z,
    verdicts,
)

E = np.array([0.27, 0.289, 0.301, 0.31, 0.312, 0.318, 0.325, 0.334, 0.341, 0.352, 0.366, 0.612])


def test_g05_the_robust_distance_of_twelve_stations() -> None:
    z = robust_z(np.log(E))
    assert z == pytest.approx(
        [-1.887, -1.152, -0.712, -0.393, -0.324, -0.118, 0.118, 0.413, 0.637, 0.981, 1.402, 6.96],
        abs=6e-4,
    )
    assert list(E[z > 3.5]) == [0.612]
    everyone = Peers(tuple([np.arange(12)] * 12), np.ones(12, int))
    own, middle, quarter = among_peers(E, everyone)
    assert own == pytest.approx(z)
    assert middle[0] == pytest.approx(0.321481, rel=1e-5)
    assert quarter[0] == pytest.approx(float(np.exp(np.quantile(np.log(E), 0.25))))
    # the classic z of the outlier is only 3.03
    assert float((E[-1] - E.mean()) / E.std(ddof=1)) == pytest.approx(3.02825, rel=1e-5)


def test_many_alike_take_the_quartiles_and_then_nothing() -> None:
    half = np.array([1.0, 1.0, 1.0, 1.0, 1.0, 2.0, 3.0, 5.0])
    z = robust_z(half)  # the MAD of these is 0, their quartiles are 1 and 2.25
    assert z[-1] == pytest.approx(4.0 * 1.349 / 1.25)
    assert np.isnan(robust_z(np.ones(9))).all()
    assert np.isnan(robust_z(np.array([1.0, 2.0, 3.0, np.nan, 9.0]))).all()


def test_groups_lose_keys_until_they_are_large_enough() -> None:
    kinds = ["T"] * 16 + ["S"] * 4
    height = np.array([50.0] * 16 + [50.0] * 4)
    volume = np.array([100.0] * 8 + [300.0] * 8 + [100.0] * 4)
    age = np.array([3.0] * 8 + [3.0] * 4 + [8.0] * 4 + [3.0] * 4)
    found = peers(kinds, height, volume, age)
    assert list(found.keys[:8]) == [4] * 8  # eight of one type, height, volume and age
    assert list(found.keys[8:16]) == [3] * 8  # four and four by age: together by volume
    assert set(found.members[15].tolist()) == set(range(8, 16))
    assert list(found.keys[16:]) == [1] * 4
    assert list(found.size[16:]) == [4] * 4
    z, _, quarter = among_peers(np.linspace(0.4, 0.8, 20), found)
    assert np.isfinite(z[:16]).all()
    assert np.isnan(z[16:]).all()
    assert np.isnan(quarter[16:]).all()


def test_a_limit_belongs_to_the_upper_class_and_unknown_is_a_class_of_its_own() -> None:
    assert list(classes(np.array([39.9, 40.0, 100.0, np.nan]), (40.0, 60.0, 80.0, 100.0))) == [
        0, 1, 4, -1,
    ]  # fmt: skip


def test_verdicts_and_their_memory() -> None:
    now = np.array([3.6, 3.5, 2.4, -3.6, np.nan, 2.1, 1.0, 1.0])
    assert verdicts(now) == [
        "high", "watch", "normal", "good", "none", "normal", "normal", "normal",
    ]  # fmt: skip
    before = np.array([np.nan, 0.0, 0.0, 0.0, 9.0, 4.0, 4.0, 0.0])
    assert verdicts(now, before)[5:7] == ["high", "high"]  # one calm period isn't enough
    two = np.vstack([np.full(8, 4.0), np.full(8, 1.0)])
    assert verdicts(now, two)[6] == "normal"
    assert verdicts(now, two)[5] == "high"  # 2.1 isn't calm


def test_huber_is_not_pulled_by_outliers() -> None:
    rng = np.random.default_rng(5)
    x = np.column_stack([np.ones(200), rng.normal(size=200)])
    y = x @ np.array([1.0, 2.0]) + rng.normal(0, 0.1, 200)
    y[:10] += 50.0
    beta, rest = huber(x, y)
    assert beta == pytest.approx([1.0, 2.0], abs=0.05)
    y[11] = np.nan
    _, rest = huber(x, y)
    assert np.isnan(rest[11])
    assert np.isfinite(rest).sum() == 199


def test_what_is_explained_is_no_outlier() -> None:
    rng = np.random.default_rng(3)
    head = rng.uniform(30, 100, 80)
    y = 0.3 * np.log(head) + rng.normal(0, 0.01, 80)
    y[4] += 0.1
    kinds = ["A", "B"] * 40
    z = explained_z(y, [np.log(head)], kinds)
    assert int(np.argmax(z)) == 4
    assert z[4] > 3.5
    assert np.isnan(explained_z(y[:59], [np.log(head[:59])], kinds[:59])).all()
