"""Panels of the page of energy: why the kWh have changed, and what they cost by tariff band."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go
from dash import html

from components.formats import number, percent
from components.graph import figure
from components.page import View
from components.tables import Field, table
from components.theme import tokens
from data.catalogue.tariffs import BANDS
from data.indicator_rights import sees
from pages.energy_panels import base_of
from pages.energy_sums import Scene

BAND = ("band", "kwh", "share", "price", "money")
PARTS = ("volume", "head", "efficiency", "other")
COLOURS = {"critical": "d4", "peak": "d2", "flat": "d1", "valley": "d3"}


def why(view: View, it: Scene) -> go.Figure | None:
    """The waterfall; None where the base has too few days to compare with."""
    known = it.then[base_of(view)].figures()["energy"].value is not None
    return waterfall(view, it) if known else None


def waterfall(view: View, it: Scene) -> go.Figure:
    """From no change to the whole change of kWh, part by part."""
    found, t = it.change(base_of(view)), tokens(view.theme)
    values = [getattr(found, part) for part in PARTS]
    names = [view.text(f"energy.part_{part}") for part in (*PARTS, "total")]
    fig = figure(view.theme, margin={"l": 8, "r": 12, "t": 18, "b": 4})
    fig.add_trace(
        go.Waterfall(
            x=names, y=[*values, found.total], measure=["relative"] * 4 + ["total"],
            text=[number(v, 0, signed=True) for v in (*values, found.total)],
            textposition="outside", cliponaxis=False,
            hovertemplate="%{x} %{text} kWh<extra></extra>",
            connector={"line": {"color": t["line2"], "width": 1}},
            increasing={"marker": {"color": t["d1"]}}, decreasing={"marker": {"color": t["d3"]}},
            totals={"marker": {"color": t["d8"]}},
        )
    )  # fmt: skip
    fig.update_yaxes(nticks=4, tickformat=",", rangemode="tozero")
    return fig


def band_columns(view: View) -> tuple[str, ...]:
    """What is told of a tariff band; money only to those who may see the cost of energy."""
    return BAND if sees(view.user, "energy_cost") else BAND[:3]


def band_rows(view: View, it: Scene) -> list[list[Any]]:
    """A row a band, with the columns of band_columns."""
    whole = sum(it.bands.values())
    prices = it.tariff.prices if it.tariff else {}
    return [
        [view.text(f"energy.band_{b}"), it.bands[b], it.bands[b] / whole if whole else None,
         prices[b], it.bands[b] * prices[b]][: len(band_columns(view))]
        for b in BANDS if b in it.bands
    ]  # fmt: skip


def bands(view: View, it: Scene) -> Any:
    """One stacked bar of the energy by band, its numbers written below."""
    rows = band_rows(view, it)
    kinds = [b for b in BANDS if b in it.bands]
    bar = html.Div(
        [
            html.Span(style={"width": f"{100 * (r[2] or 0):.2f}%"}, className=f"share {COLOURS[k]}",
                      title=f"{r[0]} {number(r[1])} kWh")
            for k, r in zip(kinds, rows, strict=True)
        ],
        className="energy-band-bar",
    )  # fmt: skip
    fields = [Field("key", "", width="18px"), Field("band", view.text("energy.band"))]
    fields += [Field(f, view.text(f"energy.{f}"), right=True)
               for f in band_columns(view)[1:]]  # fmt: skip
    listed = [
        {"key": html.Span(className=f"swatch {COLOURS[k]}"), "band": r[0], "kwh": number(r[1]),
         "share": percent(None if r[2] is None else 100 * r[2]),
         **({"price": number(r[3], 4), "money": number(r[4])} if len(r) > 3 else {})}
        for k, r in zip(kinds, rows, strict=True)
    ]  # fmt: skip
    if not rows:
        return html.P(view.text("energy.no_hours"), className="hint")
    return html.Div([bar, table(fields, listed, view.text("energy.bands"))], className="stack")
