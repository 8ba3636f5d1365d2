"""Every role looks at every page of its own, live, in both languages and themes."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import APIResponse, Route

from components.page import Page
from data.rights import ROLES
from data.stores import Stores
from deploy.city import wait_for
from pages.index import PAGES
from tests.city.conftest import Window

SHOWN = [module.PAGE for module in PAGES]


def address(page: Page, stores: Stores) -> str:
    """A path of this page that exists in the city."""
    house = next(s for s in stores.stations.all() if s.sets and s.compound_id)
    district = next(d for d in stores.stations.districts() if d.id == house.district_id)
    compound = stores.stations.compounds()[house.compound_id or 0]
    parts = {"code": house.code, "district": district.code, "zone": house.sets[0].zone,
             "compound": compound.code}  # fmt: skip
    return page.path.format(pump=1, **parts)


def settled(window: Window) -> str:
    """The page's text, once the router has filled it."""
    window.page.wait_for_function(
        "() => document.querySelector('#shell-content') "
        "&& document.querySelector('#shell-content').innerText.trim().length > 40"
    )
    return window.page.inner_text("#shell-content")


@pytest.mark.parametrize("role", ROLES)
def test_a_role_opens_its_pages_without_fault(role: str, window: Window, stores: Stores) -> None:
    window.sign_in(role)
    rail = window.page.eval_on_selector_all(
        "nav a[href]", "all => all.map(a => a.getAttribute('href'))"
    )
    for page in SHOWN:
        answer = window.page.goto(window.city.url + address(page, stores), wait_until="load")
        settled(window)
        allowed = role in page.roles
        if not allowed:  # the server says 403, and the browser notes that
            window.console = [line for line in window.console if "403" not in line]
        if page.icon:
            assert (page.path in rail) == allowed, f"{page.path} in the navigation of {role}"
        assert answer is not None
        assert answer.status == (200 if allowed else 403), f"{role} on {page.path}"
        assert not window.console, f"{role} on {page.path}"
    assert not window.outside


def test_values_change_while_one_looks(window: Window, stores: Stores) -> None:
    window.sign_in("engineer")
    code = stores.stations.all()[0].code
    window.page.goto(f"{window.city.url}/stations/{code}")
    bound = '[data-bind="L.P_OUT"]'
    window.page.wait_for_selector(bound, state="attached")
    window.page.wait_for_function(
        f"() => [...document.querySelectorAll('{bound}')].some(n => /[0-9]/.test(n.textContent))"
    )
    seen = {window.page.inner_text("#shell-content")}

    def changed() -> bool:
        seen.add(window.page.inner_text("#shell-content"))
        return len(seen) > 3

    wait_for(changed, 60, "new values on the screen")
    assert not window.console


def test_language_and_theme_are_kept(window: Window) -> None:
    window.sign_in("engineer")
    page = window.page
    assert page.get_attribute("html", "lang") == "zh-CN"
    assert page.get_attribute("html", "data-theme") == "dark"
    page.click("button[data-language=en]")
    page.wait_for_function("() => document.documentElement.lang === 'en'")
    assert "Cockpit" in page.inner_text("nav.rail")
    page.click("button[data-theme]")
    page.wait_for_function("() => document.documentElement.dataset.theme === 'light'")
    page.goto(f"{window.city.url}/map")
    assert page.get_attribute("html", "lang") == "en"
    assert page.get_attribute("html", "data-theme") == "light"
    settled(window)
    page.click("button[data-language=zh]")
    page.wait_for_function("() => document.documentElement.lang === 'zh-CN'")
    page.click("button[data-theme]")
    page.wait_for_function("() => document.documentElement.dataset.theme === 'dark'")
    assert not window.console
    assert not window.outside


def test_nobody_gets_in_with_a_wrong_password(window: Window) -> None:
    page = window.page
    page.goto(f"{window.city.url}/login")
    page.fill("input[name=username]", "engineer")
    page.fill("input[name=password]", "not the password")
    page.click("button[type=submit]")
    page.wait_for_selector("[role=alert]")
    assert "/login" in page.url
    answer = page.request.get(f"{window.city.url}/api/live")
    assert answer.status == 401


def test_a_district_manager_sees_one_district(window: Window, stores: Stores) -> None:
    window.sign_in("district_manager")
    user = stores.users.get("district_manager")
    assert user is not None
    own = {row.id for row in stores.stations.all(user.scope)}
    every = {row.id for row in stores.stations.all()}
    assert own < every
    fleet = window.page.request.get(f"{window.city.url}/api/live").json()
    assert {int(n) for n in fleet["id"]} == own
    other = next(row for row in stores.stations.all() if row.id not in own)
    assert window.page.request.get(f"{window.city.url}/api/live/{other.code}").status == 404


def test_an_answer_for_the_former_tab_is_dropped(window: Window) -> None:
    """The tabs of the alarms have the same ids: a slow list of the one left would stand in the
    next."""
    page = window.page
    slow: list[tuple[Route, APIResponse]] = []

    def late(route: Route) -> None:
        answer = route.fetch()
        if slow or "alarms-chips" not in json.loads(answer.text() or "{}").get("response", ()):
            route.fulfill(response=answer)
        else:
            slow.append((route, answer))

    window.sign_in("dispatcher")
    page.route("**/_dash-update-component*", late)
    page.goto(f"{window.city.url}/alarms")
    page.wait_for_selector("#alarms-list")
    page.hover("#alarms-list")  # it holds still under the pointer, and is made anew for that
    for _ in range(100):
        if not slow:
            page.wait_for_timeout(100)
    route, answer = slow[0]
    page.dispatch_event(".chips .chip:has-text('已搁置')", "click")  # the pointer stays
    page.wait_for_selector(".chips .chip.on:has-text('已搁置')")
    with page.expect_event("requestfinished", lambda of: of == route.request):
        route.fulfill(response=answer)
    page.wait_for_timeout(300)
    assert "已搁置" in page.inner_text(".chips .chip.on")
    assert not window.console
