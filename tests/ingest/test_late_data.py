"""Late data: whenever answers arrive, the journal of alarms becomes that of answers in order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from data.database import Database
from ingest.frames import Frame
from tests.ingest.post import Journal, Post

POLL = 2000
POLLS = 60
HOUR = 3_600_000
START_OF_TIME = datetime(2020, 1, 1, tzinfo=UTC)
END = 80 * HOUR
"""By then whatever happens to an alarm by itself has happened, however late its data came."""
SIGNS = ("L.P1.FAULT", "EN.FLOOD", "L.P2.FAULT", "SE.PIR")
Make = Callable[[], Post]


@pytest.fixture
def make(sqlite: Database, tmp_path: Path) -> Iterator[Make]:
    made: list[Post] = []

    def post() -> Post:
        made.append(Post(tmp_path / str(len(made))))
        return made[-1]

    yield post
    for one in made:
        one.close()


def on(at: int, spans: list[tuple[int, int, str]]) -> dict[str, float]:
    """The points that are set at a poll, as spans of polls say."""
    return {sign: 1 for first, last, sign in spans if first <= at < last}


def told(post: Post, spans: list[tuple[int, int, str]], delays: list[int]) -> Journal:
    """All polls of both stations, station 0's late by so many ms each; the journal after all."""
    arrivals: list[tuple[int, Frame]] = []
    for at in range(POLLS):
        for station in (0, 1):
            late = delays[at % len(delays)] if station == 0 else 0
            frames = post.poll(at * POLL, station, on(at, spans))
            arrivals += [(at * POLL + late, frame) for frame in frames]
    arrivals.sort(key=lambda one: one[0])
    now = 0
    while arrivals:
        now = max(now, (arrivals[0][0] // 1000 + 1) * 1000)
        due = [frame for at, frame in arrivals if at <= now]
        arrivals = arrivals[len(due) :]
        post.deliver(due, now + 5)
    post.settle(now)
    post.deliver((), END)
    return post.journal()


spans = st.lists(
    st.tuples(st.integers(0, POLLS - 8), st.integers(2, 40), st.sampled_from(SIGNS)).map(
        lambda one: (one[0], one[0] + one[1], one[2])
    ),
    min_size=1, max_size=5,
)  # fmt: skip
delays = st.lists(
    st.one_of(
        st.just(0), st.integers(1, 30_000), st.integers(HOUR, 72 * HOUR - POLLS * POLL)
    ),
    min_size=1, max_size=4,
)  # fmt: skip


@settings(
    max_examples=4, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(spans=spans, delays=delays)
def test_random_delays_give_the_journal_of_answers_in_order(
    make: Make, spans: list[tuple[int, int, str]], delays: list[int]
) -> None:
    assert told(make(), spans, delays) == told(make(), spans, [0])


def test_what_began_and_ended_in_an_outage_is_historic_and_still_there_is_told(make: Make) -> None:
    post = make()
    flood = {"EN.FLOOD": 1.0}
    for at in range(0, 60_000, POLL):
        post.deliver(post.poll(at, 0, {}), at + 5)
    kept = [
        frame
        for at in range(60_000, 600_000, POLL)
        for frame in post.poll(at, 0, {"L.P1.FAULT": 1.0} if 100_000 <= at < 200_000 else
                               flood if at >= 590_000 else {})
    ]  # fmt: skip
    for at in range(600_000, 660_000, POLL):
        post.deliver(post.poll(at, 0, flood), at + 5)
    post.deliver(kept, 660_005)
    post.settle(661_000)
    found = {row.rule: row for row in post.stores.alarms.of_stations([1], START_OF_TIME)}
    trip, flooded = found["R-PU-01"], found["R-EN-01"]
    assert (trip.historic, trip.state) == (True, "closed")
    assert trip.cleared_at is not None
    assert not flooded.historic and flooded.state == "unacknowledged"
    begun = {(rule, at) for _, rule, _, _, at, *_ in post.journal()}
    assert ("R-EN-01", 589_990) in begun or ("R-EN-01", 590_000) in begun
