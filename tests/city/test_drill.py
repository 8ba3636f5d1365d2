"""An executive goes from the city down to a pump in four clicks, and takes the period along."""

from __future__ import annotations

import re
from collections import Counter
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import expect

from data.stores import Stores
from tests.city.conftest import Window

KEPT = {"from": ["now-7d"], "cmp": ["prev"]}


def there(window: Window, path: str) -> None:
    """Waits for an address of this kind; period and comparison stand in it."""
    window.page.wait_for_url(re.compile(path))
    assert parse_qs(urlsplit(window.page.url).query) == KEPT, window.page.url


def test_from_the_city_to_a_pump_in_four_clicks(window: Window, stores: Stores) -> None:
    page = window.page
    window.sign_in("executive")
    page.goto(f"{window.city.url}/?from=now-7d&cmp=prev")
    rows = stores.stations.all()
    homes = Counter(row.compound_id for row in rows if row.compound_id is not None)
    house = next(row for row in rows if homes[row.compound_id or 0] > 1)
    compound = stores.stations.compounds()[house.compound_id or 0]
    district = next(d for d in stores.stations.districts() if d.id == house.district_id)
    page.click(f'.district-card[href^="/districts/{district.code}"]')
    there(window, f"/districts/{district.code}")
    page.click(f'.district-list a[href^="/stations/{house.code}"]')
    there(window, f"/stations/{house.code}")
    zone = house.sets[0].zone
    page.click(f'.mimic-panel a[href^="/stations/{house.code}/{zone}"]')
    there(window, f"/stations/{house.code}/{zone}")
    page.click(f'.pump-rows a[href^="/stations/{house.code}/{zone}/1"]')
    there(window, f"/stations/{house.code}/{zone}/1")
    page.wait_for_selector(".pump-use .kpi-value")
    page.wait_for_function(
        "() => /[0-9]/.test(document.querySelector('.points-panel [data-kind=value]').innerText)"
    )
    # up to the compound, which lists its houses; to a sibling by the menu, up by the keyboard
    page.click(".crumb-step:nth-child(3) > a.crumb-name")
    there(window, f"/compounds/{compound.code}")
    for row in rows:
        link = page.locator(f'.compound-list a.station-link[href^="/stations/{row.code}?"]')
        expect(link).to_have_count(int(row.compound_id == compound.id))
    page.wait_for_function(
        "() => /[0-9]/.test(document.querySelector('.compound-list a[href*=trends]').innerText)"
    )
    page.click(".crumb-step:nth-child(3) summary")
    beside = ".crumb-step:nth-child(3) .crumb-menu a:not(.on)"
    name = page.inner_text(beside)
    page.click(beside)
    page.wait_for_selector(f'.crumb-name[aria-current]:text-is("{name}")')
    page.keyboard.press("Backspace")
    there(window, f"/districts/{district.code}")
    assert not window.console
    assert not window.outside


def test_a_house_is_found_by_keyboard(window: Window, stores: Stores) -> None:
    page = window.page
    window.sign_in("dispatcher")
    house = stores.stations.all()[-1]
    page.keyboard.press("/")
    page.keyboard.type(house.code.lower())
    page.wait_for_selector(f'.find-hits a[href="/stations/{house.code}"]')
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(house.code))
    page.wait_for_selector(".station-page .page-title")
    page.keyboard.press("?")
    page.wait_for_selector(".keys-box[open] .keys-row")
    page.keyboard.press("Escape")
    page.wait_for_selector(".keys-box[open]", state="detached")
    page.keyboard.press("g")
    page.keyboard.press("m")
    page.wait_for_url(re.compile("/map"))
    assert not window.console
    assert not window.outside
