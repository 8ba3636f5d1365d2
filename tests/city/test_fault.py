"""A drive trips in the simulated city, and everything a utility needs follows from it."""

from __future__ import annotations

from typing import Any

from data.stores import Stores
from deploy.city import City, wait_for
from tests.city.conftest import Window


def victim(stores: Stores) -> Any:
    """A station with several pumps, one of which runs now."""
    snapshot = stores.snapshot.read()
    assert snapshot is not None
    for row in stores.stations.all():
        if row.type == "TANK_VFD" and row.sets[0].pumps > 2 and snapshot.value(row.id, "L.NRUN"):
            return row
    raise AssertionError("no pump runs in the whole city")


def test_from_the_trip_to_the_clearing(city: City, stores: Stores, window: Window) -> None:
    row = victim(stores)
    page = window.page
    window.sign_in("dispatcher")
    city.run("-m", "simulator", "fault", "F10", "--station", row.code, "--severity", "2")

    def trip() -> Any:
        found = [
            a for a in stores.alarms.open(station_id=row.id) if a.rule in ("R-PU-01", "R-PU-05")
        ]
        return found or None

    alarms = wait_for(trip, 60, "the alarm of the trip")
    alarm = next(a for a in alarms if a.level <= 2)
    order = wait_for(
        lambda: stores.work_orders.open_of_station(row.id, alarm.active_at.replace(hour=0)),
        30, "the work order",
    )  # fmt: skip
    assert order.state == "new"

    page.goto(f"{city.url}/map")
    page.wait_for_selector(f"text={row.name_zh}")
    page.wait_for_selector(".leaflet-marker-icon")

    page.goto(f"{city.url}/stations/{row.code}")
    page.wait_for_selector('[data-state="tripped"], .tripped', state="attached", timeout=60_000)

    page.goto(f"{city.url}/alarms?sel={alarm.id}")
    page.wait_for_selector(f"text={row.name_zh}")
    page.fill("#alarms-note", "crew is on its way")
    page.click("#alarms-acknowledge")
    wait_for(
        lambda: (stores.alarms.get(alarm.id) or alarm).state == "acknowledged", 30, "acknowledged"
    )
    kept = stores.alarms.get(alarm.id)
    assert kept is not None
    assert kept.acknowledged_by == "dispatcher"

    city.run("-m", "simulator", "clear", "F10", "--station", row.code)
    wait_for(lambda: (stores.alarms.get(alarm.id) or alarm).closed_at, 120, "cleared and closed")
    assert not window.console
    assert not window.outside


def test_a_lost_link_shows_as_a_data_state(city: City, stores: Stores) -> None:
    row = stores.stations.all()[-1]

    def online() -> bool:
        found = stores.snapshot.read()
        assert found is not None
        return bool(found.online[list(found.stations).index(row.id)])

    wait_for(online, 30, "online before the fault")
    city.run("-m", "simulator", "fault", "F14", "--station", row.code, "--minutes", "5")
    wait_for(lambda: not online(), 30, "offline after the fault")
    city.run("-m", "simulator", "clear", "F14", "--station", row.code)
    wait_for(online, 90, "online again")
