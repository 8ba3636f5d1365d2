"""The calendar of the rota: who is on call now, the days, a chosen time and the form of a shift."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from dash import html

from analytics.rota import Stand
from components.attributes import data
from components.flat import flat
from components.formats import clock, day_clock
from components.page import View
from components.panel import panel
from components.states import empty
from components.steps import step_button, steps_form
from components.tables import Field, table
from data.catalogue.calendar import special_days
from data.catalogue.telling import telling
from data.rights import allowed
from data.rota import DAYS, RIGHT
from data.stores import Stores
from pages.on_call_facts import Asked, Line, key_of, lines, names, now_on_duty, standing
from pages.on_call_form import entry, field, select

REPEATS = {
    "once": "", "daily": "FREQ=DAILY", "every_2": "FREQ=DAILY;INTERVAL=2",
    "every_3": "FREQ=DAILY;INTERVAL=3", "every_4": "FREQ=DAILY;INTERVAL=4",
    "weekly": "FREQ=WEEKLY", "every_2_weeks": "FREQ=WEEKLY;INTERVAL=2",
}  # fmt: skip
NONE = ("", "—")
PATTERN = "2026-01-31 08:00"
AHEAD = timedelta(days=14)
"""How far a time may be swapped with another."""


def now_panel(stores: Stores, view: View) -> Any:
    """Who is on call now, by duty and district; a gap is told in words."""
    people = names(stores, view.language)
    here = standing(stores, view, view.now, view.now + timedelta(seconds=1))
    rows, missing, comma = [], 0, "、" if view.language == "zh" else ", "
    for line in lines(stores, view, here):
        on = now_on_duty(line, here, view.now)
        gap = not on and line.duty.covered
        if not on and not gap:
            continue
        missing += gap
        until = max((one.end for one in on), default=None)
        rows.append(
            {
                "duty": line.duty.text(view.language),
                "district": _place(view, line),
                "who": comma.join(people.get(one.username, one.username) for one in on)
                or view.text("on_call.by_role", role=view.text(f"role.{line.duty.role}")),
                "until": day_clock(until, view.zone, view.now) if until else "",
                "_css": "gap" if gap else "",
            }
        )
    fields = [
        Field("duty", view.text("on_call.duty"), width="28%"),
        Field("district", view.text("on_call.district"), width="20%", css="soft"),
        Field("who", view.text("on_call.person")),
        Field("until", view.text("on_call.until"), right=True, width="27%", css="soft"),
    ]
    told = view.text("on_call.gaps_now", count=missing) if missing else ""
    body = flat(table(fields, rows, view.text("on_call.now")), className="scroll")
    return panel(view.text("on_call.now"), body, tag=told, css="on-call-now")


def calendar(stores: Stores, view: View, asked: Asked) -> Any:
    """Days across, duties and districts down; each time of a shift can be chosen."""
    end = asked.end(view)
    found = standing(stores, view, asked.first, end)
    people = names(stores, view.language)
    head = [html.Th(view.text("on_call.duty"), scope="col")]
    head += [_day(view, asked.day(view, n)) for n in range(asked.days)]
    body = []
    for line in lines(stores, view, found, asked.duty):
        own = line.of(found)
        if not own and not line.duty.covered:
            continue
        gaps = line.gaps(found, asked.first, end)
        cells = [
            _cell(view, own, gaps, people, asked.day(view, n), asked.day(view, n + 1))
            for n in range(asked.days)
        ]
        words = [line.duty.text(view.language), html.Span(_place(view, line), className="soft")]
        body.append(html.Tr([html.Th(words, scope="row"), *cells]))
    if not body:
        return empty(view.language, view.text("on_call.no_rota"))
    grid = html.Table(
        [html.Thead(html.Tr(head)), html.Tbody(body)], className=f"on-call-grid {asked.span}"
    )
    return flat(grid)


def _day(view: View, at: datetime) -> html.Th:
    local = at.astimezone(view.zone)
    special = special_days().get(local.date())
    off = special.kind != "workday" if special else local.weekday() >= 5
    today = local.date() == view.now.astimezone(view.zone).date()
    words = [f"{local:%m-%d} ", html.Span(view.text(f"weekday.{local.isoweekday()}"))]
    note = special.text(view.language) if special else ""
    css = " ".join(name for name, on in (("off", off), ("today", today)) if on)
    return html.Th(words, scope="col", className=css, title=note)


def _cell(
    view: View,
    own: list[Stand],
    gaps: list[tuple[datetime, datetime]],
    people: Mapping[str, str],
    start: datetime,
    end: datetime,
) -> html.Td:
    """The times that begin on this day, and the gaps of it."""
    inside: list[Any] = []
    for one in own:
        if not start <= one.start < end:
            continue
        hours = _hours(view, one.start, one.end)
        name = people.get(one.username, one.username)
        inside.append(
            html.Div(
                [html.B(name), html.Span(hours)],
                className="stand swapped" if one.substitute else "stand",
                tabIndex="0",
                title=f"{name} {hours}",
                **data(key=key_of(one)),
            )
        )
    for a, b in gaps:
        low, high = max(a, start), min(b, end)
        if low < high:
            words = [html.B(view.text("on_call.gap")), html.Span(_hours(view, low, high))]
            inside.append(html.Div(words, className="stand gap"))
    return html.Td(inside)


def _hours(view: View, start: datetime, end: datetime) -> str:
    """08:00–20:00; midnight is the end of its day."""
    until = clock(end, view.zone)
    return f"{clock(start, view.zone)}–{'24:00' if until == '00:00' else until}"


def _place(view: View, line: Line) -> str:
    return view.text("shell.city") if line.district is None else line.district.name(view.language)


def pane(stores: Stores, view: View, one: Stand | None) -> Any:
    """What is chosen with its steps, and below it the form of a new shift."""
    may = allowed(view.user, RIGHT)
    parts: list[Any] = [_chosen(stores, view, one, may)] if one is not None else []
    if may:
        parts.append(_new(stores, view))
    if not parts:
        return empty(view.language, view.text("on_call.choose"))
    return html.Div(parts, className="detail")


def _chosen(stores: Stores, view: View, one: Stand, may: bool) -> html.Div:
    people = names(stores, view.language)
    shift = next((s for s in stores.rota.shifts() if s.id == one.shift), None)
    duty = telling().duties.get(one.duty)
    title = people.get(one.username, one.username)
    when = (
        f"{day_clock(one.start, view.zone, view.now)} – {day_clock(one.end, view.zone, view.now)}"
    )
    repeat = next((k for k, v in REPEATS.items() if shift and v == shift.repeat), "")
    told = [view.text(f"on_call.repeat.{repeat}") if repeat else shift.repeat if shift else ""]
    if shift and shift.days != "all":
        told.append(view.text(f"on_call.days.{shift.days}"))
    if one.substitute and shift:
        told.append(view.text("on_call.instead", name=people.get(shift.username, shift.username)))
    parts = [
        html.H2(title, className="detail-title"),
        html.P(f"{duty.text(view.language) if duty else one.duty} · {when}"),
        html.P(" · ".join(told), className="hint"),
    ]
    if may:
        others = standing(stores, view, one.start - AHEAD, one.end + AHEAD)
        swaps = [
            (
                key_of(x),
                f"{people.get(x.username, x.username)} {day_clock(x.start, view.zone, view.now)}",
            )
            for x in others
            if (x.duty, x.district) == (one.duty, one.district) and x.username != one.username
        ]
        fields = [
            field(view, "person", select("person", [NONE, *_people(stores, view)])),
            field(view, "swap", select("swap", [NONE, *swaps[:40]])),
        ]
        buttons = [step_button("on_call", name, view) for name in ("substitute", "swap", "empty")]
        buttons.append(step_button("on_call", "remove", view))
        parts.append(steps_form("on_call", fields, buttons))
    return html.Div(parts, className="on-call-chosen")


def _new(stores: Stores, view: View) -> html.Div:
    """The form of a new shift."""
    lang = view.language
    tomorrow = (view.now.astimezone(view.zone) + timedelta(days=1)).strftime("%Y-%m-%d")
    city = [("", view.text("shell.city"))] if view.user.district_id is None else []
    districts = [(str(d.id), d.name(lang)) for d in stores.stations.districts(view.scope)]
    offered = {
        "who": [NONE, *_people(stores, view)],
        "duty": [(d.code, d.text(lang)) for d in telling().duties.values()],
        "district": [*city, *districts],
    }
    rhythm = {
        "repeat": [(k, view.text(f"on_call.repeat.{k}")) for k in REPEATS],
        "days": [(k, view.text(f"on_call.days.{k}")) for k in DAYS],
    }
    times = {"start": f"{tomorrow} 08:00", "end": f"{tomorrow} 20:00"}
    fields = [
        *(field(view, name, select(name, options)) for name, options in offered.items()),
        *(field(view, name, entry(name, PATTERN, value)) for name, value in times.items()),
        *(field(view, name, select(name, options)) for name, options in rhythm.items()),
        field(view, "until", entry("until", PATTERN)),
    ]
    title = html.H2(view.text("on_call.new"), className="detail-section")
    form = steps_form("on_call", fields, [step_button("on_call", "add", view, primary=True)])
    return html.Div([title, form], className="on-call-new")


def _people(stores: Stores, view: View) -> list[tuple[str, str]]:
    """Those who may stand in the viewer's scope."""
    scope = view.scope.district_id
    return [
        (user.username, f"{user.name(view.language)} · {view.text(f'role.{user.role}')}")
        for user in stores.users.all()
        if user.enabled and (scope is None or user.district_id in (None, scope))
    ]
