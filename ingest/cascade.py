"""Coarser rows from finer ones: 1 min -> 15 min -> 1 h.

A piece is what hasn't been rolled up yet. When its step is over, the coarser row is made and the
finer rows of the step become one file of a larger span, in one commit. So there is no state: what
a crash left undone, and what comes late, still lies there as a piece.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from analytics.rollups import cascade
from data.catalogue.points import Layout, columns
from data.lake import Lake
from data.lake_writer import LakeWriter
from data.manifest import FileRow
from ingest.gaps import LONGEST, begun, counted_points, filled, given

QUARTER, HOUR = 900_000, 3_600_000
STEPS = (("minute", "quarter", QUARTER), ("quarter", "hour", HOUR))
"""From which dataset which one is made in which steps; the former's rows become a file of a span
that is called like the latter."""


def layout_of(group: str) -> Layout:
    """The layout that a group's name begins with."""
    return Layout.parse(group.rpartition("-")[0])


def due(pieces: Iterable[FileRow], step: int, now_ms: int) -> list[tuple[int, str]]:
    """Steps (start in ms, group) that are over and have pieces, oldest first. Pure."""
    found = {
        (start, piece.group)
        for piece in pieces
        for start in range(piece.from_ms - piece.from_ms % step, piece.to_ms + 1, step)
        if start + step <= now_ms
    }
    return sorted(found)


class Cascade:
    """Makes quarter and hour rows."""

    def __init__(self, lake: Lake, writer: LakeWriter) -> None:
        self.lake = lake
        self.writer = writer

    def run(self, now: datetime) -> dict[str, set[int]]:
        """Bring both datasets up to `now`; returns the starts, ms, of the steps made by dataset."""
        now_ms = round(now.timestamp() * 1000)
        made: dict[str, set[int]] = {}
        for source, target, step in STEPS:
            pieces = self.lake.manifest.live(source, span="piece")
            made[target] = set()
            for start, group in due(pieces, step, now_ms):
                self._make(source, target, group, start, start + step, now)
                made[target].add(start)
                if target == "quarter":
                    made[target] |= self._fill(group, start, now)
        return made

    def _fill(self, group: str, start: int, now: datetime) -> set[int]:
        """Share out what counters counted over gaps that end in this quarter; returns the starts of
        the quarters that changed. They are pieces again, so that their hours are made anew."""
        layout = layout_of(group)
        codes = [name for c in counted_points(layout) for name in (c.code, f"{c.code}.inc")]
        known = self.lake.rows("quarter", group, start - LONGEST, start + QUARTER, codes)
        first = begun(known, layout, start)
        if first == start:
            return set()
        rows = self.lake.rows("quarter", group, first - QUARTER, start + QUARTER)
        changed = filled(rows, layout, start)
        keep = changed["ts"] >= first
        some = {name: values[keep] for name, values in changed.items()}
        with self.writer.change(lambda: now) as change:
            change.replace("quarter", group, first, start + QUARTER, "piece", some)
        return set(range(first, start + 1, QUARTER))

    def _make(
        self, source: str, target: str, group: str, start: int, end: int, now: datetime
    ) -> None:
        known = columns(layout_of(group))
        kinds = {c.code: c.point.rollup for c in known}
        slow = frozenset(c.code for c in known if c.point.block == "slow")
        rows = self.lake.rows(source, group, start, end)
        with self.writer.change(lambda: now) as change:
            change.replace(source, group, start, end, target, rows)
            coarse = cascade(rows, kinds, slow, end - start)
            if target == "quarter":
                given(self.lake.rows(target, group, start, end), coarse, layout_of(group))
            change.replace(target, group, start, end, "piece", coarse)
