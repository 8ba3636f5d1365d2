"""The time range of a page: which span, and what it is compared with. It lives in the URL and
nowhere else.

`from` and `to` are moments (components/moments.py); `cmp` is none|yesterday|week|prev|yoy, and
`align` date|weekday|festival lays the days of yoy beside each other.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import dash_bootstrap_components as dbc
from dash import dcc, html

from components.attributes import data
from components.formats import midnight
from components.ids import ident
from components.moments import UNITS, back, days_back, festival_days, floored, moment
from components.page import View

PRESETS = {"1h": "now-1h", "6h": "now-6h", "today": "now/d", "7d": "now-7d", "30d": "now-30d"}
MORE = {
    "yesterday": ("now-1d/d", "now/d"),
    "this_week": ("now/w", "now"),
    "last_week": ("now-1w/w", "now/w"),
    "this_month": ("now/M", "now"),
    "last_month": ("now-1M/M", "now/M"),
    "this_year": ("now/y", "now"),
    "billing": ("now/B", "now"),
    "last_billing": ("now-1B/B", "now/B"),
    "night": ("now-4h/d+2h", "now-4h/d+4h"),
}
"""Presets of the second rank, `from` and `to`; night is the last whole one, 02:00 to 04:00."""
COMPARE = ("none", "yesterday", "week", "prev", "yoy")
ALIGN = ("date", "weekday", "festival")
LONGEST = timedelta(days=800)
_LONG = timedelta(days=28)
"""From this length on the years are laid beside each other by date, shorter spans by weekday."""


@dataclass(frozen=True)
class TimeRange:
    """A span [start, end), UTC. `whole_end` is where its axis ends: today's runs to midnight."""

    start: datetime
    end: datetime
    whole_end: datetime
    preset: str
    """Key of PRESETS or MORE, or 'custom'."""
    compare: str
    """One of COMPARE."""
    live: bool
    """The range ends now and moves on."""
    align: str = "date"
    """One of ALIGN; counts for yoy."""
    unit: str = ""
    """w, M, Q, y or B: the calendar unit that the range is, or is the first part of."""
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Asia/Shanghai"))
    refused: tuple[str, ...] = ()
    """Parameters of the URL that made no sense and were left aside."""

    @property
    def compared(self) -> tuple[datetime, datetime] | None:
        """The span to compare with, over the whole axis; None when nothing is compared."""
        if self.compare == "none":
            return None
        if self.compare == "prev":
            return _before(self)
        if self.compare == "yoy":
            start, end = (_year_before(at, self) for at in (self.start, self.whole_end))
            return (start, end) if start < end else (start, end + timedelta(days=1))
        days = {"yesterday": 1, "week": 7}[self.compare]
        return days_back(self.start, days, self.zone), days_back(self.whole_end, days, self.zone)

    @property
    def shift(self) -> timedelta:
        """What moves the compared span's local times onto those of the range."""
        compared = self.compared
        if compared is None:
            return timedelta()
        here, there = (at.astimezone(self.zone).replace(tzinfo=None) for at in
                       (self.start, compared[0]))  # fmt: skip
        return here - there


def time_range(
    params: Mapping[str, str], now: datetime, zone: ZoneInfo, preset: str = "today"
) -> TimeRange:
    """The range that a URL asks for; what it does not say, or says wrongly, is `preset`.

    A range ends after it starts, not later than now, and spans LONGEST at most.
    """
    refused = []
    compare = params.get("cmp", "none")
    if compare not in COMPARE:
        compare = "none"
        refused.append("cmp")
    asked_start, asked_end = params.get("from", ""), params.get("to", "now")
    start = moment(asked_start, now, zone)
    end = moment(asked_end, now, zone)
    if start is None or end is None or not start < min(end, now):
        refused += [name for name in ("from", "to") if params.get(name)]
        asked_start, asked_end = (PRESETS[preset], "now") if preset in PRESETS else MORE[preset]
        start, end = moment(asked_start, now, zone) or now, moment(asked_end, now, zone) or now
    end = min(end, now)
    start = max(start, end - LONGEST)
    live = asked_end == "now"
    name = next((k for k, v in PRESETS.items() if live and v == asked_start), "custom")
    name = next((k for k, v in MORE.items() if v == (asked_start, asked_end)), name)
    whole_end = midnight(now, zone, -1).astimezone(UTC) if name == "today" else end
    unit = _unit(asked_start, asked_end)
    align = params.get("align", "")
    if align not in ALIGN:
        refused += ["align"] if align else []
        align = "date" if unit in ("M", "Q", "y", "B") or end - start >= _LONG else "weekday"
    return TimeRange(
        start, end, whole_end, name, compare, live, align, unit, zone, tuple(refused)
    )  # fmt: skip


def days(chosen: TimeRange, zone: ZoneInfo) -> tuple[date, date]:
    """First and last local day that the range touches; a range to midnight ends the day before."""
    last = chosen.end - timedelta(microseconds=1)
    return chosen.start.astimezone(zone).date(), last.astimezone(zone).date()


def link(path: str, params: Mapping[str, str], **changes: str) -> str:
    """`path` with these parameters; a change to '' takes its parameter away."""
    query = {**params, **changes}
    return f"{path}?{urlencode({k: v for k, v in query.items() if v})}".rstrip("?")


