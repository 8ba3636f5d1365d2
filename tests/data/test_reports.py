"""Orders of reports: their times, who takes one up, and that nothing is taken up twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.boards import Boards
from data.cards import Card
from data.database import Database
from data.reports import EVERY, MOST, PATIENCE, TRIES, Reports, next_due
from data.rights import NotFound, Refused
from data.stations import Stations
from data.users import UserRow
from tests.data.conftest import NOW

Person = Callable[..., UserRow]
ZONE = ZoneInfo("Asia/Shanghai")
HOUR = timedelta(hours=1)


@pytest.fixture
def boards(db: Database, city: Stations) -> Boards:
    return Boards(db, city)


@pytest.fixture
def reports(db: Database, boards: Boards) -> Reports:
    return Reports(db, boards, ZONE)


@given(
    st.sampled_from(EVERY),
    st.integers(0, 23),
    st.integers(0, 2 * 365 * 24 * 60),
    st.sampled_from(["Asia/Shanghai", "Europe/Berlin"]),
)
def test_the_next_time_lies_ahead_at_that_hour(
    every: str, hour: int, minutes: int, name: str
) -> None:
    zone, after = ZoneInfo(name), NOW + timedelta(minutes=minutes)
    found = next_due(every, hour, after, zone)
    local = found.astimezone(UTC).astimezone(zone)
    assert after < found <= after + timedelta(days={"day": 2, "week": 8, "month": 32}[every])
    assert local.hour == hour or name == "Europe/Berlin"  # an hour of spring doesn't exist there
    assert every != "week" or local.weekday() == 0
    assert every != "month" or local.day == 1


def test_a_time_is_taken_up_once(reports: Reports, person: Person) -> None:
    chen = person("engineer")
    reports.order(chen, None, "day", 7, True, NOW)
    assert reports.due(NOW) == []
    later = NOW + timedelta(days=3)
    (row,) = reports.due(later)
    run = reports.claim(row, later)
    assert run is not None
    assert reports.claim(row, later) is None, "another worker is late"
    assert reports.due(later) == [], "three days without a worker are one report"
    ((again, last),) = reports.of(chen)
    assert again.next_at == next_due("day", 7, later, ZONE)
    assert last is not None
    assert (last.state, last.due_at) == ("making", row.next_at)


def test_a_worker_that_is_gone_is_followed_by_another(reports: Reports, person: Person) -> None:
    reports.order(person("engineer"), None, "day", 7, True, NOW)
    later = NOW + timedelta(days=1)
    run = reports.claim(reports.due(later)[0], later)
    assert run is not None
    assert reports.left_behind(later + PATIENCE / 2) == []
    for n in range(1, TRIES):
        at = later + n * PATIENCE
        assert [id for _, id in reports.left_behind(at)] == [run]
        assert reports.left_behind(at) == [], "the other worker asks as well"
    assert reports.left_behind(later + TRIES * PATIENCE) == []
    ((_, last),) = reports.of(person("executive")) or reports.of(UserRow(
        0, "engineer", "", "", "engineer", None, "zh", "dark", True, 0))  # fmt: skip
    assert last is not None and last.state == "gave_up"
    assert not reports.made(run, title="too late")


def test_a_file_is_handed_over_by_one_step_at_a_time(reports: Reports, person: Person) -> None:
    chen = person("engineer")
    reports.order(chen, None, "day", 7, True, NOW)
    later = NOW + timedelta(days=1)
    run = reports.claim(reports.due(later)[0], later)
    assert run is not None
    assert reports.ready(later) == []
    assert reports.made(run, title="t", body="b", file="f", contact_id=1, next_at=later)
    assert not reports.made(run, title="twice")
    assert [row.id for row in reports.ready(later)] == [run]
    assert reports.begin(run)
    assert not reports.begin(run)
    assert [row.id for row in reports.interrupted()] == [run]
    reports.end(run, "failed", next_at=later + HOUR)
    assert reports.ready(later) == []
    assert reports.begin(run)
    reports.end(run, "sent", sent_at=later, next_at=None)
    assert not reports.begin(run)
    assert reports.ready(later + 24 * HOUR) == []


def test_what_is_no_order_is_refused(reports: Reports, boards: Boards, person: Person) -> None:
    chen, wang = person("engineer"), person("executive")
    for every, hour, mail, why in (
        ("year", 7, True, "report_time"),
        ("day", 24, True, "report_time"),
        ("day", -1, True, "report_time"),
        ("day", 7, False, "report_mail"),
    ):
        with pytest.raises(Refused, match=why):
            reports.order(chen, None, every, hour, mail, NOW)
    ids = [boards.save(chen, str(n), [Card("supply")], NOW) for n in range(MOST + 1)]
    with pytest.raises(NotFound):
        reports.order(wang, ids[0], "day", 7, True, NOW)
    for id in ids[:MOST]:
        reports.order(chen, id, "day", 7, True, NOW)
    reports.order(chen, ids[0], "week", 8, True, NOW)
    with pytest.raises(Refused, match="reports_full"):
        reports.order(chen, ids[MOST], "day", 7, True, NOW)
    mine = reports.of(chen)
    assert [(row.every, row.hour) for row, _ in mine[:2]] == [("week", 8), ("day", 7)]
    with pytest.raises(NotFound):
        reports.cancel(wang, mine[0][0].id, NOW)
    reports.cancel(chen, mine[0][0].id, NOW)
    boards.remove(chen, ids[1], NOW)
    assert len(reports.of(chen)) == MOST - 2, "a removed board takes its reports along"
