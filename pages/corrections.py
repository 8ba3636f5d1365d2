"""Corrections: which reading was wrong, what was it, and who says so?"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from dash import ALL, Dash, Input, Output, State, ctx, dcc, html, no_update, set_props

from components.attributes import data
from components.export import download, facts, file_buttons, file_name
from components.ids import each, ident
from components.page import Page, View, bound
from components.page_head import choice, page_head
from components.panel import panel
from components.shell import NOTICE, URL, notice
from components.time_range import time_bar, time_range
from data.catalogue.points import Column
from data.corrections import RIGHT
from data.rights import allowed
from data.station_rows import StationRow
from data.stores import Stores
from pages import correction_exchanges
from pages.correction_asked import chosen, points_of
from pages.correction_form import (
    CHART,
    COUNTED,
    EFFECT,
    EXCHANGE,
    FINAL,
    FIRST,
    FROM,
    LOOK,
    MISSING,
    PREVIEW,
    SAVE,
    TO,
    VALUE,
    WHY,
    asked,
    chart,
    fields,
    moment,
    real,
)  # fmt: skip
from pages.correction_rows import file, listed, rows_of
from pages.guarded import guard
from pages.station_points import point_name

PAGE = Page(
    "corrections", "/corrections", "analyse", group="analyse",
    roles=frozenset({"engineer", "district_manager", "water_quality", "dispatcher",
                     "administrator"}),
)  # fmt: skip
LIST, PLACE, ACTED, BEAT, ASKED, DOWNLOAD, STATION = (
    ident("corrections", part)
    for part in ("list", "place", "acted", "beat", "asked", "download", "station")
)


def layout(stores: Stores, view: View) -> Any:
    """`?sel=st:CODE point= from= to=`: the chart and form of one point, and all corrections."""
    station, column = chosen(stores, view, dict(view.params))
    span = time_range(view.params, view.now, view.zone)
    example = next((s.code for s in stores.stations.all(view.scope)), "")
    head = page_head(
        view.text("corrections.title"),
        view.text("corrections.question"),
        _filters(view, station, column, example),
        time_bar(view, "corrections", "/corrections", span, compare=False),
        file_buttons("corrections"),
    )
    body = _workplace(stores, view, station, column) if station and column else html.P(
        view.text("corrections.choose"), className="hint choose"
    )  # fmt: skip
    return html.Div(
        [
            head,
            body,
            _list(stores, view, station),
            dcc.Interval(id=BEAT, interval=5000),
            dcc.Store(id=ACTED),
            dcc.Store(id=ASKED, data=dict(view.params)),
            dcc.Download(id=DOWNLOAD),
        ],
        className="corrections-page",
    )


def register(app: Dash, stores: Stores) -> None:
    """Preview, save and undo; the list follows every 5 s."""
    form = [State(part, "value") for part in (FROM, TO, VALUE, MISSING)]
    params = State(ASKED, "data")
    later: dict[str, Any] = {"prevent_initial_call": True}
    app.callback(
        Output(URL, "search", allow_duplicate=True), Input(STATION, "value"), params, **later
    )(bound(go, stores))
    app.callback(Output(FROM, "value"), Output(TO, "value"), Input(CHART, "selectedData"), **later)(
        bound(take_span, stores)
    )
    app.callback(
        Output(PLACE, "children"), Output(EFFECT, "children"), Input(PREVIEW, "n_clicks"), *form,
        params, **later,
    )(bound(show, stores))  # fmt: skip
    app.callback(
        Output(ACTED, "data"), Input(SAVE, "n_clicks"), *form, State(WHY, "value"), params, **later
    )(bound(save, stores))
    app.callback(
        Output(ACTED, "data", allow_duplicate=True), Input(each("corrections", "undo", ALL),
        "n_clicks"), **later,
    )(bound(undo, stores))  # fmt: skip
    app.callback(
        Output(ACTED, "data", allow_duplicate=True), Input(EXCHANGE, "n_clicks"),
        State(FROM, "value"), State(FINAL, "value"), State(FIRST, "value"), State(WHY, "value"),
        params, **later,
    )(bound(exchange, stores))  # fmt: skip
    app.callback(
        Output(COUNTED, "children"), Input(LOOK, "n_clicks"), State(FROM, "value"),
        State(FINAL, "value"), State(FIRST, "value"), params, **later,
    )(bound(counted, stores))  # fmt: skip
    app.callback(
        Output(ACTED, "data", allow_duplicate=True),
        Input(each("corrections", "undo-exchange", ALL), "n_clicks"), **later,
    )(bound(undo_exchange, stores))  # fmt: skip
    app.callback(
        Output(LIST, "children"), Input(ACTED, "data"), Input(BEAT, "n_intervals"), params, **later
    )(bound(refresh, stores))
    app.callback(
        Output(DOWNLOAD, "data"), Input(each("corrections", "export", ALL), "n_clicks"), params,
        **later,
    )(bound(take_away, stores))  # fmt: skip


def _filters(
    view: View, station: StationRow | None, column: Column | None, example: str
) -> list[Any]:
    label = html.Span(view.text("corrections.station"), className="hint")
    typed = html.Label([label, _typed(station, example)], className="pick")
    if station is None or column is None:
        return [typed]
    options = [(c.code, f"{point_name(view, station, c)} · {c.code}") for c in points_of(station)]
    return [typed, choice(view.text("corrections.point"), "point", options, column.code)]


def _typed(station: StationRow | None, example: str) -> Any:
    return dcc.Input(
        id=STATION, value=station.code if station else "", debounce=True,
        placeholder=example,
    )  # fmt: skip


@guard("corrections.list", "corrections-list")
def _list(stores: Stores, view: View, station: StationRow | None) -> html.Section:
    count = len(rows_of(stores, view, station))
    return panel(
        view.text("corrections.list"),
        html.Div(_lists(stores, view, station), id=LIST),
        view.text("corrections.list_hint", count=count),
        css="corrections-list",
    )


@guard()
def _workplace(stores: Stores, view: View, station: StationRow, column: Column) -> html.Div:
    span = time_range(view.params, view.now, view.zone)
    drawn, _, series = chart(stores, view, station, column, span)
    hint = view.text("corrections.chart_hint", unit=column.point.unit or "—", grain=series.grain)
    name = f"{station.name(view.language)} · {point_name(view, station, column)}"
    return html.Div(
        [
            panel(name, html.Div(drawn, id=PLACE, className="chart-place"), hint),
            panel(view.text("corrections.form"), fields(view, column.point)),
        ],
        className="corrections-work",
        **data(station=station.code),
    )


def go(stores: Stores, view: View, code: str | None, params: dict[str, str]) -> Any:
    """To the station that was typed; one that isn't in reach is said."""
    station = stores.stations.by_code((code or "").strip(), view.scope)
    if station is None:
        if (code or "").strip():
            set_props(NOTICE, {"children": notice(view.text("notice.not_found"), "bad")})
        return no_update
    if params.get("sel", "").removeprefix("st:") == station.code:
        return no_update
    kept = {name: value for name, value in params.items() if name in ("from", "to", "lang")}
    return "?" + urlencode({"sel": f"st:{station.code}", **kept}, safe=":")


