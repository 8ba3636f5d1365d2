"""What `make pictures` looks at: every page that links lead to, and what opens on top of one."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from data.catalogue.points import station_types

NAVIGATION = "nav.rail a[href], nav.group-tabs a[href]"
TABS = "nav.page-tabs a[href]"
ABOVE = ".crumb-step:not(:last-child) > a[href^='/districts/'], "
ABOVE += ".crumb-step:not(:last-child) > a[href^='/compounds/']"
SET, PUMP = ".mimic-panel a[href^='/stations/']", ".pump-rows a[href]"
DEVICES = "main a[href='/devices']"

Press = Callable[[Any], object]
"""What a person does on the page before the picture is taken."""


@dataclass(frozen=True)
class Scene:
    """A page, or what stands on it after `press`; `needs` is what must then be there."""

    path: str
    name: str = ""
    press: Press | None = None
    needs: str = ""
    phone: bool = True
    """Whether a phone shows it."""

    @property
    def file(self) -> str:
        """Name of its picture."""
        return re.sub(r"[^\w.-]+", "-", self.name or self.path).strip("-") or "cockpit"


def pages(camera: Any) -> list[Scene]:
    """Pages of the navigation, of its groups and of their tabs; a station of each type; the tabs,
    the district, the compound, the first set and the first pump of the first."""
    camera.go("/")
    found = dict.fromkeys(camera.links(NAVIGATION))
    for path in list(found):
        camera.go(path)
        found |= dict.fromkeys(camera.links(f"{NAVIGATION}, {TABS}, {DEVICES}"))
    for kind in station_types():
        camera.go(f"/stations?type={kind}")
        found |= dict.fromkeys(camera.links("main a[href^='/stations/']")[:1])
    station = next(path for path in found if path.startswith("/stations/"))
    camera.go(station)
    found |= dict.fromkeys([*camera.links(TABS), *camera.links(ABOVE)])
    for below in camera.links(SET)[:1]:
        camera.go(below)
        found |= dict.fromkeys([below, *camera.links(PUMP)[:1]])
    return [Scene(path) for path in found]


def _click(selector: str) -> Press:
    def press(page: Any) -> None:
        page.locator(selector).first.click()

    return press


def _keys(*keys: str) -> Press:
    def press(page: Any) -> None:
        for key in keys:
            page.keyboard.press(key)
            page.wait_for_timeout(300)

    return press


def _chosen(*keys: str) -> Press:
    """The first of a list, and then keys."""

    def press(page: Any) -> None:
        _click("[data-choose] [data-key]")(page)
        page.wait_for_timeout(500)
        _keys(*keys)(page)

    return press


OPENED = (
    Scene("/stations", "search", _keys("/", "1", "2"), "dialog[open]"),
    Scene("/stations", "keys", _keys("?"), "dialog[open]"),
    Scene("/alarms", "alarm", _chosen(), ".detail-pane .detail-title"),
    Scene("/alarms", "alarm-shelve", _chosen("s"), "dialog[open]"),
    Scene("/alarms", "tray", _click(".tray > .tray-button"), ".tray-list"),
    Scene("/work-orders", "order", _chosen(), ".detail-pane .detail-title"),
    Scene("/rules", "rule", _chosen(), ".detail-pane .detail-title"),
    Scene("/energy", "views", _click(".views > summary"), ".views-box"),
    Scene("/energy", "period", _keys("t"), ".time-bar details[open]"),
    Scene("/comparison", "add", _click(".add-box > summary"), ".add-form"),
    Scene("/nowhere", "unknown"),
    Scene("/stations/NONE", "unknown-station"),
    Scene("/compounds/NONE", "unknown-compound"),
    Scene("/?kiosk=1", "wall", phone=False),
    Scene("/?kiosk=1&scale=1.25", "wall-scaled", phone=False),
)
"""Dialogs, menus and details in their opened state; addresses that no link leads to."""
