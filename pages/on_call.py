"""On call: who is told of an alarm now, who next, and did it reach them?"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from dash import ALL, Dash, Input, Output, State, ctx, dcc, html, no_update, set_props

from analytics.rota import checked
from components.attributes import data
from components.export import download, facts, file_buttons, file_name
from components.formats import stamp
from components.ids import each, ident
from components.page import Page, View, bound
from components.page_head import choice, page_head, switch
from components.panel import panel
from components.shell import NOTICE, notice
from components.steps import Step
from components.time_range import link
from data.catalogue.telling import telling
from data.notifications import NotificationRow
from data.rights import NotFound, Refused, allowed
from data.stores import Stores
from pages import on_call_contacts, on_call_messages
from pages.guarded import attempt, denied, guard
from pages.on_call_calendar import REPEATS, calendar, now_panel, pane
from pages.on_call_facts import SPANS, TABS, Asked, find, names, standing

PAGE = Page("on_call", "/on-call", "user", group="alarms")
BODY, PANE, CHOSEN, STEP, ACTED, ASKED, DOWNLOAD, BEAT = (
    ident("on_call", part)
    for part in ("body", "pane", "chosen", "step", "acted", "asked", "download", "beat")
)
LOG_DAYS = timedelta(days=14)


def layout(stores: Stores, view: View) -> Any:
    """`?tab= span= duty= day= sel=`."""
    asked = Asked.of(view, view.params)
    body = content(stores, view, asked)
    if asked.tab == "mine":
        attempt(lambda: stores.notifications.see(view.user, view.now))
    return html.Div(
        [
            _head(view, asked),
            html.Div(body, id=BODY, className="on-call-body"),
            dcc.Interval(id=BEAT, interval=5000, disabled=asked.tab not in ("log", "mine")),
            dcc.Store(id=CHOSEN, data=view.params.get("sel")),
            dcc.Store(id=STEP),
            dcc.Store(id=ACTED),
            dcc.Store(id=ASKED, data=dict(view.params)),
            dcc.Download(id=DOWNLOAD),
        ],
        className="on-call-page",
    )


def register(app: Dash, stores: Stores) -> None:
    """The body follows a step, messages every 5 s; the pane follows what is chosen."""
    later: dict[str, Any] = {"prevent_initial_call": True}
    app.callback(
        Output(BODY, "children"), Input(ACTED, "data"), Input(BEAT, "n_intervals"),
        State(ASKED, "data"), State(CHOSEN, "data"), **later,
    )(bound(refresh, stores))  # fmt: skip
    app.callback(Output(PANE, "children"), Input(CHOSEN, "data"), **later)(bound(choose, stores))
    app.callback(Output(ACTED, "data"), Input(STEP, "data"), State(CHOSEN, "data"), **later)(
        bound(act, stores)
    )
    app.callback(
        Output(DOWNLOAD, "data"), Input(each("on_call", "export", ALL), "n_clicks"),
        State(ASKED, "data"), **later,
    )(bound(take_away, stores))  # fmt: skip


@guard()
def content(stores: Stores, view: View, asked: Asked, chosen: str = "") -> Any:
    """What stands below the head."""
    if asked.tab == "contacts":
        return on_call_contacts.contacts(stores, view)
    if asked.tab == "mine":
        return panel(view.text("on_call.tab.mine"), on_call_messages.mine(stores, view))
    if asked.tab == "log":
        if not allowed(view.user, "on_call.log"):
            return panel(view.text("on_call.tab.log"), denied(view, "on_call.log"))
        listed = on_call_messages.log(stores, view, messages(stores, view, asked))
        return panel(view.text("on_call.tab.log"), listed, view.text("on_call.log_hint"))
    chosen = chosen or view.params.get("sel", "")
    grid = html.Div(
        calendar(stores, view, asked), className="on-call-calendar scroll",
        **data(choose=CHOSEN, chosen=chosen, param="sel"),
    )  # fmt: skip
    beside = html.Aside(
        pane(stores, view, find(stores, view, chosen)), id=PANE, className="panel detail-pane"
    )
    days = panel(view.text("on_call.calendar"), grid, _span(view, asked), _turn(view, asked))
    return html.Div(
        [html.Div([now_panel(stores, view), days], className="on-call-main"), beside],
        className="with-detail",
    )


def refresh(
    stores: Stores, view: View, acted: Any, beat: Any, params: dict[str, str], chosen: str | None
) -> Any:
    """The body as it is now."""
    return content(stores, view, Asked.of(view, params), chosen or "")


def choose(stores: Stores, view: View, chosen: str | None) -> Any:
    """The pane of the chosen time."""
    return pane(stores, view, find(stores, view, chosen or ""))


def act(stores: Stores, view: View, asked: dict[str, Any] | None, chosen: str | None) -> Any:
    """One step of a form.

    Raises Forbidden, NotFound, Refused: the app tells the person.
    """
    step = Step.of(asked)
    name = step.name.partition(":")[0]
    if name in on_call_contacts.STEPS:
        on_call_contacts.act(stores, view, step, view.now)
    elif name == "add":
        _add(stores, view, step)
    elif name in ("substitute", "swap", "empty", "remove"):
        _change(stores, view, step, chosen or "")
    else:
        return no_update
    set_props(NOTICE, {"children": notice(view.text(f"on_call.done_{name}"))})
    return f"{name} {view.now.isoformat()}"


def _add(stores: Stores, view: View, step: Step) -> None:
    start, end = _moment(view, step.field("start")), _moment(view, step.field("end"))
    until = _moment(view, step.field("until")) if step.field("until") else None
    if start is None or end is None:
        raise Refused("shift_times")
    district = step.field("district")
    if not step.field("who"):
        raise Refused("shift_person")
    stores.rota.add(
        view.user, step.field("who"), step.field("duty"),
        int(district) if district.isascii() and district.isdecimal() else None, start, end,
        view.now, checked(REPEATS.get(step.field("repeat"), "")), step.field("days") or "all",
        until,
    )  # fmt: skip


def _change(stores: Stores, view: View, step: Step, chosen: str) -> None:
    one = find(stores, view, chosen)
    if one is None:
        raise NotFound("shift", chosen)
    if step.name == "remove":
        stores.rota.remove(view.user, one.shift, view.now)
    elif step.name == "swap":
        other = find(stores, view, step.field("swap"))
        if other is None:
            raise Refused("shift_person")
        times = [(one.shift, one.start, other.username), (other.shift, other.start, one.username)]
        stores.rota.exchange(view.user, times, view.now)
    else:
        person = step.field("person") if step.name == "substitute" else ""
        if step.name == "substitute" and not person:
            raise Refused("shift_person")
        stores.rota.substitute(view.user, one.shift, one.start, person, view.now)


def _moment(view: View, text: str) -> datetime | None:
    """A time of the site as typed."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=view.zone)


