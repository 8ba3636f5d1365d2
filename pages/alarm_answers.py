"""What people find at the check that tells two causes apart: the diagnosis follows the answer."""

from __future__ import annotations

from typing import Any

from dash import Dash, Input, Output, State, html, no_update, set_props

from analytics.diagnosis import Finding, priors, rank, separating
from components.attributes import data
from components.ids import ident
from components.page import View, bound
from components.shell import NOTICE, notice
from components.steps import Step
from data.catalogue.diagnosis import matrix
from data.diagnoses import CauseRow
from data.diagnoses import Finding as Written
from data.rights import allowed
from data.stores import Stores

STEP, CHOSEN, ACTED = (ident("alarms", part) for part in ("step", "chosen", "acted"))
ANSWERS = {"yes": True, "no": False}


def buttons(view: View) -> list[Any]:
    """Yes and no, for those who may say so."""
    if not allowed(view.user, "alarms.acknowledge"):
        return []
    made = [
        html.Button(
            view.text(f"diagnosis.do_{name}"), className="button", type="button", **data(step=name)
        )
        for name in ANSWERS
    ]
    return [html.Div(made, className="step-buttons", **data(into=STEP))]


def register_answers(app: Dash, stores: Stores) -> None:
    app.callback(
        Output(ACTED, "data", allow_duplicate=True),
        Input(STEP, "data"),
        State(CHOSEN, "data"),
        prevent_initial_call=True,
    )(bound(answer, stores))


def answer(stores: Stores, view: View, asked: dict[str, Any] | None, chosen: Any) -> Any:
    """Rank the causes of the chosen alarm anew with what somebody found at the separating check.

    Raises Forbidden, NotFound: the app tells the person.
    """
    step = Step.of(asked)
    if step.name not in ANSWERS or not chosen:
        return no_update
    last = stores.diagnoses.latest(int(chosen), view.scope)
    if last is None or last.separating not in matrix().symptoms:
        return no_update
    said = {last.separating: ANSWERS[step.name]}
    known = {**last.findings, last.separating: (said[last.separating], None)}
    findings = [Finding(code, *known.get(code, (None, None))) for code in matrix().symptoms]
    prior = priors(matrix().starts.get(last.rule, ()), stores.diagnoses.confirmed(last.rule))
    causes = rank(prior, findings, matrix())
    rows = [
        CauseRow(c.fault, round(c.probability, 4), c.supporting, c.contradicting) for c in causes
    ]
    written = Written(rows, known, separating(causes, findings, matrix()), last.around)
    stores.diagnoses.answer(int(chosen), written, view.user, view.now, said)
    set_props(NOTICE, {"children": notice(view.text("diagnosis.answered"))})
    return f"answer {chosen} {view.now.isoformat()}"
