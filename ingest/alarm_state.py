"""What the engines remember, outliving the process: a file renamed into place."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from zlib import crc32

import numpy as np
import structlog

from analytics.alarm import Alarm
from analytics.alarm_run import Engines
from data.catalogue.rules import Rule

log = structlog.get_logger(__name__)


WINDOWS = "alarm_windows.state"
"""Beside the file of the timers: twenty times its size, so kept once a minute only."""


def keep(file: Path, engines: Engines, windows: bool = False) -> None:
    """Write timers and memories down, and what the windows hold when told so. Not synced: after a
    power cut they begin anew, the open alarms are in the database. Raises OSError."""
    parts = {name: engine.state(windows=False) for name, engine in engines.by_name.items()}
    _write(file, parts)
    if windows:
        rings = {name: engine.window_state() for name, engine in engines.by_name.items()}
        _write(file.with_name(WINDOWS), rings)


def _write(file: Path, parts: Mapping[str, Mapping[str, np.ndarray]]) -> None:
    arrays = {
        f"{name}.{key}": np.ascontiguousarray(array)
        for name, part in parts.items()
        for key, array in part.items()
    }
    body = b"".join(array.tobytes() for array in arrays.values())
    shapes = [(key, array.dtype.str, array.shape) for key, array in arrays.items()]
    head = json.dumps({"crc": crc32(body), "arrays": shapes}).encode()
    draft = file.with_suffix(".tmp")
    draft.write_bytes(head + b"\n" + body)
    draft.replace(file)


def restore(file: Path, engines: Engines) -> None:
    """Go on from the file where there is one that can be read."""
    try:
        arrays = _rings(file.with_name(WINDOWS)) | read(file)
        for name, engine in engines.by_name.items():
            engine.restore(
                {k.partition(".")[2]: v for k, v in arrays.items() if k.startswith(f"{name}.")}
            )
    except FileNotFoundError:
        return
    except (OSError, ValueError, KeyError, IndexError, TypeError) as error:
        log.warning("alarm timers can't be read, they begin anew", file=str(file), why=str(error))


def _rings(file: Path) -> dict[str, np.ndarray]:
    """What the windows held; nothing when that can't be read: they begin anew."""
    try:
        return read(file)
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def read(file: Path) -> dict[str, np.ndarray]:
    """The arrays of a file; ValueError when it is damaged."""
    head, _, body = file.read_bytes().partition(b"\n")
    known = json.loads(head)
    if crc32(body) != known["crc"]:
        raise ValueError("damaged")
    found, at = {}, 0
    for key, kind, shape in known["arrays"]:
        size = np.dtype(kind).itemsize * math.prod(shape)
        found[key] = np.frombuffer(body[at : at + size], dtype=kind).reshape(shape)
        at += size
    return found


def align(engines: Engines, alarms: Iterable[Alarm], rules: Mapping[str, Rule]) -> None:
    """Make the engines active where the open alarms of the database are, and nowhere else."""
    active: dict[str, dict[tuple[str, str, int], tuple[int, bool, float]]] = {
        name: {} for name in engines.by_name
    }
    for alarm in alarms:
        rule = rules.get(alarm.rule)
        if rule is None or not alarm.active:
            continue
        worse = rule.worse is not None and alarm.level + alarm.lifted <= rule.worse.level
        subject = alarm.district if alarm.station is None else alarm.station
        kind = "area" if alarm.station is None else rule.clock
        active[kind][alarm.rule, alarm.place, subject] = (alarm.raw_ms, worse, alarm.peak)
    for name, engine in engines.by_name.items():
        engine.align(active[name])