def neighbours(chosen: TimeRange) -> tuple[tuple[datetime, datetime], tuple[datetime, datetime]]:
    """The spans just before and just after, of the same length or calendar unit."""
    if chosen.unit:
        first = floored(chosen.start, chosen.unit, chosen.zone)
        after = back(first, -1, chosen.unit, chosen.zone)
        return (back(first, 1, chosen.unit, chosen.zone), first), (
            after, back(first, -2, chosen.unit, chosen.zone),
        )  # fmt: skip
    if chosen.preset in ("today", "yesterday"):
        far = [days_back(chosen.start, n, chosen.zone) for n in (1, 0, -1, -2)]
        return (far[0], far[1]), (far[2], far[3])
    length = chosen.end - chosen.start
    return (chosen.start - length, chosen.start), (chosen.end, chosen.end + length)


def _unit(start: str, end: str) -> str:
    """The calendar unit that `from` and `to` name together, '' for none."""
    found = re.fullmatch(rf"now(?:-1([{UNITS}]))?/([wMQyB])", start)
    if found is None or found[1] not in (None, found[2]):
        return ""
    whole = f"now/{found[2]}" if found[1] else "now"
    return found[2] if end == whole else ""


def _before(chosen: TimeRange) -> tuple[datetime, datetime]:
    """环比: the same part of the calendar unit before, or as long a span just before."""
    if not chosen.unit:
        if chosen.preset in ("today", "yesterday"):
            return tuple(  # type: ignore[return-value]
                days_back(at, 1, chosen.zone) for at in (chosen.start, chosen.whole_end)
            )
        return chosen.start - (chosen.end - chosen.start), chosen.start
    start = back(chosen.start, 1, chosen.unit, chosen.zone)
    if not chosen.live:
        return start, chosen.start
    return start, min(_local_add(start, chosen), chosen.start)


def _local_add(start: datetime, chosen: TimeRange) -> datetime:
    """`start` and as much local time as the range has taken."""
    zone = chosen.zone
    here, end = (at.astimezone(zone).replace(tzinfo=None) for at in (chosen.start, chosen.end))
    there = start.astimezone(zone).replace(tzinfo=None) + (end - here)
    return there.replace(tzinfo=zone).astimezone(UTC)


def _year_before(at: datetime, chosen: TimeRange) -> datetime:
    """同比: the same moment of the year before, by date, weekday or festival."""
    if chosen.align == "date":
        return back(at, 1, "y", chosen.zone)
    shift = 364
    if chosen.align == "festival":
        shift = festival_days(*days(chosen, chosen.zone)) or shift
    return days_back(at, shift, chosen.zone)


def time_bar(view: View, page: str, path: str, chosen: TimeRange, compare: bool = True) -> html.Div:
    """Presets, own span and compare as links, and steps to the spans beside; the form of `custom`
    is sent by assets/lists.js, the keys [ and ] are those of assets/compare.js."""
    params = dict(view.params)

    def preset(name: str, start: str, end: str) -> dcc.Link:
        href = link(path, params, **{"from": start, "to": "" if end == "now" else end})
        return _choice(view.text(f"range.{name}"), href, name == chosen.preset)

    first = [preset(name, start, "now") for name, start in PRESETS.items()]
    more = [preset(name, *span) for name, span in MORE.items()]
    chosen_more = chosen.preset in MORE
    label = view.text(f"range.{chosen.preset}" if chosen_more else "range.more")
    css = "choice on" if chosen_more else "choice"
    unfolded = html.Div(more, className="range-form range-more")
    folded = html.Details([html.Summary(label, className=css), unfolded])
    spans = html.Div([*first, folded, _custom(view, page, chosen)], className="choices")
    against = _against(view, path, chosen, params) if compare else []
    return html.Div([_steps(view, path, chosen, params), spans, *against], className="time-bar")


def _against(view: View, path: str, chosen: TimeRange, params: dict[str, str]) -> list[Any]:
    """What is compared with; for the year before also how its days are laid."""

    def choose(key: str, name: str, on: bool, **changes: str) -> dcc.Link:
        return _choice(view.text(f"{key}.{name}"), link(path, params, **changes), on)

    parts = [
        choose("compare", key, key == chosen.compare, cmp="" if key == "none" else key)
        for key in COMPARE
    ]
    label = html.Span(view.text("compare.label"), className="hint")
    made: list[Any] = [label, html.Div(parts, className="choices")]
    if chosen.compare == "yoy":
        ways = [choose("align", name, name == chosen.align, align=name) for name in ALIGN]
        made.append(html.Div(ways, className="choices"))
    if (compared := chosen.compared) is not None:
        form = "%Y-%m-%d %H:%M"
        words = " – ".join(at.astimezone(chosen.zone).strftime(form) for at in compared)
        made.append(html.Span(words, className="hint compared-span"))
    return made


def _steps(view: View, path: str, chosen: TimeRange, params: dict[str, str]) -> html.Div:
    """One span back, one forward, and to the present where the range isn't there."""

    def step(sign: str, key: str, words: str, span: tuple[datetime, datetime]) -> Any:
        shown = [at.astimezone(chosen.zone).strftime("%Y-%m-%dT%H:%M") for at in span]
        if key == "]" and span[1] >= view.now:
            if chosen.live or span[0] >= view.now:
                return html.Span(sign, className="choice off", **{"aria-hidden": "true"})
            shown[1] = ""
        href = link(path, params, **{"from": shown[0], "to": shown[1]})
        title = f"{view.text(words)}  {key}"
        return html.Span(
            dcc.Link(sign, href=href, className="choice", title=title), **data(span_key=key)
        )

    before, after = neighbours(chosen)
    parts = [step("‹", "[", "range.back", before), step("›", "]", "range.forward", after)]
    if not chosen.live and chosen.preset == "custom":
        home = link(path, params, **{"from": "", "to": ""})
        parts.append(_choice(view.text("range.now"), home, False))
    return html.Div(parts, className="choices steps")


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
