"""The map: where is it, what is around it, what next?"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from dash import Dash, Input, Output, dcc, html

from components.alarm_text import alarm_words
from components.attributes import data
from components.flat import HTML, rendered
from components.formats import MISSING, number, span
from components.glyphs import icon, level_markup, state_markup
from components.ids import ident
from components.inspector import AlarmLine, PointLine, inspector_panel
from components.page import Page, View, bound
from components.panel import chip
from components.station_map import station_map
from data.alarms import AlarmRow
from data.catalogue.indicators import indicators
from data.catalogue.points import columns, point, station_types
from data.stations import StationRow
from data.stores import Stores
from pages import drill
from pages.places import METRICS

PAGE = Page("map", "/map", "map")
SELECTED = ident("map", "selected")
INSPECTOR = ident("map", "inspector")
SHOWN = ("T1.LEVEL", "L.P_OUT", "L.Q_OUT", "WQ.CL_OUT", "PH.P_MAIN", "EL.P")
"""Points of the inspector, the first four that the station has."""
LIST_WORDS = ("map.list_alarms", "map.list_all", "map.nobody", "map.more_rows", "shell.no_data")


def layout(stores: Stores, view: View) -> Any:
    """Filters and list | map with the docked inspector. `?station=CODE` chooses a station."""
    code = view.params.get("station")
    known = code is not None and stores.stations.by_code(code, view.scope) is not None
    return html.Div(
        [
            dcc.Store(id=SELECTED, data=code if known else None),
            _side(stores, view),
            html.Section(
                station_map(
                    ident("map", "canvas"),
                    view,
                    SELECTED,
                    [
                        _colours(view),
                        _tools(view),
                        html.Div(id=INSPECTOR, className="inspector-dock"),
                    ],
                ),
                className="panel map-panel",
            ),
        ],
        className="map-page",
    )


def register(app: Dash, stores: Stores) -> None:
    """The inspector follows the chosen station."""

    def show(stores: Stores, view: View, code: str | None) -> str:
        return rendered(inspect(stores, view, code))

    app.callback(Output(INSPECTOR, HTML), Input(SELECTED, "data"))(bound(show, stores))


def inspect(stores: Stores, view: View, code: str | None) -> Any:
    """The docked panel of a station; nothing when none is chosen or it is out of reach."""
    station = stores.stations.by_code(code, view.scope) if code else None
    if station is None:
        return None
    snapshot = stores.snapshot.read()
    row = None if snapshot is None else snapshot.row_of.get(station.id)
    online = snapshot is not None and row is not None and bool(snapshot.online[row])
    alarms = [
        a for a in stores.alarms.open(view.scope, station_id=station.id) if a.state != "suppressed"
    ]
    first = _alarm_line(view, alarms[0]) if alarms else None
    broken = {a.point: a.level for a in reversed(alarms)}
    kind = station_types()[station.type]
    compound = drill.compound_of(stores, view, station)
    home = drill.to(view, drill.compound_path(compound.code)) if compound else ""
    facts = " · ".join(
        [
            kind.zh if view.language == "zh" else kind.en,
            view.text("map.underground" if station.underground else "map.on_ground"),
            view.text("map.households", n=f"{station.households:,}"),
        ]
    )
    more = max(len(alarms) - 1, 0)
    points = _point_lines(stores, view, station, broken)
    name = station.name(view.language)
    return inspector_panel(view, name, station.code, facts, online, first, more, points, home)


def _alarm_line(view: View, row: AlarmRow) -> AlarmLine:
    try:
        of = point(row.point)
        decimals, unit = of.decimals, of.unit
    except KeyError:
        decimals, unit = 2, ""
    digital = not unit and row.limit is None
    return AlarmLine(
        row.level,
        row.state,
        alarm_words(row.rule, row.place, view.language),
        "" if digital else f"{number(row.value, decimals)} {unit}",
        "" if row.limit is None else f"/ {number(row.limit, decimals)}",
        span((view.now - row.active_at).total_seconds()),
    )


def _point_lines(
    stores: Stores, view: View, station: StationRow, broken: dict[str, int]
) -> list[PointLine]:
    """The station's own choice of SHOWN: level, pressure, flow, chlorine where it has them."""
    own = {column.code: column for column in columns(station.layout)}
    codes = [code for code in SHOWN if code in own][:4]
    series = stores.lake.series(station, codes, view.now - timedelta(hours=2), view.now, points=120)
    lines = []
    for code in codes:
        of = own[code].point
        band = of.normal
        if code == "L.P_OUT" and station.sets:
            band = (station.sets[0].setpoint - 0.03, station.sets[0].setpoint + 0.03)
        values = series.frame[code].to_list() if code in series.frame.columns else []
        lines.append(
            PointLine(
                code,
                own[code].name(view.language),
                of.unit,
                of.decimals,
                values,
                band,
                broken.get(code, 0),
            )
        )
    return lines


