"""How whole the data behind a page of analysis are, and the page accordingly: stale, partial,
empty or as it is. All pages of analysis say it in this one way.

It is told from the facts of the days of the stations in reach, whatever else a page reads.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from weakref import WeakKeyDictionary

import polars as pl
from dash import dcc, html

from components.formats import number, percent
from components.page import View
from components.states import empty
from components.time_range import link
from data.stores import Stores
from pages.guarded import Broken, attempt
from pages.kept import Kept
from pages.reach import Reach

WHOLE = 0.99
"""Coverage from which on nothing is said of it."""
KEPT_SECONDS = 120.0
FACTS = ("F.online_s", "F.expected_s")
_KEPT: WeakKeyDictionary[Any, Kept] = WeakKeyDictionary()


@dataclass(frozen=True)
class Standing:
    """share: of the station-days that should be known, 0 to 1, each as long as it was online.
    newest: the last day of the span with data in reach, None without any; due: the last day that
    should have some; silent of all stations have none in the span; begun, ended: first and last
    day of the lake."""

    share: float
    newest: date | None
    due: date
    silent: int
    stations: int
    begun: date | None
    ended: date | None

    @property
    def stale(self) -> bool:
        return self.newest is not None and self.newest < self.due

    @property
    def partial(self) -> bool:
        return self.newest is not None and self.share < WHOLE

    def words(self, view: View) -> str:
        """What is amiss, '' for nothing: since when nothing has come, the share that is known and
        why it isn't all."""
        said = []
        if self.stale and self.newest is not None:
            age = (self.due - self.newest).days
            said.append(view.text("standing.stale", at=self.newest, age=number(age)))
        if self.partial:
            share = percent(100 * self.share, 1)
            why = "standing.silent" if self.silent else "standing.gaps"
            reason = view.text(why, n=number(self.silent), of=number(self.stations))
            said.append(view.text("standing.partial", share=share, reason=reason))
        return " · ".join(said)


def standing(stores: Stores, view: View, here: Reach, first: date, last: date) -> Standing:
    """Of the days from `first` to `last`, both included; today, which isn't over, may lack."""
    yesterday = view.now.astimezone(view.zone).date() - timedelta(days=1)
    due = min(last, max(first, yesterday))
    whole = len(here.ids) == len(stores.stations.all())
    kept = _KEPT.setdefault(stores.lake, Kept(KEPT_SECONDS))
    key = (None if whole else tuple(here.ids), first, last, due)
    ids = None if whole else here.ids
    made: Standing = kept(key, lambda: _read(stores, view, ids, len(here.ids), first, last, due))
    return made


def _read(
    stores: Stores, view: View, ids: list[int] | None, stations: int, first: date, last: date,
    due: date,
) -> Standing:  # fmt: skip
    lake, zone = stores.lake, view.zone
    by_station = lake.summed("station_day", ("station",), FACTS, first, last, ids)
    by_day = lake.summed("station_day", ("day",), FACTS, first, last, ids)
    over = by_day.filter(pl.col("day") <= due)
    due_rows = stations * ((due - first).days + 1)
    share = min(1.0, float(over["rows"].sum() or 0) / due_rows) if due_rows else 0.0
    seconds, expected = (float(over[fact].sum() or 0.0) for fact in FACTS)
    share *= min(1.0, seconds / expected) if expected else 1.0
    online = pl.col("F.online_s").fill_null(1.0) > 0  # a day that doesn't say so has values
    heard = by_day.filter(online)["day"].max()
    silent = stations - by_station.filter(online).height
    files = stores.manifest.live("station_day")
    edges = [(file.from_ms, file.to_ms) for file in files]
    begun = min((low for low, _ in edges), default=None)
    ended = max((high for _, high in edges), default=None)
    return Standing(
        share, heard if isinstance(heard, date) else None, due, silent, stations,
        *(None if ms is None else datetime.fromtimestamp(ms / 1000, zone).date()
          for ms in (begun, ended)),
    )  # fmt: skip


def standing_page(
    stores: Stores, view: View, path: str, here: Reach, days: tuple[date, date],
    head: Sequence[Any], parts: Sequence[Any], css: str, own: Sequence[Any] = (),
) -> html.Div:  # fmt: skip
    """The page: its head, a line about its data where something is amiss, its parts; the parts
    recede while their data are old, and an empty span has one sentence in their place, with what
    to do. `own`: parts that stand without data, such as downloads."""
    found = attempt(lambda: standing(stores, view, here, *days))
    if isinstance(found, Broken):  # whichever panel needs the days says so itself
        return html.Div([*head, *parts, *own], className=css)
    if found.newest is None:
        return html.Div([*head, _empty(view, path, here, days, found), *own], className=css)
    words = found.words(view)
    line = [html.P(words, className="fell-back standing", role="status")] if words else []
    css = f"{css} stale" if found.stale else css
    return html.Div([*head, *line, *parts, *own], className=css)


def _empty(
    view: View, path: str, here: Reach, days: tuple[date, date], found: Standing
) -> html.Section:
    """What is missing and the one thing that helps: a span or a reach with data, else a look at
    what comes in."""
    sentence = view.text("standing.empty", place=here.label, first=days[0], last=days[1])
    narrowed = here.district is not None or here.type
    today = view.now.astimezone(view.zone).date()
    if found.begun is None or found.ended is None or found.begun >= today:
        words, href = view.text("standing.to_system"), "/system"
        sentence = view.text("standing.none_yet")
    elif found.ended < days[0] or found.begun > days[1] or not narrowed:
        start, end = found.ended - timedelta(days=6), found.ended + timedelta(days=1)
        words = view.text("standing.to_newest")
        href = link(path, view.params, **{"from": f"{start}", "to": f"{end}"})
    else:
        words, href = view.text("standing.to_city"), link(path, view.params, scope="", type="")
    action = dcc.Link(words, href=href, className="button")
    last = "" if found.ended is None else f"{found.ended}"
    return html.Section(empty(view.language, sentence, last, action), className="panel")
