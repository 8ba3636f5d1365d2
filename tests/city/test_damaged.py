"""A damaged file of the lake in a browser: the panels that need its dataset say which and what to
do, the others live on, and a restored file brings all of them back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from data.stores import open_stores
from deploy.city import City, wait_for
from tests.city.conftest import Window, settings

PATIENCE = 90_000
"""ms that a busy machine gets for a page."""
STATIONS = 12
NEED_HOURS = {"energy-scatter", "energy-ranking", "energy-focus", "energy-bands"}
LIVE_ON = {"energy-groups", "energy-course", "energy-change"}


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """A small city with a past, and no cockpit yet: what its workers read they would keep."""
    made = City(tmp_path_factory.mktemp("damaged"), stations=STATIONS)
    made.run("-m", "simulator", "prepare")
    made.start("history", "-m", "simulator.history")
    try:
        wait_for(lambda: made.programs["history"].poll() is not None, 600, "the past is there")
        assert made.programs.pop("history").returncode == 0, made.log("history")[-2000:]
        yield made
    finally:
        made.stop_all()


def hours_of_the_period(city: City) -> Path:
    """A file with hours of three days ago."""
    stores = open_stores(settings(city))
    at = round((datetime.now(UTC) - timedelta(days=3)).timestamp() * 1000)
    try:
        files = stores.manifest.live("hour", None, at, at + 3_600_000)
        return stores.settings.lake / max(files, key=lambda file: file.rows).path
    finally:
        stores.close()


def failed(page: Page) -> set[str]:
    """Panels of the page of energy that show their error."""
    classes = page.eval_on_selector_all(
        ".energy-page section.panel:has(.state.failed)", "all => all.map(p => p.className)"
    )
    return {one for name in classes for one in name.split() if one.startswith("energy-")}


def test_a_damaged_file_takes_only_its_panels(past: City, browser: Browser) -> None:
    file = hours_of_the_period(past)
    sound = file.read_bytes()
    middle = len(sound) // 2
    file.write_bytes(sound[:middle] + bytes(4096) + sound[middle + 4096 : -64] + b"\x99" * 64)
    past.cockpit()
    wait_for(past.answers, 60, "the cockpit answers")
    context = browser.new_context(viewport={"width": 1920, "height": 1080}, locale="zh-CN")
    context.set_default_timeout(PATIENCE)
    window = Window(context.new_page(), context, past)
    page = window.page
    try:
        window.sign_in("engineer")
        page.goto(f"{past.url}/energy")
        page.wait_for_selector(".energy-groups .bullet, .energy-groups table")
        assert failed(page) == NEED_HOURS
        said = page.inner_text("section.energy-ranking .state.failed")
        assert "1 小时" in said
        assert "hour/" in said
        assert file.name in said
        assert "备份" in said
        for name in LIVE_ON:
            assert page.locator(f"section.{name} .state.failed").count() == 0
        page.wait_for_selector("section.energy-course .js-plotly-plot .scatterlayer path")
        assert page.locator(".energy-tiles .kpi-value").first.inner_text() != "—"
        file.write_bytes(sound)
        page.click("section.energy-ranking .state.failed button")
        page.wait_for_selector("section.energy-ranking .ag-row")
        assert failed(page) == set()
    finally:
        context.close()
