"""The one place that decides whether a person may have an indicator's figure.

Pages, files, reports and the API ask here through the query layer (pages/desk.py), cards and boards
before anything is stored or shown.
"""

from __future__ import annotations

from data.catalogue.indicators import Indicator, indicators
from data.rights import Forbidden, NotFound
from data.users import UserRow


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