def messages(stores: Stores, view: View, asked: Asked) -> list[NotificationRow]:
    """Rows of the log, or one's own. Raises Forbidden."""
    if asked.tab == "mine":
        return stores.notifications.of(view.user)
    return stores.notifications.log(view.user, view.now - LOG_DAYS)


def take_away(stores: Stores, view: View, clicks: list[int | None], params: dict[str, str]) -> Any:
    """The messages that are on screen as a file, else the rota of the days shown."""
    button = ctx.triggered_id
    if button is None or not ctx.triggered[0]["value"]:
        return no_update
    asked = Asked.of(view, params)
    if asked.tab in ("mine", "log"):
        heads, rows = on_call_messages.file(stores, view, messages(stores, view, asked))
    else:
        heads, rows = _rota_file(stores, view, asked)
    title = view.text(f"on_call.tab.{asked.tab}")
    place = view.text("shell.city")
    if view.scope.district_id is not None:
        place = ", ".join(d.name(view.language) for d in stores.stations.districts(view.scope))
    about = facts(view, place, _span(view, asked), rows=len(rows),
                  definition=view.text("on_call.question"))  # fmt: skip
    return download(button["index"], file_name(view, title), heads, rows, about, title)


def _rota_file(stores: Stores, view: View, asked: Asked) -> tuple[list[str], list[list[Any]]]:
    people, duties = names(stores, view.language), telling().duties
    places = {d.id: d.name(view.language) for d in stores.stations.districts(view.scope)}
    heads = [view.text(f"on_call.{key}") for key in
             ("duty", "district", "person", "from", "until", "substitute")]  # fmt: skip
    return heads, [
        [
            duties[one.duty].text(view.language) if one.duty in duties else one.duty,
            view.text("shell.city") if one.district is None else places.get(one.district, ""),
            people.get(one.username, one.username), one.start.astimezone(view.zone),
            one.end.astimezone(view.zone), int(one.substitute),
        ]
        for one in standing(stores, view, asked.first, asked.end(view))
        if asked.duty in ("", one.duty)
    ]  # fmt: skip


def _head(view: View, asked: Asked) -> html.Header:
    offered = [tab for tab in TABS if tab != "log" or allowed(view.user, "on_call.log")]
    tabs = [(tab, view.text(f"on_call.tab.{tab}")) for tab in offered]
    filters = [switch("", "tab", tabs, asked.tab, "calendar")]
    if asked.tab == "calendar":
        spans = [(span, view.text(f"on_call.{span}")) for span in SPANS]
        duties = [("", view.text("on_call.all_duties"))]
        duties += [(d.code, d.text(view.language)) for d in telling().duties.values()]
        filters.append(switch("", "span", spans, asked.span, "week"))
        filters.append(choice(view.text("on_call.duty"), "duty", duties, asked.duty))
    return page_head(
        view.text("on_call.title"), view.text("on_call.question"), filters,
        actions=file_buttons("on_call") if asked.tab != "contacts" else (),
    )  # fmt: skip


def _span(view: View, asked: Asked) -> str:
    if asked.tab in ("mine", "log"):
        return stamp(view.now, view.zone)
    last = asked.day(view, asked.days - 1)
    return " – ".join(at.astimezone(view.zone).strftime("%Y-%m-%d") for at in (asked.first, last))


def _turn(view: View, asked: Asked) -> list[Any]:
    """Back, today, on."""
    step = 7 if asked.span == "week" else 28
    offsets = (("‹", asked.offset - step), (view.text("on_call.today"), 0),
               ("›", asked.offset + step))  # fmt: skip
    known = {k: v for k, v in view.params.items() if k in ("span", "duty")}
    return [
        dcc.Link(
            words,
            href=link(PAGE.path, known, day=str(day) if day else ""),
            className="button quiet",
        )
        for words, day in offsets
    ]
