"""Gives what counters counted over a gap back to the quarters of the gap. M1 in docs/methods.md.

The step of the reading that ends a gap holds all of its increase; when that quarter is made, the
quarters before it get their share, and so do hours and days, which are made of them.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from analytics.gaps import gap_weights, shared
from analytics.rollups import MISSING, SCALE
from data.catalogue.points import Column, Layout, columns, point

QUARTER = 900_000
LONGEST = 24 * 3_600_000
"""ms: the increase over a longer gap stays with the reading that ends it."""
Table = dict[str, np.ndarray]


def counted_points(layout: Layout) -> list[Column]:
    """Counters whose facts a station's volume and energy are made of."""
    return [
        c for c in columns(layout)
        if c.point.rollup == "counter" and c.point.code in _INSTANT
    ]  # fmt: skip


_INSTANT = {
    "PH.V_IN": "PH.Q_IN", "{z}.V_OUT": "{z}.Q_OUT", "EL.E": "EL.P", "MT.MASTER": "MT.MASTER_Q",
}  # fmt: skip
_FACT = {"PH.V_IN": "F.inflow", "{z}.V_OUT": "F.volume", "EL.E": "F.energy"}


def begun(rows: Table, layout: Layout, at: int) -> int:
    """Start of the oldest quarter of the gaps that end in the quarter `at`; `at` = there is none.
    Of `rows` only the counters are needed."""
    starts = [
        int(rows["ts"][first])
        for column in counted_points(layout)
        if column.code in rows and f"{column.code}.inc" in rows
        for first, _ in _gaps(rows, column.code, at)
    ]
    return min(starts, default=at)


def filled(rows: Table, layout: Layout, at: int) -> Table:
    """The rows with gaps that end in the quarter `at` given back. Sums over each gap stay what they
    were, to the last digit of the counter.

    rows: quarter rows of one group up to and with `at`, sorted by (station, ts).
    """
    found = {name: values.copy() for name, values in rows.items()}
    for column in counted_points(layout):
        if column.code in rows and f"{column.code}.inc" in rows:
            for first, last in _gaps(rows, column.code, at):
                _give(found, rows, column, layout, slice(first, last + 1))
    return found


def _gaps(rows: Mapping[str, np.ndarray], code: str, at: int) -> list[tuple[int, int]]:
    """(first, last) rows of the gaps that end in the quarter `at`: after the last reading's row,
    to the row of the next one; only where every quarter has its row."""
    found = []
    read = rows[code] != MISSING
    for last in np.flatnonzero((rows["ts"] == at) & read & (rows[f"{code}.inc"] > 0)):
        mine = np.flatnonzero(rows["station"] == rows["station"][last])
        before = mine[(mine < last) & read[mine]]
        first = int(before[-1]) + 1 if len(before) else int(last)
        whole = last - first == (at - int(rows["ts"][first])) // QUARTER
        if first < last and whole and at - int(rows["ts"][first]) <= LONGEST:
            found.append((first, int(last)))
    return found


def _give(found: Table, rows: Table, column: Column, layout: Layout, span: slice) -> None:
    code, unit = column.code, float(column.point.resolution)
    instant = _INSTANT[column.point.code].replace("{z}", column.zone)
    total = int(rows[f"{code}.inc"][span.stop - 1])
    value = rows.get(instant, np.full(len(rows["ts"]), MISSING))[span]
    seconds = np.where(value == MISSING, 0.0, rows["seconds"][span])
    rate = np.where(value == MISSING, 0, value) * (float(point(instant).resolution) / SCALE)
    seen = np.maximum(rate, 0.0) * seconds / 3600.0
    parts = shared(total, gap_weights(seen, seconds, QUARTER / 1000.0, total * unit))
    before = rows[f"{code}.inc"][span]
    _add(found, column, layout, span, parts - np.where(before == MISSING, 0, before))


def given(old: Table, new: Table, layout: Layout) -> None:
    """Keep in `new`, in place, the shares that a quarter made before had been given: a row that
    has an increase though nothing was read. Both have the rows of one quarter."""
    at = np.searchsorted(new["station"], old["station"])
    for column in counted_points(layout):
        inc = f"{column.code}.inc"
        if inc in old and inc in new:
            share = (old[column.code] == MISSING) & (old[inc] != MISSING)
            for i in np.flatnonzero(share & np.isin(old["station"], new["station"])).tolist():
                span = slice(int(at[i]), int(at[i]) + 1)
                _add(new, column, layout, span, old[inc][i : i + 1])


def _add(rows: Table, column: Column, layout: Layout, span: slice, more: np.ndarray) -> None:
    """More units of a counter in these rows, in its increase and in the fact made of it."""
    inc = f"{column.code}.inc"
    before = rows[inc][span]
    rows[inc][span] = np.where(before == MISSING, 0, before) + more
    fact = _FACT.get(column.point.code)
    if fact is None:
        return
    for name in (fact, "F.volume") if fact == "F.inflow" and not layout.pumps else (fact,):
        if name in rows:
            rows[name][span] = rows[name][span] + more * float(column.point.resolution)
