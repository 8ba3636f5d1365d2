"""Where people are reached: their addresses, the channels, and a message to try one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from dash import html

from components.attributes import data
from components.page import View
from components.panel import panel
from components.states import empty
from components.steps import Step, step_button, steps_form
from components.tables import Field, table
from data.catalogue.telling import telling
from data.channels import ContactRow
from data.rights import NotFound, allowed
from data.stores import Stores
from pages.on_call_facts import names
from pages.on_call_form import entry, field, select

ADMINISTRATOR = "channels.write"
STEPS = ("contact", "test", "forget", "channel", "switch")


def contacts(stores: Stores, view: View) -> Any:
    """Addresses (masked but for their owner), and for administrators the channels."""
    rules = allowed(view.user, ADMINISTRATOR)
    parts = [
        panel(view.text("on_call.contacts"), _listed(stores, view), view.text("on_call.masked")),
        panel(view.text("on_call.add_contact"), _form(stores, view)),
    ]
    if rules:
        parts += [
            panel(view.text("on_call.channels"), _channels(stores, view)),
            panel(view.text("on_call.add_channel"), _channel_form(stores, view)),
        ]
    return html.Div(parts, className="on-call-contacts")


def _listed(stores: Stores, view: View) -> Any:
    rows = stores.contacts.listed(view.user)
    if not rows:
        return empty(view.language, view.text("on_call.no_contacts"))
    people = names(stores, view.language)
    kinds = telling().kinds
    fields = [
        Field("who", view.text("on_call.person"), width="20%"),
        Field("kind", view.text("on_call.channel"), width="26%", css="soft wide"),
        Field("address", view.text("on_call.address")),
        Field("rank", view.text("on_call.field.rank"), right=True, width="60px", css="wide"),
        Field("do", "", right=True, width="150px"),
    ]
    listed = [
        {
            "who": people.get(row.username, row.username),
            "kind": f"{kinds[row.kind].text(view.language)} · {row.channel}",
            "address": row.address,
            "rank": str(row.rank),
            "do": _row_steps(view, row),
            "_css": "" if row.enabled else "off",
        }
        for row in rows
    ]
    return table(fields, listed, view.text("on_call.contacts"))


def _row_steps(view: View, row: ContactRow) -> Any:
    if row.username != view.user.username and view.user.role != "administrator":
        return ""
    buttons = [_small(view, "test", row.id), _small(view, "forget", row.id)]
    return html.Div(buttons, className="row-steps", **data(into="on_call-step"))


def _small(view: View, name: str, id: int) -> html.Button:
    words = view.text(f"on_call.do_{name}")
    return html.Button(words, type="button", className="button quiet", **data(step=f"{name}:{id}"))


def _form(stores: Stores, view: View) -> Any:
    channels = [c for c in stores.channels.all() if c.enabled]
    if not channels:
        return html.P(view.text("on_call.no_channels"), className="hint")
    people = [(view.user.username, view.user.name(view.language))]
    if view.user.role == "administrator":
        people = [(u.username, u.name(view.language)) for u in stores.users.all() if u.enabled]
    kinds = telling().kinds
    offered = [
        (str(c.id), f"{c.name} · {kinds[c.kind].text(view.language)} ({kinds[c.kind].example})")
        for c in channels
    ]
    fields = [
        field(view, "who", select("who", people)),
        field(view, "channel", select("channel", offered)),
        field(view, "address", entry("address")),
        field(view, "rank", select("rank", [(str(n), str(n)) for n in range(1, 6)])),
    ]
    return steps_form("on_call", fields, [step_button("on_call", "contact", view, primary=True)])


def _channels(stores: Stores, view: View) -> Any:
    rows = stores.channels.all()
    if not rows:
        return html.P(view.text("on_call.no_channels"), className="hint")
    fields = [
        Field("name", view.text("on_call.field.name")),
        Field("kind", view.text("on_call.field.kind"), css="soft"),
        Field("scheme", view.text("on_call.scheme"), css="soft"),
        Field("do", "", right=True, width="110px"),
    ]
    listed = [
        {
            "name": row.name,
            "kind": telling().kinds[row.kind].text(view.language),
            "scheme": f"{row.scheme}://…",
            "do": html.Div(
                html.Button(
                    view.text(f"on_call.switch_{'off' if row.enabled else 'on'}"),
                    type="button",
                    className="button quiet",
                    **data(step=f"switch:{row.id}"),
                ),
                className="row-steps",
                **data(into="on_call-step"),
            ),
            "_css": "" if row.enabled else "off",
        }
        for row in rows
    ]
    return table(fields, listed, view.text("on_call.channels"))


def _channel_form(stores: Stores, view: View) -> html.Div:
    kinds = [(k.code, k.text(view.language)) for k in telling().kinds.values()]
    schemes = ", ".join(stores.settings.channel_schemes)
    fields = [
        field(view, "name", entry("name")),
        field(view, "kind", select("kind", kinds)),
        field(view, "url", entry("url", "mailtos://user:{secret:MAIL}@smtp…?to={address}")),
        html.P(view.text("on_call.channel_hint", schemes=schemes), className="hint"),
    ]
    return steps_form("on_call", fields, [step_button("on_call", "channel", view, primary=True)])


def act(stores: Stores, view: View, step: Step, at: datetime) -> str:
    """Take a step of this part; the word of what was done.

    Raises Forbidden, NotFound, Refused.
    """
    name, _, id = step.name.partition(":")
    if name == "contact":
        stores.contacts.add(
            view.user, step.field("who"), _number(step.field("channel")), step.field("address"),
            _number(step.field("rank") or "1"), at,
        )  # fmt: skip
    elif name == "channel":
        stores.channels.save(
            view.user, step.field("name"), step.field("kind"), step.field("url"), at
        )
    elif name == "switch":
        row = next((c for c in stores.channels.all() if str(c.id) == id), None)
        if row is None:
            raise NotFound("channel", id)
        stores.channels.enable(view.user, row.id, not row.enabled, at)
    elif name == "forget":
        stores.contacts.remove(view.user, _number(id), at)
    else:
        mine = {str(c.id): c for c in stores.contacts.listed(view.user)}
        owner = mine.get(id)
        if owner is None or (
            owner.username != view.user.username and view.user.role != "administrator"
        ):
            raise NotFound("contact", id)
        stores.notifications.order_test(view.user, owner, view.text("telling.test"), at)
    return name


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal()):
        raise NotFound("contact", text)
    return int(text)
