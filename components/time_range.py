"""The time range of a page: presets, custom, compare. It lives in the URL and nowhere else.

Grammar of `from` and `to`: `now`, `now-6h`, `now/d` (start of today), or an ISO date or time,
which is the site's own time when it names no zone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import dash_bootstrap_components as dbc
from dash import dcc, html

from components.attributes import data
from components.formats import midnight
from components.ids import ident
from components.page import View

PRESETS = {"1h": "now-1h", "6h": "now-6h", "today": "now/d", "7d": "now-7d", "30d": "now-30d"}
COMPARE = {"none": 0, "yesterday": 1, "week": 7}
"""Days that the compared span lies back."""
LONGEST = timedelta(days=800)
_STEP = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}


@dataclass(frozen=True)
class TimeRange:
    """A span [start, end), UTC. `whole_end` is where its axis ends: today's runs to midnight."""

    start: datetime
    end: datetime
    whole_end: datetime
    preset: str
    """Key of PRESETS, or 'custom'."""
    compare: str
    """Key of COMPARE."""
    live: bool
    """The range ends now and moves on."""

    @property
    def compared(self) -> tuple[datetime, datetime] | None:
        """The span to compare with, over the whole axis; None when nothing is compared."""
        back = timedelta(days=COMPARE[self.compare])
        return (self.start - back, self.whole_end - back) if back else None

    @property
    def shift(self) -> timedelta:
        return timedelta(days=COMPARE[self.compare])


def time_range(
    params: Mapping[str, str], now: datetime, zone: ZoneInfo, preset: str = "today"
) -> TimeRange:
    """The range that a URL asks for; what it does not say, or says wrongly, is `preset`.

    A range ends after it starts, not later than now, and spans LONGEST at most.
    """
    compare = params.get("cmp", "none")
    compare = compare if compare in COMPARE else "none"
    asked_start, asked_end = params.get("from", ""), params.get("to", "now")
    start = moment(asked_start, now, zone)
    end = moment(asked_end, now, zone)
    if start is None or end is None or not start < min(end, now):
        asked_start, asked_end = PRESETS[preset], "now"
        start, end = moment(asked_start, now, zone) or now, now
    end = min(end, now)
    start = max(start, end - LONGEST)
    live = asked_end == "now"
    name = next((k for k, v in PRESETS.items() if live and v == asked_start), "custom")
    whole_end = midnight(now, zone, -1).astimezone(UTC) if name == "today" else end
    return TimeRange(start, end, whole_end, name, compare, live)


def days(chosen: TimeRange, zone: ZoneInfo) -> tuple[date, date]:
    """First and last local day that the range touches; a range to midnight ends the day before."""
    last = chosen.end - timedelta(microseconds=1)
    return chosen.start.astimezone(zone).date(), last.astimezone(zone).date()


def moment(text: str, now: datetime, zone: ZoneInfo) -> datetime | None:
    """The time that a piece of the grammar means, UTC; None when it means nothing."""
    if text == "now":
        return now
    if text == "now/d":
        return midnight(now, zone).astimezone(UTC)
    if found := re.fullmatch(r"now-(\d{1,4})([mhd])", text):
        return now - int(found[1]) * _STEP[found[2]]
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    try:
        return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)
    except OverflowError:
        return None


def link(path: str, params: Mapping[str, str], **changes: str) -> str:
    """`path` with these parameters; a change to '' takes its parameter away."""
    query = {**params, **changes}
    return f"{path}?{urlencode({k: v for k, v in query.items() if v})}".rstrip("?")


def time_bar(view: View, page: str, path: str, chosen: TimeRange, compare: bool = True) -> html.Div:
    """Presets, own span and compare as links; the form of `custom` is sent by assets/lists.js."""
    params = dict(view.params)
    presets = []
    for key, value in PRESETS.items():
        href = link(path, params, **{"from": value, "to": ""})
        presets.append(_choice(view.text(f"range.{key}"), href, key == chosen.preset))
    compares = []
    for key in COMPARE:
        href = link(path, params, cmp="" if key == "none" else key)
        compares.append(_choice(view.text(f"compare.{key}"), href, key == chosen.compare))
    spans = html.Div([*presets, _custom(view, page, chosen)], className="choices")
    against = [
        html.Span(view.text("compare.label"), className="hint"),
        html.Div(compares, className="choices"),
    ]
    return html.Div([spans, *(against if compare else ())], className="time-bar")


def _choice(label: str, href: str, chosen: bool) -> dcc.Link:
    return dcc.Link(label, href=href, className="choice on" if chosen else "choice")


def _custom(view: View, page: str, chosen: TimeRange) -> html.Details:
    """A small form of two local times."""
    fields = []
    for name, at in (("from", chosen.start), ("to", chosen.end)):
        shown = at.astimezone(view.zone).strftime("%Y-%m-%dT%H:%M")
        entry = dbc.Input(
            id=ident(page, f"range-{name}"), type="datetime-local", value=shown, className="field"
        )
        fields.append(html.Label([view.text(f"range.{name}"), entry]))
    apply = html.Button(
        view.text("range.apply"), type="button", className="button primary", **data(range=page)
    )
    css = "choice on" if chosen.preset == "custom" else "choice"
    return html.Details(
        [
            html.Summary(view.text("range.custom"), className=css),
            html.Div([*fields, apply], className="range-form"),
        ]
    )
