"""Wall screens: made by an administrator, their address shown once, revoked at any time."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from dash import ALL, Dash, Input, Output, State, ctx, html, no_update
from flask import request

from components.formats import stamp
from components.ids import each, ident
from components.page import Page, View, bound
from components.page_head import page_head
from components.panel import panel
from components.tables import Field, table
from data.devices import LONGEST_DAYS, LONGEST_NAME, DeviceRow
from data.stores import Stores
from pages.guarded import guard

PAGE = Page("devices", "/devices", roles=frozenset({"administrator"}))
NAME, SCOPE, LANGUAGE, LOOK, SCALE, DAYS, MAKE, MADE, LIST = (
    ident("devices", part)
    for part in ("name", "scope", "language", "look", "scale", "days", "make", "made", "list")
)
CITY = "city"
SCALES = ("0.8", "1", "1.25", "1.5", "2")


def layout(stores: Stores, view: View) -> Any:
    """The form of a new screen, and all screens."""
    head = page_head(view.text("devices.title"), view.text("devices.question"))
    made = html.Div(id=MADE, role="status", **{"aria-live": "polite"})
    return html.Div(
        [
            head,
            panel(view.text("devices.new"), [_form(stores, view), made],
                  view.text("devices.new_hint")),
            panel(view.text("devices.list"), html.Div(_list(stores, view), id=LIST),
                  view.text("devices.list_hint")),
        ],
        className="devices-page",
    )  # fmt: skip


def register(app: Dash, stores: Stores) -> None:
    """Making and revoking."""
    app.callback(
        Output(LIST, "children"),
        Output(MADE, "children"),
        Input(MAKE, "n_clicks"),
        Input(each("devices", "revoke", ALL), "n_clicks"),
        *(State(part, "value") for part in (NAME, SCOPE, LANGUAGE, LOOK, SCALE, DAYS)),
        prevent_initial_call=True,
    )(bound(change, stores))


def change(
    stores: Stores, view: View, made: int | None, revoked: list[int | None], *form: Any
) -> tuple[Any, Any]:
    """Make a screen, or revoke the one whose button was pressed. Raises Refused, NotFound,
    Forbidden."""
    if ctx.triggered_id == MAKE and made:
        return made_screen(stores, view, *form)
    if isinstance(ctx.triggered_id, dict) and any(revoked):
        stores.devices.revoke(view.user, int(ctx.triggered_id["index"]), view.now)
        return _list(stores, view), ""
    return no_update, no_update


def made_screen(
    stores: Stores, view: View, name: str | None, scope: str | None, language: str | None,
    look: str | None, scale: str | None, days: float | str | None,
) -> tuple[Any, Any]:  # fmt: skip
    """The list with the new screen, and its address, shown only now."""
    secret, _ = stores.devices.create(
        view.user, name or "", view.now, district_id=None if scope == CITY else int(scope or 0),
        language=language or "", theme=look or "",
        days=None if days in (None, "") else int(days or 0),
    )  # fmt: skip
    query = "" if scale in (None, "1") else f"?{urlencode({'scale': scale})}"
    address = f"{request.host_url}wall/{secret}{query}"
    said = [html.Span(view.text("devices.made")), html.Code(address, className="secret")]
    return _list(stores, view), said


def _form(stores: Stores, view: View) -> html.Div:
    import dash_bootstrap_components as dbc

    lang = view.language
    districts = [(str(d.id), d.name(lang)) for d in stores.stations.districts(view.scope)]
    city = [] if view.scope.district_id else [(CITY, view.text("shell.city"))]
    looks = [(name, view.text(f"devices.{name}")) for name in ("dark", "light")]
    scales = [(scale, f"{scale} ×") for scale in SCALES]
    fields = [
        ("name", dbc.Input(id=NAME, maxLength=LONGEST_NAME, className="field", value="")),
        ("scope", _choice(SCOPE, [*city, *districts])),
        ("language", _choice(LANGUAGE, [("zh", "中文"), ("en", "English")], lang)),
        ("look", _choice(LOOK, looks)),
        ("scale", _choice(SCALE, scales, "1")),
        ("days", dbc.Input(id=DAYS, type="number", min=1, max=LONGEST_DAYS, className="field")),
    ]
    labels = [html.Label([view.text(f"devices.{word}"), element]) for word, element in fields]
    make = html.Button(view.text("devices.make"), id=MAKE, type="button", className="button")
    return html.Div([*labels, make], className="key-form")


def _choice(name: str, options: list[tuple[str, str]], chosen: str | None = None) -> Any:
    import dash_bootstrap_components as dbc

    listed = [{"value": value, "label": label} for value, label in options]
    value = options[0][0] if chosen is None else chosen
    return dbc.Select(id=name, options=listed, value=value, className="field")


@guard()
def _list(stores: Stores, view: View) -> Any:
    rows = stores.devices.all(view.user)
    if not rows:
        return html.P(view.text("devices.none"), className="hint")
    names = {d.id: d.name(view.language) for d in stores.stations.districts()}
    fields = [
        Field("name", view.text("devices.name")),
        Field("scope", view.text("devices.scope")),
        Field("made", view.text("devices.created"), css="soft wide"),
        Field("expires", view.text("devices.expires"), css="soft"),
        Field("seen", view.text("devices.seen"), css="soft"),
        Field("from", view.text("devices.from"), css="soft wide"),
        Field("state", view.text("devices.state")),
        Field("end", "", right=True),
    ]
    made = [_row(view, row, names) for row in rows]
    return table(fields, made, view.text("devices.list"))


def _row(view: View, row: DeviceRow, names: dict[int, str]) -> dict[str, Any]:
    alive = row.alive(view.now)
    state = "alive" if alive else "revoked" if row.revoked_at else "expired"
    end = html.Button(
        view.text("devices.revoke"), id=each("devices", "revoke", row.id), type="button",
        className="button",
    )  # fmt: skip
    return {
        "name": row.name,
        "scope": names.get(row.district_id or 0, view.text("shell.city")),
        "made": f"{stamp(row.created_at, view.zone)[:16]} {row.created_by}",
        "expires": stamp(row.expires_at, view.zone)[:10],
        "seen": stamp(row.seen_at, view.zone)[:16],
        "from": row.seen_from,
        "state": view.text(f"devices.{state}"),
        "end": end if alive else "",
    }
