"""Everything on the page of energy to take away: CSV, and Excel with definitions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from components.export import KINDS, download, facts, file_name
from components.formats import percent
from components.page import View
from data.station_rows import DistrictRow
from pages.energy_change import PARTS, band_columns, band_rows
from pages.energy_panels import (
    base_of,
    comparison_rows,
    groups,
    measure_of,
)
from pages.energy_ranking import FILE_COLUMNS, file_rows
from pages.energy_sums import UNITS, Scene, daily

TABLES = ("comparison", "groups", "course", "ranking", "scatter", "change", "bands")


def file(view: View, it: Scene, asked: str, districts: Sequence[DistrictRow]) -> dict[str, Any]:
    """The file of 'TABLE|KIND'. KeyError for another."""
    name, _, kind = asked.partition("|")
    if name not in TABLES or kind not in KINDS:
        raise KeyError(asked)
    heads, rows = table_of(view, it, name, districts)
    title = view.text(f"energy.file_{name}")
    span = f"{it.span.first} – {it.span.last}"
    base = it.span.before if base_of(view) == "prev" else it.span.year_ago
    share = percent(100 * it.now.coverage, 2)
    more = [
        (view.text("energy.base"), f"{view.text(f'energy.base_{base_of(view)}')} {base}"),
        (view.text("energy.coverage"), share),
        (view.text("energy.tariff"), it.tariff.text(view.language) if it.tariff else "—"),
        (view.text("energy.tariff_source"), it.tariff.source if it.tariff else "—"),
        (view.text("energy.definition"), view.text(f"energy.about_{name}")),
    ]
    listed = facts(view, it.reach.label, span, more)
    return download(kind, file_name(view, title, it.reach.label), heads, rows, listed, title)


def table_of(
    view: View, it: Scene, name: str, districts: Sequence[DistrictRow]
) -> tuple[list[str], list[list[Any]]]:
    """Heads with units, and raw rows."""
    word = base_of(view)
    now, then = view.text("energy.now"), view.text(f"energy.base_{word}")
    if name == "comparison":
        heads = ["measure", "unit", "now", "base_prev", "change_prev", "base_yoy", "change_yoy"]
        return [view.text(f"energy.{h}") for h in heads], comparison_rows(view, it)
    if name == "groups":
        rows = []
        for words, _, a, b in groups(view, it, districts):
            new, old = a.figures(), b.figures()
            rows.append([words, *(f[m].value for m in UNITS for f in (new, old))])
        heads = [f"{view.text(f'energy.{m}')} {p} ({UNITS[m]})" for m in UNITS for p in (now, then)]
        return [view.text("energy.group"), *heads], rows
    if name == "course":
        m = measure_of(view)
        spans_of = {"now": it.span, "prev": it.span.before, "yoy": it.span.year_ago}
        courses = [(daily(it.by_day[k], m), s.first.toordinal()) for k, s in spans_of.items()]
        first = it.span.first
        rows = [
            [first.fromordinal(first.toordinal() + i).isoformat(),
             *(known.get(start + i) for known, start in courses)]
            for i in range(it.span.days)
        ]  # fmt: skip
        heads = [
            f"{view.text(f'energy.{h}')} ({UNITS[m]})" for h in ("now", "base_prev", "base_yoy")
        ]
        return [view.text("energy.day"), *heads], rows
    if name in ("ranking", "scatter"):
        known = {d.id: d.name(view.language) for d in districts}
        heads = ["n", "code", "name", "district", *FILE_COLUMNS, "verdict", "reason"]
        named = [view.text(f"energy.head_{h.removeprefix('F.')}") for h in heads]
        return named, file_rows(view, it, known)
    if name == "change":
        found = it.change(word)
        rows = [[view.text(f"energy.part_{p}"), getattr(found, p)] for p in (*PARTS, "total")]
        ends = [[then, found.base], [now, found.current]]
        return [view.text("energy.part"), "kWh"], [*ends, *rows]
    return [view.text(f"energy.{h}") for h in band_columns(view)], band_rows(view, it)
