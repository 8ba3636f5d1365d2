"""How soon the cockpit is there in a browser that knows nothing yet, and what a tick costs it."""

from __future__ import annotations

import statistics
from typing import Any

from playwright.sync_api import Browser, Page, TimeoutError

from benchmarks.chromium import Gauge, chromium, sign_in
from deploy.city import City

RUNS, TICKS = 5, 30
ROLE = "executive"
WATCH = """(() => {
  const known = s => [...document.querySelectorAll(s)];
  const seen = node => node.getClientRects().length > 0;
  const row = () => {
    const tiles = known("#cockpit-kpi .kpi-value");
    const told = tiles.filter(n => /[0-9]/.test(n.textContent));
    return tiles.length > 5 && told.length > tiles.length / 2;
  };
  const map = () => {
    const ours = window.pumphouse && window.pumphouse.map;
    return Boolean(ours) && Object.values(ours.maps).some(one => one.fleet);
  };
  const has = (css, most = 0) => known(css).length > most;
  const looks = {
    row: row, map: map, work: () => has("#cockpit-work .kpi-value", 1),
    supply: () => has("#cockpit-supply .scatterlayer .trace"),
    alarms: () => has("#cockpit-alarms > *"), districts: () => has("#cockpit-districts > *"),
    loading: () => !known(".skeleton").some(seen),
  };
  const parts = () => Object.fromEntries(Object.entries(looks).map(([k, look]) => [k, look()]));
  const full = () => Object.values(looks).every(look => look());  // not beyond the first that fails
  window.bench = {ticks: 0, parts};
  document.addEventListener("live:fleet", () => { window.bench.ticks++; });
  (function look() {
    if (!window.bench.row && row()) window.bench.row = performance.now();
    if (!window.bench.full && full()) window.bench.full = performance.now();
    if (!window.bench.full) requestAnimationFrame(look);
  })();
})()"""
DOT = """() => {
  const one = Object.values(window.pumphouse.map.maps)[0];
  const box = one.map.getContainer().getBoundingClientRect();
  for (const dot of Object.values(one.dots)) {
    const at = one.map.latLngToContainerPoint(dot.getLatLng());
    const [x, y] = [box.left + at.x, box.top + at.y];
    const hit = document.elementFromPoint(x, y);
    if (hit && hit.tagName === "CANVAS") return [x, y];
  }
  return null;
}"""


def measure(city: City) -> dict[str, float]:
    """Medians over RUNS cold starts; the tick's cost on the last of them."""
    with chromium() as browser:
        first = browser.new_context()
        sign_in(first.new_page(), city.url, ROLE, city.password(ROLE))
        cookies: Any = first.cookies()
        first.close()
        starts = [_start(browser, city.url, cookies) for _ in range(RUNS)]
        cost = _ticking(browser, city.url, cookies)
    for row, click in starts:
        print(f"   first values {row:6.0f} ms, a click on the map answered {click:6.0f} ms")
    return {
        "cockpit.first_values_ms": statistics.median(row for row, _ in starts),
        "cockpit.interactive_ms": statistics.median(click for _, click in starts),
        "cockpit.main_thread_ms_per_tick": cost,
    }


def _full(browser: Browser, url: str, cookies: Any) -> Page:
    """A window with an empty cache, signed in, at the cockpit with all its panels."""
    context = browser.new_context(viewport={"width": 1920, "height": 1080}, locale="zh-CN")
    context.add_cookies(cookies)
    context.add_init_script(WATCH)
    page = context.new_page()
    page.goto(f"{url}/", wait_until="commit")
    try:
        page.wait_for_function("() => window.bench && window.bench.full", timeout=60_000)
    except TimeoutError as error:
        raise RuntimeError(f"not all is there: {page.evaluate('window.bench.parts()')}") from error
    return page


def _start(browser: Browser, url: str, cookies: Any) -> tuple[float, float]:
    """ms from the address to the row of figures, and to the answer of a click on the map once all
    panels are there."""
    page = _full(browser, url, cookies)
    place = page.evaluate(DOT)
    if place is None:
        raise RuntimeError("no station can be clicked on the map")
    page.mouse.click(*place)
    page.wait_for_function("() => location.pathname === '/map'", timeout=30_000)
    found = page.evaluate("() => [window.bench.row, performance.now()]")
    page.context.close()
    return float(found[0]), float(found[1])


def _ticking(browser: Browser, url: str, cookies: Any) -> float:
    """ms of the main thread for all that happens in the time of a tick."""
    page = _full(browser, url, cookies)
    page.wait_for_timeout(5_000)
    gauge = Gauge(page)
    before, ticks = gauge.busy(), int(page.evaluate("() => window.bench.ticks"))
    page.wait_for_timeout(TICKS * 2_000)
    used = gauge.busy() - before
    counted = int(page.evaluate("() => window.bench.ticks")) - ticks
    page.context.close()
    return 1000 * used / max(counted, 1)
