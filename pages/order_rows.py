"""Work orders as the page asks for them: columns, what is owed next, words, files."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from analytics.service_loss import Loss
from components.alarm_text import order_words
from components.formats import midnight
from components.order_board import OrderCard
from components.page import View
from data.catalogue.work_orders import outcomes
from data.stores import Stores
from data.work_order_rows import OPEN, WorkOrderRow
from pages.service_losses import order_losses
from pages.service_losses import words as loss_words

COLUMNS = (*OPEN, "closed")
FILTERS = ("all", "mine", "overdue")


def select(stores: Stores, view: View, params: Mapping[str, str]) -> list[WorkOrderRow]:
    """Open orders and those closed today, within the filter of the URL; by level, within it people
    without water first, then what is due soonest."""
    today = midnight(view.now, view.zone)
    rows: list[WorkOrderRow] = list(
        stores.work_orders.list(view.scope, COLUMNS, limit=2000, closed_since=today)
    )
    wanted = params.get("filter", "")
    if wanted == "mine":
        rows = [row for row in rows if row.assignee == view.user.username]
    if wanted == "overdue":
        rows = [row for row in rows if row.overdue(view.now)]
    losses = order_losses(stores, view)
    nothing = Loss(0.0, 0.0)
    return sorted(
        rows,
        key=lambda r: (r.level, losses.get(r.id, nothing).key, due(r) or r.created_at),
    )


def names(stores: Stores, view: View) -> dict[str, str]:
    """Names of people by username."""
    return {person.username: person.name(view.language) for person in stores.users.all()}


def columns(
    view: View,
    rows: Sequence[WorkOrderRow],
    people: Mapping[str, str],
    losses: Mapping[int, Loss] | None = None,
) -> list[tuple[str, str, list[OrderCard]]]:
    """The board: state, heading, cards. `people`: names by username; `losses`: by order."""
    heads = {state: view.text(f"order_state.{state}") for state in COLUMNS}
    heads["closed"] = view.text("work_orders.closed_today")
    return [
        (
            state,
            heads[state],
            [
                card(view, row, people, (losses or {}).get(row.id))
                for row in rows
                if row.state == state
            ],
        )
        for state in COLUMNS
    ]


def due(row: WorkOrderRow) -> datetime | None:
    """What is owed next: somebody who takes it, then the service back; nothing once it is done."""
    if row.state == "new":
        return row.respond_by or row.restore_by
    return row.restore_by if row.state in ("assigned", "in_progress") else None


def card(
    view: View, row: WorkOrderRow, people: Mapping[str, str], loss: Loss | None = None
) -> OrderCard:
    """One order in words."""
    owed = due(row)
    end = owed or row.restore_by
    done = row.finished_at or view.now
    share = (
        (done - row.created_at) / (end - row.created_at) if end and end > row.created_at else 0.0
    )
    late = row.overdue(view.now) if owed is None else view.now > owed
    verdict = view.text("work_orders.late" if late else "work_orders.on_time")
    return OrderCard(
        number=row.number, level=row.level,
        title=f"{row.station(view.language)} · {order_words(row.template, view.language)}",
        person=people.get(row.assignee, row.assignee) or view.text("work_orders.nobody"),
        made_iso=row.created_at.isoformat(), due_iso=owed.isoformat() if owed else "",
        share=max(0.0, min(share, 1.0)), over=late and row.state != "closed",
        verdict=verdict if end else "", people=loss_words(view, loss) if loss else "",
    )  # fmt: skip


def print_of(rows: Sequence[WorkOrderRow]) -> str:
    """A short text that changes when anything that is shown of these rows does."""
    seen = [
        (
            row.id, row.state, row.level, row.assignee, row.outcome, row.note, row.respond_by,
            row.restore_by,
        )
        for row in rows
    ]  # fmt: skip
    return hashlib.blake2b(repr(seen).encode(), digest_size=8).hexdigest()


def outcome_words(row: WorkOrderRow, lang: str) -> str:
    found = outcomes().get(row.outcome)
    return row.outcome if found is None else found.text(lang)


def file(view: View, rows: Sequence[WorkOrderRow]) -> tuple[list[str], list[list[Any]]]:
    """Head and rows of the file of a list of orders; times of the site."""
    heads = (
        "number", "level", "state", "station", "station_code", "district", "job", "person", "made",
        "respond_by", "restore_by", "taken_at", "started_at", "finished_at", "closed_at", "outcome",
        "note",
    )  # fmt: skip
    lang = view.language

    def local(at: datetime | None) -> datetime | None:
        return None if at is None else at.astimezone(view.zone)

    return [view.text(f"work_orders.{head}") for head in heads], [
        [
            row.number, row.level, view.text(f"order_state.{row.state}"), row.station(lang),
            row.station_code, row.district(lang), order_words(row.template, lang), row.assignee,
            local(row.created_at), local(row.respond_by), local(row.restore_by),
            local(row.taken_at), local(row.started_at), local(row.finished_at),
            local(row.closed_at), outcome_words(row, lang), row.note,
        ]
        for row in rows
    ]  # fmt: skip