def take_span(stores: Stores, view: View, chosen: Any) -> Any:
    """The span that was dragged over, to the second."""
    ends = ((chosen or {}).get("range") or {}).get("x")
    if not ends:
        return no_update, no_update
    return tuple(sorted(str(end)[:19].replace("T", " ") for end in ends))


def show(stores: Stores, view: View, _: Any, start: Any, end: Any, value: Any, missing: Any,
         params: dict[str, str]) -> Any:  # fmt: skip
    """The chart with the corrected line, and what it changes in words."""
    station, column = chosen(stores, view, params)
    if station is None or column is None:
        return no_update, no_update
    wanted = asked(view, start, end, value, missing)
    span = time_range(params, view.now, view.zone)
    drawn, told, _series = chart(stores, view, station, column, span, wanted)
    return drawn, told


def save(stores: Stores, view: View, clicks: Any, start: Any, end: Any, value: Any, missing: Any,
         why: Any, params: dict[str, str]) -> Any:  # fmt: skip
    station, column = chosen(stores, view, params)
    if not clicks or station is None or column is None:
        return no_update
    low, high, given = asked(view, start, end, value, missing)
    id = stores.corrections.make(
        view.user, station, column.code, low, high, given, why or "", view.now
    )
    set_props(NOTICE, {"children": notice(view.text("corrections.saved"), "good")})
    return id


