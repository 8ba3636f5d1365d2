"""Frames of the lake and people's steps through the same run give the live journal again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from data.catalogue.rules import rules
from data.database import Database
from data.stations import EVERYWHERE
from ingest.alarm_again import Again
from ingest.alarm_records import moment
from ingest.alarm_rerun import recorded
from tests.ingest.post import START, T0, Post

POLL = 2000
END = 600_000
Line = tuple[object, ...]


@pytest.fixture
def post(sqlite: Database, tmp_path: Path) -> Iterator[Post]:
    found = Post(tmp_path)
    yield found
    found.close()


def says(station: int, at: int) -> dict[str, float]:
    """A drive that trips twice and flutters, a flood, a power cut that explains another trip."""
    found: dict[str, float] = {}
    if station == 0:
        if 40_000 <= at < 90_000 or 200_000 <= at < 260_000 or (at // 8000) % 9 == 8:
            found["L.P1.FAULT"] = 1
        if 120_000 <= at < 160_000:
            found["EN.FLOOD"] = 1
    elif 150_000 <= at < 330_000:
        found |= {"EL.MAINS_OK": 0, "L.P1.FAULT": 1, "L.P_OUT": 0.0}
    return found


def test_the_lake_and_peoples_steps_give_the_live_journal_again(post: Post) -> None:
    person = post.stores.users.create(
        "lin", "Secret-1234", role="dispatcher", name_zh="林", name_en="Lin", at=START
    )
    asked: set[int] = set()
    for at in range(0, END, POLL):
        silent = 400_000 <= at < 560_000
        frames = [
            frame
            for station in (0, 1)
            if not (station == 1 and silent)
            for frame in post.poll(at + 137, station, says(station, at))
        ]
        post.deliver(frames, at + 1005)
        post.deliver((), at + 2005)
        for alarm in post.stores.alarms.open(EVERYWHERE):
            if alarm.rule in ("R-PU-01", "R-EN-01") and alarm.id not in asked and at >= 100_000:
                asked.add(alarm.id)
                now = START + timedelta(milliseconds=at + 2005)
                verb = "acknowledge" if alarm.state == "unacknowledged" else "reset"
                post.stores.actions.append(alarm.id, verb, person, now, note="seen")

    again = Again(post.stores, post.stations, rules(), 10_000)
    run = again.run([station.id for station in post.stations], T0 - 1000, T0 + END)
    heard = np.full(len(post.stations), T0)
    for answers, end in recorded(post.stores.lake, run.fleet, run.begun, T0 + END):
        run.go(answers, end, heard)
    replayed = sorted(
        (
            (one.rule, one.station, one.place, one.level, one.state, moment(one.raw_ms),
             moment(one.active_ms), _at(one.cleared_ms), _at(one.closed_ms),
             _at(one.acknowledged_ms), one.count, one.tags, one.parent and one.parent.rule)
            for one in run.alarms
        ),
        key=str,
    )  # fmt: skip
    rows = post.stores.alarms.history(
        EVERYWHERE, datetime(2020, 1, 1, tzinfo=UTC), START + timedelta(days=1)
    )
    rule_of = {row.id: row.rule for row in rows}
    live = sorted(
        (
            (row.rule, row.station_id, row.place, row.level, row.state, row.raw_at, row.active_at,
             row.cleared_at, row.closed_at, row.acknowledged_at, row.count,
             tuple(row.tags.split()), row.parent_id and rule_of[row.parent_id])
            for row in rows
        ),
        key=str,
    )  # fmt: skip
    assert replayed == live
    told = {row.rule for row in rows}
    assert {"R-PU-01", "R-EN-01", "R-EL-01", "R-CM-01"} <= told
    assert asked and any(row.parent_id for row in rows)


def _at(ms: int | None) -> datetime | None:
    return None if ms is None else moment(ms)
