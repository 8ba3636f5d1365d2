"""What the engines remembered every few hours, so that late data can be judged from then on.

A folder a checkpoint below VAR/alarm_checkpoints, named by its second: the two state files as they
were kept (hard links), and the alarms that were open or closed a moment ago.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import structlog

from analytics.alarm import Alarm
from analytics.alarm_run import Engines
from ingest import alarm_state

EVERY_MS = 6 * 3_600_000
KEPT_MS = 72 * 3_600_000 + EVERY_MS
"""Data may come this late."""
STATE, ALARMS = "alarm_engine.state", "alarms.json"
log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Checkpoint:
    """One of them."""

    folder: Path
    last: Mapping[int, int]
    """UTC ms of the newest sample that it knows of each station."""

    def restore(self, engines: Engines) -> None:
        """Let engines of some of its stations go on from here."""
        alarm_state.restore(self.folder / STATE, engines)

    def alarms(self, stations: Iterable[int]) -> list[Alarm]:
        """Alarms of these stations as they were."""
        wanted = set(stations)
        rows = json.loads((self.folder / ALARMS).read_text(encoding="utf-8"))
        return [one for one in _alarms(rows) if one.station in wanted]


class Checkpoints:
    """All that are kept. `take` belongs to the thread of the alarms, reading to any."""

    def __init__(self, var: Path) -> None:
        self._folder = var / "alarm_checkpoints"
        self._folder.mkdir(parents=True, exist_ok=True)

    def due(self, second: int) -> bool:
        """Whether the newest is old enough for another."""
        return second - max(self._seconds(), default=0) >= EVERY_MS

    def take(self, second: int, state: Path, alarms: Iterable[Alarm]) -> None:
        """Keep the state files (`state` and the windows beside it, just written) and these alarms;
        let the oldest go. Raises OSError."""
        draft = self._folder / "draft"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir()
        for file in (state, state.with_name(alarm_state.WINDOWS)):
            try:
                os.link(file, draft / file.name)
            except OSError:  # not every file system has links
                shutil.copy2(file, draft / file.name)
        (draft / ALARMS).write_text(json.dumps(_rows(list(alarms))), encoding="utf-8")
        draft.rename(self._folder / str(second))
        for old in self._seconds():
            if second - old > KEPT_MS:
                shutil.rmtree(self._folder / str(old), ignore_errors=True)

    def before(self, moments: Mapping[int, int]) -> list[tuple[Checkpoint, list[int]]]:
        """Stations by the newest checkpoint that was before their moment, UTC ms. Stations that
        none of them was before are left out."""
        left, found = dict(moments), []
        for second in sorted(self._seconds(), reverse=True):
            one = self._open(second)
            if one is None:
                continue
            mine = [id for id, ms in left.items() if one.last.get(id, ms) < ms]
            for id in mine:
                del left[id]
            if mine:
                found.append((one, mine))
        return found

    def _seconds(self) -> list[int]:
        return [int(one.name) for one in self._folder.iterdir() if one.name.isdigit()]

    def _open(self, second: int) -> Checkpoint | None:
        folder = self._folder / str(second)
        try:
            known = alarm_state.read(folder / STATE)
            last = np.maximum(known["station.last"], 0).tolist()
            return Checkpoint(
                folder, dict(zip(known["station.subject"].tolist(), last, strict=True))
            )
        except (OSError, ValueError, KeyError) as error:
            log.warning("a checkpoint can't be read", file=str(folder), why=str(error))
            return None


_FIELDS = [one.name for one in fields(Alarm) if one.name != "parent"]


def _rows(alarms: Sequence[Alarm]) -> list[dict[str, Any]]:
    place = {alarm: at for at, alarm in enumerate(alarms)}
    return [
        {name: getattr(alarm, name) for name in _FIELDS}
        | {"parent": None if alarm.parent is None else place.get(alarm.parent)}
        for alarm in alarms
    ]


def _alarms(rows: Sequence[Mapping[str, Any]]) -> list[Alarm]:
    found = [Alarm(**{name: _kept(row[name]) for name in _FIELDS if name in row}) for row in rows]
    for alarm, row in zip(found, rows, strict=True):
        alarm.parent = None if row["parent"] is None else found[row["parent"]]
    return found


def _kept(value: Any) -> Any:
    """JSON knows no tuples."""
    return tuple(value) if isinstance(value, list) else value