def undo(stores: Stores, view: View, clicks: list[int | None]) -> Any:
    if ctx.triggered_id is None or not ctx.triggered[0]["value"]:
        return no_update
    stores.corrections.undo(view.user, int(ctx.triggered_id["index"]), view.now)
    set_props(NOTICE, {"children": notice(view.text("corrections.undone"), "good")})
    return -int(ctx.triggered_id["index"])


def exchange(stores: Stores, view: View, clicks: Any, at: Any, final: Any, first: Any, why: Any,
             params: dict[str, str]) -> Any:  # fmt: skip
    station, column = chosen(stores, view, params)
    if not clicks or station is None or column is None:
        return no_update
    id = stores.meter_exchanges.make(
        view.user, station, column.code, moment(view, at), real(final), real(first), why or "",
        view.now,
    )  # fmt: skip
    set_props(NOTICE, {"children": notice(view.text("corrections.exchange_saved"), "good")})
    return f"exchange {id}"


def undo_exchange(stores: Stores, view: View, clicks: list[int | None]) -> Any:
    if ctx.triggered_id is None or not ctx.triggered[0]["value"]:
        return no_update
    stores.meter_exchanges.undo(view.user, int(ctx.triggered_id["index"]), view.now)
    set_props(NOTICE, {"children": notice(view.text("corrections.exchange_undone"), "good")})
    return f"exchange undone {ctx.triggered_id['index']}"


def counted(stores: Stores, view: View, clicks: Any, at: Any, final: Any, first: Any,
            params: dict[str, str]) -> Any:  # fmt: skip
    """What the exchange in the form would count."""
    station, column = chosen(stores, view, params)
    if not clicks or station is None or column is None:
        return no_update
    return correction_exchanges.counted(
        stores, view, station, column, moment(view, at), real(final), real(first)
    )


def refresh(stores: Stores, view: View, _acted: Any, _beat: Any, params: dict[str, str]) -> Any:
    return _lists(stores, view, chosen(stores, view, params)[0])


@guard()
def _lists(stores: Stores, view: View, station: StationRow | None) -> list[Any]:
    """Corrections, and below them exchanged meters."""
    may = allowed(view.user, RIGHT)
    exchanges = correction_exchanges.rows_of(stores, view, station)
    return [
        listed(stores, view, rows_of(stores, view, station), may),
        correction_exchanges.listed(stores, view, exchanges, may),
    ]


def take_away(stores: Stores, view: View, clicks: Any, params: dict[str, str]) -> Any:
    """CSV or Excel of the list."""
    button = ctx.triggered_id
    if button is None or not ctx.triggered[0]["value"]:
        return no_update
    station, _ = chosen(stores, view, params)
    heads, rows = file(stores, view, rows_of(stores, view, station))
    rows += correction_exchanges.file(
        stores, view, correction_exchanges.rows_of(stores, view, station)
    )
    title = view.text("corrections.title")
    place = (
        f"{station.name(view.language)} ({station.code})" if station else view.text("shell.city")
    )
    about = facts(view, place, definition=view.text("corrections.definition"), rows=len(rows))
    return download(button["index"], file_name(view, title), heads, rows, about, title)
