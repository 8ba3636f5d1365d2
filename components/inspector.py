"""The docked panel of one station: what is wrong, four values with their course, the way in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dash import dcc, html

from components.formats import number
from components.glyphs import icon, level_glyph, offline_glyph
from components.page import View
from components.spark import spark


@dataclass(frozen=True)
class PointLine:
    """One point: its last hours, and what the live feed keeps fresh."""

    code: str
    name: str
    unit: str
    decimals: int
    values: Sequence[float | None]
    band: tuple[float, float] | None = None
    level: int = 0


@dataclass(frozen=True)
class AlarmLine:
    """The strip of one alarm: what, how far, how long."""

    level: int
    state: str
    what: str
    value: str
    limit: str
    age: str


def inspector_panel(
    view: View,
    name: str,
    code: str,
    facts: str,
    online: bool,
    alarm: AlarmLine | None,
    more: int,
    points: Sequence[PointLine],
    compound: str = "",
) -> html.Section:
    """The panel. `facts` is the line under the name; `more` counts further alarms; `compound` is
    the address of the compound that it stands in."""
    return html.Section(
        [
            _head(view, name, facts, online, alarm),
            *_strip(view, alarm, more),
            _points(view, points),
            _foot(view, code, compound),
        ],
        className="panel inspector",
        **{"data-station": code, "aria-label": name},
    )


def _head(view: View, name: str, facts: str, online: bool, alarm: AlarmLine | None) -> html.Header:
    sign: list[Any] = []
    if alarm is not None:
        sign = [level_glyph(alarm.level, view.language, alarm.state, 16)]
    elif not online:
        sign = [offline_glyph(view.language)]
    return html.Header(
        [
            *sign,
            html.H2(name, className="panel-title", title=name),
            html.Span(facts, className="panel-subtitle"),
            html.Button(
                icon("close", 16),
                type="button",
                className="plain",
                **{"data-map-close": "1", "aria-label": view.text("shell.close")},
            ),
        ],
        className="panel-head",
    )


def _strip(view: View, alarm: AlarmLine | None, more: int) -> list[Any]:
    if alarm is None:
        return []
    strip = html.Div(
        [
            html.Span(alarm.what, className="strip-what"),
            html.B(alarm.value, className=f"text-l{alarm.level}"),
            html.Span(alarm.limit, className="hint"),
            html.Span(alarm.age, className="strip-age"),
        ],
        className=f"strip row-l{alarm.level}",
    )
    return (
        [strip, html.Div(view.text("map.more_alarms", n=more), className="hint strip-more")]
        if more
        else [strip]
    )


def _points(view: View, points: Sequence[PointLine]) -> html.Div:
    rows = [
        html.Div(
            [
                html.Span(p.name, className="inspect-name", title=p.name),
                spark(p.values, p.band, level=p.level, height=20),
                html.Span(
                    [
                        html.B(
                            number(_last(p.values), p.decimals),
                            className=f"text-l{p.level}" if p.level else "",
                            **{"data-bind": p.code, "data-decimals": str(p.decimals)},
                        ),
                        html.Span(f" {p.unit}", className="unit"),
                    ],
                    className="inspect-value",
                ),
            ],
            className="inspect-row",
        )
        for p in points
    ]
    return html.Div(
        [html.Div(view.text("map.last_two_hours"), className="hint"), *rows],
        className="inspect-rows",
    )


def _foot(view: View, code: str, compound: str) -> html.Div:
    near = dcc.Link(view.text("compound.title"), href=compound, className="button")
    return html.Div(
        [
            dcc.Link(
                view.text("map.open_station"), href=f"/stations/{code}", className="button primary"
            ),
            near if compound else None,
            html.Button(
                view.text("map.copy"),
                type="button",
                className="button",
                **{"data-copy-link": f"/map?station={code}", "data-done": view.text("map.copied")},
            ),
        ],
        className="inspector-foot",
    )


def _last(values: Sequence[float | None]) -> float | None:
    return next((v for v in reversed(values) if v is not None), None)
