"""One solution in full, the list of them, and the form of a new one."""

from __future__ import annotations

from typing import Any

from dash import html

from analytics.solution_worth import sure
from components.attributes import data
from components.formats import MISSING, day_clock, number, percent
from components.glyphs import icon
from components.page import View
from components.steps import choice_field, note_field, step_button, steps_form
from components.tables import Field, table
from data.catalogue.diagnosis import matrix
from data.rights import allowed
from data.solutions import LONGEST, SolutionRow


def listed(view: View, rows: list[SolutionRow]) -> html.Table:
    """The list; a row is chosen by click or key (assets/lists.js)."""
    text = view.text
    fields = [
        Field("fault", text("solutions.fault"), width="17%", css="soft"),
        Field("cause", text("solutions.cause"), width="21%"),
        Field("steps", text("solutions.steps"), css="soft wide"),
        Field("time", text("solutions.time"), right=True, width="7%", css="wide"),
        Field("used", text("solutions.used"), right=True, width="6%", css="wide"),
        Field("success", text("solutions.success"), right=True, width="12%", css="wide"),
        Field("state", text("solutions.state"), width="8%", css="soft"),
    ]
    return table(fields, [_line(view, row) for row in rows], text("solutions.title"), "solutions")


def _line(view: View, row: SolutionRow) -> dict[str, Any]:
    return {
        "fault": _fault(view, row.fault),
        "cause": row.title(view.language),
        "steps": row.steps(view.language),
        "time": number(row.minutes),
        "used": number(row.used),
        "success": percent(100.0 * sure(row.solved, row.used), 0) if row.used else MISSING,
        "state": view.text(f"solutions.{row.state}"),
        "_props": {"tabIndex": "0", **data(key=row.id)},
    }


def file(view: View, rows: list[SolutionRow]) -> tuple[list[str], list[list[Any]]]:
    """Head and rows of the file of a list."""
    heads = ("fault", "cause", "steps", "parts", "time", "used", "solved", "success", "state",
             "author")  # fmt: skip
    lang = view.language
    return [view.text(f"solutions.{head}") for head in heads], [
        [
            _fault(view, row.fault), row.title(lang), row.steps(lang), row.parts(lang),
            row.minutes, row.used, row.solved, sure(row.solved, row.used) if row.used else None,
            view.text(f"solutions.{row.state}"), row.author or view.text("solutions.catalogue"),
        ]
        for row in rows
    ]  # fmt: skip


def detail(view: View, row: SolutionRow) -> list[Any]:
    """The pane of one solution."""
    lang, known = view.language, matrix().symptoms
    symptoms = [known[code].text(lang) for code in row.symptoms if code in known]
    facts = [
        ("fault", _fault(view, row.fault)),
        ("parts", row.parts(lang)),
        ("time", number(row.minutes)),
        ("used", view.text("diagnosis.success", used=row.used, solved=row.solved)
         if row.used else view.text("diagnosis.unused")),
        ("author", row.author or view.text("solutions.catalogue")),
        ("state", view.text(f"solutions.{row.state}")),
    ]  # fmt: skip
    if row.reviewed_by and row.reviewed_at:
        at = day_clock(row.reviewed_at, view.zone, view.now)
        facts.append(("reviewed_at", f"{row.reviewed_by} {at}"))
    body: list[Any] = [
        html.Div([html.H2(row.title(lang), className="detail-title"), _close(view)],
                 className="detail-head"),
        html.Div([_fact(view, name, said) for name, said in facts if said], className="fact-lines"),
        html.P(html.B(view.text("solutions.steps")), className="detail-section"),
        html.P(row.steps(lang), className="solution-steps"),
    ]  # fmt: skip
    if symptoms:
        body += [
            html.P(html.B(view.text("solutions.symptoms")), className="detail-section"),
            html.P(" · ".join(symptoms), className="soft"),
        ]
    return [html.Div(body, className="detail-body"), _steps(view, row)]


def blank(view: View) -> list[Any]:
    """The form of a new solution."""
    faults = [(code, one.text(view.language)) for code, one in matrix().faults.items()]
    fields = [
        choice_field("solutions", "fault", faults, view),
        _line_field(view, "title"),
        note_field("solutions", view),
        _line_field(view, "parts"),
    ]
    head = html.Div(
        [html.H2(view.text("solutions.write"), className="detail-title"), _close(view)],
        className="detail-head",
    )
    buttons = [step_button("solutions", "draft", view, primary=True)]
    return [
        html.Div([head], className="detail-body"),
        steps_form("solutions", fields, buttons),
    ]


def _line_field(view: View, name: str) -> html.Textarea:
    words = view.text(f"solutions.{name}_placeholder")
    return html.Textarea(
        name=name, className="field", rows=1, maxLength=LONGEST, placeholder=words,
        **{"aria-label": words},
    )  # fmt: skip


def _steps(view: View, row: SolutionRow) -> html.Div:
    """What this person may do with it; nobody is offered to pass one's own."""
    steps = []
    if allowed(view.user, "solutions.review"):
        if row.state == "draft" and row.author != view.user.username:
            steps.append("reviewed")
        if row.state != "retired":
            steps.append("retired")
    buttons = [step_button("solutions", name, view, primary=name == "reviewed") for name in steps]
    return steps_form("solutions", [], buttons)


def _fact(view: View, name: str, said: Any) -> html.Div:
    return html.Div([html.Span(view.text(f"solutions.{name}"), className="soft"), html.Span(said)])


def _fault(view: View, code: str) -> str:
    fault = matrix().faults.get(code)
    return fault.text(view.language) if fault else code


def _close(view: View) -> html.Button:
    return html.Button(
        icon("close", 18, view.text("alarms.close")), className="plain", type="button",
        **data(unchoose=1),
    )  # fmt: skip
