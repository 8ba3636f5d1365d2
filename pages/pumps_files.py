"""Everything on the page of pumps to take away: CSV, and Excel with definitions."""

from __future__ import annotations

from typing import Any

import numpy as np

from components.export import KINDS, download, facts, file_name
from components.page import View
from data.stores import Stores
from pages.pumps_detail import (
    Subject,
    efficiency_chart,
    gap_told,
    head_chart,
    history,
    ratios,
    sequence,
)
from pages.pumps_facts import City
from pages.pumps_ranking import columns_of, rank_of, rows_of
from pages.reach import Reach

TABLES = ("ranking", "head", "eta", "ratio", "wear", "gap", "sequence", "set")


def file(
    stores: Stores, view: View, city: City, it: Reach, chosen: list[Subject], asked: str
) -> dict[str, Any]:
    """The file of 'TABLE|KIND'. KeyError for another."""
    name, _, kind = asked.partition("|")
    if name not in TABLES or kind not in KINDS:
        raise KeyError(asked)
    heads, rows = table_of(stores, view, city, it, chosen, name)
    title = view.text("pumps.title") if name == "ranking" else view.text(f"pumps.panel_{name}")
    what = it.label if name == "ranking" else "、".join(s.name for s in chosen)
    early = "—" if city.early is None else f"{city.early[0]} – {city.early[1]}"
    more = [
        (view.text("pumps.reference"), early),
        (view.text("pumps.definition"), view.text(f"pumps.about_{name}", most="")),
    ]
    listed = facts(view, what, f"{city.first} – {city.last}", more)
    return download(kind, file_name(view, title), heads, rows, listed, title)


def table_of(
    stores: Stores, view: View, city: City, it: Reach, chosen: list[Subject], name: str
) -> tuple[list[str], list[list[Any]]]:
    """Heads with units, and raw rows."""
    if name == "ranking":
        columns = [c for c, _ in columns_of(rank_of(view))]
        heads = ["#", view.text("pumps.col_name"), *(view.text(f"pumps.col_{c}") for c in columns)]
        rows = rows_of(view, city, it, None)
        return heads, [[r["n"], r["name"]["text"], *(r[c] for c in columns)] for r in rows]
    if not chosen:
        return [], []
    first = chosen[0]
    if name == "head":
        chart = head_chart(stores, view, city, chosen)
        heads = ["pump", "kind", "Q (m³/h)", "H (m)", "H low (m)", "H high (m)"]
        curve = [[first.name, "50 Hz", *_row(v)] for v in
                 zip(chart.flow, chart.learnt, chart.low, chart.high, strict=True)]  # fmt: skip
        points = [[c.name, "duty", *_row(v), None, None] for c in chart.clouds
                  for v in zip(c.flow, c.head, strict=True)]  # fmt: skip
        return heads, curve + points
    if name == "eta":
        eta = efficiency_chart(view, city, first)
        heads = ["pump", "kind", "Q (m³/h)", "η (%)", "η low (%)", "η high (%)"]
        curve = [[first.name, "pump 50 Hz", *_row(v)] for v in
                 zip(eta.flow, eta.learnt, eta.low, eta.high, strict=True)]  # fmt: skip
        wire = zip(*eta.points, strict=True)
        return heads, curve + [[first.name, "wire to water", *_row(v), None, None] for v in wire]
    if name == "ratio":
        pairs = zip(*ratios(city, first), strict=True)
        return ["Q/Q_BEP", "share (%)"], [_row(v) for v in pairs]
    return _more(stores, view, city, first, name)


def _more(
    stores: Stores, view: View, city: City, s: Subject, name: str
) -> tuple[list[str], list[list[Any]]]:
    if name == "wear":
        days, past = history(stores, city, s)
        losses = zip(days, past.loss, strict=True)
        return ["day", "loss of head (%)"], [[d.isoformat(), *_row([100.0 * v])] for d, v in losses]
    if name == "gap":
        told = gap_told(stores, city, s)
        named = [("used", told.actual), *told.parts.items(), ("enough", told.left)]
        heads = [view.text("pumps.part"), "kWh", "low (kWh)", "high (kWh)"]
        return heads, [[view.text(f"pumps.part_{n}"), f.value, f.low, f.high] for n, f in named]
    if name == "sequence":
        heads = ["Q (m³/h)", "H (m)", "ran", "pumps", "Hz", "kW", "trouble", "best"]
        return heads, [
            [*_row([flow, head]), ran, way.pumps, *_row([way.hertz, way.power]), way.trouble,
             top is not None and top.pumps == way.pumps]
            for flow, head, ways, top, ran in sequence(city, s)
            for way in ways
        ]  # fmt: skip
    own = np.flatnonzero(city.plant.of == s.set)
    p = city.pumps
    heads = [view.text(f"pumps.col_{n}") for n in ("pump", "share", "preferred", "ratio", "own",
                                                   "wire")]  # fmt: skip
    return heads, [
        [int(city.plant.pump[i]), *_row([100.0 * p.share[i], 100.0 * p.duty.preferred[i],
                                         p.duty.ratio[i], 100.0 * p.own[i],
                                         100.0 * p.wire_to_water[i]])]
        for i in own
    ]  # fmt: skip


def _row(values: Any) -> list[float | None]:
    return [round(float(v), 4) if np.isfinite(v) else None for v in values]
