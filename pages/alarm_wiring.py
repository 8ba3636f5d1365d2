"""Contacts that are suspected of being wired the other way round, on the page of alarms: what the
collector asks, and the one click that answers it."""

from __future__ import annotations

import re
from typing import Any

from dash import dcc, html

from components.alarm_text import alarm_words
from components.attributes import data
from components.formats import day_clock, number
from components.ids import ident
from components.page import View
from components.time_range import link
from data.catalogue.points import columns
from data.catalogue.profiles import profiles
from data.rights import Refused, allowed
from data.station_rows import StationRow
from data.stores import Stores
from data.wiring import INVERTED, OPEN, REAL, NoticeRow

STEP = ident("alarms", "step")
SHOWN = 6
"""Stations of a profile that are named."""


def wiring_banner(stores: Stores, view: View) -> list[Any]:
    """That there are questions, above the active alarms."""
    count = len(stores.wiring.rows((OPEN,), view.scope))
    if not count:
        return []
    where = link("/alarms", {"tab": "out_of_service"})
    return [
        html.Div(
            [
                html.B(view.text("alarms.wiring_open", count=count)),
                dcc.Link(view.text("alarms.wiring_look"), href=where, className="more"),
            ],
            className="flood-banner wiring", role="status",
        )
    ]  # fmt: skip


def wiring_list(stores: Stores, view: View) -> list[Any]:
    """Each question with its two answers, for those who may answer."""
    rows = stores.wiring.rows((OPEN,), view.scope)
    if not rows:
        return []
    known = {station.id: station for station in stores.stations.all(view.scope)}
    return [html.Ul([_question(view, row, known) for row in rows], className="permits wiring")]


def wiring_print(stores: Stores, view: View) -> str:
    """Changes when a question comes, grows or is answered."""
    rows = stores.wiring.rows((OPEN,), view.scope)
    return ",".join(f"w{row.id}:{len(row.cells)}" for row in rows)


def answer(stores: Stores, view: View, step: str) -> str:
    """Take the answer `wiring:inverted:ID` or `wiring:real:ID`; words for the person. Raises
    Forbidden, NotFound, Refused."""
    asked = re.fullmatch(f"wiring:({INVERTED}|{REAL}):([0-9]{{1,12}})", step)
    if asked is None:
        raise Refused("not_a_number")
    stores.wiring.decide(int(asked[2]), asked[1] == INVERTED, view.user, view.now)
    return view.text(f"alarms.done_wiring_{asked[1]}")


def _question(view: View, row: NoticeRow, known: dict[int, StationRow]) -> html.Li:
    lang = view.language
    mine = sorted(row.stations & known.keys())
    named = [known[id] for id in mine[: SHOWN if row.profile else 1]]
    places: list[Any] = []
    for station in named:
        places += [
            *([" · "] if places else []),
            dcc.Link(station.name(lang), href=f"/stations/{station.code}", className="more"),
        ]
    if row.profile:
        brand = profiles().get(row.profile)
        name = row.profile if brand is None else brand.zh if lang == "zh" else brand.en
        places = [
            view.text("alarms.wiring_profile", profile=name, count=number(len(row.stations))),
            " ", *places, *([" …"] if len(mine) > len(named) else []),
        ]  # fmt: skip
    rules = "、" if lang == "zh" else ", "
    share = view.text("alarms.wiring_share", share=number(100 * row.share))
    held = view.text(
        "alarms.wiring_held", rules=rules.join(alarm_words(id, "", lang) for id in row.rules),
        at=day_clock(row.until_at, view.zone, view.now),
    ) if row.until_at > view.now else view.text("alarms.wiring_back")  # fmt: skip
    points = rules.join(_points(row, named, lang))
    whole = row.stations <= known.keys() and allowed(view.user, "points.polarity")
    buttons: list[Any] = [
        html.Button(
            view.text(f"alarms.do_wiring_{one}"), type="button",
            className="button primary" if one == INVERTED else "button",
            **data(step=f"wiring:{one}:{row.id}"),
        )
        for one in (INVERTED, REAL)
    ] if whole else [html.Span(view.text("alarms.wiring_who"), className="hint")]  # fmt: skip
    return html.Li(
        [
            html.B(view.text("alarms.wiring_ask", point=points)), html.Span(places),
            html.Span(f"{share} · {held}", className="soft"),
            html.Span(buttons, className="step-buttons", **data(into=STEP)),
        ]
    )  # fmt: skip


def _points(row: NoticeRow, stations: list[StationRow], lang: str) -> list[str]:
    """Names of the contacts at these stations, each once."""
    names = {
        code: column.name(lang)
        for station in stations
        for column in columns(station.layout)
        if (code := column.code) in {code for at, code in row.cells if at == station.id}
    }
    return sorted(set(names.values()))
