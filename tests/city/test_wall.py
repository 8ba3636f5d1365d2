"""A wall screen in a real browser: without controls, through restarts, for an hour, and revoked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from benchmarks import soak
from benchmarks.chromium import sign_in
from data.devices import DeviceRow
from data.stores import Stores, open_stores
from data.users import UserRow
from deploy.city import City, wait_for
from tests.city.conftest import settings

BEATS = """() => new Promise((done) => {
  const seen = {asked: 0, drawn: [], other: 0};
  let now = 0, soon = 0;  // of the task that runs, the number of its beat; 0 in any other
  const fetch = window.fetch;
  window.fetch = (url, options) => {
    if (String(url) === "/api/live") soon ? seen.asked++ : seen.other++;
    return fetch(url, options);
  };
  let beats = 0;
  document.addEventListener("beat", () => {
    now = ++beats;
    setTimeout(() => { now = 0; }, 0);
    if (beats === 8) done(seen);
  });
  document.addEventListener("beat:soon", () => {
    soon = 1;
    setTimeout(() => { soon = 0; }, 0);
    const due = beats + 1;
    window.pumphouse.inTime("x").then(() => seen.drawn.push(now === due));
  }, true);
})"""
"""What eight beats see: answers asked for ahead of one and at other times, and whether what came
ahead of a beat was shown within its task, so that both are one picture."""
TICKS = 1800
"""An hour of them."""
DATA_AGE = '[data-live="age"]'


@pytest.fixture
def quiet(tmp_path: Path) -> Iterator[tuple[City, Stores]]:
    """A cockpit of its own without a collector; snapshots are written by the test."""
    city = City(tmp_path, stations=12)
    city.run("-m", "simulator", "prepare")
    city.cockpit()
    stores = open_stores(settings(city))
    try:
        wait_for(city.answers, 60, "the cockpit answers")
        yield city, stores
    finally:
        stores.close()
        city.stop_all()


def administrator(stores: Stores) -> UserRow:
    found = stores.users.get("administrator")
    assert found is not None
    return found


def wall(stores: Stores, page: Page, city: City, query: str = "") -> DeviceRow:
    """Open a new screen's address on `page` and wait for the cockpit."""
    secret, row = stores.devices.create(administrator(stores), "wall", datetime.now(UTC))
    page.goto(f"{city.url}/wall/{secret}{query}")
    page.wait_for_selector("#cockpit-kpi .kpi-value")
    return row


def moving(stores: Stores) -> soak.Moving:
    return soak.Moving(stores.settings.live, stores.stations.all(), 0.5)


@pytest.mark.parametrize(("width", "scale"), [(1920, ""), (1920, "1.5"), (1920, "0.8"), (3840, "")])
def test_a_wall_has_no_controls_and_no_scrolling(
    browser: Browser, quiet: tuple[City, Stores], width: int, scale: str
) -> None:
    city, stores = quiet
    page = browser.new_page(viewport={"width": width, "height": 1080})
    with moving(stores):
        wall(stores, page, city, f"?scale={scale}" if scale else "")
        for css in ("nav.rail", ".switch", ".person", ".plain", ".tray", ".bell"):
            assert not any(one.is_visible() for one in page.query_selector_all(css)), css
        over = page.evaluate(
            "() => [document.documentElement, document.querySelector('#shell-content')]"
            ".map(n => [n.scrollWidth - n.clientWidth, n.scrollHeight - n.clientHeight])"
        )
        assert max(side for sides in over for side in sides) <= 1
    page.close()


def test_clock_and_answers_move_in_one_picture(
    browser: Browser, quiet: tuple[City, Stores]
) -> None:
    city, stores = quiet
    page = browser.new_page(viewport={"width": 1920, "height": 1080})
    with moving(stores):
        wall(stores, page, city)
        seen = page.evaluate(BEATS)
    page.close()
    assert 1 <= seen["asked"] <= len(seen["drawn"]) <= 4  # every other second, unless one is late
    assert seen["other"] <= 1  # what a page asks as it opens
    assert seen["drawn"] == [True] * len(seen["drawn"])


def test_a_wall_lives_through_restarts(browser: Browser, quiet: tuple[City, Stores]) -> None:
    city, stores = quiet
    page = browser.new_page(viewport={"width": 1920, "height": 1080})
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    stale = ".stale-tag:not([hidden])"
    with moving(stores):
        wall(stores, page, city)
        page.wait_for_function(
            "css => /^[0-2] s$/.test(document.querySelector(css).textContent)", arg=DATA_AGE
        )
        page.evaluate("() => { window.same = true; }")
        made_by = page.get_attribute("#shell-frame", "data-version")
        online = page.inner_text('[data-live="online"]')
    page.wait_for_selector(stale, timeout=60_000)  # the collector has gone: it says since when
    assert page.evaluate("() => document.documentElement.classList.contains('data-stale')")
    with moving(stores):
        page.wait_for_selector(stale, state="hidden", timeout=60_000)
        city.stop("cockpit")
        page.wait_for_selector(stale, timeout=60_000)
        assert page.inner_text('[data-live="online"]') != "—", online  # what was there, stays
        seconds = page.inner_text(DATA_AGE)
        page.wait_for_function(
            "([css, old]) => document.querySelector(css).textContent !== old",
            arg=[DATA_AGE, seconds], timeout=60_000,
        )  # fmt: skip
        city.cockpit()
        page.wait_for_selector(stale, state="hidden", timeout=90_000)
        answer = page.request.get(f"{city.url}/api/live")
        if answer.headers["x-version"] == made_by:  # no need to load anew
            assert page.evaluate("() => window.same === true")
            # and now one of another version than the page's
            page.evaluate("() => { document.getElementById('shell-frame').dataset.version = '-'; }")
        page.wait_for_function("() => window.same === undefined", timeout=120_000)
        page.wait_for_selector("#cockpit-kpi .kpi-value")
    assert not page.query_selector_all(".notices .notice")
    assert not errors
    page.close()


def test_a_revoked_wall_goes_dark(browser: Browser, quiet: tuple[City, Stores]) -> None:
    city, stores = quiet
    context = browser.new_context()
    page = context.new_page()
    with moving(stores):
        row = wall(stores, page, city)
        stores.devices.revoke(administrator(stores), row.id, datetime.now(UTC))
        page.wait_for_url("**/login?wall=ended**", timeout=60_000)
    assert page.query_selector("#cockpit-kpi") is None
    context.close()


@pytest.mark.timeout(900)
def test_an_hour_of_ticks_leaves_nothing_behind(
    browser: Browser, quiet: tuple[City, Stores]
) -> None:
    """Generous: what leaks leaks with each tick, list or figure."""
    city, stores = quiet
    context = browser.new_context(viewport={"width": 1920, "height": 1080})
    page = context.new_page()
    with soak.Moving(stores.settings.live, stores.stations.all()):
        sign_in(page, city.url, "executive", city.password("executive"))
        page.wait_for_selector("#cockpit-kpi .kpi-value")
        hour = soak.drive(page, TICKS)
    context.close()
    assert hour.after.heap - hour.before.heap < 5
    assert hour.after.nodes < 1.25 * hour.before.nodes
    assert hour.after.listeners < 1.25 * hour.before.listeners
