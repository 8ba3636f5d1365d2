"""An executive goes from the city down to a pump in four clicks, and takes the period along."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

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
    house = next(s for s in stores.stations.all() if s.sets)
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
    # to a sibling by the menu, up by the keyboard
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
