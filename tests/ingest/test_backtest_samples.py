"""Rules with windows on stored samples: what the live engine found, and on from minutes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from analytics.backtest import Replayed
from analytics.expressions import compile_expression
from data.catalogue.rule_changes import changed
from data.catalogue.rules import Rule, rules
from data.groups import groups
from data.lake_writer import LakeWriter
from data.stations import EVERYWHERE
from ingest import backtest_part
from ingest.alarming import Alarming
from ingest.backtest import Stored, replay
from ingest.backtest_part import Span
from ingest.fleet import Fleet
from ingest.frames import Frame
from ingest.live import Live
from tests.ingest.post import START as POSTED
from tests.ingest.post import T0, Post
from tests.ingest.test_backtest import DAY, Past
from tests.ingest.town import START

ZONE, MINUTE = ZoneInfo("Asia/Shanghai"), 60_000
POLL, MINUTES = 1997, 17
HUNTING = "R-HY-05"
Alarms = set[tuple[object, ...]]


class Hunters(Post):
    """Two houses whose pressure and speed swing from poll to poll for a while, about a steady mean;
    watched by one rule."""

    def begin(self) -> None:
        quick = {"on_s": 20, "off_s": 40}
        self.known = {HUNTING: changed(rules()[HUNTING], quick, compile_expression)}
        fleet = Fleet(self.stations)
        self.alarming = Alarming(self.stores, fleet, self.known)
        self._live = Live(fleet, self.alarming, self.stores.settings.live)

    def live(self) -> None:
        """All minutes are told, and stored, as they come; house 1 says nothing for a while."""
        chance, minute = np.random.default_rng(3), 1
        frames: list[Frame] = []
        for at in range(137, MINUTES * MINUTE, POLL):
            if at >= minute * MINUTE:
                self.deliver(frames, minute * MINUTE)
                frames, minute = [], minute + 1
            for house, (begin, end) in enumerate(((330, 560), (400, 900))):
                if house == 1 and 600_000 <= at < 640_000:
                    continue
                swing = chance.choice([-1, 1]) * (begin * 1000 <= at < end * 1000)
                pressure = 0.5 + 0.02 * swing + chance.normal(0, 0.001)
                said = {"L.P_OUT": pressure, "L.P1.RUN": 1.0, "L.P1.F": 40 + 1.5 * swing}
                frames += self.poll(at, house, said)
        self.deliver(frames, minute * MINUTE)

    def found(self) -> Alarms:
        rows = self.stores.alarms.history(EVERYWHERE, POSTED - timedelta(1),
                                          POSTED + timedelta(1))  # fmt: skip
        return {
            (one.station_id, one.place, _ms(one.raw_at), _ms(one.active_at),
             one.cleared_at and _ms(one.cleared_at), one.count)
            for one in rows
        }  # fmt: skip

    def again(self, first: int = 0) -> tuple[Alarms, Alarms, Stored]:
        span = Span(T0 + first * MINUTE, T0 + MINUTES * MINUTE, self.stations)
        old, new, stored = replay(self.stores.lake, span, self.known, self.known, HUNTING, ZONE)
        return _alarms(old), _alarms(new), stored


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def _alarms(some: list[Replayed]) -> Alarms:
    return {
        (a.station, a.place, a.raw_ms, a.active_ms, a.cleared_ms, a.count)
        for a in (one.alarm for one in some)
    }


@pytest.fixture
def post(tmp_path: Path) -> Iterator[Hunters]:
    made = Hunters(tmp_path)
    yield made
    made.close()


@pytest.fixture
def past(tmp_path: Path) -> Iterator[Past]:
    made = Past(tmp_path)
    yield made
    made.stores.close()


def test_an_unchanged_rule_with_windows_finds_the_live_journal(
    post: Hunters, monkeypatch: pytest.MonkeyPatch
) -> None:
    post.live()
    live = post.found()
    assert len(live) >= 2 and {one[0] for one in live} == {row.id for row in post.stations}
    assert any(one[4] for one in live), "one is over"
    before, after, stored = post.again()
    assert before == after == live
    assert stored.raw == 1 and stored.coverage > 0.9
    # begun later it looks back: what stands then is there, and ends as it did
    later = post.again(9)
    ends = {one[:2] + one[4:5] for one in live}
    assert len(later[0]) >= 2
    assert all(
        any(one[:2] == end[:2] and _near(one[4], end[2]) for end in ends) for one in later[0]
    )
    # minutes show nothing of it
    monkeypatch.setattr(backtest_part._Part, "_stored_samples", lambda *given: [])
    assert post.again()[0] == set()


def _near(one: object, other: object) -> bool:
    return one == other or (
        isinstance(one, int) and isinstance(other, int) and abs(one - other) < 5000
    )


def test_minutes_are_followed_by_samples(past: Past) -> None:
    rule = "R-HY-06"
    past.say(1, 600, 3, {"L.P_SET": 0.52})
    past.say(2, 1437, 1, {"L.P_SET": 0.52})  # stands when the samples begin
    past.store()
    start = round(DAY.timestamp() * 1000)
    ts = start + 86_400_000 + 2000 * np.arange(43_200) + 40
    writer = LakeWriter(past.stores.settings.lake, past.stores.manifest)
    for name, rows in groups(past.stores.stations.all()).items():
        wide = np.full((len(rows), len(ts)), 500)
        for at, row in enumerate(rows):
            if row.id == 3:  # for 20 s: no minute tells
                wide[at, 6015:6025] = 520
        table = {
            "station": np.repeat([row.id for row in rows], len(ts)),
            "ts": np.tile(ts, len(rows)), "L.P_SET": wide.ravel(),
            "L.P1.MODE": np.full(wide.size, 2), "EL.MAINS_OK": np.full(wide.size, 1),
        }  # fmt: skip
        writer.commit([writer.write("fast", name, "day", table)], at=START)
    span = Span(start, start + 2 * 86_400_000, past.stores.stations.all())
    known: dict[str, Rule] = {rule: rules()[rule]}
    later = {rule: changed(known[rule], {"on_s": 30}, compile_expression)}
    old, new, stored = replay(past.stores.lake, span, known, later, rule, ZONE)
    assert stored.raw == 0.5
    for told, delay in ((old, 0), (new, 30_000)):
        by_station = {one.alarm.station or 0: one.alarm for one in told}
        assert sorted(by_station) == [1, 2, 3] and len(told) == 3
        assert (by_station[1].active_ms - start) % MINUTE == 0
        begun = start + 86_400_000 + 2000 * 6015 + 40
        assert 0 <= by_station[3].active_ms - begun - delay <= 4000
        ended = by_station[2].cleared_ms
        # the window begins anew: after 80 % of it, it knows that nothing changes, then off_s
        assert ended is not None and 0 < ended - start - 86_400_000 - 240_000 - 60_000 < 30_000
