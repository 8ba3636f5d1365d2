"""The mode of a station that people state (maintenance, cleaning ...): said in its head, stated and
ended by those who may."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from dash import Dash, Input, Output, State, dcc, html, no_update, set_props

from components.attributes import data
from components.formats import day_clock
from components.ids import ident
from components.page import View, bound
from components.shell import NOTICE, notice
from components.steps import Step
from data.permits import MODES, PermitRow
from data.rights import NotFound, Refused, allowed
from data.station_rows import StationRow
from data.stores import Stores
from pages.guarded import guard

PLACE, STEP, ASKED, DIALOG = (
    ident("station", part) for part in ("mode", "mode_step", "asked", "mode_dialog")
)
HOURS = (8, 2, 24, 72, 168, 720, 8760)
"""The first is the usual one."""


def mode_place(stores: Stores, view: View, station: StationRow) -> list[Any]:
    """What is stated of the station, and the dialog to state it."""
    return [
        html.Div(_inside(stores, view, station), id=PLACE, className="site", **data(into=STEP)),
        *([_dialog(view)] if allowed(view.user, "stations.mode") else []),
        dcc.Store(id=STEP),
    ]


def register_mode(app: Dash, stores: Stores) -> None:
    app.callback(
        Output(PLACE, "children"),
        Input(STEP, "data"),
        State(ASKED, "data"),
        prevent_initial_call=True,
    )(bound(put_mode, stores))


def put_mode(
    stores: Stores, view: View, asked: dict[str, Any] | None, shown: dict[str, Any]
) -> Any:
    """State a mode of the station that is shown, or end it. Raises Forbidden, NotFound, Refused."""
    step = Step.of(asked)
    if step.name not in ("mode", "mode_end"):
        return no_update
    station = stores.stations.by_code(shown["code"], view.scope)
    if station is None:
        raise NotFound("station", shown["code"])
    if step.name == "mode_end":
        for one in _stated(stores, view, station):
            stores.permits.end(one.id, view.user, view.now)
    else:
        mode, hours = step.field("mode"), step.field("hours")
        if mode not in MODES or hours not in {str(n) for n in HOURS}:
            raise Refused("permit_what")
        stores.permits.state(
            mode, view.user, view.now, view.now + timedelta(hours=int(hours)), view.user.username,
            step.field("note"), station_id=station.id,
        )  # fmt: skip
    set_props(NOTICE, {"children": notice(view.text(f"station_mode.done_{step.name}"))})
    return _inside(stores, view, station)


def _stated(stores: Stores, view: View, station: StationRow) -> list[PermitRow]:
    rows = stores.permits.current(view.now, view.scope, station.id)
    return [row for row in rows if row.kind in MODES]


@guard()
def _inside(stores: Stores, view: View, station: StationRow) -> list[Any]:
    stated, may = _stated(stores, view, station), allowed(view.user, "stations.mode")
    if stated:
        row = stated[0]
        until = view.text("alarms.until", at=day_clock(row.until_at, view.zone, view.now))
        words = f"{view.text(f'station_mode.{row.kind}')} · {until} · {row.reason}"
        end = html.Button(
            view.text("station_mode.end"), className="button quiet", type="button",
            **data(step="mode_end"),
        )  # fmt: skip
        return [html.Span(words, className="tag", title=row.owner), *([end] if may else [])]
    if not may:
        return []
    return [
        html.Button(
            view.text("station_mode.state"), className="button quiet", type="button",
            **data(dialog=DIALOG, of="mode"),
        )
    ]  # fmt: skip


def _dialog(view: View) -> html.Dialog:
    title, reason = view.text("station_mode.state"), view.text("alarms.reason")
    modes = [html.Option(view.text(f"station_mode.{mode}"), value=mode) for mode in MODES]
    hours = [
        html.Option(
            view.text("alarms.hours", count=n)
            if n <= 24
            else view.text("alarms.days", count=n // 24),
            value=str(n),
        )
        for n in HOURS
    ]
    return html.Dialog(
        [
            html.H2(title, className="detail-title"),
            html.P(view.text("station_mode.hint"), className="hint"),
            html.Label([html.Span(view.text("station_mode.mode")),
                        html.Select(modes, name="mode", className="field")]),
            html.Label([html.Span(view.text("alarms.choose_hours")),
                        html.Select(hours, name="hours", className="field")]),
            html.Textarea(name="note", className="field", rows=2, maxLength=500, required=True,
                          placeholder=reason, **{"aria-label": reason}),
            html.Button("", name="of", value="", hidden=True, type="button"),
            html.Div(
                [
                    html.Button(title, className="button primary", type="button",
                                **data(step="mode")),
                    html.Button(view.text("alarms.cancel"), className="button", type="button",
                                **data(cancel=1)),
                ],
                className="step-buttons",
            ),
        ],
        id=DIALOG, className="alarm-dialog", **data(into=STEP), **{"aria-label": title},
    )  # fmt: skip
