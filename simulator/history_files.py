"""Files the rows of the past: which datasets a day enters, and what is there already."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import numpy as np

from data.lake_writer import LakeWriter
from data.manifest import FileRow
from simulator.history_days import station_days, steady_days
from simulator.history_past import Chunk, Past
from simulator.history_rows import BlockDays

DATASETS = {
    "minute": {"minute": 1, "quarter": 15, "hour": 60},
    "quarter": {"quarter": 1, "hour": 4},
    "hour": {"hour": 1},
}
"""By tier: the datasets that its days enter, with the steps that make a row."""
SPANS = {"minute": "day", "quarter": "day", "hour": "month"}
STEPS = {"minute": 900_000, "quarter": 3_600_000}
"""ms that the collector will roll up these rows to."""
SET_DAYS = 60
"""Days of the past that know the steady windows of sets: enough for what is asked of them."""
EVERYONE = "all"
"""Day facts have one group."""
ORIGIN = "history"
Table = dict[str, np.ndarray]


class Files:
    """Makes, writes and commits chunks of the past."""

    def __init__(self, past: Past, writer: LakeWriter, born_ms: int) -> None:
        self.past, self.writer, self._born = past, writer, born_ms

    def missing(self, chunk: Chunk) -> set[int]:
        """First stations (ids) of the blocks whose rows of this chunk aren't in the lake."""
        start, end = self.past.bounds(chunk)
        files = self.writer.manifest.live(chunk.tier, None, start, end)
        there = {f.first_station for f in files if f.origin == ORIGIN and f.from_ms >= start}
        return {int(block.ids[0]) for block in self.past.blocks} - there

    def make(self, chunk: Chunk, missing: set[int]) -> Iterator[list[FileRow]]:
        """Go back over the days of a chunk and write what is missing, not visible yet: part by
        part, with the last one the day facts of all."""
        parts = self.past.parts(chunk.tier)
        facts: dict[str, list[Table]] = {}
        for part in parts:
            made = [self.past.back(part, day, chunk.step) for day in chunk.days][::-1]
            rows: list[FileRow] = []
            for block in part.blocks:
                if int(block.ids[0]) in missing:
                    rows += self._block(chunk, BlockDays(made, block, chunk.tier != "hour"), facts)
            for day in made:
                for table in self.past.rounds(part, day, missing):
                    rows += self._write("household", EVERYONE, table)
            if part is parts[-1]:
                for name, tables in facts.items():
                    rows += self._write(name, EVERYONE, _joined(tables))
            yield rows

    def _block(self, chunk: Chunk, days: BlockDays, facts: dict[str, list[Table]]) -> list[FileRow]:
        """Write the rows of a block; its day facts are added to `facts`."""
        steps = DATASETS[chunk.tier]
        whole = {name: k for name, k in steps.items() if days.online.shape[1] >= k}
        tables = days.tables(whole)
        if max(chunk.days) < self.past.birth:
            finest = "hour" if chunk.tier == "hour" else "quarter"
            own = {"station_day": station_days(days, tables[finest], steps[finest])}
            sets = max(chunk.days) >= self.past.birth - SET_DAYS
            for name, table in (own | steady_days(days, sets)).items():
                facts.setdefault(name, []).append(table)
        group = days.block.group
        return [row for name in whole for row in self._write(name, group, tables[name])]

    def commit(self, rows: Sequence[FileRow]) -> None:
        """Make a whole chunk visible at once."""
        if rows:
            self.writer.commit(rows, at=datetime.now(UTC))

    def _write(self, dataset: str, group: str, table: Table) -> list[FileRow]:
        if not table or not len(table["ts"]):
            return []
        span = SPANS.get(dataset, "month")
        pieces = [(span, table)]
        if dataset in STEPS:
            # the step in which the city was born is for the collector to roll up, together
            # with its own rows; it does so with pieces
            cut = self._born - self._born % STEPS[dataset]
            late = table["ts"] >= cut
            if late.any():
                old = {name: values[~late] for name, values in table.items()}
                pieces = [(span, old), ("piece", {n: values[late] for n, values in table.items()})]
        return [
            self.writer.write(dataset, group, name, piece, ORIGIN)
            for name, piece in pieces
            if len(piece["ts"])
        ]


def _joined(tables: Sequence[Table]) -> Table:
    return {name: np.concatenate([t[name] for t in tables]) for name in (tables or [{}])[0]}
