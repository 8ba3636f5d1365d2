"""All pump houses within reach: the way in to one of them."""

from __future__ import annotations

from typing import Any

import numpy as np
from dash import Dash, Input, Output, State, ctx, dcc, html, no_update

from components.export import download, facts, file_buttons, file_name
from components.formats import stamp
from components.glyphs import level_markup, state_markup
from components.ids import each, ident
from components.page import Page, View, bound
from components.panel import panel
from components.tables import grid
from data.catalogue.points import point, station_types
from data.snapshot import MISSING, Snapshot
from data.stores import Stores
from pages import series_order, station_import_panel

PAGE = Page("stations", "/stations", "station")
GRID, DOWNLOAD = ident("stations", "grid"), ident("stations", "download")
LIVE = {"pressure": "L.P_OUT", "flow": "L.Q_OUT", "level_m": "T1.LEVEL", "power": "EL.P"}
"""Columns of the list that come from the snapshot: of the low zone and the first tank."""


def layout(stores: Stores, view: View) -> Any:
    """The list; `?search=TEXT` filters it."""
    rows = station_rows(stores, view)
    marks = {str(level): level_markup(level, size=16) for level in (1, 2, 3, 4)}
    marks |= {"0": state_markup("normal", 14), "5": state_markup("offline", 16)}
    table = grid(
        GRID, _columns(view), rows, view.language, quickFilterText=view.params.get("search", ""),
        context={"marks": marks}, pagination=False,
    )  # fmt: skip
    find = dcc.Input(
        id=ident("stations", "search"), type="search", className="field search", debounce=0.2,
        placeholder=view.text("stations.search"), value=view.params.get("search", ""),
    )  # fmt: skip
    body = panel(
        view.text("stations.title"),
        table,
        view.text("stations.count", count=f"{len(rows):,}"),
        [
            find,
            station_import_panel.panel_for(view),
            series_order.order_panel(view, "stations"),
            *file_buttons("stations"),
        ],
        css="flush fill-panel",
    )
    ordered = dcc.Store(id=ident("stations", "series-ordered"))
    return html.Div([body, dcc.Download(id=DOWNLOAD), ordered], className="stations-page")


def register(app: Dash, stores: Stores) -> None:
    """Search as one types, files to take away, and the file of new stations."""
    app.callback(
        Output(ident("stations", "import-report"), "children"),
        Input(ident("stations", "import"), "contents"),
        State(ident("stations", "import"), "filename"),
        prevent_initial_call=True,
    )(bound(station_import_panel.take_in, stores))
    app.callback(
        Output(GRID, "dashGridOptions"),
        Input(ident("stations", "search"), "value"),
        prevent_initial_call=True,
    )(bound(search, stores))
    app.callback(
        Output(ident("stations", "series-ordered"), "data"),
        Input(ident("stations", "series-order"), "n_clicks"),
        State(ident("stations", "search"), "value"),
        *(
            State(ident("stations", f"series-{part}"), "value")
            for part in ("codes", "days", "grain", "format")
        ),
        prevent_initial_call=True,
    )(bound(order_series, stores))
    app.callback(
        Output(DOWNLOAD, "data"),
        [Input(each("stations", "export", kind), "n_clicks") for kind in ("csv", "xlsx")],
        State(ident("stations", "search"), "value"),
        prevent_initial_call=True,
    )(bound(take_away, stores))


def order_series(
    stores: Stores, view: View, clicks: int | None, words: str | None, *form: Any
) -> Any:
    """Series of the stations that are listed, as a background job."""
    if not clicks:
        return no_update
    wanted = (words or "").lower().split()
    shown = {
        int(row["id"]) for row in station_rows(stores, view)
        if all(word in " ".join(str(v) for v in row.values()).lower() for word in wanted)
    }  # fmt: skip
    stations = [s for s in stores.stations.all(view.scope) if s.id in shown]
    return series_order.order(stores, view, stations, words or "", *form)


