"""Panels of the page of energy: tiles, districts, course of the period, change, tariff."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import plotly.graph_objects as go
import polars as pl
from dash import dcc, html

from analytics.results import Figure, Quality
from components.figure_text import figure_value, figure_words
from components.formats import MISSING, grouped, number, percent
from components.graph import compare_line, figure, line
from components.kpi import kpi
from components.page import View
from components.spark import bullet, spark
from components.tables import Field, table
from components.theme import tokens
from components.time_range import link
from data.catalogue.points import station_types
from data.catalogue.tariffs import BANDS
from data.station_rows import DistrictRow
from pages.energy_sums import DECIMALS, UNITS, Scene, Sums, daily

TILES = ("energy", "e", "eh", "eta")
PARTS = ("volume", "head", "efficiency", "other")
BASES = ("prev", "yoy")
COLOURS = {"critical": "d4", "peak": "d2", "flat": "d1", "valley": "d3"}


def base_of(view: View) -> str:
    """Which period one compares with: prev or yoy."""
    asked = view.params.get("base", "")
    return asked if asked in BASES else BASES[0]


def measure_of(view: View) -> str:
    asked = view.params.get("m", "")
    return asked if asked in UNITS else "e"


def tiles(view: View, it: Scene) -> html.Div:
    """kWh, the three ratios, cost, CO₂, idle share: each with the base period and the change."""
    base = it.before if base_of(view) == "prev" else it.year_ago
    now, then = Sums.of(it.days).figures(), Sums.of(base).figures()
    shown = [_tile(view, it, name, now[name], then[name], base) for name in TILES]
    bill, price = it.money()
    carbon = it.carbon()
    name = it.tariff.text(view.language) if it.tariff else MISSING
    assumed = view.text("energy.assumed") if it.tariff is not None and it.tariff.assumed else ""
    money = [(view.text("energy.mean_price"), f"{number(price.value, 3)}"), (assumed, "")]
    shown.append(_plain(view, "cost", bill, money[: 2 if assumed else 1], name))
    tonnes = None if carbon.value is None else carbon.value / 1000
    factor = None if not carbon.value or not now["energy"].value else (
        carbon.value / now["energy"].value
    )  # fmt: skip
    shown.append(
        kpi(
            view.text("energy.co2"), "t", _mark(carbon) + number(tonnes, 1),
            [(view.text("energy.factor"), number(factor, 4))],
            lang=view.language, hint=figure_words(carbon, view.language),
        )
    )  # fmt: skip
    shown.append(_tile(view, it, "idle", now["idle"], then["idle"], base))
    return html.Div(shown, className="kpis energy-tiles")


def change_words(view: View, now: Figure, then: Figure) -> str:
    """Growth against the base: a percentage; '—' when the base can't be told or is zero."""
    if now.value is None or not then.value:
        return MISSING
    if now.unit == "%":
        return number(now.value - then.value, 1, signed=True) + " pp"
    return percent(100 * (now.value / then.value - 1), 1, signed=True)


def _tile(view: View, it: Scene, name: str, now: Figure, then: Figure, base: pl.DataFrame) -> Any:
    decimals = DECIMALS.get(name, 1)
    shown, unit = number(now.value, decimals), now.unit
    before = number(then.value, decimals)
    if name == "energy":
        shown, group = grouped(now.value, view.language)
        before = "".join(grouped(then.value, view.language))
        unit = f"{group} kWh".strip()
    word = base_of(view)
    yardsticks = [
        (view.text(f"energy.base_{word}"), before),
        (view.text(f"energy.change_{word}"), change_words(view, now, then)),
    ]
    course = daily(it.days, name) if name in UNITS else {}
    line_ = spark([course[k] for k in sorted(course)], height=30) if len(course) > 1 else None
    return kpi(
        view.text(f"energy.{name}"), unit, _mark(now) + shown, yardsticks, line_,
        lang=view.language, hint=figure_words(now, view.language),
    )  # fmt: skip


def _plain(view: View, name: str, now: Figure, yardsticks: Any, hint: str) -> Any:
    shown, group = grouped(now.value, view.language)
    words = f"{hint} · {figure_words(now, view.language)}"
    unit = f"{group} {view.text('energy.currency')}".strip()
    return kpi(
        view.text(f"energy.{name}"), unit, _mark(now) + shown, yardsticks,
        lang=view.language, hint=words,
    )  # fmt: skip


def _mark(found: Figure) -> str:
    return "~" if found.quality == Quality.ESTIMATED and found.value is not None else ""


def groups(
    view: View, it: Scene, districts: Sequence[DistrictRow]
) -> list[tuple[str, str, Sums, Sums]]:
    """(words, link, sums now, sums of the base) of each district; of each type within one."""
    base = it.before if base_of(view) == "prev" else it.year_ago
    stations, params = it.reach.stations, dict(view.params)
    if it.reach.district is None:
        parts = [(d.name(view.language), link("/energy", params, scope=f"d:{d.code}"),
                  [s.id for s in stations if s.district_id == d.id])
                 for d in districts]  # fmt: skip
    else:
        kinds = station_types()
        parts = [(kinds[k].zh if view.language == "zh" else kinds[k].en,
                  link("/energy", params, type=k), [s.id for s in stations if s.type == k])
                 for k in sorted({s.type for s in stations})]  # fmt: skip
    found = []
    for words, href, ids in parts:
        mine = pl.col("station").is_in(ids)
        now, then = (Sums.of(f.filter(mine) if f.height else f) for f in (it.days, base))
        found.append((words, href, now, then))
    return found


