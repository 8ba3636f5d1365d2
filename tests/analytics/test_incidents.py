"""Incidents and floods."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from analytics.alarm_flood import flood_since
from analytics.incidents import incidents, root_of

T0 = datetime(2026, 11, 26, 8, tzinfo=UTC)


def at(*minutes: float) -> list[datetime]:
    return [T0 + timedelta(minutes=m) for m in minutes]


def test_an_incident_is_a_root_and_all_below_it() -> None:
    parents = {1: None, 2: 1, 3: 2, 4: None, 5: 99}
    assert incidents([1, 2, 3, 4, 5], parents) == {1: [2, 3], 4: [], 5: []}


@given(st.dictionaries(st.integers(0, 5), st.none() | st.integers(0, 6)))
def test_every_alarm_stands_in_exactly_one_incident(parents: dict[int, int | None]) -> None:
    found = incidents(parents, parents)
    members = [id for root, below in found.items() for id in (root, *below)]
    assert sorted(members) == sorted(parents)
    assert {root_of(id, parents) for id in parents} == found.keys()


def test_a_ring_has_one_root() -> None:
    assert incidents([2, 1, 3], {1: 2, 2: 1, 3: 2}) == {1: [2, 3]}


def test_a_flood_begins_above_ten_and_ends_below_five() -> None:
    eleven = at(*(n * 0.5 for n in range(11)))
    assert flood_since(eleven[:10], T0 + timedelta(minutes=6), 10, 5) is None
    assert flood_since(eleven, T0 + timedelta(minutes=6), 10, 5) == eleven[-1]
    still = T0 + timedelta(minutes=12.9)  # those of minute 3 and later: five
    assert flood_since(eleven, still, 10, 5) == eleven[-1]
    assert flood_since(eleven, T0 + timedelta(minutes=13.1), 10, 5) is None
    assert flood_since([], T0, 10, 5) is None
