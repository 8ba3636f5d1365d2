"""Messages as the page shows them: one's own with the reason, and the log of all deliveries."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import dcc, html

from components.flat import flat
from components.formats import day_clock
from components.glyphs import level_glyph
from components.page import View
from components.states import empty
from components.tables import Field, table
from data.catalogue.rules import rules
from data.catalogue.telling import telling
from data.notifications import NotificationRow
from data.stores import Stores
from pages.on_call_facts import names

BAD = ("failed", "gave_up")


def why(view: View, row: NotificationRow) -> str:
    """Why this person got this message, in a sentence."""
    told, lang = row.why, view.language
    how = str(told.get("how", ""))
    rule = rules().get(str(told.get("rule", "")))
    duty = telling().duties.get(str(told.get("duty", "")))
    named = duty.text(lang) if duty else ""
    if how == "digest":
        comma = "、" if lang == "zh" else ", "
        reasons = comma.join(view.text(f"on_call.deferred.{r}") for r in told.get("reasons", ()))
        return view.text("on_call.why.digest", reasons=reasons)
    if how == "test":
        return view.text("on_call.why.test", by=told.get("by", ""))
    what = f"{told.get('rule', '')} {rule.text(lang) if rule else ''}".strip()
    if how == "told_before":
        return view.text("on_call.why.told_before", rule=what)
    by = "rota" if told.get("shift") is not None else "role"
    sentence = view.text(f"on_call.why.{by}", rule=what, duty=named)
    if how == "step":
        return f"{sentence} {view.text('on_call.why.step', times=told.get('times', 1))}"
    return sentence


def mine(stores: Stores, view: View) -> Any:
    """The person's own messages, newest first."""
    rows = stores.notifications.of(view.user)
    if not rows:
        return empty(view.language, view.text("on_call.none_mine"))
    return flat(
        [
            html.Article(
                [
                    html.Div(
                        [
                            level_glyph(row.level, view.language, size=16),
                            html.B(row.title),
                            html.Span(
                                day_clock(row.created_at, view.zone, view.now), className="soft"
                            ),
                        ],
                        className="message-head",
                    ),
                    html.P(row.body, className="message-body"),
                    html.P(
                        [
                            html.Span(view.text("on_call.why_me"), className="soft"),
                            why(view, row),
                        ],
                        className="message-why",
                    ),
                    dcc.Link(
                        view.text("on_call.to_alarm"), href=f"/alarms?sel={row.alarm_id}",
                        className="more",
                    )
                    if row.alarm_id
                    else None,
                ],
                className="message" if row.seen_at else "message fresh",
            )
            for row in rows
        ],
        className="messages scroll",
    )  # fmt: skip


def log(stores: Stores, view: View, rows: Sequence[NotificationRow]) -> Any:
    """Every delivery with its state."""
    if not rows:
        return empty(view.language, view.text("on_call.none_log"))
    people = names(stores, view.language)
    fields = [
        Field("at", view.text("on_call.at"), width="104px"),
        Field("level", "", width="46px"),
        Field("who", view.text("on_call.person"), width="110px"),
        Field("kind", view.text("on_call.kind"), width="96px", css="wide"),
        Field("title", view.text("on_call.message")),
        Field("channel", view.text("on_call.channel"), width="120px", css="soft wide"),
        Field("state", view.text("on_call.state"), width="112px"),
        Field("tries", view.text("on_call.tries"), right=True, width="56px", css="wide"),
        Field("error", view.text("on_call.error"), width="22%", css="soft wide"),
    ]
    listed = [
        {
            "at": day_clock(row.created_at, view.zone, view.now),
            "level": level_glyph(row.level, view.language, size=14),
            "who": people.get(row.username, row.username),
            "kind": view.text(f"on_call.kinds.{row.kind}"),
            "title": html.Span(row.title, title=why(view, row)),
            "channel": channel(view, row),
            "state": state(view, row),
            "tries": str(row.tries) if row.tries else "",
            "error": error(view, row),
            "_css": "row-l2" if row.state in BAD else "",
        }
        for row in rows
    ]
    return flat(table(fields, listed, view.text("on_call.tab.log")), className="scroll")


def channel(view: View, row: NotificationRow) -> str:
    return view.text("on_call.app") if row.route == "app" else row.channel or row.route


def state(view: View, row: NotificationRow) -> str:
    words = view.text(f"on_call.states.{row.state}")
    waits = view.text(f"on_call.deferred.{row.deferred}") if row.state == "deferred" else ""
    return f"{words} · {waits}" if waits else words


def error(view: View, row: NotificationRow) -> str:
    """Why it went wrong: our own reasons in words, a server's as it said it."""
    own = ("interrupted", "no_contact", "channel_off", "channel_scheme", "channel_secret",
           "channel_url")  # fmt: skip
    return view.text(f"on_call.errors.{row.error}") if row.error in own else row.error


def file(stores: Stores, view: View, rows: Sequence[NotificationRow]) -> tuple[list[str], Any]:
    """Head and rows of a file of messages."""
    people = names(stores, view.language)
    heads = ("at", "level", "person", "kind", "message", "why", "channel", "state", "tries",
             "sent_at", "error")  # fmt: skip
    words = [view.text("on_call.why_me" if h == "why" else f"on_call.{h}") for h in heads]
    return words, [
        [
            row.created_at.astimezone(view.zone), row.level,
            people.get(row.username, row.username), view.text(f"on_call.kinds.{row.kind}"),
            row.title, why(view, row), channel(view, row), state(view, row), row.tries,
            row.sent_at.astimezone(view.zone) if row.sent_at else None, error(view, row),
        ]
        for row in rows
    ]  # fmt: skip
