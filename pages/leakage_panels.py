"""Panels of the page of leakage: tiles, nights of one compound, balance, changes, proof."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np
import plotly.graph_objects as go
from dash import dcc, html

from analytics.leak_ranking import loss_share, total
from analytics.leakage import GRADES, grade
from analytics.results import Figure
from components import states
from components.figure_text import figure_value, figure_words
from components.formats import MISSING, number, percent
from components.graph import compare_line, figure, line
from components.kpi import kpi
from components.page import View
from components.panel import tag
from components.spark import spark
from components.tables import Field, table
from components.theme import tokens
from components.time_range import link
from data.indicator_rights import sees
from data.station_rows import StationRow
from pages.guarded import guard, guarded_tile
from pages.leakage_balance import Parts
from pages.leakage_scene import Proof, Scene

SHOWN_CHANGES = 10
SPARK_DAYS = 60


@guard()
def tiles(view: View, it: Scene) -> html.Div:
    """Loss rate with grade, m³/d, yuan/d, suspected leaks, share of compounds with a meter."""
    day, rate = it.marked(total(it.columns, "day")), it.marked(loss_share(it.columns))
    grown = it.columns["grown"][it.suspected].sum() if it.suspected else 0.0
    lines = f"{GRADES[0]:.0f} % / {GRADES[1]:.0f} %"
    course = _fleet(it)
    return html.Div(
        [
            _tile(view, "rate", rate, 1, [
                (view.text("leakage.grade_lines"), lines),
                ("", view.text(f"leakage.grade_{grade(rate.value)}")),
            ]),
            _tile(view, "day", day, 0, [
                (view.text("leakage.of_supply"), f"{number(it.volume.value)} m³/d"),
            ], spark(course, label=view.text("leakage.spark"))),
            *([_cost(view, it)] if sees(view.user, "leakage_cost") else []),
            kpi(
                view.text("leakage.suspected"), "", number(len(it.suspected)),
                [(view.text("leakage.of_compounds"), number(len(it.stations))),
                 (view.text("leakage.grown_sum"), f"{number(grown, 1)} m³/h")],
                href=link("/leakage", dict(view.params), only="" if it.only else "grown"),
                lang=view.language, hint=view.text("leakage.hint_suspected"),
            ),
            guarded_tile(view, "", lambda: _metered(view, it)),
        ],
        className="kpis leakage-tiles",
    )  # fmt: skip


def _metered(view: View, it: Scene) -> Any:
    metered = int(np.isfinite(it.columns["minimum"]).sum())
    share = percent(100 * metered / len(it.stations), 1)[:-1] if it.stations else MISSING
    marks = [
        (view.text("leakage.known"), f"{metered:,} / {len(it.stations):,}"),
        (view.text("leakage.read"), number(it.spanned.household.height)),
    ]
    hint = view.text("leakage.hint_metered")
    return kpi(view.text("leakage.metered"), "%", share, marks, lang=view.language, hint=hint)


def _cost(view: View, it: Scene) -> Any:
    cost, back = it.marked(total(it.columns, "cost")), total(it.columns, "recoverable")
    return _tile(view, "cost", cost, 0, [(view.text("leakage.recoverable"), number(back.value))])


def _tile(
    view: View,
    name: str,
    told: Figure,
    decimals: int,
    yard: list[tuple[str, str]],
    extra: Any = None,
) -> Any:
    mark = "~" if told.quality == "ESTIMATED" and told.value is not None else ""
    unit = view.text(f"leakage.unit_{name}")
    hint = f"{view.text(f'leakage.hint_{name}')} {figure_words(told, view.language)}"
    if told.low is not None and told.high is not None:
        hint += f" · {number(told.low, decimals)} … {number(told.high, decimals)}"
    label = view.text(f"leakage.{name}")
    return kpi(label, unit, mark + number(told.value, decimals), yard, extra, lang=view.language,
               hint=hint)  # fmt: skip


def _fleet(it: Scene) -> list[float | None]:
    """Sum of the plain nights in reach over the last days, for the course of the tile."""
    nights = it.city.found.plain[it.at][:, -SPARK_DAYS:]
    if not len(nights):
        return []
    known = ~np.isnan(nights)
    filled = np.where(
        known, nights, np.nanmean(np.where(known, nights, np.nan)) if known.any() else 0
    )
    enough = known.mean(axis=0) > 0.5
    sums = filled.sum(axis=0)
    return [float(v) if ok else None for v, ok in zip(sums, enough, strict=True)]


def nights_chart(view: View, it: Scene, orders: list[Proof]) -> go.Figure:
    """Night minima of the compound in focus, what is typical, changes and repairs."""
    t, station = tokens(view.theme), it.focus
    fig = figure(view.theme, margin={"l": 8, "r": 12, "t": 22, "b": 4}, showlegend=False)
    row = it.city.row.get(station.id) if station else None
    if row is None:
        return fig
    found, days = it.city.found, it.city.days
    known = np.flatnonzero(~np.isnan(found.nights[row]))
    start = int(known[0]) if len(known) else 0
    x = days[start:]
    use = float(found.leak.use[row]) * found.course[start:]
    night = found.nights[row, start:]
    typical = (found.now[row] - found.grown[row]) * found.course[start:]
    fig.add_trace(
        go.Scatter(x=x, y=use, mode="lines", line={"width": 0}, fill="tozeroy",
                   fillcolor=t["band"], name=view.text("leakage.night_use"),
                   hovertemplate="%{y:.2f} m³/h")
    )  # fmt: skip
    fig.add_trace(compare_line(x, typical, view.text("leakage.typical"), view.theme, "m³/h"))
    fig.add_trace(line(x, [None if np.isnan(v) else round(float(v), 2) for v in night],
                       view.text("leakage.minimum"), t["d1"], "m³/h"))  # fmt: skip
    top = float(np.nanmax(night)) if len(known) else 1.0
    for change in found.of(row):
        when = days[change.first]
        fig.add_vline(x=when, line={"color": t["fg3"], "width": 1, "dash": "dot"})
        fig.add_annotation(
            x=when, y=top * 1.08, text=f"{number(change.size, 1, signed=True)}", showarrow=False,
            xanchor="left", font={"size": 11, "color": t["fg2"]},
        )  # fmt: skip
    for told in orders:
        done = told.order.finished_at or told.order.closed_at
        if done is not None:
            fig.add_vline(x=done.date(), line={"color": t["accent"], "width": 1})
            fig.add_annotation(x=done.date(), y=0, yanchor="bottom", text=told.order.number,
                               showarrow=False, xanchor="left",
                               font={"size": 11, "color": t["fg2"]})  # fmt: skip
    fig.update_yaxes(range=[0, top * 1.15], nticks=5)
    fig.update_xaxes(nticks=5, tickangle=0)
    fig.add_annotation(x=0, y=1, xref="paper", yref="paper", xanchor="left", yanchor="bottom",
                       text="m³/h", showarrow=False,
                       font={"size": 11, "color": t["fg3"]})  # fmt: skip
    return fig


def balance(view: View, parts: Parts) -> Any:
    """One stacked bar of the water inside the red line, with counts."""
    if not parts.shown:
        why = parts.notes[0] if parts.notes else view.text("leakage.no_balance")
        return states.empty(view.language, why)
    whole = sum(amount for _, amount, _ in parts.shown) or 1.0
    bar = html.Div(
        [html.Span(className=f"share {css}", style={"width": f"{100 * amount / whole:.2f}%"},
                   title=f"{view.text(f'leakage.part_{name}')} {number(amount)} m³")
         for name, amount, css in parts.shown],
        className="leakage-bar",
    )  # fmt: skip
    rows = [
        {"name": [html.Span(className=f"swatch {css}"), " ", view.text(f"leakage.part_{name}")],
         "amount": number(amount), "share": percent(100 * amount / whole, 1)}
        for name, amount, css in parts.shown
    ]  # fmt: skip
    fields = [
        Field("name", view.text("leakage.part")),
        Field("amount", "m³", right=True, width="86px"),
        Field("share", "%", right=True, width="64px"),
    ]
    notes = [html.P(note, className="hint") for note in parts.notes]
    return html.Div([bar, table(fields, rows, view.text("leakage.panel_balance")), *notes])


def changes(view: View, it: Scene) -> Any:
    """The newest changes of the span in the whole reach: growth, steps, repairs."""
    found = it.changes(SHOWN_CHANGES)
    if not found:
        return states.empty(view.language, view.text("leakage.no_changes"))
    rows = []
    for station, change in found:
        kind = "mended" if change.size < 0 else "step" if change.ramp <= 2 else "growth"
        size = (f"{number(change.size, 2, signed=True)} "
                f"({number(change.low, 2)} … {number(change.high, 2)})")  # fmt: skip
        href = link("/leakage", dict(view.params), at=station.code)
        rows.append(
            {"day": it.day(change.first).isoformat(), "told": it.day(change.told).isoformat()[5:],
             "name": dcc.Link(station.name(view.language), href=href, title=station.code),
             "kind": view.text(f"leakage.kind_{kind}"), "size": size}
        )  # fmt: skip
    fields = [
        Field("day", view.text("leakage.began"), width="92px"),
        Field("told", view.text("leakage.told"), width="56px", css="wide"),
        Field("name", view.text("leakage.name")),
        Field("kind", view.text("leakage.kind"), width="74px"),
        Field("size", "m³/h", right=True, width="168px"),
    ]
    return table(fields, rows, view.text("leakage.panel_changes"))


def proofs(view: View, found: list[Proof], station: StationRow | None) -> Any:
    """Whether searches that were closed have helped."""
    if station is None or not found:
        return html.P(view.text("leakage.no_proof"), className="hint")
    rows = []
    for told in found[:4]:
        done = told.order.finished_at or told.order.closed_at or told.order.created_at
        rows.append(
            {"order": dcc.Link(told.order.number, href=f"/work-orders?sel={told.order.number}"),
             "done": _day(view, done),
             "before": figure_value(told.before, 2, view.language, unit=False),
             "after": figure_value(told.after, 2, view.language, unit=False),
             "change": figure_value(told.difference, 2, view.language, unit=False),
             "verdict": tag(view.text(f"leakage.verdict_{told.verdict or 'open'}"))}
        )  # fmt: skip
    fields = [
        Field("order", view.text("leakage.order"), width="120px"),
        Field("done", view.text("leakage.done"), width="92px", css="wide"),
        Field("before", view.text("leakage.before"), right=True, css="wide"),
        Field("after", view.text("leakage.after"), right=True, css="wide"),
        Field("change", view.text("leakage.difference"), right=True),
        Field("verdict", view.text("leakage.verdict"), width="92px"),
    ]
    return table(fields, rows, view.text("leakage.panel_proof"))


def _day(view: View, at: datetime) -> str:
    return at.astimezone(view.zone).date().isoformat()
