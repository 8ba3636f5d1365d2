"""One small living city for all tests of this folder, and browsers to look at it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

from data.settings import Settings
from data.stores import Stores, open_stores
from deploy.city import City, wait_for

STATIONS = 40
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


@pytest.fixture(scope="package")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """A calm city of 40 stations, every one of them online, its cockpit answering."""
    made = City(tmp_path_factory.mktemp("city"), stations=STATIONS)
    made.run("-m", "simulator", "prepare")
    made.simulator("--calm", "--no-history", "--wire-log", str(made.var / "wire.bin"))
    made.collector()
    made.cockpit()
    stores = open_stores(settings(made))
    try:
        wait_for(lambda: online(stores) == STATIONS, 120, "all stations online")
        wait_for(made.answers, 60, "the cockpit answers")
        yield made
    finally:
        stores.close()
        made.stop_all()


def settings(city: City) -> Settings:
    return Settings(var=city.var, port=city.port, stations=city.stations)


def online(stores: Stores) -> int:
    found = stores.snapshot.read()
    return 0 if found is None else int(found.online.sum())


@pytest.fixture(scope="package")
def stores(city: City) -> Iterator[Stores]:
    opened = open_stores(settings(city))
    yield opened
    opened.close()


@pytest.fixture(scope="package")
def playwright_driver() -> Iterator[Playwright]:
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="package")
def browser(playwright_driver: Playwright) -> Iterator[Browser]:
    """The system's Chromium, headless."""
    path = next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), ""
    )
    if not path:
        pytest.skip("no chromium on this machine")
    opened = playwright_driver.chromium.launch(executable_path=path, args=FLAGS)
    yield opened
    opened.close()


@dataclass
class Window:
    """A signed-in browser window that notes what it should not see."""

    page: Page
    context: BrowserContext
    city: City
    console: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)

    def watch(self) -> None:
        self.page.on(
            "console", lambda m: self.console.append(m.text) if m.type == "error" else None
        )
        self.page.on("pageerror", lambda e: self.console.append(str(e)))
        self.page.on("request", self._note)

    def _note(self, request: Any) -> None:
        if not request.url.startswith((self.city.url, "data:", "blob:")):
            self.outside.append(request.url)

    def sign_in(self, role: str) -> None:
        self.page.goto(f"{self.city.url}/login")
        self.page.fill("input[name=username]", role)
        self.page.fill("input[name=password]", self.city.password(role))
        self.page.click("button[type=submit]")
        self.page.wait_for_selector("#shell-content > *")

    def close(self) -> None:
        self.context.close()


@pytest.fixture
def window(browser: Browser, city: City) -> Iterator[Window]:
    context = browser.new_context(viewport={"width": 1920, "height": 1080}, locale="zh-CN")
    made = Window(context.new_page(), context, city)
    made.watch()
    yield made
    made.close()
