"""Elements of the cockpit made from its facts: tiles, supply curve, bullets, quality, districts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl
from dash import dcc, html

from analytics.facts import STANDARD
from analytics.indicators import ratio
from components import formats
from components.glyphs import level_glyph
from components.kpi import kpi
from components.page import View
from components.show_me import show_me
from components.spark import bullet, spark
from data.catalogue.indicators import indicators
from data.stations import DistrictRow
from pages.cockpit_facts import QUALITY, CityFacts

RATIOS = (
    ("pressure_compliance", "/indicators?from=now-7d"),
    ("quality_compliance", "/quality?from=now-7d"),
    ("specific_energy", "/energy?from=now-7d"),
    ("online_rate", "/map?f=offline"),
    ("interruption", "/indicators?from=now-7d"),
)
"""Indicators of the KPI row between supply and work, and what explains them. They are those of the
last 24 h: a few hours after midnight are no match for a target or a mean of days."""


def supply_tile(view: View, facts: CityFacts) -> Any:
    """Water since midnight, against yesterday and the same weekday last week."""
    row = indicators()["supply"]
    value = facts.value(row)
    shown, unit = formats.volume(value, view.language)
    today = facts.flow(0)
    so_far = facts.same_time(0)
    yardsticks = [
        (view.text("cockpit.vs_yesterday"), _change(so_far, facts.same_time(1))),
        (view.text("cockpit.vs_week"), _change(so_far, facts.last_week)),
    ]
    return kpi(
        view.text("cockpit.supply_today"), unit, shown, yardsticks,
        spark(today, compare=facts.flow(1), floor=0, height=34),
        href="/demand?from=now/d", lang=view.language, hint=row.definition(view.language),
        more=show_me(view, row.code),
    )  # fmt: skip


def ratio_tile(view: View, facts: CityFacts, code: str, href: str) -> Any:
    """An indicator of the last 24 h with a target, or its 30 days' mean, as the yardstick."""
    row = indicators()[code]
    value, course = facts.last_24h(row), facts.daily(row)
    before = course[-2] if len(course) > 1 else None
    usual = facts.mean(row)
    if row.target is not None:
        sign = "≥" if row.better == "up" else "≤"
        yardstick = (
            view.text("cockpit.target"),
            f"{sign} {formats.number(row.target, row.decimals)}",
        )
    else:
        yardstick = (view.text("cockpit.days_30"), formats.number(usual, row.decimals))
    delta = None if value is None or before is None else value - before
    change = (
        view.text("cockpit.vs_yesterday"),
        formats.number(delta, row.decimals, signed=True),
    )
    level = row.level if row.missed(value) else 0
    return kpi(
        row.name(view.language), f"{row.unit} · 24 h", formats.number(value, row.decimals),
        [yardstick, change],
        spark(course, _usual_band(course), level=level, height=34),
        level, href, view.language, hint=row.definition(view.language),
        more=show_me(view, row.code),
    )  # fmt: skip


def energy_bullets(view: View, facts: CityFacts, districts: Sequence[DistrictRow]) -> Any:
    """kWh/m³ of each district over 24 h, a tick at its own 30 days' mean, the worst first."""
    row = indicators()["specific_energy"]
    rows = []
    for district in districts:
        value, usual = facts.last_24h(row, district.id), facts.mean(row, district.id)
        change = None if value is None or not usual else 100 * (value / usual - 1)
        rows.append((district, value, usual, change))
    known = [v for _, value, usual, _ in rows for v in (value, usual) if v is not None]
    top = 1.15 * max(known) if known else 1.0
    rows.sort(key=lambda r: -(r[3] if r[3] is not None else -999))
    return html.Div(
        [
            dcc.Link(
                [
                    html.Span(
                        district.name(view.language),
                        className="bullet-name",
                        title=district.name(view.language),
                    ),
                    bullet(
                        value,
                        usual,
                        top,
                        label=f"{district.name(view.language)} {formats.number(value, 2)}",
                    ),
                    html.B(formats.number(value, 2)),
                    html.Span(_percent(change), className="delta"),
                ],
                href=f"/energy?scope=d:{district.code}&from=now-7d",
                className="bullet-row",
            )
            for district, value, usual, change in rows
        ],
        className="bullet-rows",
    )


