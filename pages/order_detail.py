"""One work order in full, and the steps that this person may take with it."""

from __future__ import annotations

from typing import Any

from dash import dcc, html

from components.alarm_text import alarm_words, order_words
from components.attributes import data
from components.formats import MISSING, day_clock
from components.glyphs import icon, level_glyph
from components.page import View
from components.steps import choice_field, note_field, step_button, steps_form
from data.catalogue.work_orders import outcomes, templates
from data.rights import allowed
from data.stores import Stores
from data.work_order_rows import WorkOrderRow
from data.work_orders import STEPS
from pages.guarded import guard
from pages.order_rows import due, names, outcome_words
from pages.order_solutions import solutions_for, used

OWN = ("start", "finish")
"""Steps of the one who took it."""


@guard()
def detail(stores: Stores, view: View, row: WorkOrderRow) -> list[Any]:
    """The pane for one order."""
    people = names(stores, view)
    return [
        html.Div(
            [
                _head(view, row),
                _where(view, row),
                _times(view, row, people),
                *_alarms(stores, view, row),
                *_work(view, row),
                *used(stores, view, row),
                _journal(stores, view, row, people),
            ],
            className="detail-body",
        ),
        _steps(stores, view, row),
    ]


def possible(view: View, row: WorkOrderRow) -> list[str]:
    """Steps that would not be refused to this person now, the next one first."""
    mine = row.assignee == view.user.username
    found = []
    for name in ("start", "finish", "take", "close", "assign", "cancel"):
        step = STEPS[name]
        if row.state not in step.origins or not allowed(view.user, step.right):
            continue
        if name in OWN and not mine:
            continue
        if name == "take" and (row.state != "new" if mine else row.assignee != ""):
            continue
        if name == "close" and mine:
            continue
        found.append(name)
    return found


def _head(view: View, row: WorkOrderRow) -> html.Div:
    close = html.Button(
        icon("close", 18, view.text("work_orders.close_detail")),
        className="plain",
        type="button",
        **data(unchoose=1),
    )
    return html.Div(
        [
            level_glyph(row.level, view.language, size=20),
            html.H2(order_words(row.template, view.language), className="detail-title"),
            close,
        ],
        className="detail-head",
    )


def _where(view: View, row: WorkOrderRow) -> html.P:
    return html.P(
        [
            dcc.Link(
                row.station(view.language), href=f"/stations/{row.station_code}", className="more"
            ),
            f" · {row.district(view.language)} · {row.number} · ",
            html.B(view.text(f"order_state.{row.state}")),
        ],
        className="detail-where",
    )


def _times(view: View, row: WorkOrderRow, people: dict[str, str]) -> html.Div:
    """Made, owed, done: when, by whom."""
    owed = due(row)
    facts = [
        ("made", row.created_at), ("respond_by", row.respond_by if row.state == "new" else None),
        ("restore_by", row.restore_by), ("taken_at", row.taken_at), ("started_at", row.started_at),
        ("finished_at", row.finished_at), ("closed_at", row.closed_at),
    ]  # fmt: skip
    lines = [
        html.Div(
            [
                html.Span(view.text(f"work_orders.{name}"), className="soft"),
                html.Span(day_clock(at, view.zone, view.now)),
            ]
        )
        for name, at in facts
        if at is not None
    ]
    lines.append(
        html.Div(
            [
                html.Span(view.text("work_orders.person"), className="soft"),
                html.Span(people.get(row.assignee, row.assignee) or MISSING),
            ]
        )
    )
    if row.outcome:
        lines.append(
            html.Div(
                [
                    html.Span(view.text("work_orders.outcome"), className="soft"),
                    html.Span(outcome_words(row, view.language)),
                ]
            )
        )
    hero = []
    if owed is not None:
        words = {name: view.text(f"work_orders.{name}", span="{span}") for name in ("left", "over")}
        late = view.now > owed
        hero = [
            html.Div(
                html.B("", **data(due=owed.isoformat(), **words)),
                className="hero text-l2" if late else "hero",
            )
        ]
    return html.Div([*hero, html.Div(lines, className="fact-lines")])


def _alarms(stores: Stores, view: View, row: WorkOrderRow) -> list[Any]:
    alarms = stores.alarms.of_order(row.id, view.scope)
    if not alarms:
        return []
    lines = [
        html.Li(
            [
                level_glyph(
                    one.level,
                    view.language,
                    "acknowledged" if one.state == "closed" else one.state,
                    14,
                ),
                dcc.Link(
                    alarm_words(one.rule, one.place, view.language),
                    href=f"/alarms?sel={one.id}",
                    className="more",
                ),
                html.Span(view.text(f"alarm_state.{one.state}"), className="soft"),
            ]
        )
        for one in alarms
    ]
    return [
        html.P(html.B(view.text("work_orders.alarms")), className="detail-section"),
        html.Ul(lines, className="journal"),
    ]


def _work(view: View, row: WorkOrderRow) -> list[Any]:
    """What the crew does, in order, and what it wrote."""
    plan = templates().get(row.template)
    found: list[Any] = []
    if plan is not None:
        steps = html.Ol(
            [html.Li(step.text(view.language)) for step in plan.steps], className="causes"
        )
        found += [html.P(html.B(view.text("work_orders.steps")), className="detail-section"), steps]
    if row.note:
        found += [
            html.P(html.B(view.text("work_orders.note")), className="detail-section"),
            html.P(row.note),
        ]
    return found


def _journal(stores: Stores, view: View, row: WorkOrderRow, people: dict[str, str]) -> html.Div:
    lines = [
        html.Li(
            [
                html.Span(day_clock(event.at, view.zone, view.now), className="when-cell"),
                html.Span(view.text(f"order_state.{event.state}")),
                html.Span(
                    " · ".join(
                        x for x in (people.get(event.username, event.username), event.note) if x
                    ),
                    className="soft",
                ),
            ]
        )
        for event in stores.work_orders.events(row.id, view.scope)
    ]
    return html.Div(
        [
            html.P(html.B(view.text("work_orders.journal")), className="detail-section"),
            html.Ul(lines, className="journal"),
        ]
    )


def _steps(stores: Stores, view: View, row: WorkOrderRow) -> html.Div:
    """Buttons for the possible steps, with what they need: outcome, person, note."""
    steps = possible(view, row)
    form: list[Any] = []
    if "finish" in steps:
        endings = [(one.code, one.text(view.language)) for one in outcomes().values()]
        form.append(choice_field("work_orders", "outcome", endings, view))
        offered = solutions_for(stores, view, row)
        form.append(choice_field("work_orders", "solution", offered, view))
    if "assign" in steps:
        people = _people(stores, view, row)
        form.append(choice_field("work_orders", "person", people, view))
    if steps:
        form.append(note_field("work_orders", view))
    buttons = [
        step_button("work_orders", name, view, primary=n == 0 and name != "cancel")
        for n, name in enumerate(steps)
    ]
    return steps_form("work_orders", form, buttons)


def _people(stores: Stores, view: View, row: WorkOrderRow) -> list[tuple[str, str]]:
    """Those who may take the order, by right and district: username and words."""
    return [
        (one.username, f"{one.name(view.language)} · {view.text(f'role.{one.role}')}")
        for one in stores.users.all()
        if one.enabled
        and allowed(one, "work_orders.take")
        and one.district_id in (None, row.district_id)
    ]
