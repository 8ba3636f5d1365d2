"""Readings from the inbox to days of household meters: whole, once, and nothing lost."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from data.database import Database
from data.lake_writer import LakeWriter
from data.settings import Settings
from data.station_rows import DistrictRow
from data.stores import Stores, open_stores
from ingest.household import HouseholdDays
from ingest.inbox import SETTLED, Inbox
from tests.data.lake_world import station

NOW = datetime(2026, 5, 20, 3, tzinfo=UTC)
FIRST = date(2026, 5, 1)


@pytest.fixture
def stores(sqlite: Database, tmp_path: Path) -> Iterator[Stores]:
    opened = open_stores(Settings(var=tmp_path, session_key="0123456789abcdef0123", _env_file=None))
    opened.stations.save(
        [DistrictRow(1, "east", "东区", "East")],
        [station(1)],
    )
    yield opened
    opened.close()


def homes(stores: Stores) -> HouseholdDays:
    writer = LakeWriter(stores.settings.lake, stores.manifest)
    zone = stores.settings.zone
    return HouseholdDays(stores.lake, writer, stores.household, stores.status, zone)


def lines(meter: str, litres: int, days: int, start: int = 0, skip: tuple[int, ...] = ()) -> str:
    """One reading a day at 06:00 of a home that uses `litres` a day."""
    return "".join(
        f"S1,{FIRST + timedelta(days=n)} 06:00,{meter},,{(start + n * litres) / 1000}\n"
        for n in range(days) if n not in skip
    )  # fmt: skip


def drop(stores: Stores, name: str, text: str) -> Path:
    inbox = stores.settings.var / "inbox"
    inbox.mkdir(exist_ok=True)
    file = inbox / name
    file.write_text("station,time,meter,kind,reading_m3\n" + text, encoding="utf-8")
    old = NOW.timestamp() - SETTLED - 1
    os.utime(file, (old, old))
    return file


def days(stores: Stores) -> dict[date, dict[str, float]]:
    frame = stores.lake.facts("household_day", FIRST, NOW.date())
    return {row.pop("day"): row for row in frame.to_dicts()}


def test_a_dropped_file_becomes_days(stores: Stores) -> None:
    file = drop(stores, "may.csv", lines("A", 400, 15) + lines("B", 250, 15, start=9_000))
    inbox = Inbox(stores.settings.var / "inbox", stores.household)
    assert inbox.run(NOW) == 1
    assert not file.exists()
    assert (file.parent / "done" / "may.csv").exists()
    assert homes(stores).run(NOW) > 15
    day = days(stores)[FIRST + timedelta(days=5)]
    assert day["metered"] == pytest.approx(0.650)
    assert (day["meters"], day["read"], day["imputed"]) == (2, 2, 0)
    edge = days(stores)[FIRST + timedelta(days=14)]  # read until 06:00 only
    assert edge["metered"] == pytest.approx(0.650)
    assert edge["imputed"] == pytest.approx(0.650 * 18 / 24)
    assert edge["read"] == 0


def test_days_are_made_once_and_again_only_for_new_readings(stores: Stores) -> None:
    drop(stores, "a.csv", lines("A", 400, 15))
    inbox = Inbox(stores.settings.var / "inbox", stores.household)
    inbox.run(NOW)
    made = homes(stores)
    assert made.run(NOW) > 0
    before = days(stores)
    assert made.run(NOW) == 0
    assert days(stores) == before
    drop(stores, "b.csv", lines("B", 100, 15))
    inbox.run(NOW)
    assert homes(stores).run(NOW) > 0
    assert days(stores)[FIRST + timedelta(days=3)]["metered"] == pytest.approx(0.5)


def test_bad_rows_stand_in_a_report_and_good_ones_come_in(stores: Stores) -> None:
    text = lines("A", 400, 3) + "XX,2026-05-02 06:00,A,,1\nS1,2027-01-01,A,,1\nS1,2026-05-09,A,,x\n"
    drop(stores, "mixed.csv", text)
    Inbox(stores.settings.var / "inbox", stores.household).run(NOW)
    report = stores.settings.var / "inbox" / "done" / "mixed.csv.refused.csv"
    told = report.read_text(encoding="utf-8-sig").splitlines()[1:]
    assert [line.split(",")[:3] for line in told] == [
        ["5", "station", "unknown"], ["6", "time", "future"], ["7", "reading_m3", "number"],
    ]  # fmt: skip
    assert stores.household.readings(0, 1 << 60).height == 3
    [audit] = stores.audit.recent()
    assert (audit.username, audit.verb, audit.detail["added"]) == ("inbox", "readings.import", 3)


def test_a_reading_that_is_there_stays_and_a_file_being_written_waits(stores: Stores) -> None:
    inbox = Inbox(stores.settings.var / "inbox", stores.household)
    drop(stores, "a.csv", lines("A", 400, 3))
    inbox.run(NOW)
    drop(stores, "a.csv", "S1,2026-05-01 06:00,A,,0\nS1,2026-05-02 06:00,A,,7\n")
    inbox.run(NOW)
    assert stores.household.readings(0, 1 << 60)["reading"].to_list() == [0, 400, 800]
    done = sorted(f.name for f in (stores.settings.var / "inbox" / "done").iterdir())
    assert len([name for name in done if not name.endswith("refused.csv")]) == 2
    fresh = drop(stores, "c.csv", lines("C", 1, 2))
    os.utime(fresh, (NOW.timestamp() - 1, NOW.timestamp() - 1))
    assert inbox.run(NOW) == 0
    assert fresh.exists()


def test_a_long_past_is_made_in_parts_the_newest_days_first(stores: Stores) -> None:
    """Seventy days in spans of a month, a little a call: the page's days are there soon, and once
    all is made it is what one call makes."""
    begin = (NOW.date() - FIRST).days - 70
    text = "".join(
        f"S1,{FIRST + timedelta(days=begin + n)} 06:00,A,,{n * 400 / 1000}\n" for n in range(71)
    )
    drop(stores, "past.csv", text)
    Inbox(stores.settings.var / "inbox", stores.household).run(NOW)
    part, made, calls = homes(stores), 0, 0
    while not made:
        made, calls = part.run(NOW, seconds=0.0), calls + 1
    yesterday = NOW.date() - timedelta(days=1)
    frame = stores.lake.facts("household_day", yesterday - timedelta(days=100), yesterday)
    seen = frame["day"].to_list()
    assert max(seen) == yesterday
    assert min(seen) > yesterday - timedelta(days=31)
    while stores.status.get("household") is None:
        part.run(NOW, seconds=0.0)
        calls += 1
    assert calls > 4
    frame = stores.lake.facts("household_day", yesterday - timedelta(days=100), yesterday)
    whole = frame.filter(frame["read"] == 1)
    assert whole.height == 69
    assert whole["metered"].to_list() == pytest.approx([0.4] * 69)
    assert homes(stores).run(NOW) == 0
