"""All pump houses within reach: which of them share a property?"""

from __future__ import annotations

from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, State, ctx, dcc, html, no_update

from components.export import download, facts, file_buttons, file_name
from components.formats import stamp
from components.glyphs import level_markup, state_markup
from components.ids import each, ident
from components.page import Page, View, bound
from components.page_head import choice, page_head, switch
from components.panel import panel
from components.tables import grid
from components.time_range import link, time_bar, time_range
from data.catalogue.column_sets import column_sets
from data.indicator_rights import sees
from data.stores import Stores
from pages import drill, saved_views, series_order, station_import_panel
from pages.guarded import Broken, attempt, failed
from pages.reach import MOST, reach, reach_filters
from pages.stations_rows import (
    BASE,
    PRESET,
    STATES,
    chosen_set,
    decimals,
    found,
    heading,
    shown_columns,
    sortable,
    station_rows,
)

PAGE = Page("stations", "/stations", "station")
GRID, DOWNLOAD, COMPARE, SEARCH = (
    ident("stations", part) for part in ("grid", "download", "compare", "search")
)
WIDTHS = {"name": 210, "code": 104, "compound": 150, "district": 96, "type": 128}
LINKED = {"name": "StationLink", "compound": "CompoundLink"}
URL = State("shell-url", "search")


def layout(stores: Stores, view: View) -> Any:
    """The list of the URL: `set=` columns, `scope=`, `type=`, `state=`, `search=TEXT`, `sort=FIELD`
    or `sort=-FIELD`, and the period of its figures."""
    rows, lost = attempt(lambda: station_rows(stores, view)), None
    if isinstance(rows, Broken):
        lost = failed(view, rows)
        rows = station_rows(stores, view, figures=False)
    marks = {str(level): level_markup(level, size=16) for level in (1, 2, 3, 4)}
    marks |= {"0": state_markup("normal", 14), "5": state_markup("offline", 16)}
    asked = view.params.get("search", "")
    table = grid(
        GRID, _columns(view), rows, view.language, quickFilterText=asked,
        context={"marks": marks}, pagination=False,
        rowSelection={
            "mode": "multiRow", "checkboxes": True, "headerCheckbox": True,
            "selectAll": "filtered", "enableClickSelection": False,
        },
    )  # fmt: skip
    find = dcc.Input(
        id=SEARCH, type="search", className="field search", debounce=0.2,
        placeholder=view.text("stations.search"), value=asked,
    )  # fmt: skip
    body = panel(
        chosen_set(view).title(view.language),
        table,
        view.text("stations.count", count=f"{len(rows):,}"),
        [
            html.Span(_compare(view, None), id=COMPARE),
            find,
            station_import_panel.panel_for(view),
            series_order.order_panel(view, "stations"),
            *file_buttons("stations"),
        ],
        css="flush fill-panel",
    )
    span = time_range(view.params, view.now, view.zone, PRESET)
    head = page_head(
        view.text("stations.title"),
        "",
        [*_filters(stores, view)],
        time_bar(view, PAGE.name, PAGE.path, span, compare=False),
        [saved_views.control(view, PAGE)],
    )
    ordered = dcc.Store(id=ident("stations", "series-ordered"))
    return html.Div(
        [head, lost, body, dcc.Download(id=DOWNLOAD), ordered], className="stations-page"
    )


def register(app: Dash, stores: Stores) -> None:
    """Search as one types, files to take away, and the file of new stations."""
    app.callback(
        Output(ident("stations", "import-report"), "children"),
        Input(ident("stations", "import"), "contents"),
        State(ident("stations", "import"), "filename"),
        prevent_initial_call=True,
    )(bound(station_import_panel.take_in, stores))
    app.clientside_callback(
        ClientsideFunction("stations", "search"),
        Output(GRID, "dashGridOptions"),
        Input(SEARCH, "value"),
        State(GRID, "dashGridOptions"),
        prevent_initial_call=True,
    )
    app.callback(
        Output(COMPARE, "children"),
        Input(GRID, "selectedRows"),
        URL,
        prevent_initial_call=True,
    )(bound(compare, stores))
    app.callback(
        Output(ident("stations", "series-ordered"), "data"),
        Input(ident("stations", "series-order"), "n_clicks"),
        State(SEARCH, "value"),
        URL,
        *(
            State(ident("stations", f"series-{part}"), "value")
            for part in ("codes", "days", "grain", "format")
        ),
        prevent_initial_call=True,
    )(bound(order_series, stores))
    app.callback(
        Output(DOWNLOAD, "data"),
        [Input(each("stations", "export", kind), "n_clicks") for kind in ("csv", "xlsx")],
        State(SEARCH, "value"),
        State(GRID, "selectedRows"),
        URL,
        prevent_initial_call=True,
    )(bound(take_away, stores))


def compare(stores: Stores, view: View, rows: list[dict[str, Any]] | None, url: str | None) -> Any:
    """The way to the comparison of what is chosen."""
    return _compare(view.at(url), rows)


def order_series(
    stores: Stores,
    view: View,
    clicks: int | None,
    words: str | None,
    url: str | None,
    *form: Any,
) -> Any:
    """Series of the stations that are listed, as a background job."""
    if not clicks:
        return no_update
    shown = {int(row["id"]) for row in found(station_rows(stores, view.at(url)), words or "")}
    stations = [s for s in stores.stations.all(view.scope) if s.id in shown]
    return series_order.order(stores, view, stations, words or "", *form)


