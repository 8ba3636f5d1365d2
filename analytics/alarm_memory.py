"""What alarm conditions remember: since when something is so, and when it last was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from analytics.alarm_inputs import NEVER, Bound, Frame, PlaceInputs
from analytics.array_logic import Array
from analytics.expressions import Memory


@dataclass
class _Site:
    """One remembering part of one rule, at its places and subjects: arrays [places, n]."""

    bound: Bound
    memory: Memory
    truth: Array
    """int8: the last known truth, 0 before any."""
    known: Array
    """int64: ms of that sample."""
    at: Array
    """int64: ms when it became true (since) or last was (ago); NEVER when that wasn't seen."""

    def step(self, frame: Frame, hold_ms: int) -> Array:
        """Take one sample; the seconds gone by, endless for NEVER."""
        columns: Any = frame.columns
        if len(columns) == self.at.shape[1]:  # all, in order: a slice costs no copy
            columns = slice(None)
        shape = (len(self.bound.places), len(frame.columns))
        now = np.broadcast_to(self.memory.condition(PlaceInputs(self.bound, frame)), shape)
        if self.memory.verb == "since":
            # A change is seen only between two samples that belong together.
            near = frame.ms - self.known[:, columns] <= hold_ms
            hit = (now == 1) & (self.truth[:, columns] == -1) & near
        else:
            hit = now == 1
        self.at[:, columns] = np.where(hit, frame.ms, self.at[:, columns])
        self.known[:, columns] = np.where(now == 0, self.known[:, columns], frame.ms)
        self.truth[:, columns] = np.where(now == 0, self.truth[:, columns], now)
        at = self.at[:, columns]
        return np.where(at == NEVER, np.inf, (frame.ms - np.maximum(at, 0)) / 1000)


class Memories:
    """All remembering parts of all rules of an engine."""

    def __init__(self, bound: Sequence[Bound], subjects: int, hold_ms: int) -> None:
        self._hold = hold_ms
        self._sites: dict[tuple[str, str], _Site] = {}
        for one in bound:
            shape = (len(one.places), subjects)
            for expression in one.definition.expressions:
                for memory in expression.memories:
                    self._sites[one.definition.id, memory.key] = _Site(
                        one,
                        memory,
                        np.zeros(shape, dtype=np.int8),
                        np.full(shape, NEVER // 2),
                        np.full(shape, NEVER),
                    )

    def step(self, frame: Frame) -> None:
        """Remember this sample and put what each part says into `frame.recalls`."""
        for key, site in self._sites.items():
            frame.recalls[key] = site.step(frame, self._hold)

    def state(self) -> dict[str, Array]:
        """Arrays by name: memory_<what>, one line a part and place, and their names."""
        names, parts = [], {"truth": [], "known": [], "at": []}  # type: ignore[var-annotated]
        for (rule, key), site in self._sites.items():
            names += [f"{rule}|{place.code}|{key}" for place in site.bound.places]
            for what, lines in parts.items():
                lines.append(getattr(site, what))
        return {
            "memory_name": np.array(names or [""])[: len(names)],
            **{f"memory_{what}": np.concatenate(lines) if lines else np.zeros((0, 0))
               for what, lines in parts.items()},
        }  # fmt: skip

    def restore(self, state: Mapping[str, Any], at: Array) -> None:
        """`at` is for each subject of the state its position now, -1 when it is no more."""
        lines = {str(name): line for line, name in enumerate(state["memory_name"])}
        for (rule, key), site in self._sites.items():
            for row, place in enumerate(site.bound.places):
                line = lines.get(f"{rule}|{place.code}|{key}")
                if line is None:
                    continue
                for what in ("truth", "known", "at"):
                    getattr(site, what)[row, at[at >= 0]] = state[f"memory_{what}"][line][at >= 0]
