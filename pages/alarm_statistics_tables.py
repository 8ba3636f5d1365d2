"""Tables of the page of alarm statistics, on screen and as files."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import polars as pl
from dash import dcc, html

from analytics.alarm_statistics import SLOT, TOP, distribution
from components.alarm_text import alarm_words
from components.figure_text import figure_words
from components.formats import day_clock, number
from components.glyphs import level_glyph
from components.page import View
from components.states import empty
from components.tables import Field, grid, table
from components.time_range import link
from data.catalogue.alarm_targets import targets
from data.catalogue.points import station_types
from data.catalogue.profiles import profiles
from data.catalogue.rules import rules
from data.stores import Stores
from pages.alarm_statistics_facts import Scene
from pages.alarm_statistics_panels import bar

MOST = 300
"""Rows that a grid gets; a file has all."""
LINES = 60
"""Rows of a list on screen."""
COLUMNS: dict[str, int] = {
    "n": 0, "share": 1, "station_day": 3, "chattering": 0, "fleeting": 0, "stale": 0, "orders": 1,
    "false": 1, "acknowledge_p50": 1, "acknowledge_p90": 1, "clear_p50": 1, "clear_p90": 1,
}  # fmt: skip
"""Columns of a group with their decimals."""
LISTED: dict[str, dict[str, int | None]] = {
    "chattering": {"activations": 0, "quick": 0, "turns": 0, "long": 0},
    "fleeting": {"at": None, "seconds": 1},
    "stale": {"at": None, "cleared": None, "hours": 1},
}
"""Columns of each list beside station and rule, with decimals; None is a time."""


class Names:
    """What groups are called, and where their alarms are listed."""

    def __init__(self, stores: Stores, view: View) -> None:
        self._view = view
        lang = view.language
        self.stations = {s.id: s for s in stores.stations.all(view.scope)}
        self.districts = {d.id: d for d in stores.stations.districts(view.scope)}
        self._words: dict[str, Mapping[Any, str]] = {
            "rule": {id: f"{id} {row.text(lang)}" for id, row in rules().items()},
            "station": {id: s.name(lang) for id, s in self.stations.items()},
            "district": {id: d.name(lang) for id, d in self.districts.items()},
            "type": {k: v.zh if lang == "zh" else v.en for k, v in station_types().items()},
            "brand": {k: v.zh if lang == "zh" else v.en for k, v in profiles().items()},
        }

    def of(self, by: str, value: Any) -> str:
        """The name of a group."""
        if by == "level":
            return f"{value} {self._view.text(f'level.{value}')}"
        if by == "family":
            return f"{value} {self._view.text(f'alarm_statistics.family_{value}')}"
        return self._words[by].get(value, str(value))

    def href(self, by: str, value: Any) -> str:
        """The history of a group's alarms, in the same place and time."""
        said = {name: self._view.params.get(name, "") for name in ("scope", "type", "from", "to")}
        said["from"] = said["from"] or "now-7d"
        if by == "station":
            return link("/alarms", said, tab="history", station=self._code(value))
        if by == "district":
            known = self.districts.get(value)
            if not said["scope"].startswith("c:"):  # a compound lies within its district
                said["scope"] = f"d:{known.code}" if known else ""
            return link("/alarms", said, tab="history")
        return link("/alarms", said, tab="history", **{by: str(value)})

    def _code(self, id: int) -> str:
        return self.stations[id].code if id in self.stations else ""


def group_grid(view: View, it: Scene, names: Names, by: str, name: str) -> Any:
    """Groups to sort; a name leads to its alarms."""

    def numeric(field: str, decimals: int) -> dict[str, Any]:
        return {
            "field": field, "headerName": view.text(f"alarm_statistics.col_{field}"),
            "headerTooltip": view.text(f"alarm_statistics.tip_{field}"), "type": "rightAligned",
            "width": 92, "valueFormatter": {"function": f"fixed(params.value, {decimals})"},
        }  # fmt: skip

    first = {
        "field": "name", "headerName": view.text(f"alarm_statistics.by_{by}"), "width": 260,
        "pinned": "left", "cellRenderer": "CellLink", "comparator": {"function": "byText"},
    }  # fmt: skip
    rows = [
        {
            "id": str(row[by]),
            "name": {"text": names.of(by, row[by]), "href": names.href(by, row[by])},
            **{key: row[key] for key in COLUMNS},
        }
        for row in it.grouped(by).head(MOST).iter_rows(named=True)
    ]
    columns = [first, *(numeric(key, digits) for key, digits in COLUMNS.items())]
    return grid(name, columns, rows, view.language)


def group_file(view: View, it: Scene, names: Names, by: str) -> tuple[list[str], list[list[Any]]]:
    """Head and rows of the file of groups."""
    heads = [view.text(f"alarm_statistics.{key}") for key in ("code", f"by_{by}")]
    heads += [view.text(f"alarm_statistics.tip_{key}") for key in COLUMNS]
    return heads, [
        [row[by], names.of(by, row[by]), *(row[key] for key in COLUMNS)]
        for row in it.grouped(by).iter_rows(named=True)
    ]


