"""What a person may do with alarms: steps of the pane, of all that are picked, their dialogs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from dash import dcc, html, no_update, set_props

from components.attributes import data
from components.ids import ident
from components.page import View
from components.shell import NOTICE, notice
from components.steps import Step, note_field, step_button, steps_form
from data.actions import VERBS
from data.alarms import UNSEEN, AlarmRow
from data.catalogue.alarm_life import alarm_life
from data.catalogue.points import point
from data.permits import OUT_OF_SERVICE
from data.rights import NotFound, Refused, allowed
from data.station_rows import StationRow
from data.stores import Stores
from pages.alarm_wiring import answer

STEP = ident("alarms", "step")
SHELVING, STOPPING, TURNING = (ident("alarms", p) for p in ("shelving", "stopping", "turning"))
HOURS, DAYS = (1, 2, 4, 8, 12, 24), (1, 3, 7, 14, 30, 90)
SCOPES = ("place", "station", "rule")
"""What a permit is of: this rule at this place, the whole station, this rule everywhere."""


def steps(view: View, row: AlarmRow, station: StationRow | None) -> html.Div:
    """What this person may do with it now; nothing is offered that would be refused."""
    open = row.closed_at is None
    verbs = []
    if open and row.state in UNSEEN and allowed(view.user, "alarms.acknowledge"):
        verbs.append(("acknowledge", "a"))
    if row.state == "latched" and allowed(view.user, "alarms.reset"):
        verbs.append(("reset", "r"))
    if row.state == "shelved" and allowed(view.user, "alarms.shelve"):
        verbs.append(("unshelve", "s"))
    form = [] if not verbs or row.pending else [note_field("alarms", view)]
    buttons: list[Any] = [
        step_button("alarms", verb, view, primary=True, hotkey=key, disabled=row.pending)
        for verb, key in verbs
    ]
    shelvable = open and row.state not in ("shelved", OUT_OF_SERVICE)
    if shelvable and allowed(view.user, "alarms.shelve"):
        buttons.append(_opener(view, "shelve", SHELVING, row.pending, "s"))
    if open and row.state != OUT_OF_SERVICE and allowed(view.user, "alarms.out_of_service"):
        buttons.append(_opener(view, OUT_OF_SERVICE, STOPPING, row.pending))
    if station is not None and _is_contact(row.point) and allowed(view.user, "points.polarity"):
        buttons.append(_opener(view, "polarity", TURNING, False))
    if station is not None:
        href = f"/stations/{station.code}"
        buttons.append(dcc.Link(view.text("alarms.open_station"), href=href, className="button"))
    if row.pending:
        buttons.append(html.Span(view.text("alarms.pending"), className="tag pending"))
    return steps_form("alarms", form, buttons)


def _opener(view: View, name: str, dialog: str, disabled: bool, hotkey: str = "") -> html.Button:
    keys = [html.Kbd(hotkey.upper())] if hotkey else []
    return html.Button(
        [view.text(f"alarms.do_{name}"), *keys], className="button", type="button",
        disabled=disabled,
        **data(dialog=dialog, of="chosen", **({"hotkey": hotkey} if hotkey else {})),
    )  # fmt: skip


def dialogs(view: View) -> list[Any]:
    """The dialogs of the page; assets/picking.js opens them and says of what."""
    found = []
    if allowed(view.user, "alarms.shelve"):
        hours = [(str(n), view.text("alarms.hours", count=n)) for n in HOURS]
        usual = str(round(alarm_life().shelve.hours))
        found.append(_dialog(view, "shelve", SHELVING, [_choice(view, "hours", hours, usual)]))
    if allowed(view.user, "alarms.out_of_service"):
        scopes = [(name, view.text(f"alarms.scope_{name}")) for name in SCOPES]
        days = [(str(n), view.text("alarms.days", count=n)) for n in DAYS]
        fields = [_choice(view, "what", scopes, "place"), _choice(view, "days", days, "7")]
        found.append(_dialog(view, OUT_OF_SERVICE, STOPPING, fields))
    if allowed(view.user, "points.polarity"):
        wired = [(name, view.text(f"alarms.wired_{name}")) for name in ("inverted", "usual")]
        fields = [_choice(view, "wired", wired, "inverted")]
        found.append(_dialog(view, "polarity", TURNING, fields))
    return found


def _dialog(view: View, step: str, id: str, fields: list[Any]) -> html.Dialog:
    reason = view.text("alarms.reason")
    note = html.Textarea(
        name="note", className="field", rows=2, maxLength=500, required=True, placeholder=reason,
        **{"aria-label": reason},
    )  # fmt: skip
    title = view.text(f"alarms.do_{step}")
    return html.Dialog(
        [
            html.H2(title, className="detail-title"),
            html.P(view.text(f"alarms.hint_{step}"), className="hint"),
            *fields, note,
            html.Button("", name="of", value="chosen", hidden=True, type="button"),
            html.Div(
                [
                    html.Button(title, className="button primary", type="button",
                                **data(step=step)),
                    html.Button(view.text("alarms.cancel"), className="button", type="button",
                                **data(cancel=1)),
                ],
                className="step-buttons",
            ),
        ],
        id=id, className="alarm-dialog", **data(into=STEP), **{"aria-label": title},
    )  # fmt: skip


def _choice(view: View, name: str, options: Sequence[tuple[str, str]], usual: str) -> html.Label:
    # the first option is the one that stands there: React has no `selected`
    ordered = sorted(options, key=lambda one: one[0] != usual)
    listed = [html.Option(words, value=value) for value, words in ordered]
    return html.Label(
        [
            html.Span(view.text(f"alarms.choose_{name}")),
            html.Select(listed, name=name, className="field"),
        ]
    )


def act(
    stores: Stores, view: View, asked: dict[str, Any] | None, chosen: Any, picked: Any = None
) -> Any:
    """Take a step with the chosen alarm, or with all that are picked; the collector does it at its
    next second.

    Raises Forbidden, NotFound, Refused: the app tells the person.
    """
    step = Step.of(asked)
    if step.name.startswith(("end:", "wiring:")):
        return _done(view, step.name, _listed(stores, view, step.name))
    many = step.field("of") == "picked"
    ids = [_whole(id) for id in picked or ()] if many else [_whole(chosen)] if chosen else []
    if not ids or step.name not in (*VERBS, OUT_OF_SERVICE, "polarity"):
        return no_update
    note = step.field("note")
    if step.name == OUT_OF_SERVICE:
        _stop(stores, view, ids[0], step, note)
        return _done(view, step.name, view.text("alarms.done_out_of_service"))
    if step.name == "polarity":
        _turn(stores, view, ids[0], step, note)
        return _done(view, step.name, view.text("alarms.done_polarity"))
    until = None
    if step.name == "shelve":
        until = view.now + timedelta(hours=min(_whole(step.field("hours") or "8"), 1000))
    if not many:
        stores.actions.append(ids[0], step.name, view.user, view.now, note, until)
        return _done(view, step.name, view.text(f"alarms.done_{step.name}"))
    count = stores.actions.append_all(ids, step.name, view.user, view.now, note, until)
    words = view.text(f"alarms.done_{step.name}")
    return _done(view, step.name, view.text("alarms.done_many", done=words, count=count))


def _listed(stores: Stores, view: View, step: str) -> str:
    """A step on a line of the list itself: a question about a contact, or the end of a permit."""
    if step.startswith("wiring:"):
        return answer(stores, view, step)
    stores.permits.end(_whole(step[4:]), view.user, view.now)
    return view.text("alarms.done_end")


def _stop(stores: Stores, view: View, id: int, step: Step, note: str) -> None:
    """Take what the alarm is of out of service; who asks for it answers for it."""
    row = stores.alarms.get(id, view.scope)
    if row is None:
        raise NotFound("alarm", id)
    what = step.field("what")
    until = view.now + timedelta(days=min(_whole(step.field("days") or "7"), 1000))
    stores.permits.state(
        OUT_OF_SERVICE, view.user, view.now, until, view.user.username, note,
        rule="" if what == "station" else row.rule,
        station_id=None if what == "rule" else row.station_id,
        place=row.place if what == "place" else "",
    )  # fmt: skip


def _turn(stores: Stores, view: View, id: int, step: Step, note: str) -> None:
    """Say how the contact that the alarm is about is wired at its station."""
    row = stores.alarms.get(id, view.scope)
    if row is None or row.station_id is None:
        raise NotFound("alarm", id)
    inverted = step.field("wired") == "inverted"
    stores.polarities.put(row.station_id, row.point, inverted, view.user, view.now, note)


def _is_contact(code: str) -> bool:
    """Whether it is a contact."""
    try:
        return point(code).digital
    except KeyError:
        return False


def _whole(text: Any) -> int:
    """A number that came from the browser; Refused('not_a_number')."""
    if not re.fullmatch(r"[0-9]{1,12}", str(text)):
        raise Refused("not_a_number")
    return int(text)


def _done(view: View, name: str, words: str) -> str:
    set_props(NOTICE, {"children": notice(words)})
    return f"{name} {view.now.isoformat()}"
