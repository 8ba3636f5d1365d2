"""Who loses most: the ranking of stations, the scatter of the fleet, and one station explained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go
import polars as pl
from dash import dcc, html

from analytics.energy import KWH_A_METRE
from components.formats import MISSING, number
from components.graph import figure as empty_figure
from components.page import View
from components.tables import grid
from components.theme import SERIES, tokens
from components.time_range import link
from data.station_rows import StationRow
from pages.energy_sums import Scene

RANKS = {"saving": "saving", "setpoint": "excess", "z": "z_explained", "extra": "extra",
         "idle": "idle", "eh": "eh"}  # fmt: skip
"""Orders of the ranking: word -> column, the largest first."""
MOST = 100
"""Rows that the grid gets; a file has all."""
SHOWN = ("saving", "eh", "peer_eh", "z", "z_explained", "excess", "extra")
ETAS = (0.3, 0.4, 0.5, 0.6, 0.7)
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "cross", "star")


def rank_of(view: View) -> str:
    asked = view.params.get("rank", "")
    return asked if asked in RANKS else "saving"


def ranked(view: View, it: Scene) -> pl.DataFrame:
    """All stations in reach, the first in rank on top; those without a value last."""
    column = RANKS[rank_of(view)]
    return it.stations.sort([column, "station"], descending=[True, False], nulls_last=True)


def keep(view: View) -> dict[str, str]:
    """Scope and time of the URL, for links to other pages."""
    names = ("scope", "type", "from", "to", "cmp")
    return {name: view.params[name] for name in names if view.params.get(name)}


def pumps_link(view: View, station: StationRow) -> str:
    """The page of pumps about one station, scope and time kept."""
    return link("/pumps", {**keep(view), "at": station.code, "sel": f"st:{station.code}"})


def grid_of(view: View, it: Scene, name: str) -> Any:
    """The top of the ranking to sort; a station's name leads to it, `why` explains it below."""
    known = {s.id: s for s in it.reach.stations}
    rows = []
    for n, row in enumerate(ranked(view, it).head(MOST).iter_rows(named=True), 1):
        s = known[row["station"]]
        rows.append(
            {
                "id": s.code,
                "n": n,
                "name": {"text": s.name(view.language),
                         "href": link(f"/stations/{s.code}", keep(view))},
                "reason": {"text": view.text(f"energy.reason_{row['reason']}"),
                           "href": link("/energy", dict(view.params), at=s.code)},
                "pumps": {"text": view.text("energy.to_pumps"),
                          "href": pumps_link(view, s)},
                "verdict": view.text(f"energy.verdict_{row['verdict']}"),
                **{key: row[key] for key in SHOWN},
            }
        )  # fmt: skip
    return grid(name, _columns(view), rows, view.language)


def _columns(view: View) -> list[dict[str, Any]]:
    def column(field: str, width: int, **more: Any) -> dict[str, Any]:
        return {
            "field": field,
            "headerName": view.text(f"energy.col_{field}"),
            "headerTooltip": view.text(f"energy.tip_{field}"),
            "minWidth": width,
            **more,
        }

    def linked(field: str, width: int) -> dict[str, Any]:
        return column(field, width, cellRenderer="CellLink",
                      comparator={"function": "byText"})  # fmt: skip

    def numeric(field: str, width: int, decimals: int) -> dict[str, Any]:
        return column(field, width, type="rightAligned",
                      valueFormatter={"function": f"fixed(params.value, {decimals})"})  # fmt: skip

    return [
        column("n", 50, maxWidth=56, type="rightAligned"),
        linked("name", 170),
        numeric("saving", 110, 0),
        numeric("eh", 72, 3),
        numeric("peer_eh", 84, 3),
        numeric("z", 64, 1),
        numeric("z_explained", 74, 1),
        column("verdict", 80),
        linked("reason", 150),
        numeric("excess", 84, 3),
        numeric("extra", 76, 2),
        linked("pumps", 64),
    ]


