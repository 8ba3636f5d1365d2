"""A person's keys for programs: made, shown once, revoked."""

from __future__ import annotations

from typing import Any

from dash import ALL, Dash, Input, Output, State, ctx, html, no_update

from components.formats import stamp
from components.ids import each, ident
from components.page import View, bound
from components.panel import panel
from components.tables import Field, table
from data.api_tokens import LONGEST_DAYS, LONGEST_NAME, TokenRow
from data.stores import Stores
from pages.api_routes import BASE
from pages.guarded import guard

NAME, DAYS, MAKE, LIST, MADE = (
    ident("indicators", part) for part in ("key-name", "key-days", "key-make", "keys", "key-made")
)
USUAL_DAYS = 90


@guard()
def keys_panel(stores: Stores, view: View) -> Any:
    """What keys there are, and the form of a new one."""
    import dash_bootstrap_components as dbc

    form = html.Div(
        [
            html.Label(
                [
                    view.text("indicators.key_name"),
                    dbc.Input(id=NAME, maxLength=LONGEST_NAME, className="field", value=""),
                ]
            ),
            html.Label(
                [
                    view.text("indicators.key_days"),
                    dbc.Input(
                        id=DAYS, type="number", min=1, max=LONGEST_DAYS, value=USUAL_DAYS,
                        className="field",
                    ),
                ]
            ),
            html.Button(
                view.text("indicators.key_make"), id=MAKE, type="button", className="button"
            ),
        ],
        className="key-form",
    )  # fmt: skip
    document = html.A(
        view.text("indicators.api_document"), href=f"{BASE}/openapi.json", target="_blank",
        className="more",
    )  # fmt: skip
    return panel(
        view.text("indicators.keys"),
        [
            form,
            html.Div(id=MADE, role="status", **{"aria-live": "polite"}),
            html.Div(_list(stores, view), id=LIST),
        ],
        view.text("indicators.keys_hint"),
        document,
        css="keys",
    )


def register_keys(app: Dash, stores: Stores) -> None:
    """Making and revoking."""
    app.callback(
        Output(LIST, "children"),
        Output(MADE, "children"),
        Input(MAKE, "n_clicks"),
        Input(each("indicators", "key-revoke", ALL), "n_clicks"),
        State(NAME, "value"),
        State(DAYS, "value"),
        prevent_initial_call=True,
    )(bound(change_keys, stores))


def change_keys(
    stores: Stores, view: View, made: int | None, revoked: list[int | None], name: str | None,
    days: float | None,
) -> Any:  # fmt: skip
    """Make a key, or revoke the one whose button was pressed. Raises Refused, NotFound."""
    if ctx.triggered_id == MAKE and made:
        return made_key(stores, view, name, days)
    if isinstance(ctx.triggered_id, dict) and any(revoked):
        stores.api_tokens.revoke(view.user, int(ctx.triggered_id["index"]), view.now)
        return _list(stores, view), ""
    return no_update, no_update


def made_key(stores: Stores, view: View, name: str | None, days: float | None) -> tuple[Any, Any]:
    """The list with the new key, and the key itself, shown only now."""
    secret, _ = stores.api_tokens.create(view.user, name or "", int(days or 0), view.now)
    shown = [html.Span(view.text("indicators.key_made")), html.Code(secret, className="secret")]
    return _list(stores, view), shown


def _list(stores: Stores, view: View) -> Any:
    rows = stores.api_tokens.of(view.user)
    if not rows:
        return html.P(view.text("indicators.no_keys"), className="hint")
    fields = [
        Field("name", view.text("indicators.key_name")),
        Field("made", view.text("indicators.key_created"), css="soft wide"),
        Field("expires", view.text("indicators.key_expires"), css="soft"),
        Field("used", view.text("indicators.key_used"), css="soft wide"),
        Field("state", view.text("indicators.key_state")),
        Field("end", "", right=True),
    ]
    return table(fields, [_row(view, row) for row in rows], view.text("indicators.keys"))


def _row(view: View, row: TokenRow) -> dict[str, Any]:
    alive = row.alive(view.now)
    state = "alive" if alive else "revoked" if row.revoked_at else "expired"
    end = html.Button(
        view.text("indicators.key_revoke"), id=each("indicators", "key-revoke", row.id),
        type="button", className="button",
    )  # fmt: skip
    return {
        "name": row.name,
        "made": stamp(row.created_at, view.zone)[:16],
        "expires": stamp(row.expires_at, view.zone)[:10],
        "used": stamp(row.used_at, view.zone)[:16],
        "state": view.text(f"indicators.key_{state}"),
        "end": end if alive else "",
    }
