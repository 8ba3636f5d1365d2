"""Mains power is lost in the simulated city: it pops up and sounds on the page that happens to be
open, the person on the rota has the message, and an acknowledge from there ends the sound."""

from __future__ import annotations

from data.stores import Stores
from deploy.city import City, wait_for
from tests.city.conftest import Window

SOUND = 'html[data-alert-sound="{}"]'


def test_a_power_cut_pops_up_sounds_and_is_acknowledged(
    city: City, stores: Stores, window: Window
) -> None:
    page, row = window.page, stores.stations.all()[2]
    window.sign_in("dispatcher")
    page.goto(f"{city.url}/work-orders")
    page.click("h1")  # a browser makes no sound before a click
    city.run("-m", "simulator", "fault", "F12", "--station", row.code, "--severity", "2")
    popup = page.locator(".popup.l1", has_text=row.name_zh)
    popup.wait_for(timeout=60_000)
    assert "市电停电" in popup.inner_text()
    page.wait_for_selector(SOUND.format("on"), state="attached")
    page.click("text=静音 10 分钟")
    page.wait_for_selector(SOUND.format("muted"), state="attached")

    alarm = next(a for a in stores.alarms.open(station_id=row.id) if a.rule == "R-EL-01")
    chen = stores.users.get("dispatcher")
    assert chen is not None
    told = wait_for(
        lambda: [m for m in stores.notifications.of(chen) if m.alarm_id == alarm.id],
        40, "the message in the app",
    )  # fmt: skip
    assert told[0].why["shift"], "through the rota of the demo city"

    popup.locator("text=确认").click()
    popup.wait_for(state="detached")
    page.wait_for_selector(SOUND.format("off"), state="attached")
    kept = wait_for(
        lambda: next(
            (a for a in [stores.alarms.get(alarm.id)] if a and a.acknowledged_by), None
        ),
        30, "acknowledged",
    )  # fmt: skip
    assert kept.acknowledged_by == "dispatcher"
    page.goto(f"{city.url}/on-call?tab=mine")
    page.wait_for_selector("text=为什么通知我")
    city.run("-m", "simulator", "clear", "F12", "--station", row.code)
    assert not window.console
    assert not window.outside
