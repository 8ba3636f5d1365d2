"""Everything on the page of leakage to take away, with the definition of its numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from components.export import KINDS, download, facts, file_name
from components.formats import MISSING, percent
from components.page import View
from data.station_rows import DistrictRow
from pages.leakage_balance import Parts
from pages.leakage_ranking import file_rows
from pages.leakage_scene import Proof, Scene

TABLES = ("ranking", "nights", "balance", "changes", "proof")


def file(
    view: View,
    it: Scene,
    asked: str,
    districts: tuple[DistrictRow, ...],
    proofs: list[Proof],
    parts: Parts,
) -> dict[str, Any]:
    """The file of 'TABLE|KIND'. KeyError for another."""
    name, _, kind = asked.partition("|")
    if name not in TABLES or kind not in KINDS:
        raise KeyError(asked)
    heads, rows = _table(view, it, name, districts, proofs, parts)
    title = view.text(f"leakage.panel_{name}")
    where = it.reach.label
    if name in ("nights", "balance", "proof") and it.focus is not None:
        where = it.focus.name(view.language)
    known = np.isfinite(it.nightly["night"])
    share = percent(100 * float(known.mean()), 2) if len(known) else MISSING
    more = [
        (view.text("leakage.coverage"), share),
        (view.text("leakage.definition"), view.text(f"leakage.about_{name}")),
        (view.text("leakage.parameters"), view.text(
            "leakage.parameter_words", use=f"{it.city.found.use.prior:.2f}")),
    ]  # fmt: skip
    return download(
        kind, file_name(view, title, where), heads, rows, facts(view, where, it.span, more), title
    )


def _table(
    view: View,
    it: Scene,
    name: str,
    districts: tuple[DistrictRow, ...],
    proofs: list[Proof],
    parts: Parts,
) -> tuple[list[str], list[list[Any]]]:
    if name == "ranking":
        return file_rows(view, it, {d.id: d.name(view.language) for d in districts})
    if name == "nights":
        return _nights(view, it)
    if name == "balance":
        rows = [[view.text(f"leakage.part_{part}"), amount] for part, amount, _ in parts.shown]
        return [view.text("leakage.part"), "m³"], rows
    if name == "changes":
        heads = ["began", "told", "code", "name", "size", "low", "high", "ramp"]
        rows = [
            [it.day(c.first).isoformat(), it.day(c.told).isoformat(), s.code,
             s.name(view.language), c.size, c.low, c.high, c.ramp]
            for s, c in it.changes(100_000)
        ]  # fmt: skip
        return [view.text(f"leakage.head_{head}") for head in heads], rows
    heads = ["order", "before", "after", "difference", "low", "high", "verdict"]
    rows = [
        [p.order.number, p.before.value, p.after.value, p.difference.value, p.difference.low,
         p.difference.high, view.text(f"leakage.verdict_{p.verdict or 'open'}")]
        for p in proofs
    ]  # fmt: skip
    return [view.text(f"leakage.head_{head}") for head in heads], rows


def _nights(view: View, it: Scene) -> tuple[list[str], list[list[Any]]]:
    """Nights of the compound in focus: minimum, the same without the common course, the course."""
    heads = [view.text(f"leakage.head_{h}") for h in ("date", "minimum_unit", "plain", "course")]
    row = None if it.focus is None else it.city.row.get(it.focus.id)
    if row is None:
        return heads, []
    found = it.city.found
    rows = [
        [day.isoformat(), *(None if np.isnan(v) else float(v) for v in
                            (found.nights[row, n], found.plain[row, n], found.course[n]))]
        for n, day in enumerate(it.city.days)
    ]  # fmt: skip
    return heads, rows
