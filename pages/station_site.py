"""Who at a pump house can't be without water: said in its head, set by those who may."""

from __future__ import annotations

from typing import Any

from dash import Dash, Input, Output, State, dcc, html, no_update, set_props

from components.attributes import data
from components.ids import ident
from components.page import View, bound
from components.shell import NOTICE, notice
from components.steps import Step
from data.rights import NotFound, allowed
from data.sites import KINDS
from data.station_rows import StationRow
from data.stores import Stores
from pages.guarded import guard

PLACE, STEP, ASKED = (ident("station", part) for part in ("site", "site_step", "asked"))


def site_place(stores: Stores, view: View, station: StationRow) -> list[Any]:
    """The site's word, or the choice of it; nothing where there is none and nobody may set it."""
    return [
        html.Div(_inside(stores, view, station), id=PLACE, className="site", **data(into=STEP)),
        dcc.Store(id=STEP),
    ]


def register_site(app: Dash, stores: Stores) -> None:
    app.callback(
        Output(PLACE, "children"),
        Input(STEP, "data"),
        State(ASKED, "data"),
        prevent_initial_call=True,
    )(bound(put_site, stores))


def put_site(
    stores: Stores, view: View, asked: dict[str, Any] | None, shown: dict[str, Any]
) -> Any:
    """Say what stands at the station that is shown. Raises Forbidden, NotFound, Refused."""
    step = Step.of(asked)
    if step.name != "site":
        return no_update
    station = stores.stations.by_code(shown["code"], view.scope)
    if station is None:
        raise NotFound("station", shown["code"])
    stores.sites.put(station.id, step.field("site"), view.user, view.now)
    set_props(NOTICE, {"children": notice(view.text("service_loss.saved"))})
    return _inside(stores, view, station)


@guard()
def _inside(stores: Stores, view: View, station: StationRow) -> list[Any]:
    kind = stores.sites.kinds().get(station.id, "")
    if not allowed(view.user, "sites.write"):
        words = view.text(f"service_loss.{kind}") if kind else ""
        return [html.Span(words, className="tag")] if kind else []
    label = view.text("service_loss.site")
    options = [
        html.Option(view.text(f"service_loss.{one or 'none'}"), value=one, selected=one == kind)
        for one in ("", *KINDS)
    ]
    return [
        html.Span(label, className="hint"),
        html.Select(options, name="site", className="field", **{"aria-label": label}),
        html.Button(
            view.text("service_loss.save"), className="button quiet", type="button",
            **data(step="site"),
        ),
    ]  # fmt: skip
