"""The cockpit's tables to take away: alarms that stand, figures of the districts. A wall shows no
buttons, and may not ask for files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from dash import ALL, Dash, Input, Output, ctx, dcc, no_update

from components.export import KINDS, download, facts, file_name
from components.ids import each, ident
from components.page import View, bound
from data.alarms import ANNOUNCED
from data.catalogue.indicators import indicators
from data.indicator_rights import sees
from data.stores import Stores
from pages import alarm_rows
from pages.cockpit_facts import CityFacts
from pages.cockpit_tiles import RATIOS

DOWNLOAD = ident("cockpit", "download")
LEVELS = (1, 2, 3, 4)
Facts = Callable[[View], CityFacts]


def place() -> dcc.Download:
    """Where the files come down."""
    return dcc.Download(id=DOWNLOAD)


def register_files(app: Dash, stores: Stores, known: Facts) -> None:
    """`known` gives the facts of the viewer's scope."""

    def take_away(stores: Stores, view: View, clicks: list[int | None]) -> Any:
        if not isinstance(ctx.triggered_id, dict) or not any(clicks):
            return no_update
        return file(stores, view, known, str(ctx.triggered_id["index"]))

    app.callback(
        Output(DOWNLOAD, "data"),
        Input(each("cockpit", "export", ALL), "n_clicks"),
        prevent_initial_call=True,
    )(bound(take_away, stores))


def file(stores: Stores, view: View, known: Facts, asked: str) -> dict[str, Any]:
    """The file of 'TABLE|KIND'. KeyError for another."""
    name, _, kind = asked.partition("|")
    make = {"alarms": _alarms, "districts": _districts}[name]
    if kind not in KINDS:
        raise KeyError(asked)
    heads, rows = make(stores, view, known)
    title = view.text(f"cockpit.file_{name}")
    where = view.text("shell.city")
    if view.scope.district_id is not None:
        where = ", ".join(d.name(view.language) for d in stores.stations.districts(view.scope))
    about = facts(view, where, rows=len(rows))
    return download(kind, file_name(view, title), heads, rows, about, title)


def _alarms(stores: Stores, view: View, known: Facts) -> tuple[list[str], list[list[Any]]]:
    """All that stand, the panel's order: by level, the newest first."""
    rows = [row for row in stores.alarms.open(view.scope) if row.state in ANNOUNCED]
    rows.sort(key=lambda row: (row.level, row.state == "returned", -row.active_at.timestamp()))
    return alarm_rows.file(view, rows)


def _districts(stores: Stores, view: View, known: Facts) -> tuple[list[str], list[list[Any]]]:
    """A row a district: houses, open alarms by level, supply of today, ratios of the last 24 h, and
    the usual energy a m³, as far as the viewer's role may see them."""
    told, table = known(view), indicators()
    counts: dict[int, Counter[int]] = {}
    for row in stores.alarms.open(view.scope):
        if row.state in ANNOUNCED:
            counts.setdefault(row.district_id, Counter())[row.level] += 1
    houses = Counter(s.district_id for s in stores.stations.all(view.scope))
    heads = [view.text("filter.district"), view.text("comparison.code"),
             view.text("district.stations")]  # fmt: skip
    heads += [f"{view.text('cockpit.alarms')} · {view.text(f'level.{n}')}" for n in LEVELS]
    supply, ratios = table["supply"], [table[c] for c, _ in RATIOS if sees(view.user, c)]
    today = view.text("cockpit.file_today")
    heads.append(f"{supply.name(view.language)} ({supply.unit}) · {today}")
    heads += [f"{r.name(view.language)} ({r.unit}) · 24 h" for r in ratios]
    usual = [row for row in ratios if row.code == "specific_energy"]
    heads += [f"{r.name(view.language)} ({r.unit}) · {view.text('cockpit.file_usual')}"
              for r in usual]  # fmt: skip
    rows = [
        [d.name(view.language), d.code, houses[d.id],
         *(counts.get(d.id, Counter())[n] for n in LEVELS), told.value(supply, d.id),
         *(told.last_24h(r, d.id) for r in ratios), *(told.mean(r, d.id) for r in usual)]
        for d in stores.stations.districts(view.scope)
    ]  # fmt: skip
    return heads, rows
