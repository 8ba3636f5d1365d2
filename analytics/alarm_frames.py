"""Samples of several times as one: what is true of them is found at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from analytics.alarm_inputs import Frame
from analytics.array_logic import Array


def joined(frames: Sequence[Frame], values: Array) -> tuple[Frame, dict[str, Array]]:
    """All frames side by side, with what they recall; and what changes beside points, [1, m].
    `values` are those of all frames, of which each has a part."""
    columns = np.concatenate([frame.columns for frame in frames])
    ms = np.concatenate([frame.ms for frame in frames])
    recalls = {
        key: np.concatenate([frame.recalls[key] for frame in frames], axis=1)
        for key in frames[0].recalls
    }
    live = {
        name: np.concatenate([frame.live[name][frame.columns] for frame in frames])[None]
        for name in frames[0].live
    }
    return Frame(values, columns, ms, recalls=recalls, apart=False), live
