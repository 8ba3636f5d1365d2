"""Ordering the back-test of a draft."""

from __future__ import annotations

from datetime import timedelta

from components.export import facts, file_name
from components.formats import stamp
from components.page import View
from components.steps import Step
from data.jobs import BacktestTask, fact_rows
from data.rights import Refused, require
from data.rule_versions import WRITE, RuleVersionRow
from data.stores import Stores

SPANS = (90, 30, 7)
"""Days that may be replayed, the usual first."""
KINDS = ("avoided", "new", "later", "freed", "hidden", "confirmed", "no_fault")
HEADS = ("kind", "id", "station_code", "station", "place", "level", "active_at", "cleared_at",
         "verdict", "later_s")  # fmt: skip


def order(stores: Stores, view: View, draft: RuleVersionRow, step: Step) -> int:
    """Queue it; the job's id. Raises Forbidden, Refused: backtest_span, too_many_jobs."""
    require(view.user, WRITE)
    days, where = step.field("days") or str(SPANS[0]), step.field("district")
    if days not in map(str, SPANS) or not (where.isdigit() or where == ""):
        raise Refused("backtest_span")
    today = view.now.astimezone(view.zone).date()
    name = view.text("rules.replay_title", rule=draft.rule, version=draft.number)
    about = facts(view, where or view.text("shell.city"), stamp(view.now, view.zone),
                  definition=view.text("rules.replay_definition"))  # fmt: skip
    task = BacktestTask(
        version=draft.id,
        district=int(where) if where else None,
        start=(today - timedelta(days=int(days))).isoformat(),
        end=(today + timedelta(days=1)).isoformat(),
        kinds={kind: view.text(f"rules.kind_{kind}") for kind in KINDS},
        heads=[view.text(f"rules.{head}") for head in HEADS],
        facts=fact_rows(about),
        name=file_name(view, name),
        lang=view.language,
    )
    return stores.jobs.order(view.user, name, task, view.now)
