"""A contact is wired the other way round, and one click puts it right: simulated gateway, real
collector, real browser."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np

from data.alarms import AlarmRow
from data.groups import groups
from data.lake_writer import LakeWriter
from data.series import MEAN_SCALE
from data.station_rows import StationRow
from data.stores import Stores
from deploy.city import City, wait_for
from tests.city.conftest import Window

HOUR_MS = 3_600_000
HOURS = 24 * 8


def first_days(stores: Stores, station: StationRow) -> None:
    """Eight days in the lake in which its contact was closed all the time."""
    now = round(datetime.now(UTC).timestamp() * 1000) // HOUR_MS * HOUR_MS
    name = next(n for n, rows in groups(stores.stations.all()).items() if station in rows)
    table = {
        "station": np.full(HOURS, station.id),
        "ts": now - HOUR_MS * np.arange(HOURS, 0, -1),
        "EN.FLOOD": np.full(HOURS, MEAN_SCALE),
    }
    with LakeWriter(stores.settings.lake, stores.manifest).change(lambda: datetime.now(UTC)) as c:
        c.write("hour", name, "day", table)


def flooding(stores: Stores, station: StationRow) -> AlarmRow | None:
    rows = stores.alarms.open(station_id=station.id)
    return next((row for row in rows if row.rule == "R-EN-01"), None)


def test_the_contact_is_suspected_asked_about_and_turned(
    city: City, stores: Stores, window: Window
) -> None:
    station, page = stores.stations.all()[3], window.page
    first_days(stores, station)
    city.run("-m", "simulator", "fault", "F31", "--station", station.code, "--severity", "3")
    wait_for(lambda: flooding(stores, station), 60, "the alarm of the wrong contact")
    stores.status.put("wiring", {}, datetime.now(UTC) - timedelta(hours=2))
    wait_for(lambda: stores.wiring.rows(("open",)), 60, "the question")

    def state() -> str:
        row = flooding(stores, station)
        return "" if row is None else row.state

    wait_for(lambda: state() == "out_of_service", 30, "out of service")
    window.sign_in("engineer")
    page.goto(f"{city.url}/alarms")
    page.click(".flood-banner.wiring a")
    page.wait_for_selector(f".permits.wiring:has-text('{station.name_zh}')")
    page.click("text=接反了，翻转")
    page.wait_for_selector(".permits.wiring", state="detached")
    wait_for(lambda: not state(), 180, "what it latched is let go")
    assert not [p for p in stores.permits.current(datetime.now(UTC)) if p.rule == "R-EN-01"]

    # wired as it is, the contact opens when there is water
    city.run("-m", "simulator", "clear", "F31", "--station", station.code)
    alarm = wait_for(lambda: flooding(stores, station), 60, "the alarm of the water")
    assert alarm.state == "unacknowledged"
    engineer = stores.users.get("engineer")
    assert engineer is not None
    stores.polarities.put(
        station.id, "EN.FLOOD", False, engineer, datetime.now(UTC), "the test is over"
    )
    wait_for(lambda: state() == "latched", 150, "at rest again")
    stores.actions.append(alarm.id, "reset", engineer, datetime.now(UTC))
    wait_for(lambda: not state(), 30, "let go")
    assert not window.console and not window.outside
