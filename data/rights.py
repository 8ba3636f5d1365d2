"""Roles, what each may do, and the errors of a person's step that isn't allowed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from data.users import UserRow

ROLES = (
    "executive",
    "district_manager",
    "engineer",
    "dispatcher",
    "inspector",
    "water_quality",
    "administrator",
)

_CREW = frozenset({"engineer", "inspector", "water_quality", "administrator"})
_DESK = frozenset({"dispatcher", "district_manager", "administrator"})

RIGHTS: dict[str, frozenset[str]] = {
    "alarms.acknowledge": _DESK | {"engineer", "water_quality"},
    "alarms.reset": _DESK | {"engineer"},
    "alarms.shelve": _DESK | {"engineer"},
    "alarms.out_of_service": frozenset({"district_manager", "engineer", "administrator"}),
    "points.polarity": frozenset({"engineer", "administrator"}),
    "stations.mode": _DESK | {"engineer"},
    "work_orders.create": _DESK | {"engineer", "water_quality"},
    "work_orders.take": _CREW,
    "work_orders.finish": _CREW,
    "work_orders.assign": _DESK,
    "work_orders.close": _DESK | {"engineer"},
    "work_orders.cancel": _DESK,
    "stations.import": frozenset({"engineer", "administrator"}),
    "corrections.write": frozenset({"engineer", "administrator"}),
    "readings.import": frozenset({"engineer", "district_manager", "administrator"}),
    "samples.import": frozenset({"engineer", "water_quality", "administrator"}),
    "solutions.write": _CREW | {"district_manager"},
    "solutions.review": frozenset({"engineer", "administrator"}),
    "sites.write": frozenset({"district_manager", "engineer", "administrator"}),
    "on_call.write": _DESK,
    "on_call.log": _DESK | {"engineer"},
    "channels.write": frozenset({"administrator"}),
    "rules.write": frozenset({"engineer", "administrator"}),
    "rules.deploy": frozenset({"engineer", "administrator"}),
    "devices.write": frozenset({"administrator"}),
}
"""Which roles have a right. An executive looks on."""


class Forbidden(PermissionError):
    """The person's role doesn't have `right`."""

    def __init__(self, right: str) -> None:
        super().__init__(f"the role doesn't have the right '{right}'")
        self.right = right


class NotFound(LookupError):
    """No such `kind` (alarm, work_order, ...), or none within the person's scope: the asker
    can't tell which."""

    def __init__(self, kind: str, key: object) -> None:
        super().__init__(f"no {kind} '{key}' in reach")
        self.kind, self.key = kind, key


class Refused(ValueError):
    """The step isn't possible now; `reason` is a key for the page's words, with its `values`."""

    def __init__(self, reason: str, **values: Any) -> None:
        shown = ", ".join(f"{name}={value}" for name, value in values.items())
        super().__init__(f"refused: {reason}" + (f" ({shown})" if shown else ""))
        self.reason, self.values = reason, values


def allowed(user: UserRow, right: str) -> bool:
    """Whether `user` has `right`; KeyError for a right that doesn't exist."""
    return user.role in RIGHTS[right]


def require(user: UserRow, right: str) -> None:
    """Raises Forbidden unless `user` has `right`."""
    if not allowed(user, right):
        raise Forbidden(right)
