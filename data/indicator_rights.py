"""The one place that decides whether a person may have an indicator's figure.

Pages, files, reports and the API ask here through the query layer (pages/desk.py), cards and boards
before anything is stored or shown.
"""

from __future__ import annotations

from collections.abc import Iterable

from data.catalogue.indicators import Indicator, indicators, offered
from data.rights import Forbidden, NotFound
from data.users import UserRow

KEYS = frozenset({"station", "day", "ts", "coverage", "revisions", "corrected_s"})
"""Columns of facts that every role gets."""


def seen(user: UserRow, code: str) -> Indicator:
    """The row of the catalogue. Raises NotFound for a code that doesn't exist or can't be computed
    yet, Forbidden for one that the person's role may not see."""
    row = indicators().get(code)
    if row is None:
        raise NotFound("indicator", code)
    if not row.allowed(user.role):
        raise Forbidden(f"indicators.{code}")
    if not row.offered:
        raise NotFound("indicator", code)
    return row


def sees(user: UserRow, code: str) -> bool:
    """Whether the person may see what shows this indicator. KeyError for none of the catalogue."""
    return indicators()[code].allowed(user.role)


def facts_seen(user: UserRow, names: Iterable[str]) -> list[str]:
    """Those of `names` of facts that the person may have: an administrator all, others those of
    which an indicator is made that they may see. What says where, when and how much of it was
    heard (KEYS) is no figure."""
    if user.role == "administrator":
        return list(names)
    made = {fact for row in offered(user.role).values() for fact in row.facts}
    return [name for name in names if name in KEYS or name in made]
