"""Alarms of the past narrowed by the URL, as the page of alarm statistics links to them:
`rule= family= level= station= brand= type= scope=`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import dcc

from components.page import View
from components.time_range import link
from data.catalogue.points import station_types
from data.catalogue.profiles import profiles
from data.catalogue.rules import rules
from data.station_rows import CompoundRow
from data.stores import Stores
from pages.reach import place_of

NAMES = ("rule", "family", "level", "station", "brand", "type", "scope")


def narrowed(stores: Stores, view: View, params: Mapping[str, str]) -> dict[str, Any]:
    """What data.alarms.Alarms.history takes beside scope and span. A word that means nothing within
    reach finds nothing: the list never shows more than was asked for."""
    found: dict[str, Any] = {}
    if rule := params.get("rule"):
        found["rules"] = [rule]
    elif family := params.get("family"):
        found["rules"] = [id for id in rules() if id[2:4] == family]
    if level := params.get("level"):
        found["levels"] = [int(level)] if level in ("1", "2", "3", "4") else []
    asked = params.get("scope", "")
    place = place_of(stores, view, asked)
    compound = place if isinstance(place, CompoundRow) else None
    if asked and compound is None:
        found["districts"] = [] if place is None else [place.id]
    named = {name: params[name] for name in ("station", "brand", "type") if params.get(name)}
    homes = stores.stations.compounds(view.scope)
    if named or compound is not None:
        found["stations"] = [
            s.id
            for s in stores.stations.all(view.scope)
            if compound in (None, homes.get(s.compound_id or 0))
            and all(
                named.get(name, has) == has
                for name, has in (("station", s.code), ("brand", s.profile), ("type", s.type))
            )
        ]
    return found


def filter_words(stores: Stores, view: View, params: Mapping[str, str]) -> dict[str, str]:
    """Each filter of the URL in words."""
    lang, found = view.language, {}
    for name in NAMES:
        asked = params.get(name, "")
        if not asked:
            continue
        words = asked
        if name == "rule" and asked in rules():
            words = f"{asked} {rules()[asked].text(lang)}"
        elif name == "level":
            words = f"{view.text('alarms.level')} {asked}"
        elif name == "station" and (row := stores.stations.by_code(asked, view.scope)):
            words = row.name(lang)
        elif name == "type" and asked in station_types():
            words = station_types()[asked].zh if lang == "zh" else station_types()[asked].en
        elif name == "brand" and asked in profiles():
            words = profiles()[asked].zh if lang == "zh" else profiles()[asked].en
        elif name == "scope":
            place = place_of(stores, view, asked)
            words = asked.removeprefix("d:") if place is None else place.name(lang)
        found[name] = words
    return found


def filter_chips(stores: Stores, view: View, params: Mapping[str, str]) -> list[Any]:
    """A chip for each filter of the history; its link takes it away."""
    if params.get("tab") != "history":
        return []
    return [
        dcc.Link([words, " ×"], href=link("/alarms", params, **{name: ""}), className="chip on")
        for name, words in filter_words(stores, view, params).items()
    ]