def bullets(view: View, it: Scene, districts: Sequence[DistrictRow]) -> Any:
    """The measure of each group, the tick at its base period, the worst change first."""
    m = measure_of(view)
    rows = []
    for words, href, now, then in groups(view, it, districts):
        a, b = now.figures()[m], then.figures()[m]
        grown = None if a.value is None or not b.value else a.value / b.value - 1
        rows.append((words, href, a, b, grown))
    top = 1.12 * max([v for r in rows for v in (r[2].value, r[3].value) if v] or [1.0])
    rows.sort(key=lambda r: -(r[2].value or 0) if m != "eta" else (r[2].value or 0))
    return html.Div(
        [
            html.Div(
                [
                    dcc.Link(words, href=href, className="bullet-name", title=words),
                    bullet(a.value, b.value, top, label=f"{words} {number(a.value, 3)}"),
                    html.B(figure_value(a, DECIMALS[m], view.language, unit=False)),
                    html.Span(
                        percent(None if grown is None else 100 * grown, 1, signed=True),
                        className="delta",
                    ),
                ],
                className="bullet-row",
            )
            for words, href, a, b, grown in rows
        ],
        className="bullet-rows energy-bullets",
    )


def course(view: View, it: Scene) -> go.Figure:
    """The measure day by day over that of the base, aligned by the day of the period."""
    m, t = measure_of(view), tokens(view.theme)
    now = daily(it.days, m)
    base = it.before if base_of(view) == "prev" else it.year_ago
    span = it.span.before if base_of(view) == "prev" else it.span.year_ago
    then = daily(base, m)
    first = it.span.first.toordinal()
    days = [date.fromordinal(first + i) for i in range(it.span.days)]
    fig = figure(view.theme, margin={"l": 8, "r": 12, "t": 8, "b": 4})
    old = [then.get(span.first.toordinal() + i) for i in range(it.span.days)]
    fig.add_trace(
        compare_line(days, old, view.text(f"energy.base_{base_of(view)}"), view.theme, UNITS[m])
    )
    new = [now.get(first + i) for i in range(it.span.days)]
    marks = {"mode": "lines+markers", "marker": {"size": 4}} if len(days) < 4 else {}
    fig.add_trace(line(days, new, view.text("energy.now"), t["d1"], UNITS[m], **marks))
    fig.update_layout(hovermode="x unified")
    fig.update_xaxes(tickformat="%m-%d", hoverformat="%Y-%m-%d", nticks=8)
    fig.update_yaxes(rangemode="tozero", nticks=5, tickformat="," if m == "energy" else None)
    return fig


def comparison_rows(view: View, it: Scene) -> list[list[Any]]:
    """Measure, unit, now, before, 环比, a year ago, 同比: raw numbers, growth as a share."""
    now, prev, year = (Sums.of(f) for f in (it.days, it.before, it.year_ago))
    found: list[list[Any]] = []
    for name in ("energy", "volume", "e", "eh", "eta", "idle"):
        a, b, c = (s.figures()[name] for s in (now, prev, year))
        growth = [
            None if a.value is None or not other.value else a.value / other.value - 1
            for other in (b, c)
        ]
        found.append([view.text(f"energy.{name}"), a.unit, a.value, b.value, growth[0],
                      c.value, growth[1]])  # fmt: skip
    return found


def comparison(view: View, it: Scene) -> html.Table:
    """环比 and 同比 side by side."""
    heads = ("measure", "now", "base_prev", "change_prev", "base_yoy", "change_yoy")
    fields = [
        Field(h, view.text(f"energy.{h}"), right=n > 0, css="" if n in (0, 1, 3, 5) else "wide")
        for n, h in enumerate(heads)
    ]
    names = ("energy", "volume", "e", "eh", "eta", "idle")
    rows = []
    for name, row in zip(names, comparison_rows(view, it), strict=True):
        decimals = {"e": 3, "eh": 3, "eta": 1, "idle": 1}.get(name, 0)
        rows.append(
            {
                "measure": f"{row[0]} {row[1]}",
                "now": number(row[2], decimals),
                "base_prev": number(row[3], decimals),
                "change_prev": percent(None if row[4] is None else 100 * row[4], 1, signed=True),
                "base_yoy": number(row[5], decimals),
                "change_yoy": percent(None if row[6] is None else 100 * row[6], 1, signed=True),
            }
        )
    return table(fields, rows, view.text("energy.comparison"), "energy-comparison")


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


def band_rows(view: View, it: Scene) -> list[list[Any]]:
    """Band, kWh, share, price, cost."""
    whole = sum(it.bands.values())
    prices = it.tariff.prices if it.tariff else {}
    return [
        [view.text(f"energy.band_{b}"), it.bands[b], it.bands[b] / whole if whole else None,
         prices[b], it.bands[b] * prices[b]]
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
               for f in ("kwh", "share", "price", "money")]  # fmt: skip
    listed = [
        {"key": html.Span(className=f"swatch {COLOURS[k]}"), "band": r[0], "kwh": number(r[1]),
         "share": percent(None if r[2] is None else 100 * r[2]), "price": number(r[3], 4),
         "money": number(r[4])}
        for k, r in zip(kinds, rows, strict=True)
    ]  # fmt: skip
    if not rows:
        return html.P(view.text("energy.no_hours"), className="hint")
    return html.Div([bar, table(fields, listed, view.text("energy.bands"))], className="stack")
