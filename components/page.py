"""What a page is, and who looks at it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import wraps
from typing import Any
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from flask import g

from data.catalogue.words import text

EVERYONE = frozenset(
    {
        "executive",
        "district_manager",
        "engineer",
        "dispatcher",
        "inspector",
        "water_quality",
        "administrator",
    }
)


@dataclass(frozen=True)
class Page:
    """One page: `name` is its file, id prefix and word key; `path` may hold `{names}`.

    A page with `icon` '' has no entry in the navigation.
    """

    name: str
    path: str
    icon: str = ""
    roles: frozenset[str] = EVERYONE
    group: str = ""
    """Pages of one group share an entry of the navigation and stand beside each other as tabs."""

    def match(self, pathname: str) -> dict[str, str] | None:
        """The named parts of `pathname`, or None when this is not the page's path."""
        pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(self.path))
        found = re.fullmatch(pattern, pathname.rstrip("/") or "/")
        return found.groupdict() if found else None

    def title(self, lang: str) -> str:
        return text(lang, f"{self.name}.title")


@dataclass(frozen=True)
class View:
    """Who looks, in which language and theme, at what time."""

    user: Any
    """data.users.UserRow; its `scope` goes into every query."""
    language: str = "zh"
    theme: str = "dark"
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Asia/Shanghai"))
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    params: Mapping[str, str] = field(default_factory=dict)
    """Query part of the URL; unknown names are ignored by pages."""
    pages: frozenset[str] | None = None
    """Names of the only pages that are shown, None = whatever the role may open."""

    def text(self, key: str, **values: object) -> str:
        """A text of the catalogue in the viewer's language."""
        return text(self.language, key, **values)

    def at(self, search: str | None) -> View:
        """The same viewer at an address with this query part."""
        return replace(self, params=dict(parse_qsl((search or "").lstrip("?"))))

    @property
    def scope(self) -> Any:
        return self.user.scope

    def may_open(self, page: Page) -> bool:
        shown = self.pages is None or page.name in self.pages
        return shown and self.user.role in page.roles


def current() -> View:
    """The view of the request that is being answered; the gate has put it there."""
    view: View = g.view
    return view


def bound(function: Callable[..., Any], stores: Any) -> Callable[..., Any]:
    """`function(stores, view, *values)` as a Dash callback of `(*values)`."""

    @wraps(function)
    def answer(*values: Any, **named: Any) -> Any:
        return function(stores, current(), *values, **named)

    return answer
