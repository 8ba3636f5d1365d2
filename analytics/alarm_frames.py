"""What an engine reads: the points it asks for, and samples of several times as one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from analytics.alarm_inputs import Definition, Frame, Place
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


def asked_codes(
    definitions: Sequence[Definition],
    places: Sequence[Place],
    present: Mapping[str, NDArray[np.bool_]],
) -> tuple[str, ...]:
    """Every point code that some expression asks for somewhere."""
    templates = {
        code
        for definition in definitions
        for expression in definition.expressions
        for code in expression.points | expression.spread_points | expression.optional
    }
    found = {place.fill(template) for template in templates for place in places}
    return tuple(sorted(found & set(present)))
