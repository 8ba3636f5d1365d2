"""Alarm statistics: do people get few enough alarms, and the right ones?"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from dash import ALL, Dash, Input, Output, State, ctx, dcc, html, no_update

from components.export import download, facts, file_name
from components.formats import percent, stamp
from components.graph import graph
from components.ids import each, ident
from components.page import Page, View, bound
from components.page_head import page_head, switch
from components.panel import panel
from components.time_range import time_bar, time_range
from data.stores import Stores
from pages.alarm_statistics_facts import GROUPS, LISTS, SPAN, Scene, desk
from pages.alarm_statistics_panels import bars, levels, periods, rate_chart, tiles
from pages.alarm_statistics_tables import (
    Names,
    figure_file,
    group_file,
    group_grid,
    lines,
    list_file,
    period_file,
    rate_file,
    top_ten,
)
from pages.guarded import attempt, guard
from pages.reach import reach, reach_filters

PAGE = Page("alarm_statistics", "/alarm-statistics", "alarms", group="alarms")
GRID, DOWNLOAD = (ident(PAGE.name, part) for part in ("grid", "download"))
TABLES = ("figures", "rate", "periods", *(f"by_{by}" for by in GROUPS), *LISTS)
"""What can be taken away."""


def layout(stores: Stores, view: View) -> Any:
    """`?scope= type= from= to=` (7 days) `by=` (one of GROUPS) `list=` (one of LISTS)."""
    it, names = attempt(lambda: desk(stores).scene(view)), Names(stores, view)
    by, which = _one(view, "by", GROUPS), _one(view, "list", LISTS)
    text, span = view.text, time_range(view.params, view.now, view.zone, SPAN)
    head = page_head(
        PAGE.title(view.language), text("alarm_statistics.question"),
        reach_filters(stores, view, reach(stores, view)),
        time_bar(view, PAGE.name, PAGE.path, span, compare=False), _files(view, "figures"),
    )  # fmt: skip
    choices = [(key, text(f"alarm_statistics.by_{key}")) for key in GROUPS]
    return html.Div(
        [
            head,
            tiles(view, it),
            html.Div(
                [
                    _rate(view, it),
                    _panel(view, "periods", lambda: periods(view, it)),
                    _panel(view, "levels", lambda: levels(view, it), "by_level"),
                ],
                className="statistics-top",
            ),
            html.Div(
                [
                    *(
                        _panel(view, f"top_{kind}", partial(top_ten, view, it, names, kind),
                               f"by_{kind}", "top_sub")
                        for kind in ("rule", "station")
                    ),
                    _list(view, it, names, which),
                ],
                className="statistics-low",
            ),
            panel(text("alarm_statistics.groups"), _groups(view, it, names, by),
                  switch("", "by", choices, by, GROUPS[0]), _files(view, f"by_{by}", "groups"),
                  css="flush statistics-groups"),
            dcc.Download(id=DOWNLOAD),
        ],
        className="statistics-page",
    )  # fmt: skip


def register(app: Dash, stores: Stores) -> None:
    """Files on demand."""
    app.callback(
        Output(DOWNLOAD, "data"),
        Input(each(PAGE.name, "export", ALL), "n_clicks"),
        State("shell-url", "search"),
        prevent_initial_call=True,
    )(bound(take_away, stores))


@guard("alarm_statistics.rate")
def _rate(view: View, it: Scene) -> Any:
    minutes, *_ = bars(it)
    chart = graph(ident(PAGE.name, "rate"), rate_chart(view, it), view.language, 230)
    step = view.text(f"alarm_statistics.step_{minutes}")
    note = view.text("alarm_statistics.rate_sub", step=step)
    return panel(view.text("alarm_statistics.rate"), chart, note, _files(view, "rate"))


@guard("alarm_statistics.lists", "statistics-list")
def _list(view: View, it: Scene, names: Names, which: str) -> Any:
    listing = [
        (key, f"{view.text(f'alarm_statistics.list_{key}')} {it.listed(key).height:,}")
        for key in LISTS
    ]
    return panel(
        view.text("alarm_statistics.lists"), lines(view, it, names, which),
        switch("", "list", listing, which, LISTS[0]), _files(view, which),
        css="flush statistics-list",
    )  # fmt: skip


@guard()
def _groups(view: View, it: Scene, names: Names, by: str) -> Any:
    return group_grid(view, it, names, by, GRID)


@guard("alarm_statistics.{name}")
def _panel(view: View, name: str, body: Callable[[], Any], file: str = "", about: str = "") -> Any:
    words = view.text(f"alarm_statistics.{about or f'{name}_sub'}")
    files = _files(view, file or name)
    return panel(view.text(f"alarm_statistics.{name}"), body(), words, files, css="flush")


def take_away(stores: Stores, view: View, clicks: list[int | None], search: str | None) -> Any:
    """One of TABLES of what the URL shows, as 'TABLE|KIND'."""
    if not ctx.triggered_id or not ctx.triggered[0]["value"]:
        return no_update
    name, kind, _ = str(ctx.triggered_id["index"]).split("|")
    if name not in TABLES:
        return no_update
    view = view.at(search)
    it, names = desk(stores).scene(view), Names(stores, view)
    heads, rows = _table(view, it, names, name)
    title = f"{PAGE.title(view.language)}-{view.text(f'alarm_statistics.file_{name}')}"
    told = facts(
        view, it.reach.label,
        f"{stamp(it.range.start, view.zone)} – {stamp(it.range.end, view.zone)}",
        definition=view.text("alarm_statistics.file_definition"), rows=len(rows),
        coverage=percent(100 * it.span.coverage, 1),
    )  # fmt: skip
    return download(kind, file_name(view, title, it.reach.label), heads, rows, told, title)


def _table(view: View, it: Scene, names: Names, name: str) -> tuple[list[str], list[list[Any]]]:
    if name == "figures":
        return figure_file(view, it)
    if name == "rate":
        return rate_file(view, it)
    if name == "periods":
        return period_file(view, it)
    if name in LISTS:
        return list_file(view, it, names, name)
    return group_file(view, it, names, name.removeprefix("by_"))


def _files(view: View, name: str, place: str = "") -> list[Any]:
    """CSV and Excel of one table; `place` tells buttons of the same table apart."""
    return [
        html.Button(word, id=each(PAGE.name, "export", f"{name}|{kind}|{place}"), type="button",
                    className="more plain")
        for kind, word in (("csv", "CSV"), ("xlsx", "Excel"))
    ]  # fmt: skip


def _one(view: View, name: str, known: tuple[str, ...]) -> str:
    asked = view.params.get(name, "")
    return asked if asked in known else known[0]
