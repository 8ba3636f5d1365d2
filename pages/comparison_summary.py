"""The tell-tale figures of each compared entity, and its place among like stations."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from dash import html

from analytics.benchmark import Peers, peers, robust_z
from analytics.duty_cloud import preferred_share
from components.figure_text import figure_value
from components.formats import MISSING, number, percent
from components.selection import named
from components.tables import Field, table
from components.time_range import days
from pages.comparison_asked import Asked
from pages.comparison_facts import BY_CODE, changes, duty, duty_rows, period_of
from pages.comparison_periods import growth_cell
from pages.desk import desk_of

SUMMARY = ("efficiency", "specific_energy", "lift_energy")
WIDTHS = {"lift_energy": "12%", "prev": "12.5%", "yoy": "12.5%"}
"""Of columns with a long unit, or with a bound in place of a value."""


def summary(asked: Asked) -> html.Table:
    """The tell-tale figures of each entity beside each other."""
    view = asked.view
    made = {
        how: changes(asked.stores, view, asked.entities, asked.span, how) for how in ("prev", "yoy")
    }
    sums, _ = duties(asked)
    places = peer_places(asked)
    fields = [Field("entity", view.text("points.line"), width="19%")]
    extra = ("prev", "yoy", "night_share", "zone_share", "peer")
    fields += [
        Field(code, view.text(f"comparison.{code}"), right=True, width=WIDTHS.get(code, ""))
        for code in (*SUMMARY, *extra)
    ]
    rows = []
    for entity in asked.entities:
        row: dict[str, Any] = {"entity": named(entity)}
        for code in SUMMARY:
            found = made["prev"][entity.key, code].current
            row[code] = figure_value(found, BY_CODE[code].decimals, view.language, False, False)
        for how, table_of in made.items():
            row[how] = growth_cell(view, table_of[entity.key, "specific_energy"])
        night = made["prev"][entity.key, "night"].current.value
        flow = made["prev"][entity.key, "mean_flow"].current.value
        row["night_share"] = number(night / flow if night is not None and flow else None, 2)
        plate = asked.set_of(entity)
        share = None if plate is None or entity.key not in sums else preferred_share(
            sums[entity.key], plate.rated_flow
        )  # fmt: skip
        row["zone_share"] = percent(share, 0)
        row["peer"] = places.get(entity.station, MISSING)
        rows.append(row)
    return table(fields, rows, view.text("comparison.day"))


def peer_places(asked: Asked) -> dict[int, str]:
    """Robust distance of each entity's kWh/(m³·MPa) from its like stations, and how many those
    are; stations without enough like ones are left out."""
    frame = asked.fleet
    if not frame.height:
        return {}
    groups = like_stations(asked, frame)
    x = np.log(frame["lift"].to_numpy())
    at = {id: n for n, id in enumerate(frame["station"])}
    found = {}
    for entity in asked.entities:
        n = at.get(entity.station)
        if n is None:
            continue
        z = float(robust_z(x[n : n + 1], x[groups.members[n]])[0])
        if np.isfinite(z):
            shown = number(z, 1, signed=True)
            found[entity.station] = f"{shown} ({len(groups.members[n])})"
    return found


def duties(asked: Asked) -> tuple[dict[str, dict[str, np.ndarray]], str]:
    """Sums of each entity's set, and in words which sets they are."""
    sums, words = {}, []
    ids = [entity.station for entity in asked.entities]
    rows = duty_rows(asked.stores, ids, period_of(asked.span))
    for entity in asked.entities:
        row = asked.set_of(entity)
        if row is None:
            continue
        sums[entity.key] = duty(rows, entity, row.zone)
        words.append(asked.view.text(f"mimic.zone_short_{row.zone}"))
    return sums, " / ".join(words)


def like_stations(asked: Asked, frame: pl.DataFrame) -> Peers:
    """The like stations of each row of `frame`; kept for a minute."""
    first, last = days(asked.span, asked.span.zone)

    def make() -> Peers:
        stations = asked.stores.stations
        rows = [stations.get(id, asked.view.scope) for id in frame["station"]]
        year = asked.view.now.year
        ages = [np.nan if r is None or r.build_year is None else year - r.build_year for r in rows]
        return peers(
            ["" if r is None else r.type for r in rows], frame["head"].to_numpy(),
            frame["volume"].to_numpy() / ((last - first).days + 1), np.array(ages, float),
        )  # fmt: skip

    key = ("peers", asked.view.scope, tuple(frame["station"]), first, last)
    made: Peers = desk_of(asked.stores).kept(key, make)
    return made
