"""What stands on every page: header, navigation, notices, and the place for the page."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from dash import dcc, html

from components.alerts import bell, popups
from components.finder import finder
from components.formats import date_words
from components.glyphs import icon, level_glyph, state_markup
from components.ids import SHELL, ident
from components.page import Page, View
from components.svg import drawing
from components.tray import tray

URL = ident(SHELL, "url")
CONTENT = ident(SHELL, "content")
CRUMB = ident(SHELL, "crumb")
TITLE = ident(SHELL, "title")
NOTICE = ident(SHELL, "notice")
PHONE_BAR = ("cockpit", "alarms", "work_orders", "map")
"""Pages of the phone's bottom bar; the fifth place is 'more'."""
SPOKEN = ("shell.stale", "shell.no_data", "shell.lost", "quality.stale", "quality.bad")
"""Texts that the scripts of the page need."""


def shell(
    view: View, pages: Sequence[Page], utility: str, place: str, version: str = ""
) -> html.Div:
    """The frame around every page. `pages` are those of the navigation, already filtered by
    role; `place` is the name of the viewer's district or of the whole city; `version` is that of
    the server which made it."""
    return html.Div(
        [
            html.A(view.text("shell.skip"), href=f"#{CONTENT}", className="skip"),
            dcc.Location(id=URL, refresh="callback-nav"),
            dcc.Store(id=TITLE),
            _header(view, pages, utility, place),
            _rail(view, pages),
            html.Main(id=CONTENT, className="content", tabIndex="-1"),
            popups(view),
            html.Div(id=NOTICE, className="notices", role="status", **{"aria-live": "polite"}),
        ],
        id=ident(SHELL, "frame"),
        className="shell",
        **{
            "data-zone": view.zone.key,
            "data-version": version,
            "data-words": json.dumps(
                {key: view.text(key) for key in SPOKEN if "{" not in key}
                | {"shell.stale": view.text("shell.stale")},
                ensure_ascii=False,
            ),
        },
    )


def empty_shell() -> html.Div:
    """The frame without a viewer; Dash asks for it when it checks ids at its first request."""
    return html.Div(
        [
            dcc.Location(id=URL),
            dcc.Store(id=TITLE),
            html.Div(id=CRUMB),
            html.Div(id=CONTENT),
            html.Div(id=NOTICE),
        ]
    )


def notice(sentence: str, css: str = "", reference: str = "") -> html.Div:
    """A passing message; assets/shell.js takes it away after some seconds."""
    inside: list[Any] = [sentence]
    if reference:
        inside.append(html.Span(f"ref {reference}", className="hint"))
    return html.Div(inside, className=f"notice {css}".strip(), role="status")


def _header(view: View, pages: Sequence[Page], utility: str, place: str) -> html.Header:
    return html.Header(
        [
            dcc.Link(
                [
                    drawing(_mark(), className="brand-mark"),
                    html.Span(f"{utility} · ", className="utility"),
                    html.Span(view.text("shell.product")),
                ],
                href="/",
                className="brand",
                title=view.text("shell.product"),
            ),
            html.Nav(
                [html.Span(place), html.Span(id=CRUMB, className="crumb")], className="crumbs"
            ),
            html.Div(
                [
                    finder(view, pages),
                    _counters(view),
                    _feed(view),
                    _clock(view),
                    bell(view),
                    tray(view),
                    *_switches(view),
                ],
                className="head-right",
            ),
        ],
        className="head",
    )


def _counters(view: View) -> dcc.Link:
    """Alarms by level and what waits for a person; kept fresh by the live feed."""
    parts: list[Any] = [
        html.Span(
            [
                level_glyph(level, view.language, size=15),
                html.B("—", **{"data-live": f"levels.{level}"}),
            ],
            className="count",
        )
        for level in (1, 2, 3, 4)
    ]
    waiting = html.Span(
        [view.text("shell.unacknowledged"), " ", html.B("—", **{"data-live": "waiting"})],
        className="count waiting",
    )
    return dcc.Link(
        [*parts, waiting],
        href="/alarms",
        className="counters",
        title=view.text("shell.alarms_open"),
    )


