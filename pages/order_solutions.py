"""What put a work order right: the choice among known solutions, or a new one of the note."""

from __future__ import annotations

from typing import Any

from dash import dcc, html

from components.page import View
from data.catalogue.diagnosis import matrix
from data.solutions import Draft
from data.stores import Stores
from data.work_order_rows import WorkOrderRow

NEW = "new:"
TITLE = 60
"""Letters of a note that make the title of a new solution."""


def solutions_for(stores: Stores, view: View, row: WorkOrderRow) -> list[tuple[str, str]]:
    """Choices (value, words): solutions of the suspected faults, then a new one for each fault, the
    suspected ones first."""
    suspected = _suspected(stores, view, row)
    known = stores.solutions.list(suspected, ("reviewed", "draft"))
    known.sort(key=lambda one: suspected.index(one.fault))
    chosen = [(str(one.id), one.title(view.language)) for one in known]
    faults = matrix().faults
    others = [*suspected, *(code for code in faults if code not in suspected)]
    fresh = view.text("work_orders.new_solution", fault="{fault}")
    return chosen + [
        (NEW + code, fresh.format(fault=faults[code].text(view.language))) for code in others
    ]


def solution_of(value: str, note: str) -> int | Draft | None:
    """The choice that came back: an id, a draft whose steps are the note, or nothing."""
    if value.startswith(NEW):
        lines = note.strip().splitlines()
        return Draft(value.removeprefix(NEW), lines[0][:TITLE] if lines else "", note)
    return int(value) if value.isdigit() else None


def used(stores: Stores, view: View, row: WorkOrderRow) -> list[Any]:
    """The solution that the order was finished with."""
    one = stores.solutions.of_order(row.id)
    if one is None:
        return []
    link = dcc.Link(one.title(view.language), href=f"/solutions?sel={one.id}", className="more")
    return [
        html.P([html.B(view.text("diagnosis.solutions")), " ", link], className="detail-section")
    ]


def _suspected(stores: Stores, view: View, row: WorkOrderRow) -> list[str]:
    """Faults behind the order's alarms, the most probable first; what the rules start with where
    nothing was diagnosed."""
    found: dict[str, None] = {}
    for alarm in stores.alarms.of_order(row.id, view.scope):
        told = stores.diagnoses.latest(alarm.id, view.scope)
        faults = [cause.fault for cause in told.causes] if told else []
        found |= dict.fromkeys(faults or matrix().starts.get(alarm.rule, ()))
    return [code for code in found if code in matrix().faults]