def take_away(
    stores: Stores,
    view: View,
    csv: int | None,
    xlsx: int | None,
    words: str | None,
    chosen: list[dict[str, Any]] | None = None,
    url: str | None = None,
) -> Any:
    """The list that is on screen as a file: its columns, filters and order; of chosen stations
    only those."""
    if ctx.triggered_id is None or not ctx.triggered[0]["value"]:
        return no_update
    view = view.at(url)
    rows = found(station_rows(stores, view), words or "")
    only = {str(row.get("id")) for row in chosen or ()}
    rows = [row for row in rows if not only or row["id"] in only]
    columns = shown_columns(view)
    _sort(rows, view)
    lines = [
        [*(row[name] for name in BASE), *(_plain(row.get(c.field), decimals(c)) for c in columns)]
        for row in rows
    ]
    heads = [view.text(f"stations.{name}") for name in BASE]
    heads += [heading(view, column) for column in columns]
    title = f"{view.text('stations.title')} {chosen_set(view).title(view.language)}"
    span = time_range(view.params, view.now, view.zone, PRESET)
    about = facts(
        view,
        reach(stores, view).label,
        f"{stamp(span.start, view.zone)} – {stamp(span.end, view.zone)}",
        filters=" · ".join(filter(None, (words or "", view.params.get("state", "")))),
        definition=view.text("export.stations"),
        rows=len(lines),
    )
    return download(ctx.triggered_id["index"], file_name(view, title), heads, lines, about, title)


def _plain(value: Any, digits: int | None) -> Any:
    """A number with a digit more than the screen shows."""
    return round(value, digits + 1) if digits is not None and isinstance(value, float) else value


def _sort(rows: list[dict[str, Any]], view: View) -> None:
    """In the order of the URL, empty cells last; without one worst first."""
    field, down = _sorted_by(view)
    if field == "state":
        rows.sort(key=lambda row: (row["state"] or 9) * (-1 if down else 1))
        return
    filled = [row for row in rows if row.get(field) is not None]
    filled.sort(key=lambda row: row[field], reverse=down)
    rows[:] = [*filled, *(row for row in rows if row.get(field) is None)]


def _sorted_by(view: View) -> tuple[str, bool]:
    """(field, from high to low) of the URL's `sort`, where the set has such a column."""
    asked = view.params.get("sort", "")
    name = asked.removeprefix("-")
    return (name, asked.startswith("-")) if name in sortable(view) else ("state", False)


def _compare(view: View, rows: list[dict[str, Any]] | None) -> Any:
    """A link once two or more are chosen; at most MOST can stand beside each other."""
    codes = [str(row["code"]) for row in rows or ()]
    if not codes:
        return html.Span(view.text("stations.choose"), className="hint")
    if len(codes) > MOST:
        return html.Span(
            view.text("stations.too_many", n=f"{len(codes):,}", most=MOST), className="hint"
        )
    path = "/comparison" if sees(view.user, "lift_energy") else "/points"
    href = link(path, drill.kept(view), sel=",".join(f"st:{code}" for code in codes))
    label = view.text("stations.compare", n=len(codes))
    return dcc.Link(label, href=href, className="button primary")


def _filters(stores: Stores, view: View) -> list[Any]:
    sets = [(row.code, row.title(view.language)) for row in column_sets().values()]
    states = [("", view.text("stations.every_state"))]
    states += [(name, view.text(f"state.{name}")) for name in STATES]
    return [
        switch(view.text("stations.set"), "set", sets, chosen_set(view).code, sets[0][0]),
        *reach_filters(stores, view, reach(stores, view)),
        choice(view.text("stations.state"), "state", states, view.params.get("state", "")),
    ]


def _columns(view: View) -> list[dict[str, Any]]:
    by, down = _sorted_by(view)

    def column(name: str, title: str, width: int, **more: Any) -> dict[str, Any]:
        order = {"sort": "desc" if down else "asc"} if name == by else {}
        return {
            "field": name,
            "headerName": title,
            "width": width,
            "minWidth": width,
            **order,
            **more,
        }

    made = [
        column(
            "state", view.text("stations.state"), 92, maxWidth=96, cellRenderer="StationMark",
            comparator={"function": "urgency"},
        )
    ]  # fmt: skip
    made += [
        column(
            name, view.text(f"stations.{name}"), WIDTHS[name], filter=True,
            **({"cellRenderer": LINKED[name]} if name in LINKED else {}),
        )
        for name in BASE
    ]  # fmt: skip
    for one in shown_columns(view):
        digits, title = decimals(one), heading(view, one)
        more: dict[str, Any] = {"headerTooltip": title, "filter": digits is None}
        if digits is not None:
            more |= {
                "type": "rightAligned",
                "valueFormatter": {"function": f"fixed(params.value, {digits})"},
                "cellClassRules": _looks(one.field),
                "tooltipField": "",
                "tooltipValueGetter": {"function": f"lookOf(params, '{one.field}')"},
                "context": {"looks": _look_words(view)},
            }
        made.append(column(one.field, title, 116 if digits is not None else 110, **more))
    return made


def _looks(field: str) -> dict[str, str]:
    """How good a value is, in its look (assets/parts.css): bad is struck through, old is grey,
    an estimate or a figure that stands on a part of the span is italic."""
    of = f"params.data['{field}_look']"
    rules = {f"q-{look}": f"{of} === '{look}'" for look in ("bad", "stale", "manual")}
    partly = f"{of} === 'estimated' || params.data['{field}_share'] < 0.99"
    return {**rules, "q-estimated": partly}


def _look_words(view: View) -> dict[str, str]:
    looks = ("bad", "stale", "estimated", "manual")
    told = {look: view.text(f"quality.{look}") for look in looks}
    return {**told, "share": view.text("figure.coverage", share="{share}")}
