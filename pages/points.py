"""One point of several pump houses, or several points of one: overlaid, apart, subtracted."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np
from dash import ALL, Dash, Input, Output, State, dcc, html

from components.alarm_text import alarm_words
from components.attributes import data
from components.formats import day_clock, number, percent, stamp
from components.glyphs import level_glyph
from components.ids import each, ident
from components.page import Page, View, bound
from components.page_head import choice, page_head, switch
from components.panel import panel
from components.selection import Entity, chips, named
from components.states import empty
from components.tables import Field, table
from components.time_range import TimeRange, time_bar, time_range
from data.station_rows import StationRow
from data.stores import Stores
from pages import compared_files
from pages.guarded import Broken, attempt, failed
from pages.points_charts import SCALES, VIEWS, drawn, unit, values
from pages.points_data import FIRST, MOST_LAG, Shown, known_codes, load, quantities
from pages.reach import MOST, entities, reach, whole_number
from pages.station_points import by_code, point_name

PAGE = Page("points", "/points", "analyse", group="analyse")
DOWNLOAD, ASKED = ident("points", "download"), ident("points", "asked")
LAGS = (0, 1, 2, 3, 4, 6, 8, 12, 24, -1, -2, -4)
EVENTS = 12
SD = ("mean", "lowest", "p5", "p50", "p95", "highest", "sd")
"""Statistics in the order of their columns."""


def layout(stores: Stores, view: View) -> Any:
    """Chips, choices, the chart or charts, statistics and events."""
    span = time_range(view.params, view.now, view.zone, "7d")
    chosen, codes = _chosen(stores, view)
    shown = attempt(lambda: load(stores, view, chosen, codes, span))
    if isinstance(shown, Broken):
        how, scale, lag = VIEWS[0], "", 0
        body, said = [failed(view, shown)], []
    else:
        how, scale, lag = _how(view, shown)
        body = _body(view, shown, span, how, scale, lag)
        said = [view.text("points.without", name=entity.name) for entity in shown.without]
    copy = html.Button(
        view.text("station.copy_link"), className="button quiet", type="button",
        **data(copy=view.text("station.copied")),
    )  # fmt: skip
    return html.Div(
        [
            page_head(view.text("points.title"), view.text("points.question"), actions=[copy]),
            html.Div(
                [chips(view, PAGE.path, chosen, MOST), time_bar(view, "points", PAGE.path, span)],
                className="compare-line",
            ),
            html.Div(_choices(stores, view, chosen, codes, how, scale, lag), className="pick-line"),
            *([html.P(" · ".join(said), className="fell-back", role="status")] if said else []),
            *body,
            dcc.Download(id=DOWNLOAD),
            dcc.Store(id=ASKED, data={"params": dict(view.params)}),
        ],
        className="compare-page",
    )


def register(app: Dash, stores: Stores) -> None:
    """Files on demand; everything else is the URL."""
    app.callback(
        Output(DOWNLOAD, "data"),
        Input(each("points", "export", ALL), "n_clicks"),
        State(ASKED, "data"),
        prevent_initial_call=True,
    )(bound(take_away, stores))


def take_away(stores: Stores, view: View, clicks: list[int | None], asked: dict[str, Any]) -> Any:
    """The series as drawn (before thinning) or the statistics, as CSV or Excel."""
    pressed = compared_files.asked()
    if pressed is None:
        return None
    view = View(view.user, view.language, view.theme, view.zone, view.now, asked["params"])
    span = time_range(view.params, view.now, view.zone, "7d")
    chosen, codes = _chosen(stores, view)
    shown = load(stores, view, chosen, codes, span)
    how, scale, lag = _how(view, shown)
    made = series_table(view, shown, how, scale, lag)
    if pressed[0] == "statistics":
        made = statistics_table(view, shown)
    period = f"{stamp(span.start, view.zone)} – {stamp(span.end, view.zone)} · {shown.grain}"
    more = [(view.text("points.point"), ", ".join(codes)), *_about(view, scale, lag, how)]
    more += [(line.name, percent(100 * line.statistics.coverage)) for line in shown.lines]
    scope = ", ".join(f"{e.name} ({e.key})" for e in chosen)
    title = view.text(f"points.panel_{pressed[0]}")
    return compared_files.file(view, pressed[1], title, scope, period, made, more)


def series_table(view: View, shown: Shown, how: str, scale: str, lag: int) -> compared_files.Table:
    """Site time of each step and every line's value, on the scale that the chart has."""
    subtract = how == "difference"
    lines = shown.lines[1:] if subtract else shown.lines
    heads = [view.text("station.time"), *(f"{x.name} ({unit(x, scale)})" for x in lines)]
    columns = [values(shown, line, scale, lag, subtract) for line in lines]
    rows = []
    for n, ms in enumerate(shown.ms):
        at = datetime.fromtimestamp(ms / 1000, UTC).astimezone(view.zone)
        rows.append([at, *(_raw(column[n]) for column in columns)])
    return heads, rows


