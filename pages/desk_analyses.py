"""Indicators that an analysis tells: the figures of the pages of leakage and pumps, for any places.

The leak of a span is the one at its end; see methods L6. One analysis, one figure.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from analytics.indicator_values import judged
from analytics.leak_ranking import loss_share, total
from analytics.results import Figure, Reason, covered, nothing
from components.page import View
from data.catalogue.indicators import Indicator
from pages import leakage_facts, pumps_facts

if TYPE_CHECKING:
    from pages.desk import Desk


def from_analyses(
    desk: Desk, view: View, row: Indicator, start: date, end: date, ids: list[int]
) -> Figure:
    """The indicators of source 'analyses' over these stations."""
    how = _wear if row.reducer == "wear_index" else _leak
    return how(desk, view, row, start, end, ids)


def _leak(desk: Desk, view: View, row: Indicator, start: date, end: date, ids: list[int]) -> Figure:
    stores = desk.stores
    span = leakage_facts.whole_days(start, end, view.now, stores)
    spanned = leakage_facts.desk_of(stores).of(view.now, *span)
    at = np.array([spanned.city.row[i] for i in ids if i in spanned.city.row], np.int64)
    columns = spanned.of(at)
    if row.reducer == "suspected_leaks":
        known = np.isfinite(columns["night"])
        if not known.any():
            return nothing(row.unit, row.formula, Reason.NO_DATA)
        return judged(row, float(len(spanned.suspected(at))), float(known.mean()))
    told = loss_share(columns) if row.reducer == "loss_rate" else total(columns, "cost")
    return covered(replace(told, unit=row.unit, formula=row.formula))


def _wear(desk: Desk, view: View, row: Indicator, start: date, end: date, ids: list[int]) -> Figure:
    """The most worn pump: own loss of head, what all pumps of a set share put down to the gauge."""
    today = view.now.astimezone(desk.stores.settings.zone).date()
    if start >= today:  # pumps are judged by whole days
        return nothing(row.unit, row.formula, Reason.NO_DATA)
    last = min(end, today - timedelta(days=1))
    city = pumps_facts.desk_of(desk.stores).of(start, last)
    here = np.isin(city.plant.station, ids)
    own = city.pumps.own[here]
    known = np.isfinite(own)
    if not known.any():
        return nothing(row.unit, row.formula, Reason.NO_DATA)
    reference = city.pumps.own_reference[here][np.nanargmax(own)]
    why = () if reference else (Reason.DEFAULT_PARAMETER,)
    worst = row.scale * max(0.0, float(own[known].max()))
    return judged(row, worst, float(known.mean()), reasons=why)