def _feed(view: View) -> html.Div:
    return html.Div(
        [
            drawing(state_markup("normal", 10), className="feed-dot"),
            html.Span(
                [
                    view.text("shell.online"),
                    " ",
                    html.B("—", **{"data-live": "online"}),
                    " / ",
                    html.Span("—", **{"data-live": "total"}),
                ]
            ),
            html.Span(
                ["· ", view.text("shell.age"), " ", html.Span("—", **{"data-live": "age"})],
                className="feed-age",
            ),
            html.Span(className="tag stale-tag", hidden=True, **{"data-live": "stale"}),
        ],
        className="feed",
    )


def _clock(view: View) -> html.Div:
    return html.Div(
        [
            html.Time(className="clock", **{"data-clock": "1"}),
            html.Span(date_words(view.now, view.zone, view.language), className="date"),
        ],
        className="when",
    )


def _switches(view: View) -> list[Any]:
    """Language, theme, who is signed in, and the way out; each a POST by assets/shell.js."""
    languages = html.Div(
        [
            html.Button(
                label,
                type="button",
                className="on" if view.language == code else "",
                lang=code,
                **{"data-post": "/preference", "data-language": code},
            )
            for code, label in (("zh", "中"), ("en", "EN"))
        ],
        className="switch",
        role="group",
        **{"aria-label": view.text("shell.language")},
    )
    other = "light" if view.theme == "dark" else "dark"
    theme = html.Button(
        icon("sun" if other == "light" else "moon", 18),
        type="button",
        className="plain",
        title=view.text(f"shell.to_{other}"),
        **{
            "data-post": "/preference",
            "data-theme": other,
            "aria-label": view.text(f"shell.to_{other}"),
        },
    )
    who = f"{view.user.name(view.language)} · {view.text(f'role.{view.user.role}')}"
    person = html.Span([icon("user", 16), html.Span(who)], className="person")
    leave = html.Button(
        icon("leave", 18),
        type="button",
        className="plain",
        title=view.text("shell.sign_out"),
        **{"data-post": "/logout", "aria-label": view.text("shell.sign_out")},
    )
    return [languages, theme, person, leave]


def _rail(view: View, pages: Sequence[Page]) -> html.Nav:
    """Navigation: a rail at the left of a desk, a bar of five at the foot of a phone."""
    entries: list[Any] = []
    groups = {group: [p for p in pages if p.group == group] for group in {p.group for p in pages}}
    for page in pages:
        if page.group and page is not groups[page.group][0]:
            continue
        paths = " ".join(p.path for p in groups[page.group]) if page.group else page.path
        word = view.text(f"group.{page.group}") if page.group else page.title(view.language)
        inside: list[Any] = [
            icon(page.group or page.icon, 22),
            html.Span(word, className="rail-word", **{"data-paths": paths}),
        ]
        if page.name == "alarms":
            inside.append(html.Span("", className="badge", hidden=True, **{"data-live": "badge"}))
        place = PHONE_BAR.index(page.name) if page.name in PHONE_BAR else 9
        css = "rail-item" if page.name in PHONE_BAR else "rail-item desk-only"
        entries.append(
            dcc.Link(inside, href=page.path, className=css, style={"--place": str(place)})
        )
    rest = [p for p in pages if p.name not in PHONE_BAR]
    more = html.Details(
        [
            html.Summary(
                [icon("more", 22), html.Span(view.text("shell.more"), className="rail-word")],
                className="rail-item",
            ),
            html.Div(
                [
                    dcc.Link(
                        [icon(p.icon, 20), p.title(view.language)],
                        href=p.path,
                        className="more-item",
                    )
                    for p in rest
                ]
                + _switches(view),
                className="more-sheet",
            ),
        ],
        className="phone-only",
    )
    return html.Nav(
        [*entries, more], className="rail", **{"aria-label": view.text("shell.navigation")}
    )


def _mark() -> str:
    """The platform's mark: a house of water in the accent colour."""
    return (
        '<svg viewBox="0 0 20 20" width="20" height="20"><rect width="20" height="20" rx="5" '
        'fill="var(--accent)"/><path d="M4 6h12v5a5 5 0 0 1-5 5H9a5 5 0 0 1-5-5z" '
        'fill="var(--on-accent)" opacity=".85"/></svg>'
    )