def statistics_table(view: View, shown: Shown) -> compared_files.Table:
    """One row a line: what the table of the page shows, unrounded."""
    heads = [view.text(f"points.{key}") for key in ("line", "unit", "count", *SD, "coverage")]
    heads += [view.text(f"points.{key}") for key in ("correlation", "lag", "at_lag")]
    rows = []
    for line in shown.lines:
        told, like = line.statistics, line.likeness
        row = [line.name, line.column.point.unit, told.count]
        row += [_raw(getattr(told, key)) for key in SD]
        likes = (
            [None] * 3 if like is None else [_raw(like.correlation), like.lag, _raw(like.at_lag)]
        )
        rows.append([*row, _raw(told.coverage), *likes])
    return heads, rows


def _chosen(stores: Stores, view: View) -> tuple[list[Entity], list[str]]:
    """Entities and codes of points."""
    default = [s for s in reach(stores, view).stations if s.sets][:2]
    chosen, _ = entities(stores, view, default=default)
    known = known_codes(stores.stations.all(view.scope))
    codes = [code for code in (view.params.get("p", FIRST), view.params.get("p2")) if code in known]
    return chosen, list(dict.fromkeys(codes)) or [FIRST]


def _how(view: View, shown: Shown) -> tuple[str, str, int]:
    """View, scale and lag of the URL; points of different units can only stand side by side."""
    how = view.params.get("view", VIEWS[0])
    scale = view.params.get("norm", "")
    how, scale = how if how in VIEWS else VIEWS[0], scale if scale in SCALES else ""
    units = {line.column.point.unit for line in shown.lines}
    if len(units) > 1 and not scale:
        how = "multiples"
    asked = view.params.get("lag", "0")
    if asked == "best":
        best = [line.likeness.lag for line in shown.lines if line.likeness is not None]
        return how, scale, best[0] if best else 0
    return how, scale, max(-MOST_LAG, min(MOST_LAG, whole_number(asked) or 0))


def _choices(
    stores: Stores, view: View, chosen: list[Entity], codes: list[str], how: str, scale: str,
    lag: int,
) -> list[Any]:  # fmt: skip
    first = stores.stations.get(chosen[0].station, view.scope) if chosen else None
    points = _point_names(view, first, codes[0])
    step = "best" if view.params.get("lag") == "best" else str(lag)
    lags = [(str(n), number(n, signed=True) if n else "0") for n in LAGS]
    if step not in dict(lags) and step != "best":
        lags.append((step, number(lag, signed=True)))
    lags.append(("best", view.text("points.best")))
    second = [("", view.text("points.no_second")), *points]
    return [
        choice(view.text("points.point"), "p", points, codes[0], FIRST),
        choice(view.text("points.second"), "p2", second, codes[1] if len(codes) > 1 else ""),
        switch(
            view.text("points.view"), "view",
            [(v, view.text(f"points.view_{v}")) for v in VIEWS], how, VIEWS[0],
        ),
        switch(
            view.text("points.scale"), "norm",
            [(s, view.text(f"points.scale_{s or 'none'}")) for s in SCALES], scale, "",
        ),
        choice(view.text("points.lag"), "lag", lags, step, "0"),
    ]  # fmt: skip


