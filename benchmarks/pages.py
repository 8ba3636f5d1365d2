"""Time that the server takes for the pages of analysis, asked as a browser's address bar does.

Each page is asked for the city, districts, a type, a comparison and chosen stations over 30 days,
REPEATS times in a drawn order. The first time of each is cold: nothing of it is kept yet.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Sequence
from urllib.parse import urlencode

import numpy as np

from benchmarks.browser import Browser
from data.stores import Stores

PATHS = (
    "/indicators", "/energy", "/pumps", "/leakage", "/demand", "/quality", "/comparison", "/points",
)  # fmt: skip
REPEATS = 4
SPAN = {"from": "now-30d"}
SLOWEST = 10
OUTPUTS = ("shell-content.children", "shell-crumb.children", "shell-title.data")


def measure(browser: Browser, stores: Stores) -> dict[str, float]:
    """Percentiles over all answers; prints the slowest ones and the machine's load."""
    cases = _cases(stores)
    asked = [(path, case) for path in PATHS for case in cases] * REPEATS
    random.Random(1).shuffle(asked)
    _ask(browser, "/system", {})  # the frame's own first costs are no page's
    found = []
    for path, case in asked:
        began = time.perf_counter()
        _ask(browser, path, case)
        found.append((1000 * (time.perf_counter() - began), path, case))
    for ms, path, case in sorted(found, key=lambda one: -one[0])[:SLOWEST]:
        print(f"   {ms:7.0f} ms  {path}?{urlencode(case)}")
    _medians(found)
    times = [ms for ms, _, _ in found]
    print(f"   {len(times)} answers, load {os.getloadavg()[0]:.1f}", flush=True)
    return {f"pages.server_ms_p{share}": float(np.percentile(times, share)) for share in (50, 95)}


def _medians(found: Sequence[tuple[float, str, dict[str, str]]]) -> None:
    for path in PATHS:
        own = [ms for ms, at, _ in found if at == path]
        low, high = np.percentile(own, (50, 95))
        print(f"   {path:12} p50 {low:6.0f} ms  p95 {high:6.0f} ms")


def _cases(stores: Stores) -> list[dict[str, str]]:
    """Query parts of the addresses: what a person narrows a page to."""
    districts = [{"scope": f"d:{row.code}"} for row in stores.stations.districts()[:3]]
    codes = [row.code for row in stores.stations.all() if row.sets][:6]
    chosen = {"sel": ",".join(f"st:{code}" for code in codes)}
    cases: list[dict[str, str]] = [{}, *districts, {"type": "TANK_VFD"}, {"cmp": "prev"}, chosen]
    return [SPAN | case for case in cases]


def _ask(browser: Browser, path: str, case: dict[str, str]) -> None:
    inputs = {"shell-url.pathname": path, "shell-url.search": f"?{urlencode(case)}"}
    if b"page-state" in browser.callback(OUTPUTS, inputs):
        raise RuntimeError(f"{path} {case}: the page can't be made")
