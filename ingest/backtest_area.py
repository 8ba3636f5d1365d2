"""Rules that count the silent stations of an area, over the minutes of which answers are stored."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from analytics.alarm_engine import Transition
from data.catalogue.rules import Rule
from data.lake import Lake
from data.parquet import read_columns
from ingest.alarm_rules import engines
from ingest.backtest_part import HOLD, Span
from ingest.backtest_rows import DAY, MINUTE
from ingest.fleet import Fleet


def areas(
    lake: Lake, span: Span, sides: tuple[Mapping[str, Rule], Mapping[str, Rule]], id: str,
    step: Callable[[int, int], None],
) -> tuple[list[list[Transition]], float]:  # fmt: skip
    """What happened to rule `id` with the rules of each side, by place of the district in their
    order, and the share of the stations' minutes of which an answer is stored."""
    fleet = Fleet(span.stations)
    made = [
        engines([rules[id]] if id in rules else [], fleet, HOLD * MINUTE).areas for rules in sides
    ]
    found: list[list[Transition]] = [[] for _ in made]
    ids = np.array([row.id for row in span.stations], dtype=np.int64)
    last, heard = np.full(len(ids), span.start, dtype=np.int64), np.zeros(len(ids), dtype=bool)
    edges = [span.start, *range(span.start // DAY * DAY + DAY, span.end, DAY), span.end]
    seen = 0
    for n, (low, high) in enumerate(pairwise(edges)):
        here = _answered(lake, ids, low, high)
        seen += int(here.sum())
        for minute in range(here.shape[1]):
            ms = low + (minute + 1) * MINUTE
            said = here[:, minute]
            if said.any():
                heard |= said
                last[said | ~heard] = ms
            else:
                last += MINUTE  # the collector paused: nobody's silence
            silence = (ms - last) / 1000
            for engine, known in zip(made, found, strict=True):
                count = len(engine.last)
                every = np.ones(count, dtype=bool)
                known.extend(engine.step(np.full(count, ms), every, _nothing, {"silence": silence}))
        step(n + 1, len(edges) - 1)
    return found, seen * MINUTE / max((span.end - span.start) * len(ids), 1)


def _nothing(columns: NDArray[np.intp]) -> NDArray[np.float64]:
    """An area has no points."""
    return np.zeros((0, len(columns)))


def _answered(lake: Lake, ids: NDArray[np.int64], low: int, high: int) -> NDArray[np.bool_]:
    """[stations, minutes] whether an answer of the minute is stored."""
    m = (high - low) // MINUTE
    here = np.zeros((len(ids), m), dtype=bool)
    paths = [lake.root / file.path for file in lake.manifest.live("minute", None, low, high - 1)]
    if not paths:
        return here
    table = read_columns(paths, ["station", "ts"])
    order = np.argsort(ids)
    row = order[np.minimum(np.searchsorted(ids[order], table["station"]), len(ids) - 1)]
    good = (ids[row] == table["station"]) & (table["ts"] >= low) & (table["ts"] < high)
    here[row[good], (table["ts"][good] - low) // MINUTE] = True
    return here