def _point_names(view: View, station: StationRow | None, asked: str) -> list[tuple[str, str]]:
    if station is None:
        return [(asked, asked)]
    named_points = [(c.code, point_name(view, station, c)) for c in quantities(station)]
    if asked not in by_code(station):
        named_points.insert(0, (asked, asked))
    return named_points


def _body(view: View, shown: Shown, span: TimeRange, how: str, scale: str, lag: int) -> list[Any]:
    if not shown.lines or all(np.isnan(line.values).all() for line in shown.lines):
        sentence = view.text("points.nothing" if shown.lines else "points.choose")
        return [html.Section(empty(view.language, sentence), className="panel")]
    head = shown.lines[0]
    legend = html.Span(
        [part for line in shown.lines for part in (named(line.entity), " ")], className="legend"
    )
    words = [unit(head, scale), view.text("points.resolution", grain=shown.grain)]
    words += [f"{name} {value}" for name, value in _about(view, scale, lag, how)]
    chart = panel(
        view.text(f"points.view_{how}"),
        drawn(view, shown, span, how, scale, lag),
        html.Span([" · ".join(filter(None, words)), "  ", legend]),
        compared_files.buttons("points", "series"),
        css="points-chart",
    )
    below = html.Div([_statistics(view, shown), _events(view, shown)], className="compare-two")
    return [chart, below]


def _about(view: View, scale: str, lag: int, how: str) -> list[tuple[str, str]]:
    found = []
    if scale:
        found.append((view.text("points.scale"), view.text(f"points.scale_{scale}")))
    if lag and how != "multiples":
        found.append((view.text("points.lag"), number(lag, signed=True)))
    return found


def _statistics(view: View, shown: Shown) -> html.Section:
    fields = [Field("line", view.text("points.line"), width="22%")]
    fields += [Field(key, view.text(f"points.{key}"), right=True) for key in SD]
    fields += [
        Field(key, view.text(f"points.{key}"), right=True)
        for key in ("coverage", "correlation", "lag")
    ]
    rows = []
    for line in shown.lines:
        told, like, decimals = line.statistics, line.likeness, line.column.point.decimals
        row: dict[str, Any] = {"line": html.Span([named(line.entity)], title=line.name)}
        row |= {key: number(getattr(told, key), decimals) for key in SD}
        row["coverage"] = percent(100 * told.coverage)
        row["correlation"] = "—" if like is None else number(like.correlation, 2)
        row["lag"] = "—" if like is None else number(like.lag, signed=True)
        rows.append(row)
    title = view.text("points.panel_statistics")
    step = view.text("points.lag_note", step=shown.grain)
    files = compared_files.buttons("points", "statistics")
    return panel(title, table(fields, rows, title), step, files)


def _events(view: View, shown: Shown) -> html.Section:
    title = view.text("points.events")
    rows = [
        {
            "level": level_glyph(row.level, view.language, row.state, 14),
            "at": day_clock(row.active_at, view.zone, view.now),
            "entity": named(entity),
            "what": dcc.Link(
                alarm_words(row.rule, row.place, view.language), href=f"/alarms?sel={row.id}"
            ),
        }
        for entity, row in shown.alarms[:EVENTS]
    ]
    if not rows:
        return panel(title, empty(view.language, view.text("points.no_events")))
    fields = [
        Field("level", "", width="44px"), Field("at", view.text("station.time"), width="110px"),
        Field("entity", view.text("points.line"), width="34%"), Field("what", title),
    ]  # fmt: skip
    count = view.text("points.event_count", n=len(shown.alarms))
    return panel(title, table(fields, rows, title), count)


def _raw(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
