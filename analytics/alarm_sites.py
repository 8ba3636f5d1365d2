"""The cells of windows of alarm rules, and which of them a frame's samples belong to."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from analytics.alarm_inputs import Frame
from analytics.array_logic import Array

EVERY = slice(None)


class Sites:
    """The cells of windows that look at the same places of the same subjects."""

    def __init__(self, exists: NDArray[np.bool_]) -> None:
        """`exists` is bool[places, subjects]."""
        self.place, self.subject = np.nonzero(exists)
        self.all = np.arange(len(self.place))
        self.whole = bool(exists.all())
        self.subjects: int = exists.shape[1]
        self.flat = self.place * self.subjects + self.subject
        self.cell = np.full(exists.shape, -1, dtype=np.intp)
        self.cell[self.place, self.subject] = self.all


class Look:
    """The samples of a frame that some windows look at."""

    def __init__(self, frame: Frame, due: NDArray[np.bool_]) -> None:
        """`due` is bool of the frame's subjects."""
        self.chosen = None if due.all() else np.flatnonzero(due)
        self.frame, self.columns, self.ms = frame, frame.columns, frame.ms
        if self.chosen is not None:
            self.columns, self.ms = frame.columns[self.chosen], frame.ms[self.chosen]
        self.first_ms, self.last_ms = int(self.ms.min()), int(self.ms.max())
        self._cells: dict[Sites, tuple[Any, Any, Array]] = {}

    def cells(self, sites: Sites) -> tuple[Any, Any, Array]:
        """Cells of these subjects, where their values stand in [places, m], and their ms. What is
        all comes as a slice, which costs no copy."""
        if sites not in self._cells:
            if len(self.columns) == sites.subjects:
                here = EVERY if sites.whole else sites.flat
                self._cells[sites] = EVERY, here, self.ms[sites.subject]
            else:
                cell = sites.cell.take(self.columns, 1).reshape(-1)
                here = np.arange(cell.size) if sites.whole else np.flatnonzero(cell >= 0)
                self._cells[sites] = cell[here], here, self.ms[here % len(self.columns)]
        return self._cells[sites]
