"""One station of the ranking explained: the likeliest reason, its numbers, what to do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import dcc, html

from analytics.energy import FLOOR
from analytics.results import Reason, figure
from components.figure_text import figure_value
from components.formats import number, percent
from components.page import View
from components.panel import tag
from components.time_range import link
from data.station_rows import StationRow
from data.stores import Stores
from pages.energy_ranking import SYMBOLS, keep, pumps_link, ranked
from pages.energy_sums import Scene
from pages.order_button import order_box

TEMPLATES = {"metering": "WT-12", "setpoint": "WT-02", "none": "WT-10"}
"""Work order of a reason; the others get the energy review."""


def focus_of(stores: Stores, view: View, it: Scene) -> StationRow | None:
    """The station that is explained: `at` of the URL, else the first in rank."""
    asked = stores.stations.by_code(view.params.get("at", ""), view.scope)
    if asked is not None and asked.id in set(it.reach.ids):
        return asked
    first = ranked(view, it).head(1)["station"].to_list()
    return next((s for s in it.reach.stations if s.id in first), None)


def row_of(it: Scene, station: StationRow) -> dict[str, Any]:
    return it.rows.get(station.id, {})


def reason_words(view: View, row: Mapping[str, Any]) -> str:
    """The likeliest reason with the numbers that say so, in one sentence."""
    if row["eh"] is None:
        return view.text("energy.why_unknown")
    need = None
    if row["outlet"] is not None and row["worst_excess"] is not None:
        need = row["outlet"] - row["worst_excess"]
    return view.text(
        f"energy.why_{row['reason']}",
        eh=number(row["eh"], 3), peer=number(row["peer_eh"], 3), target=number(row["target"], 3),
        floor=number(FLOOR, 4), excess=number(row["worst_excess"], 3), out=number(row["outlet"], 3),
        need=number(need, 3), zone=view.text(f"place.{row['zone']}") if row["zone"] else "",
        idle=percent(100 * (row["idle"] or 0)), running=number(row["running"], 2),
        extra=number(row["extra"], 2), load=percent(100 * (row["load"] or 0), 0),
        peers=row["peers"],
    )  # fmt: skip


def focus(stores: Stores, view: View, it: Scene, station: StationRow | None) -> Any:
    """One station: reason, numbers, what to do."""
    if station is None:
        return html.P(view.text("energy.nobody"), className="hint")
    row = row_of(it, station)
    few = [] if row["z"] is not None else [Reason.TOO_FEW_SAMPLES]
    share = row["coverage"] or 0.0

    def told(key: str, unit: str, decimals: int, formula: str, scale: float = 1.0) -> Any:
        unknown = row[key] is None or row["eh"] is None
        amount = None if unknown else scale * row[key]
        reasons = few if key in ("z", "saving") else []
        return figure_value(
            figure(amount, unit, formula, reasons, coverage=share), decimals, view.language
        )

    pairs = [
        ("eh", told("eh", "kWh/(m³·MPa)", 3, "E2.6")),
        ("peer_eh", told("peer_eh", "kWh/(m³·MPa)", 3, "E2.10")),
        ("e", told("e", "kWh/m³", 3, "E2.5")),
        ("eta", told("eta", "%", 1, "E2.7", 100)),
        ("head", told("head", "m", 1, "E2.2")),
        ("load", told("load", "%", 0, "E2.14", 100)),
        ("saving", told("saving", "kWh", 0, "E2.15")),
        ("save_setpoint", told("save_setpoint", "kWh", 0, "E2.15")),
        ("save_efficiency", told("save_efficiency", "kWh", 0, "E2.15")),
    ]
    chosen = [w for w in view.params.get("sel", "").split(",") if w]
    added = ",".join([*chosen, f"st:{station.code}"])
    actions: list[Any] = [order_box(stores, view, "energy", station.code, template_of(row))]
    links = [
        ("to_station", link(f"/stations/{station.code}", keep(view))),
        ("to_pump_page", pumps_link(view, station)),
    ]  # fmt: skip
    if f"st:{station.code}" not in chosen and len(chosen) < len(SYMBOLS):
        links.append(("add", link("/energy", dict(view.params), sel=added)))
    actions += [dcc.Link(view.text(f"energy.{w}"), href=h, className="button") for w, h in links]
    return html.Div(
        [
            html.Div(
                [html.B(station.name(view.language)), html.Span(station.code, className="hint"),
                 tag(view.text(f"energy.reason_{row['reason']}")),
                 tag(view.text("energy.peers", n=row["peers"]))],
                className="energy-focus-name",
            ),
            html.P(reason_words(view, row), className="energy-why"),
            html.Dl(
                [part for key, shown in pairs
                 for part in (html.Dt(view.text(f"energy.fact_{key}")), html.Dd(shown))],
                className="energy-facts",
            ),
            html.Div(actions, className="energy-actions"),
        ],
        className="stack",
    )  # fmt: skip


def template_of(row: Mapping[str, Any]) -> str:
    return TEMPLATES.get(row.get("reason") or "none", TEMPLATES["none"])
