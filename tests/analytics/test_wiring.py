"""Contacts that are probably wired the other way round."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from analytics.wiring import Suspect, Terms, alarming, suspects

TERMS = Terms(0.95, 6, 0.30, 3)
CONTACTS = [("EN.FLOOD", "EN.FLOOD"), ("L.P1.FAULT", "{z}.P{n}.FAULT"),
            ("L.P2.FAULT", "{z}.P{n}.FAULT")]  # fmt: skip


def ask(shares: Any, first: Any = True, hours: float = 168, profiles: str = "a") -> list[Suspect]:
    share = np.asarray(shares, float)
    names = [profiles] * len(share) if len(profiles) == 1 else list(profiles)
    known = np.where(np.isnan(share), 0.0, hours)
    return suspects(share, known, np.broadcast_to(first, share.shape), names, CONTACTS, TERMS)


@pytest.mark.parametrize(
    ("share", "hours", "found"),
    [(0.951, 6, True), (0.95, 6, False), (1.0, 5, False), (np.nan, 0, False)],
)
def test_a_contact_alarms_when_it_did_for_more_than_the_share(
    share: float, hours: float, found: bool
) -> None:
    assert bool(alarming(np.array(share), np.array(hours), TERMS)) == found


def test_one_station_is_asked_about_only_when_it_was_so_from_the_first_days_on() -> None:
    shares = np.zeros((20, 3))
    shares[4, 0], shares[7, 0] = 1.0, 0.97
    first = np.zeros((20, 3), bool)
    first[7, 0] = True
    assert ask(shares, first) == [Suspect("EN.FLOOD", "", ((7, "EN.FLOOD"),), 0.97)]


def test_contacts_of_one_kind_at_one_station_are_one_question() -> None:
    shares = np.zeros((20, 3))
    shares[4] = [0.99, 0.98, 1.0]
    points = [(one.point, len(one.cells), one.share) for one in ask(shares)]
    assert points == [("EN.FLOOD", 1, 0.99), ("{z}.P{n}.FAULT", 2, 0.98)]


def test_three_in_ten_of_a_profile_are_one_question_after_hours() -> None:
    shares = np.zeros((20, 3))
    shares[:6, 0] = 1.0
    [one] = ask(shares, first=False, hours=6)
    assert (one.point, one.profile, len(one.cells)) == ("EN.FLOOD", "a", 6)
    shares[0, 0] = 0.0
    assert not ask(shares, first=False), "five of twenty are fewer"
    assert len(ask(shares, first=True)) == 5, "but five stations by themselves"


def test_two_of_three_are_too_few_for_a_profile_and_silent_stations_do_not_count() -> None:
    shares = np.array([[1.0, 0, 0], [1.0, 0, 0], [0, 0, 0]])
    assert not ask(shares, first=False)
    many = np.full((20, 3), np.nan)
    many[:10] = 0.0
    many[:3, 0] = 1.0
    [one] = ask(many, first=False)
    assert one.profile == "a"


def test_profiles_are_apart() -> None:
    shares = np.zeros((20, 3))
    shares[:4, 0] = 1.0
    [one] = ask(shares, first=False, profiles="a" * 10 + "b" * 10)
    assert (one.profile, len(one.cells)) == ("a", 4)
