"""Which compounds leak: the ranking, and one compound explained with what to do about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
from dash import dcc, html

from analytics.leakage import grade
from components.figure_text import figure_value
from components.formats import MISSING, number, percent
from components.page import View
from components.panel import tag
from components.tables import grid
from components.time_range import link
from data.indicator_rights import sees
from data.station_rows import StationRow
from data.stores import Stores
from pages.guarded import Broken, unread
from pages.leakage_scene import TEMPLATE, UNITS, Scene
from pages.order_button import order_box

MOST = 200
"""Rows that the grid gets; a file has all."""
NUMBERS = {"recoverable": 0, "night": 2, "ratio": 2, "home": 1, "day": 0, "rate": 1, "grown": 2}
FILE = ("score", "recoverable", "cost", "night", "low", "high", "minimum", "ratio", "home", "day",
        "rate", "grown", "confidence", "payback")  # fmt: skip


MONEY = ("cost", "recoverable", "payback")
"""Columns that are made of the indicator leakage_cost."""


def without_money(view: View, names: Iterable[str]) -> list[str]:
    """Those of `names` of columns that the viewer's role may see."""
    money = sees(view.user, "leakage_cost")
    return [name for name in names if money or name not in MONEY]


def keep(view: View) -> dict[str, str]:
    """Scope and time of the URL, for links to other pages."""
    names = ("scope", "type", "from", "to", "cmp")
    return {name: view.params[name] for name in names if view.params.get(name)}


def grid_of(view: View, it: Scene, name: str) -> Any:
    """The top of the ranking; a name opens the compound below, `open` its station."""
    rows = []
    for n, place in enumerate(it.order[:MOST], 1):
        station, since = it.stations[place], it.since(place)
        c = {key: _plain(values[place]) for key, values in it.columns.items()}
        interval = "" if c["low"] is None else f"{number(c['low'], 2)} … {number(c['high'], 2)}"
        rows.append(
            {
                "id": station.code,
                "n": n,
                "name": {"text": station.name(view.language),
                         "href": link("/leakage", dict(view.params), at=station.code)},
                "open": {"text": view.text("leakage.to_station"),
                         "href": link(f"/stations/{station.code}", keep(view))},
                "interval": interval,
                "since": MISSING if since is None else it.day(since.first).isoformat(),
                "grade": view.text(f"leakage.grade_{grade(c['rate'])}"),
                "confidence": None if c["confidence"] is None else 100 * c["confidence"],
                **{key: c[key] for key in without_money(view, NUMBERS)},
            }
        )  # fmt: skip
    return grid(name, _columns(view), rows, view.language)