def _side(stores: Stores, view: View) -> html.Aside:
    words = {key: view.text(key) for key in LIST_WORDS}
    return html.Aside(
        [
            html.Div(
                [
                    html.Label(
                        [
                            icon("search", 15),
                            dcc.Input(
                                id=ident("map", "search"),
                                type="search",
                                placeholder=view.text("map.search"),
                                className="field",
                            ),
                        ],
                        className="search-box",
                    ),
                    *_filters(stores, view),
                ],
                className="map-filters",
            ),
            html.Header(
                [
                    html.H2(view.text("map.in_view"), className="panel-title"),
                    html.Span(className="panel-subtitle", **{"data-map-list-count": "1"}),
                    html.Button(
                        [icon("download", 14), "CSV"],
                        type="button",
                        className="plain-action",
                        **{"data-map-csv": "1"},
                    ),
                ],
                className="panel-head",
            ),
            html.Div(
                className="map-list",
                role="group",
                **{
                    "aria-label": view.text("map.in_view"),
                    "data-map-list": ident("map", "canvas"),
                    "data-list-words": json.dumps(words, ensure_ascii=False),
                    "data-small-signs": json.dumps(_small_signs()),
                },
            ),
        ],
        className="panel map-side",
    )


def _filters(stores: Stores, view: View) -> list[Any]:
    """Chips with counts; the script counts and filters, the URL keeps the choice."""
    types = {s.type for s in stores.stations.all(view.scope)}
    kinds = [
        (code, row.zh if view.language == "zh" else row.en)
        for code, row in station_types().items()
        if code in types
    ]
    groups = [
        (
            "map.state",
            [
                ("normal", view.text("state.normal")),
                ("alarm", view.text("state.alarm")),
                ("offline", view.text("state.offline")),
                ("unplaced", view.text("map.unplaced")),
            ],
        ),
        ("map.type", kinds),
        ("map.place", [("under", view.text("map.under")), ("above", view.text("map.above"))]),
    ]
    return [
        html.Div(
            [
                html.Span(view.text(title), className="hint"),
                html.Div(
                    [
                        chip(label, MISSING, **{"data-map-filter": code, "aria-pressed": "false"})
                        for code, label in entries
                    ],
                    className="filter-chips",
                    role="group",
                    **{"aria-label": view.text(title)},
                ),
            ],
            className="filter-group",
        )
        for title, entries in groups
    ]


def _tools(view: View) -> html.Div:
    return html.Div(
        [
            html.Button(
                icon(name, 18),
                type="button",
                **{
                    "data-map-act": act,
                    "aria-label": view.text(f"map.zoom_{act}"),
                    "title": view.text(f"map.zoom_{act}"),
                },
            )
            for name, act in (("plus", "in"), ("minus", "out"), ("fit", "fit"))
        ],
        className="map-tools",
    )


def _colours(view: View) -> html.Div:
    """What the dots of normal stations are coloured by; alarms stay marks above in every mode."""
    shown = [
        ("state", view.text("map.state"), "", 0),
        ("p_out", view.text("map.pressure"), "MPa", 3),
    ]
    shown += [
        (row.code, row.name(view.language), row.unit, row.decimals)
        for row in (indicators()[code] for code in METRICS)
        if row.allowed(view.user.role)
    ]
    buttons = [
        html.Button(
            label,
            type="button",
            className="choice on" if code == "state" else "choice",
            **data(map_colour=code, unit=unit, decimals=decimals),
            **{"aria-pressed": "true" if code == "state" else "false"},
        )
        for code, label, unit, decimals in shown
    ]
    legend = html.Div(className="map-scale", hidden=True, **data(map_scale="1"))
    return html.Div(
        [html.Div(buttons, className="choices", role="group"), legend],
        className="map-colours",
        **{"aria-label": view.text("map.colour_by")},
    )


def _small_signs() -> dict[str, str]:
    """Marks of the list's rows, all of one size."""
    found = {"0": state_markup("normal", 18), "5": state_markup("offline", 18)}
    for level in (1, 2, 3, 4):
        for state in ("acknowledged", "unacknowledged", "returned", "latched"):
            found[f"{level}{state}"] = level_markup(level, state, 17)
    return found