def scatter(view: View, it: Scene, chosen: Sequence[StationRow]) -> go.Figure:
    """kWh/m³ over head: the fleet grey, chosen stations coloured, lines of equal efficiency."""
    t = tokens(view.theme)
    known = {s.id: s for s in it.reach.stations}
    frame = it.stations.filter(pl.col("e").is_not_null() & pl.col("head").is_not_null())
    fig = empty_figure(view.theme, margin={"l": 8, "r": 34, "t": 8, "b": 4})
    top = max([float(h) for h in frame["head"]] or [50.0]) * 1.04
    tall = max([float(e) for e in frame["e"]] or [0.5]) * 1.06
    for eta in ETAS:
        end = min(top, 0.95 * tall * eta / KWH_A_METRE)
        fig.add_trace(
            go.Scatter(x=[0, end], y=[0, end * KWH_A_METRE / eta], mode="lines", hoverinfo="skip",
                       line={"color": t["line3"], "width": 1})
        )  # fmt: skip
        fig.add_annotation(
            x=end, y=end * KWH_A_METRE / eta, text=f"η {eta:.0%}", showarrow=False,
            xanchor="left", yanchor="middle" if end == top else "bottom",
            font={"size": 11, "color": t["fg3"]},
        )  # fmt: skip
    ids = frame["station"].to_list()
    hover = "%{text}<br>%{x:.1f} m · %{y:.3f} kWh/m³<extra></extra>"
    fig.add_trace(
        go.Scatter(
            x=frame["head"].cast(pl.Float32).to_numpy(), y=frame["e"].cast(pl.Float32).to_numpy(),
            mode="markers",
            marker={"size": 5, "color": t["mapdot"], "opacity": 0.7}, hovertemplate=hover,
            text=[known[i].name(view.language) for i in ids],
            customdata=[known[i].code for i in ids],
        )
    )  # fmt: skip
    values = it.rows
    for n, s in enumerate(chosen):
        if values.get(s.id, {}).get("e") is None:
            continue
        fig.add_trace(
            go.Scatter(
                x=[values[s.id]["head"]], y=[values[s.id]["e"]], mode="markers",
                marker={"size": 12, "color": t[SERIES[n]], "symbol": SYMBOLS[n],
                        "line": {"color": t["fg1"], "width": 1}},
                hovertemplate=hover, text=[s.name(view.language)], customdata=[s.code],
            )
        )  # fmt: skip
    fig.update_layout(hovermode="closest", showlegend=False)
    fig.update_xaxes(range=[0, top], ticksuffix=" m", nticks=7)
    fig.update_yaxes(range=[0, tall], nticks=5)
    return fig


def compare_bar(view: View, it: Scene, chosen: Sequence[StationRow]) -> html.Div:
    """Chosen stations in the order of the URL, each with its mark, figures and a way out."""
    values = it.rows
    chips: list[Any] = []
    for n, s in enumerate(chosen):
        row = values.get(s.id, {})
        here = link("/energy", dict(view.params), at=s.code)
        both = f"{number(row.get('e'), 3)} · {number(row.get('eh'), 3)}"
        rest = ",".join(f"st:{o.code}" for o in chosen if o is not s)
        chips.append(
            html.Span(
                [
                    html.Span(className=f"swatch {SERIES[n]}"),
                    dcc.Link(s.name(view.language), href=here),
                    html.Span(both, className="hint"),
                    dcc.Link("×", href=link("/energy", dict(view.params), sel=rest),
                             className="more", title=view.text("energy.remove")),
                ],
                className="chip on",
            )
        )  # fmt: skip
    hint = html.Span(view.text("energy.compare_hint"), className="hint")
    more: list[Any] = []
    if len(chosen) > 1:
        words = ",".join(f"st:{s.code}" for s in chosen)
        href = link("/comparison", {**keep(view), "sel": words})
        more = [dcc.Link([view.text("energy.to_compare"), " ›"], href=href, className="more")]
    return html.Div([*(chips or [hint]), *more], className="energy-compare")


def file_rows(view: View, it: Scene, names: Mapping[int, str]) -> list[list[Any]]:
    """The whole ranking, raw numbers; `names`: districts by id."""
    known = {s.id: s for s in it.reach.stations}
    found = []
    for n, row in enumerate(ranked(view, it).iter_rows(named=True), 1):
        s = known[row["station"]]
        found.append([n, s.code, s.name(view.language), names.get(s.district_id, MISSING),
                      *(row[key] for key in FILE_COLUMNS),
                      view.text(f"energy.verdict_{row['verdict']}"),
                      view.text(f"energy.reason_{row['reason']}")])  # fmt: skip
    return found


FILE_COLUMNS = ("saving", "save_setpoint", "save_efficiency", "F.energy", "F.volume",
                "F.head_volume", "e", "eh", "eta", "head", "z", "z_explained", "peers", "peer_eh",
                "target", "excess", "running", "extra", "load", "idle", "coverage")  # fmt: skip
