"""The system's Chromium, headless, and what its main thread, heap and tree come to."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]


@contextmanager
def chromium() -> Iterator[Browser]:
    """Raises RuntimeError where none is installed."""
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
    if path is None:
        raise RuntimeError("no chromium on this machine")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


def sign_in(page: Page, url: str, role: str, password: str) -> None:
    page.goto(f"{url}/login")
    page.fill("input[name=username]", role)
    page.fill("input[name=password]", password)
    page.click("button[type=submit]")
    page.wait_for_selector("#shell-content > *")


@dataclass(frozen=True)
class Weight:
    """What a page holds: heap in MB after garbage was collected, nodes, listeners."""

    heap: float
    nodes: float
    listeners: float


class Gauge:
    """Reads a page's own counters over the protocol of the developer's tools."""

    def __init__(self, page: Page) -> None:
        self._link: CDPSession = page.context.new_cdp_session(page)
        self._link.send("Performance.enable")
        self._link.send("HeapProfiler.enable")

    def busy(self) -> float:
        """Seconds that the main thread has worked so far."""
        return self._metrics()["TaskDuration"]

    def weight(self) -> Weight:
        for _ in range(3):
            self._link.send("HeapProfiler.collectGarbage")
        found = self._metrics()
        heap = found["JSHeapUsedSize"] / 1e6
        return Weight(heap, found["Nodes"], found["JSEventListeners"])

    def _metrics(self) -> dict[str, float]:
        found = self._link.send("Performance.getMetrics")
        return {one["name"]: float(one["value"]) for one in found["metrics"]}
