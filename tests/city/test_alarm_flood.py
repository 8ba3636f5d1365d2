"""300 stations lose mains pressure, two have a real fault besides: three incidents on screen.
The real life of alarms and the real page; what the stations say is written by the test."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from deploy.city import City, wait_for
from tests.city.conftest import Window
from tests.ingest.town import Town

LOW = 300


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    made = Town(tmp_path, LOW + 4, first=LOW + 2)
    made.now = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(minutes=2)
    yield made
    made.stores.close()


@pytest.fixture
def page(town: Town, tmp_path: Path, browser: Browser) -> Iterator[Page]:
    key = {"PUMPHOUSE_SESSION_KEY": "0123456789abcdef0123"}
    city = City(tmp_path, stations=LOW + 4, extra=key)
    city.cockpit()
    context = browser.new_context(viewport={"width": 1920, "height": 1080}, locale="zh-CN")
    window = Window(context.new_page(), context, city)
    try:
        wait_for(city.answers, 60, "the cockpit answers")
        window.watch()
        window.page.goto(f"{city.url}/login")
        window.page.fill("input[name=username]", "lin")
        window.page.fill("input[name=password]", "Secret-1234")
        window.page.click("button[type=submit]")
        window.page.wait_for_selector("#shell-content > *")
        yield window.page
        assert not window.console
        assert not window.outside
    finally:
        window.close()
        city.stop_all()


def rows(page: Page) -> list[str]:
    return page.locator(".alarm-list tbody tr").all_inner_texts()


def goto(page: Page, tab: str) -> None:
    page.goto(f"{page.url.split('?')[0].rpartition('/')[0]}/alarms?tab={tab}")
    page.wait_for_selector("#alarms-list > *")


def test_a_flood_is_three_incidents_and_a_shelved_alarm_returns_by_itself(
    town: Town, page: Page
) -> None:
    town.run(4, step=2)
    for row in range(LOW):
        town.says(row, {"PH.P_MAIN": 0.1})
    town.says(7, {"L.P1.FAULT": 1})
    town.says(90, {"EN.FLOOD": 1})
    town.run(70, step=2)
    assert len(town.open()) == LOW + 3

    goto(page, "incidents")
    page.wait_for_function("document.querySelectorAll('.alarm-list tbody tr').length === 3")
    area, pump, flood = (
        page.locator(".alarm-list tbody tr", has_text=words)
        for words in ("区域市政进水压力低", "泵房7", "泵房90")
    )
    assert flood.count() == 1
    assert f"含 {LOW} 条" in area.inner_text()
    assert not page.locator(".flood-banner").count(), "three are no flood"

    # the pump is put aside with a reason, by keys
    pump.click()
    page.wait_for_selector("#alarms-detail .detail-title")
    page.keyboard.press("s")
    page.click("#alarms-shelving [data-step=shelve]")  # without a reason nothing happens
    assert page.locator("#alarms-shelving").is_visible()
    page.fill("#alarms-shelving textarea", "检修中")
    page.select_option("#alarms-shelving select", "1")
    page.click("#alarms-shelving [data-step=shelve]")
    wait_for(town.stores.actions.waiting, 20, "the step is queued")
    town.run(2, step=2)
    page.mouse.move(5, 5)
    pump.wait_for(state="detached", timeout=30_000)
    goto(page, "shelved")
    assert "泵房7" in rows(page)[0] and "至 " in rows(page)[0]

    # two rows picked are one step
    goto(page, "active")
    page.wait_for_function("document.querySelectorAll('.alarm-list tbody tr').length === 2")
    for box in page.locator("[data-pick]").all():
        box.click()
    assert page.inner_text("[data-picks]") == "2"
    page.keyboard.press("a")
    wait_for(lambda: len(town.stores.actions.waiting()) == 2, 20, "both are queued")
    town.run(2, step=2)
    told = {alarm.state for alarm in town.open()} - {"suppressed", "shelved"}
    assert told == {"acknowledged"}

    # an hour later it is back, nobody has touched it
    town.run(3900, step=60)
    page.click("h1")  # rows keep their places as long as pointer or focus is among them
    pump.wait_for(timeout=30_000)
    assert page.locator(".alarm-list tbody tr").count() == 3
