"""Contacts wired the other way round: from the lake's hours to the question, out of service, the
answer, and back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from data.database import Database
from data.groups import groups
from data.lake_writer import LakeWriter
from data.rights import Forbidden, NotFound, Refused
from data.series import MEAN_SCALE
from data.wiring import NoticeRow
from ingest.wiring import PAUSE, WiringWatch
from tests.ingest.town import START, Town

HOUR_MS = 3_600_000
DAYS = timedelta(days=1)


class Wired(Town):
    """Ten stations (S09 is of another type), hours of their past in the lake."""

    def __init__(self, var: Path) -> None:
        super().__init__(var, 10)
        self.watch = WiringWatch(self.stores)
        self.engineer = self.stores.users.create(
            "wang", "Secret-1234", role="engineer", name_zh="王", name_en="Wang", at=START
        )

    def past(self, hours: int, wrong: dict[int, dict[str, float]], ago: int = 0) -> None:
        """Hours up to `ago` hours before now: all contacts at rest, but share of the time closed
        for those of `wrong` (row -> code -> share)."""
        stations = self.stores.stations.all()
        end = round(self.now.timestamp() * 1000) // HOUR_MS * HOUR_MS - ago * HOUR_MS
        ts = end - HOUR_MS * np.arange(hours, 0, -1)
        writer = LakeWriter(self.stores.settings.lake, self.stores.manifest)
        with writer.change(lambda: self.now) as change:
            for name, rows in groups(stations).items():
                shares = {c: np.full((len(rows), hours), v) for c, v in
                          {"EN.FLOOD": 0.0, "EN.SMOKE": 0.0, "L.P1.FAULT": 0.0, "SE.DOOR": 0.0,
                           "EL.MAINS_OK": 1.0}.items()}  # fmt: skip
                for k, row in enumerate(rows):
                    for code, share in wrong.get(stations.index(row), {}).items():
                        shares[code][k] = share
                table = {
                    "station": np.repeat([row.id for row in rows], hours),
                    "ts": np.tile(ts, len(rows)),
                }
                table |= {code: np.rint(share.ravel() * MEAN_SCALE).astype(np.int64)
                          for code, share in shares.items()}  # fmt: skip
                change.write("hour", name, "day", table)

    def look(self) -> list[NoticeRow]:
        """The next step of the watch, with its hourly look; all notices."""
        self.stores.status.put("wiring", {}, self.now - DAYS)
        self.watch.step(self.now)
        return self.stores.wiring.rows()


@pytest.fixture
def town(sqlite: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Wired]:
    monkeypatch.setattr("ingest.wiring.PAUSE", 0.0)
    found = Wired(tmp_path)
    yield found
    found.stores.close()


def told(town: Wired, rule: str) -> dict[str, str]:
    return {code: state for (code, r, _), state in town.states().items() if r == rule}


def test_from_the_first_week_to_the_answer_and_back_in_service(town: Wired) -> None:
    town.past(24 * 8, {2: {"EN.FLOOD": 1.0}, 3: {"EN.SMOKE": 0.9}})
    town.says(2, {"EN.FLOOD": 1})
    town.run(6)
    assert told(town, "R-EN-01") == {"S02": "unacknowledged"}
    [notice] = town.look()
    station = town.stores.stations.all()[2]
    assert (notice.point, notice.profile, notice.state) == ("EN.FLOOD", "", "open")
    assert notice.cells == [(station.id, "EN.FLOOD")]
    assert notice.rules == ["R-DQ-03", "R-EN-01"]
    assert notice.until_at == town.now + 7 * DAYS
    [mine] = {p.rule: p for p in town.stores.permits.current(town.now)}.keys() - {"R-DQ-03"}
    assert mine == "R-EN-01"
    town.run(2)
    assert told(town, "R-EN-01") == {"S02": "out_of_service"}
    assert town.look() == [notice], "nobody is asked twice"
    # who may not, may not; then one click
    with pytest.raises(Forbidden):
        town.stores.wiring.decide(notice.id, True, town.dispatcher, town.now)
    town.stores.wiring.decide(notice.id, True, town.engineer, town.now)
    with pytest.raises(Refused, match="contact_decided"):
        town.stores.wiring.decide(notice.id, False, town.engineer, town.now)
    for seconds in (40, 30):
        town.run(seconds)
        town.watch.step(town.now)
        town.run(2)
        assert told(town, "R-EN-01") == {"S02": "out_of_service"}, "its alarm has not cleared yet"
    town.run(50)
    town.watch.step(town.now)
    town.run(2)
    assert not told(town, "R-EN-01"), "what the wrong contact latched is let go"
    assert not town.stores.permits.current(town.now)
    town.watch.step(town.now)
    assert town.stores.wiring.rows()[0].settled_at == town.now
    town.says(2, {"EN.FLOOD": 0})  # which now means water
    town.run(8)
    assert told(town, "R-EN-01") == {"S02": "unacknowledged"}
    by = [(row.username, row.verb) for row in town.stores.audit.recent() if row.verb[:4] != "logi"]
    assert ("", "contact.ask") in by and ("", "permit.begin") in by and ("", "permit.end") in by
    assert ("wang", "contact.inverted") in by and ("wang", "point.polarity") in by
    assert ("wang", "alarm.reset") in by


def test_what_is_real_is_told_at_once_and_not_asked_again(town: Wired) -> None:
    town.past(24 * 8, {2: {"EL.MAINS_OK": 0.0}})
    town.says(2, {"EL.MAINS_OK": 0})
    town.run(8)
    [notice] = town.look()
    assert notice.rules == ["R-EL-01"], "rules that only ask for power go on"
    town.run(2)
    assert told(town, "R-EL-01") == {"S02": "out_of_service"}
    town.stores.wiring.decide(notice.id, False, town.engineer, town.now)
    assert [row.state for row in town.look()] == ["real"]
    town.run(2)
    assert told(town, "R-EL-01") == {"S02": "unacknowledged"}
    assert len(town.look()) == 1
    assert not town.stores.polarities.rows()


def test_without_an_answer_it_is_back_in_service_after_a_week(town: Wired) -> None:
    town.past(24 * 8, {2: {"EN.FLOOD": 1.0}})
    town.says(2, {"EN.FLOOD": 1})
    town.run(6)
    town.look()
    town.run(2)
    town.now += 7 * DAYS
    town.run(4)
    assert told(town, "R-EN-01") == {"S02": "unacknowledged"}
    assert [row.state for row in town.look()] == ["open"]
    assert not town.stores.permits.current(town.now), "not taken out of service once more"


def test_later_than_the_first_days_it_is_no_wiring(town: Wired) -> None:
    town.past(24 * 8, {}, ago=24 * 8)
    town.past(24 * 8, {2: {"EN.FLOOD": 1.0}})
    assert not town.look()


def test_before_the_first_days_are_over_nobody_is_asked(town: Wired) -> None:
    town.past(24 * 6, {2: {"EN.FLOOD": 1.0}})
    assert not town.look()


def test_a_profile_is_one_question_taken_out_of_service_bit_by_bit(
    town: Wired, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.wiring.AT_ONCE", 2)
    wrong: dict[int, dict[str, float]] = {row: {"SE.DOOR": 1.0} for row in range(5)}
    town.past(7, wrong)
    for row in wrong:
        town.says(row, {"SE.DOOR": 1})
    [notice] = town.look()
    assert (notice.profile, len(notice.cells), notice.share) == ("chengshui", 5, 1.0)
    assert notice.rules == ["R-DQ-03", "R-SE-01", "R-SE-02"]
    assert len(town.stores.permits.current(town.now)) == 15
    east = town.stores.users.create(
        "dong", "Secret-1234", role="engineer", name_zh="东", name_en="Dong", at=START,
        district_id=2,
    )  # fmt: skip
    with pytest.raises(NotFound):
        town.stores.wiring.decide(notice.id, True, east, town.now)
    town.past(1, wrong | {5: {"SE.DOOR": 1.0}}, ago=-1)
    town.stores.wiring.decide(notice.id, True, town.engineer, town.now)
    assert len([row for row in town.stores.polarities.rows() if row.inverted]) == 5
    assert [row.id for row in town.look()] == [notice.id], "turned, they are at rest"
    town.run(90)
    for _ in range(8):
        town.watch.step(town.now)
    town.run(2)
    assert not town.stores.permits.current(town.now)


def test_more_stations_of_the_profile_join_the_open_question(town: Wired) -> None:
    wrong: dict[int, dict[str, float]] = {row: {"SE.DOOR": 1.0} for row in range(5)}
    town.past(7, wrong)
    town.look()
    town.now += timedelta(hours=7)
    town.past(7, wrong | {5: {"SE.DOOR": 1.0}, 6: {"SE.DOOR": 1.0}})
    [notice] = town.look()
    assert len(notice.cells) == 5, "of seven hours of fourteen they were at rest"
    town.now += 8 * DAYS
    town.past(24 * 7, wrong | {5: {"SE.DOOR": 1.0}, 6: {"SE.DOOR": 1.0}})
    [notice] = town.look()
    assert len(notice.cells) == 7


def test_a_look_is_due_once_an_hour(town: Wired) -> None:
    town.past(24 * 8, {2: {"EN.FLOOD": 1.0}})
    assert town.watch.step(town.now) == 1
    town.past(24 * 8, {3: {"EN.FLOOD": 1.0}})
    assert town.watch.step(town.now + timedelta(minutes=59)) == 0
    assert PAUSE < 60
