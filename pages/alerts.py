"""Routes of the pop-ups: which alarms want somebody now, and the acknowledge from there."""

from __future__ import annotations

import time
from collections.abc import Mapping
from threading import Lock
from typing import Any

from flask import Blueprint, Response, jsonify

from components.alarm_text import alarm_value, alarm_words
from components.glyphs import level_markup
from components.page import View, current
from data.alarms import AlarmRow
from data.catalogue.rules import Rule
from data.rights import Forbidden, NotFound, Refused, allowed
from data.station_rows import Scope
from data.stores import Stores

URGENT = (1, 2)
FRESH = 1.0
"""s for which one look at the alarms serves everybody of a scope."""


class Urgent:
    """Alarms of level 1 and 2 that nobody has acknowledged, by scope."""

    def __init__(self, stores: Stores) -> None:
        self._stores, self._lock = stores, Lock()
        self._known: dict[Scope, tuple[float, list[AlarmRow]]] = {}

    def of(self, scope: Scope) -> list[AlarmRow]:
        with self._lock:
            at, rows = self._known.get(scope, (0.0, []))
            if time.monotonic() - at >= FRESH:
                rows = [row for row in self._stores.alarms.open(scope, URGENT) if wanting(row)]
                self._known[scope] = time.monotonic(), rows
            return rows


def wanting(row: AlarmRow) -> bool:
    """Whether this alarm waits for somebody: not one that is explained, put aside or past."""
    return row.state == "unacknowledged" and not row.pending and not row.historic


def concerns(row: AlarmRow, role: str, rules: Mapping[str, Rule]) -> bool:
    """Whether its rule, as it is in force, names this role."""
    rule = rules.get(row.rule)
    return rule is not None and role in rule.notify


def blueprint(stores: Stores) -> Blueprint:
    """GET /api/alerts, POST /api/alerts/ID/acknowledge; the gate has asked for login and token."""
    routes, urgent = Blueprint("alerts", __name__), Urgent(stores)

    @routes.get("/api/alerts")
    def listed() -> Response:
        view = current()
        rows = urgent.of(view.scope)
        told = stores.notifications.told_to(view.user, [row.id for row in rows])
        rules = stores.rules.all()
        mine = [row for row in rows if concerns(row, view.user.role, rules) or row.id in told]
        answer = jsonify(
            {
                "alerts": [shown(view, row) for row in mine],
                "may": allowed(view.user, "alarms.acknowledge"),
                "unseen": stores.notifications.unseen(view.user),
            }
        )
        answer.headers["Cache-Control"] = "no-store"
        return answer

    @routes.post("/api/alerts/<int:id>/acknowledge")
    def acknowledge(id: int) -> Response:
        view = current()
        try:
            stores.actions.append(id, "acknowledge", view.user, view.now)
        except Forbidden:
            return Response(status=403)
        except NotFound:
            return Response(status=404)
        except Refused:
            return Response(status=409)
        return Response(status=204)

    return routes


def shown(view: View, row: AlarmRow) -> dict[str, Any]:
    """One alarm as the script draws it."""
    lang = view.language
    value, unit = alarm_value(row.rule, row.point, row.value, lang)
    return {
        "id": row.id,
        "level": row.level,
        "sign": level_markup(row.level, "unacknowledged", 20),
        "name": alarm_words(row.rule, row.place, lang),
        "place": row.station(lang) or row.district(lang),
        "district": row.district(lang),
        "value": f"{value} {unit}".strip(),
        "at": row.active_at.timestamp(),
        "since": row.active_at.isoformat(),
        "href": f"/alarms?sel={row.id}",
    }
