"""The system: does the platform itself work, and which stations are silent?"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from dash import Dash, Input, Output, dcc, html

from components.flat import HTML, flat, rendered
from components.ids import ident
from components.page import Page, View, bound
from components.panel import more_link, panel
from components.states import loading
from data.rights import allowed
from data.stores import Stores
from pages import system_facts
from pages import system_panels as panels
from pages.guarded import guarded

PAGE = Page("system", "/system", "system", frozenset({"administrator", "engineer", "dispatcher"}))
BEAT = ident("system", "beat")
PANELS = ("collector", "processes", "storage", "history")
PLACES = tuple(ident("system", part) for part in ("notice", "tiles", *PANELS))
SILENT, SILENT_COUNT = ident("system", "silent"), ident("system", "silent-count")


def layout(stores: Stores, view: View) -> Any:
    """Empty places that one callback fills every five seconds."""
    notice, tiles = PLACES[:2]
    walls = allowed(view.user, "devices.write")
    return html.Div(
        [
            dcc.Interval(id=BEAT, interval=5_000),
            html.Div(id=notice, className="system-notice"),
            html.Div(id=tiles, className="kpis system-tiles"),
            html.Div(
                [_place(view, part, place) for part, place in zip(PANELS, PLACES[2:], strict=True)],
                className="system-panels",
            ),
            panel(
                view.text("system.silent"),
                panels.silent_grid(view, SILENT),
                html.Span(id=SILENT_COUNT),
                more_link(view.text("devices.link"), "/devices") if walls else None,
                css="silent flush",
            ),
        ],
        className="system-page",
    )


def _place(view: View, part: str, place: str) -> html.Section:
    """A panel that waits for its content."""
    title, hint = view.text(f"system.{part}"), view.text(f"system.{part}_hint")
    return panel(title, flat(loading(4), id=place), hint)


def register(app: Dash, stores: Stores) -> None:
    """Everything again every five seconds."""

    def beat(stores: Stores, view: View, _: int | None) -> tuple[Any, ...]:
        rows, count, *parts = show(stores, view)
        return rows, count, *(rendered(part) for part in parts)

    app.callback(
        Output(SILENT, "rowData"),
        Output(SILENT_COUNT, "children"),
        *(Output(place, HTML) for place in PLACES),
        Input(BEAT, "n_intervals"),
    )(bound(beat, stores))


def show(stores: Stores, view: View) -> tuple[Any, ...]:
    """Rows and count of silent stations, then the contents of PLACES."""
    snapshot = stores.snapshot.read()
    now = datetime.now(UTC)
    collector = system_facts.collector(stores, snapshot, now)
    silent = system_facts.silent_stations(stores, snapshot, view, now)
    return (
        silent,
        view.text(
            "system.silent_count",
            n=f"{len(silent):,}",
            total=f"{len(stores.stations.all(view.scope)):,}",
        ),
        panels.notice(view, collector),
        panels.tiles(view, stores, collector),
        guarded(view, BEAT, lambda: panels.collector(view, collector)),
        guarded(view, BEAT, lambda: panels.processes(view, stores)),
        guarded(view, BEAT, lambda: panels.storage(view, stores)),
        guarded(view, BEAT, lambda: panels.history(view, stores)),
    )