def _plain(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _columns(view: View) -> list[dict[str, Any]]:
    def column(field: str, width: int, **more: Any) -> dict[str, Any]:
        return {
            "field": field,
            "headerName": view.text(f"leakage.col_{field}"),
            "headerTooltip": view.text(f"leakage.tip_{field}"),
            "minWidth": width,
            **more,
        }

    def numeric(field: str, width: int, decimals: int) -> dict[str, Any]:
        return column(field, width, type="rightAligned",
                      valueFormatter={"function": f"fixed(params.value, {decimals})"})  # fmt: skip

    linked = {"cellRenderer": "CellLink", "comparator": {"function": "byText"}}
    wide = 12 if view.language == "zh" else 24
    return [
        column("n", 46, maxWidth=56, type="rightAligned"),
        column("name", 190, **linked),
        *(numeric(name, 92 + wide, 0) for name in without_money(view, ["recoverable"])),
        numeric("night", 84 + wide // 2, 2),
        column("interval", 112, type="rightAligned"),
        numeric("grown", 76 + wide, 2),
        column("since", 100),
        numeric("ratio", 84, 2),
        numeric("home", 88, 1),
        numeric("rate", 76, 1),
        column("grade", 84),
        numeric("confidence", 76 + wide, 0),
        column("open", 64, **linked),
    ]


def focus(stores: Stores, view: View, it: Scene) -> Any:
    """The compound in focus: what leaks, since when, what it costs, what can be done."""
    station = it.focus
    place = None if station is None else it.place(station)
    if station is None or place is None:
        return html.P(view.text("leakage.no_focus"), className="hint")
    pairs = [("night", 2), ("day", 0), ("cost", 0), ("minimum", 2), ("ratio", 2), ("home", 1),
             ("rate", 1), ("recoverable", 0), ("confidence", 0), ("payback", 0)]  # fmt: skip
    facts: list[Any] = []
    digits = dict(pairs)
    for name in without_money(view, digits):
        told = it.told(place, name)
        facts += [html.Dt(view.text(f"leakage.fact_{name}")),
                  html.Dd(figure_value(replace(told, unit=_unit(view, told.unit)), digits[name],
                                       view.language))]  # fmt: skip
    station_href = link(f"/stations/{station.code}", keep(view))
    lost = it.spanned.columns
    return html.Div(
        [
            html.Div(
                [html.B(station.name(view.language)), html.Span(station.code, className="hint"),
                 tag(view.text("leakage.homes", n=number(station.households)))],
                className="leakage-name",
            ),
            html.P(sentence(view, it, place), className="leakage-why"),
            html.P(unread(view, lost)) if isinstance(lost, Broken) else None,
            html.Dl(facts, className="leakage-facts"),
            html.Div(
                [order_box(stores, view, "leakage", station.code, TEMPLATE),
                 dcc.Link(view.text("leakage.to_station_page"), href=station_href,
                          className="button")],
                className="leakage-actions",
            ),
        ],
        className="stack",
    )  # fmt: skip


def sentence(view: View, it: Scene, place: int, money: bool = True) -> str:
    """What was found, with its numbers: also, without money, what a work order upon it says."""
    c = {name: float(values[place]) for name, values in it.nightly.items()}
    if not np.isfinite(c["night"]):
        return view.text("leakage.words_unknown")
    values = {
        "night": number(c["night"], 2), "low": number(c["low"], 2), "high": number(c["high"], 2),
        "day": number(c["day"]),
        "rate": percent(c["rate"], 1), "grown": number(c["grown"], 2),
    }  # fmt: skip
    since = it.since(place)
    if since is None:
        return view.text("leakage.words_steady", **values)
    kind = view.text(f"leakage.kind_{'step' if since.ramp <= 2 else 'growth'}")
    words = view.text(
        "leakage.words_grown", date=it.day(since.first).isoformat(), kind=kind, **values
    )
    known = np.isfinite(c["recoverable"])
    if not money or not known or not without_money(view, ["recoverable"]):
        return words
    return f"{words} {view.text('leakage.words_money', money=number(c['recoverable']))}"


def file_rows(
    view: View, it: Scene, districts: dict[int, str]
) -> tuple[list[str], list[list[Any]]]:
    """The whole ranking with units in the head row, raw numbers."""
    heads = [
        view.text(f"leakage.head_{name}") for name in ("n", "code", "name", "district", "homes")
    ]
    shown = without_money(view, FILE)
    for name in shown:
        unit = UNITS.get(name, "m³/h")
        words = view.text(f"leakage.head_{name}")
        heads.append(f"{words} ({unit})" if unit else words)
    heads += [view.text("leakage.head_since"), view.text("leakage.head_grade")]
    rows = []
    for n, place in enumerate(it.order, 1):
        station: StationRow = it.stations[place]
        since = it.since(place)
        values = [_plain(it.columns[name][place]) for name in shown]
        values[shown.index("confidence")] = _percent(values[shown.index("confidence")])
        rate = _plain(it.columns["rate"][place])
        rows.append(
            [n, station.code, station.name(view.language), districts.get(station.district_id, ""),
             station.households, *values, "" if since is None else it.day(since.first).isoformat(),
             view.text(f"leakage.grade_{grade(rate)}")]
        )  # fmt: skip
    return heads, rows


def _unit(view: View, unit: str) -> str:
    """Money and days in the reader's language."""
    names = {"yuan/d": "leakage.unit_cost", "d": "leakage.unit_d"}
    return view.text(names[unit]) if unit in names else unit


def _percent(share: float | None) -> float | None:
    return None if share is None else 100.0 * share
