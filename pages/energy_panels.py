"""Panels of the page of energy: tiles, groups of stations, course of the period."""

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
from data.indicator_rights import sees
from data.station_rows import DistrictRow
from pages.energy_sums import DECIMALS, UNITS, Scene, Sums, daily, growth
from pages.guarded import guard, guarded_tile

TILES = ("energy", "e", "eh", "eta")
BASES = ("prev", "yoy")
ENERGY_UNITS = {"": "kWh", "万": "万 kWh", "k": "MWh"}


def base_of(view: View) -> str:
    """Which period one compares with: prev or yoy."""
    asked = view.params.get("base", "")
    return asked if asked in BASES else BASES[0]


def measure_of(view: View) -> str:
    asked = view.params.get("m", "")
    return asked if asked in UNITS else "e"


@guard()
def tiles(view: View, it: Scene) -> html.Div:
    """kWh, the three ratios, cost, CO₂, idle share: each with the base period and the change."""
    base = it.before if base_of(view) == "prev" else it.year_ago
    now, then = it.now.figures(), it.then[base_of(view)].figures()
    shown = [_tile(view, it, name, now[name], then[name], base) for name in TILES]
    carbon = it.carbon()
    if sees(view.user, "energy_cost"):
        shown.append(guarded_tile(view, "", lambda: _cost(view, it)))
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


def _cost(view: View, it: Scene) -> Any:
    bill, price = it.money()
    name = it.tariff.text(view.language) if it.tariff else MISSING
    assumed = view.text("energy.assumed") if it.tariff is not None and it.tariff.assumed else ""
    money = [(view.text("energy.mean_price"), f"{number(price.value, 3)}"), (assumed, "")]
    return _plain(view, "cost", bill, money[: 2 if assumed else 1], name)


def change_words(view: View, now: Figure, then: Figure) -> str:
    """Growth against the base; points for a share; '—' when the base can't be told or is zero."""
    if now.value is None or then.value is None:
        return MISSING
    if now.unit == "%":
        points = number(now.value - then.value, 1, signed=True)
        return view.text("energy.points", points=points)
    return percent(_share(growth(now, then)), 1, signed=True)


def _share(grown: float | None) -> float | None:
    return None if grown is None else 100 * grown


def _tile(view: View, it: Scene, name: str, now: Figure, then: Figure, base: pl.DataFrame) -> Any:
    decimals = DECIMALS.get(name, 1)
    shown, unit = number(now.value, decimals), now.unit
    before = number(then.value, decimals)
    if name == "energy":
        shown, group = grouped(now.value, view.language)
        before, other = grouped(then.value, view.language)
        unit = ENERGY_UNITS[group]
        before = before if other == group else f"{before} {ENERGY_UNITS[other]}"
    word = base_of(view)
    yardsticks = [
        (view.text(f"energy.base_{word}"), before),
        (view.text(f"energy.change_{word}"), change_words(view, now, then)),
    ]
    course = daily(it.by_day["now"], name) if name in UNITS else {}
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
    if it.then[base_of(view)].figures()["energy"].value is None:  # too few days of it to compare
        base = base.clear()
    stations, params = it.reach.stations, dict(view.params)
    if it.reach.district is None and it.reach.compound is None:
        parts = [(d.name(view.language), link("/energy", params, scope=f"d:{d.code}"),
                  [s.id for s in stations if s.district_id == d.id])
                 for d in districts]  # fmt: skip
    else:
        kinds = station_types()
        parts = [(kinds[k].zh if view.language == "zh" else kinds[k].en,
                  link("/energy", params, type=k), [s.id for s in stations if s.type == k])
                 for k in sorted({s.type for s in stations})]  # fmt: skip
    home = pl.DataFrame(
        [(id, n) for n, (_, _, ids) in enumerate(parts) for id in ids],
        schema={"station": pl.Int32, "part": pl.Int32}, orient="row",
    )  # fmt: skip
    now, then = (Sums.by(f.join(home, on="station"), "part") if f.height else {}
                 for f in (it.days, base))  # fmt: skip
    none = Sums(None, None, None, None, 0.0)
    return [(words, href, now.get(n, none), then.get(n, none))
            for n, (words, href, _) in enumerate(parts)]  # fmt: skip


def bullets(view: View, it: Scene, districts: Sequence[DistrictRow]) -> Any:
    """The measure of each group, the tick at its base period, the worst change first."""
    m = measure_of(view)
    rows = []
    for words, href, now, then in groups(view, it, districts):
        a, b = now.figures()[m], then.figures()[m]
        grown = growth(a, b)
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
                    html.Span(percent(_share(grown), 1, signed=True), className="delta"),
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
    now = daily(it.by_day["now"], m)
    span = it.span.before if base_of(view) == "prev" else it.span.year_ago
    then = daily(it.by_day[base_of(view)], m)
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
    """Measure, unit, now, before, 环比, a year ago, 同比: raw numbers; growth as a share, of a
    percentage the difference in points over 100."""
    now, prev, year = it.now, it.then["prev"], it.then["yoy"]
    found: list[list[Any]] = []
    for name in ("energy", "volume", "e", "eh", "eta", "idle"):
        a, b, c = (s.figures()[name] for s in (now, prev, year))
        grown = [growth(a, other) for other in (b, c)]
        found.append([view.text(f"energy.{name}"), a.unit, a.value, b.value, grown[0],
                      c.value, grown[1]])  # fmt: skip
    return found


def comparison(view: View, it: Scene) -> html.Table:
    """环比 and 同比 side by side."""
    heads = ("measure", "now", "base_prev", "change_prev", "base_yoy", "change_yoy")
    fields = [
        Field(h, view.text(f"energy.{h}"), right=n > 0, width="" if n else "36%",
              css="wide" if n in (2, 4) else "")
        for n, h in enumerate(heads)
    ]  # fmt: skip
    names = ("energy", "volume", "e", "eh", "eta", "idle")
    rows = []
    for name, row in zip(names, comparison_rows(view, it), strict=True):
        decimals = {"e": 3, "eh": 3, "eta": 1, "idle": 1}.get(name, 0)
        rows.append(
            {
                "measure": f"{row[0]} {row[1]}",
                "now": number(row[2], decimals),
                "base_prev": number(row[3], decimals),
                "change_prev": _grown(view, row[1], row[4]),
                "base_yoy": number(row[5], decimals),
                "change_yoy": _grown(view, row[1], row[6]),
            }
        )
    return table(fields, rows, view.text("energy.comparison"), "energy-comparison")


def _grown(view: View, unit: str, grown: float | None) -> str:
    if unit == "%" and grown is not None:
        return view.text("energy.points_short", points=number(100 * grown, 1, signed=True))
    return percent(_share(grown), 1, signed=True)