def top_ten(view: View, it: Scene, names: Names, by: str) -> Any:
    """The most frequent rules or stations, with bars."""
    rows = it.grouped(by).head(TOP)
    if not rows.height:
        return empty(view.language, view.text("alarm_statistics.none"))
    most = float(rows["share"][0])
    fields = [
        Field("name", view.text(f"alarm_statistics.by_{by}"), width="50%"),
        Field("bar", ""),
        Field("n", view.text("alarm_statistics.col_n"), right=True, width="15%"),
        Field("share", "%", right=True, width="12%"),
    ]
    body = [
        {
            "name": dcc.Link(
                names.of(by, row[by]), href=names.href(by, row[by]), title=names.of(by, row[by])
            ),
            "bar": bar(row["share"], most),
            "n": number(row["n"]),
            "share": number(row["share"], 1),
        }
        for row in rows.iter_rows(named=True)
    ]
    return table(fields, body, view.text(f"alarm_statistics.top_{by}"))


def lines(view: View, it: Scene, names: Names, which: str) -> Any:
    """One of the lists: alarm points that chatter, fleeting and stale activations."""
    rows = it.listed(which)
    if not rows.height:
        return empty(view.language, view.text(f"alarm_statistics.no_{which}"))
    fields = [
        Field("level", width="40px"),
        Field("station", view.text("alarms.station"), width="24%"),
        Field("event", view.text("alarms.event")),
        *(
            Field(key, view.text(f"alarm_statistics.{key}"), right=True, width="14%")
            for key in LISTED[which]
        ),
    ]
    made = [_line(view, names, row, which) for row in rows.head(LINES).iter_rows(named=True)]
    drawn = table(fields, made, view.text(f"alarm_statistics.list_{which}"))
    if rows.height <= LINES:
        return drawn
    more = view.text("alarms.shown", shown=LINES, total=number(rows.height))
    return [drawn, html.P(more, className="hint below")]


def _line(view: View, names: Names, row: dict[str, Any], which: str) -> dict[str, Any]:
    station, rule = names.stations.get(row["station"]), rules().get(row["rule"])
    where = names.of("station", station.id) if station else names.of("district", row["district"])
    href = f"/alarms?sel={row['alarm']}" if "alarm" in row else names.href("rule", row["rule"])
    if "alarm" not in row and station is not None:
        href = f"{href}&station={station.code}"
    shown = {
        key: day_clock(_local(view, row["on" if key == "at" else "off"]), view.zone, view.now)
        if digits is None
        else number(row[key], digits)
        for key, digits in LISTED[which].items()
    }
    words = alarm_words(row["rule"], row["place"], view.language)
    return {
        "level": level_glyph(rule.level, view.language, size=16) if rule else "",
        "station": dcc.Link(where, href=f"/stations/{station.code}") if station else where,
        "event": dcc.Link(words, href=href, title=words),
        **shown,
    }


def list_file(view: View, it: Scene, names: Names, which: str) -> tuple[list[str], list[list[Any]]]:
    """Head and rows of the file of a list: raw numbers, times of the site."""
    heads = [view.text(f"alarms.{key}") for key in ("station", "station_code", "rule", "event")]
    heads += [view.text(f"alarm_statistics.{key}") for key in LISTED[which]]
    found = []
    for row in it.listed(which).iter_rows(named=True):
        station = names.stations.get(row["station"])
        row |= {"at": _local(view, row.get("on")), "cleared": _local(view, row.get("off"))}
        found.append([
            station.name(view.language) if station else names.of("district", row["district"]),
            station.code if station else "", row["rule"],
            alarm_words(row["rule"], row["place"], view.language),
            *(row[key] for key in LISTED[which]),
        ])  # fmt: skip
    return heads, found


def figure_file(view: View, it: Scene) -> tuple[list[str], list[list[Any]]]:
    """All figures with target, verdict, coverage, reasons, definition."""
    keys = ("figure", "value", "unit", "target", "limit", "verdict", "coverage", "why")
    lang, body = view.language, []
    for row in targets().values():
        told = it.figures[row.code]
        verdict = row.verdict(told.value)
        words = view.text(f"alarm_statistics.{verdict}") if verdict else ""
        body.append([
            row.text(lang), told.value, row.unit, row.target, row.limit, words,
            round(told.coverage, 4), figure_words(told, lang), row.about.text(lang),
        ])  # fmt: skip
    return [view.text(f"alarm_statistics.{key}") for key in (*keys, "definition")], body


def rate_file(view: View, it: Scene) -> tuple[list[str], list[list[Any]]]:
    """Every 10 min: how many alarms, and whether in a flood."""
    heads = [view.text(f"alarm_statistics.{key}") for key in ("at", "in_period", "in_flood")]
    slots = pl.DataFrame({"n": it.rate.counts, "flood": it.rate.flooded}).iter_rows()
    return heads, [
        [_local(view, it.rate.start + SLOT * i), n, int(flood)]
        for i, (n, flood) in enumerate(slots)
    ]


def period_file(view: View, it: Scene) -> tuple[list[str], list[list[Any]]]:
    """10-min periods by how many alarms they held."""
    shares = distribution(it.rate.counts)
    return [view.text("alarm_statistics.in_period"), "%"], [[*one] for one in shares.items()]


def _local(view: View, ms: int | None) -> datetime | None:
    """A time of the site."""
    return None if ms is None else datetime.fromtimestamp(ms / 1000, view.zone)