QUALITY_ROWS: Mapping[str, tuple[str, str, int, tuple[float, float] | None, str]] = {
    "WQ.TURB": (
        "cockpit.turbidity",
        "NTU",
        2,
        (0.0, STANDARD.turbidity),
        f"≤ {STANDARD.turbidity:g}",
    ),
    "WQ.CL_OUT": ("cockpit.chlorine", "mg/L", 2, STANDARD.chlorine, f"≥ {STANDARD.chlorine[0]:g}"),
    "WQ.PH": ("cockpit.ph", "", 2, STANDARD.ph, f"{STANDARD.ph[0]:g}–{STANDARD.ph[1]:g}"),
    "WQ.TEMP": ("cockpit.temperature", "°C", 1, None, ""),
}
"""Point -> word, unit, decimals, limits and how they are written."""


def quality_rows(view: View, facts: CityFacts) -> Any:
    """Four analysers' means over 12 h with their limits."""
    found = []
    for code in QUALITY:
        word, unit, decimals, limits, written = QUALITY_ROWS[code]
        values = facts.quality[code].to_list() if facts.quality.height else []
        last = next((v for v in reversed(values) if v is not None), None)
        broken = last is not None and limits is not None and not limits[0] <= last <= limits[1]
        found.append(
            dcc.Link(
                [
                    html.Span(view.text(word), className="bullet-name"),
                    spark(values, _usual_band(values), level=2 if broken else 0, height=18),
                    html.Span(
                        [
                            html.B(
                                formats.number(last, decimals),
                                className="text-l2" if broken else "",
                            ),
                            html.Span(f" {unit}", className="unit"),
                        ],
                        className="quality-value",
                    ),
                    html.Span(written, className="hint right"),
                ],
                href="/quality?from=now/d",
                className="quality-row",
            )
        )
    return html.Div(found, className="quality-rows")


def district_cards(
    view: View,
    facts: CityFacts,
    districts: Sequence[DistrictRow],
    counts: Mapping[int, Mapping[int, int]],
    stations: Mapping[int, int],
) -> list[Any]:
    """A card a district: stations, alarms, supply of the day, pressure and energy of 24 h."""
    return [_card(view, facts, d, counts.get(d.id, {}), stations.get(d.id, 0)) for d in districts]


def _card(
    view: View, facts: CityFacts, district: DistrictRow, counts: Mapping[int, int], stations: int
) -> Any:
    table = indicators()
    shown, unit = formats.volume(facts.value(table["supply"], district.id), view.language)
    pressure = table["pressure_compliance"]
    kept = facts.last_24h(pressure, district.id)
    level = pressure.level if pressure.missed(kept) else 0
    energy = facts.last_24h(table["specific_energy"], district.id)
    alarms = [
        html.Span(
            [level_glyph(n, view.language, size=13), html.B(str(counts[n]))], className="count"
        )
        for n in (1, 2, 3, 4)
        if counts.get(n)
    ]
    head = [
        html.Span(district.name(view.language), className="card-name"),
        html.Span(view.text("shell.stations", n=f"{stations:,}"), className="hint"),
        html.Span(alarms, className="card-alarms"),
    ]
    cells = [
        (shown, view.text("cockpit.district_supply", unit=unit), ""),
        (
            formats.number(kept, 2),
            view.text("cockpit.district_pressure"),
            f"text-l{level}" if level else "",
        ),
        (formats.number(energy, 2), "kWh/m³ · 24 h", ""),
    ]
    return dcc.Link(
        [
            html.Div(head, className="card-head"),
            spark(
                facts.flow(0, district.id), compare=facts.flow(1, district.id), floor=0, height=44
            ),
            html.Div(
                [
                    html.Div([html.B(value, className=css), html.Span(word, className="hint")])
                    for value, word, css in cells
                ],
                className="card-cells",
            ),
        ],
        href=f"/districts/{district.code}",
        className="panel district-card",
    )


def _usual_band(values: Sequence[float | None]) -> tuple[float, float] | None:
    """From the lowest tenth to the highest tenth of what was there before the last value."""
    known = pl.Series([v for v in values[:-1] if v is not None], dtype=pl.Float64)
    if len(known) < 5:
        return None
    low, high = (known.quantile(q, "linear") or 0.0 for q in (0.1, 0.9))
    return (low, high) if high > low else None


def _change(value: float | None, base: float | None) -> str:
    """Relative change in percent; '—' when there is no base."""
    share = ratio(value, base, 100.0, 1.0)
    return _percent(None if share is None else share - 100)


def _percent(value: float | None) -> str:
    return formats.percent(value, 1, signed=True)
