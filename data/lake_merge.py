"""Several sorted files as one stream of rows, without holding all of them in memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from data.manifest import FileRow


class _Source:
    """A file sorted by station that gives its rows away from the lowest station upwards."""

    def __init__(self, path: Path) -> None:
        self.file = pq.ParquetFile(path)
        self._next = 0
        self._rest: pa.Table | None = None
        self._stations = np.empty(0, np.int64)

    def take(self, last: int) -> pa.Table | None:
        """The rows of stations up to `last` that haven't been taken yet."""
        while self._next < self.file.num_row_groups and (
            not len(self._stations) or self._stations[-1] <= last
        ):
            part = self.file.read_row_group(self._next, use_threads=False)
            self._next += 1
            self._rest = part if self._rest is None else pa.concat_tables([self._rest, part])
            self._stations = self._rest.column("station").to_numpy()
        if self._rest is None:
            return None
        cut = int(np.searchsorted(self._stations, last, side="right"))
        head = self._rest.slice(0, cut)
        if cut < len(self._stations):
            self._rest = self._rest.slice(cut)
            self._stations = self._stations[cut:]
        else:
            self._rest, self._stations = None, np.empty(0, np.int64)
        return head if cut else None


def merged(paths: Sequence[Path], row: FileRow, group_rows: int) -> Iterator[pa.Table]:
    """The rows of several sorted files in order, a batch of whole stations at a time."""
    sources = [_Source(path) for path in paths]
    try:
        schema = pa.unify_schemas([source.file.schema_arrow for source in sources])
        known = range(row.first_station, row.last_station + 1)
        each = max(1, row.rows // len(known))
        step = max(1, group_rows // each)
        for first in range(known.start, known.stop, step):
            parts = [t for s in sources if (t := s.take(first + step - 1)) is not None]
            if parts:
                table = pa.concat_tables(parts, promote_options="default")
                yield _in_order(table.select(schema.names).cast(schema))
    finally:
        for source in sources:
            source.file.close()


def _in_order(table: pa.Table) -> pa.Table:
    station, ts = table.column("station").to_numpy(), table.column("ts").to_numpy()
    order = np.lexsort((ts, station))
    if np.array_equal(order, np.arange(len(order))):
        return table
    return table.combine_chunks().take(pa.array(order))
