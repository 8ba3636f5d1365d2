"""Which page stands at an address: its content, its way down and its title, or why not."""

from __future__ import annotations

import secrets
from types import ModuleType
from typing import Any

import structlog

from components import states
from components.crumbs import crumbs
from components.page import View
from components.page_head import group_tabs
from components.sent import sent
from data.rights import NotFound
from data.stores import Stores
from pages import asked, saved_views
from pages.guarded import role_words
from pages.index import PAGES

log = structlog.get_logger(__name__)


def answer(stores: Stores, view: View, pathname: str | None, search: str | None) -> Any:
    """What `route` says, as JSON; content that can't be sent is an error like one not made."""
    content, *named = route(stores, view, pathname, search)
    try:
        shown = sent(content)
    except TypeError:
        shown = sent(_failed(view, pathname or "/"))
    return shown, *map(sent, named)


def route(stores: Stores, view: View, pathname: str | None, search: str | None) -> tuple[Any, ...]:
    """Content, breadcrumb and window title for a URL."""
    view = view.at(search)
    for module in PAGES:
        parts = module.PAGE.match(pathname or "/")
        if parts is None:
            continue
        title = module.PAGE.title(view.language)
        content = content_of(module, stores, view, parts)
        return content, _crumb(module, stores, view, parts), f"{title} · {utility(stores, view)}"
    title = view.text("not_found.title")
    return states.not_found(view.language), title, f"{title} · {utility(stores, view)}"


def _crumb(module: ModuleType, stores: Stores, view: View, parts: dict[str, str]) -> Any:
    """The way down to a page that has one, else its title."""
    title = module.PAGE.title(view.language)
    if not hasattr(module, "way") or not view.may_open(module.PAGE):
        return title
    try:
        return crumbs(view, module.way(stores, view, **parts))
    except NotFound:
        return title


def content_of(module: ModuleType, stores: Stores, view: View, parts: dict[str, str]) -> Any:
    """What the page shows the viewer: itself, or why it doesn't."""
    page, lang = module.PAGE, view.language
    if not view.may_open(page):
        return states.forbidden(lang, page.title(lang), role_words(view, page.roles))
    try:
        made = module.layout(stores, view, **parts)
        content = asked.noticed(stores, view, page, made)
        beside = [m.PAGE for m in PAGES if page.group and m.PAGE.group == page.group]
        if not beside:
            return content
        allowed = [p for p in beside if view.may_open(p)]
        return group_tabs(view, allowed, page, content, saved_views.control(view, page))
    except NotFound as problem:
        return states.not_found(lang, *asked.absent(stores, view, problem))
    except Exception:
        return _failed(view, page.path)


def _failed(view: View, path: str) -> Any:
    """In place of a page's content, in an exception's handler: the reference that is in the log,
    and a retry."""
    reference = secrets.token_hex(3)
    log.exception("a page could not be made", path=path, reference=reference)
    return states.error(view.language, view.text("state.failed"), reference, path)


def utility(stores: Stores, view: View) -> str:
    """What the utility is called in the viewer's language."""
    settings = stores.settings
    return settings.utility_zh if view.language == "zh" else settings.utility_en