def search(stores: Stores, view: View, words: str | None) -> Any:
    from dash import Patch

    options = Patch()
    options["quickFilterText"] = words or ""
    return options


def station_rows(stores: Stores, view: View) -> list[dict[str, Any]]:
    """One row a station: its record, its worst state and four live values."""
    stations = stores.stations.all(view.scope)
    districts = {d.id: d.name(view.language) for d in stores.stations.districts(view.scope)}
    kinds = station_types()
    snapshot = stores.snapshot.read()
    live = {name: _live(snapshot, [s.id for s in stations], code) for name, code in LIVE.items()}
    states = _states(snapshot, [s.id for s in stations])
    return [
        {
            "id": str(s.id), "state": states[i], "name": s.name(view.language), "code": s.code,
            "district": districts.get(s.district_id, ""),
            "type": kinds[s.type].zh if view.language == "zh" else kinds[s.type].en,
            "pumps": sum(row.pumps for row in s.sets), "households": s.households,
            **{name: values[i] for name, values in live.items()},
        }
        for i, s in enumerate(stations)
    ]  # fmt: skip


def _live(snapshot: Snapshot | None, ids: list[int], code: str) -> list[float | None]:
    """Value of one point at every station, None where there is none."""
    line = None if snapshot is None else snapshot.line_of.get(code)
    if snapshot is None or line is None:
        return [None] * len(ids)
    values = np.asarray(snapshot.values[line])
    factor, decimals = float(point(code).resolution), point(code).decimals
    rows = (snapshot.row_of.get(id) for id in ids)
    found = (None if row is None else int(values[row]) for row in rows)
    return [None if v is None or v == MISSING else round(v * factor, decimals) for v in found]


def _states(snapshot: Snapshot | None, ids: list[int]) -> list[int]:
    """0 normal, 1-4 worst open alarm, 5 not online."""
    if snapshot is None:
        return [5] * len(ids)
    rows = [snapshot.row_of.get(id) for id in ids]
    return [
        5 if row is None else int(snapshot.level[row]) or (0 if snapshot.online[row] else 5)
        for row in rows
    ]


def _columns(view: View) -> list[dict[str, Any]]:
    def column(name: str, width: int, **more: Any) -> dict[str, Any]:
        return {
            "field": name,
            "headerName": view.text(f"stations.{name}"),
            "minWidth": width,
            **more,
        }

    right = {"type": "rightAligned", "filter": False}
    numbers = [
        column(
            name,
            120,
            valueFormatter={"function": f"fixed(params.value, {point(code).decimals})"},
            **right,
        )
        for name, code in LIVE.items()
    ]
    return [
        column(
            "state", 70, cellRenderer="StationMark", sort="asc", comparator={"function": "urgency"}
        ),
        column("name", 220, cellRenderer="StationLink", filter=True),
        column("code", 120, filter=True),
        column("district", 130, filter=True),
        column("type", 150, filter=True),
        column("pumps", 80, **right),
        column("households", 90, valueFormatter={"function": "fixed(params.value, 0)"}, **right),
        *numbers,
    ]


def take_away(
    stores: Stores, view: View, csv: int | None, xlsx: int | None, words: str | None
) -> Any:
    """The list that is on screen, as a file."""
    chosen = ctx.triggered_id
    if chosen is None or not ctx.triggered[0]["value"]:
        return no_update
    names = ("code", "name", "district", "type", "pumps", "households", *LIVE)
    wanted = (words or "").lower().split()
    rows = [
        [row[name] for name in names] for row in station_rows(stores, view)
        if all(word in " ".join(str(v) for v in row.values()).lower() for word in wanted)
    ]  # fmt: skip
    title = view.text("stations.title")
    heads = [view.text(f"stations.{name}") for name in names]
    return download(
        chosen["index"],
        file_name(view, title),
        heads,
        rows,
        facts(
            view,
            view.text("shell.city"),
            stamp(view.now, view.zone),
            filters=words or "",
            definition=view.text("export.stations"),
            rows=len(rows),
        ),
        title,
    )
