"""What the city remembers over a stop: the moment it went live, and the plants as they stood."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import structlog

from simulator.faults import Fault
from simulator.living import LivingCity, length_of, midnight_of, moment
from simulator.plant import Plant, recall, remembered
from simulator.quasi import Quasi
from simulator.quasi_meters import Counters, counted

log = structlog.get_logger("simulator")
BORN, SAVED = "born.json", "simulator.npz"
QUIET_GAP = 600.0
"""s of standstill after which levels and pumps are not taken from the saved state any more."""
LONGEST_GAP = 400 * 86_400.0
STEP = 900.0
KILLED = 1.3
"""Factor on what the meters count over the gap after the simulator was killed."""


def born(var: Path, now_ms: int) -> int:
    """ms UTC at which this city went live; a new one goes live now, at the whole minute."""
    file = var / BORN
    if file.exists():
        return int(json.loads(file.read_text(encoding="utf-8"))["ms"])
    ms = now_ms // 60_000 * 60_000
    _replace(file, json.dumps({"ms": ms}).encode())
    return ms


def save(city: LivingCity, var: Path, now_ms: int, last: bool = False) -> None:
    """Write the state of all plants, whole or not at all; `last`: nothing happens after it."""
    arrays: dict[str, Any] = {}
    for number, part in enumerate(city.slices):
        arrays |= {f"{number}.{name}": array for name, array in remembered(part.plant).items()}
    told = [asdict(f) for f in city.active(now_ms) if f.origin == "injected"]
    codes = [_codes(part.plant) for part in city.slices]
    facts = {"ms": now_ms, "last": last, "faults": told, "codes": codes}
    part_file = var / (SAVED + ".part.npz")
    np.savez(part_file, facts=np.array(json.dumps(facts)), **arrays)
    part_file.replace(var / SAVED)


def restore(city: LivingCity, var: Path, birth_ms: int, now_ms: int) -> str:
    """Start the plants: from the saved state where there is one of these stations, else from the
    quasi-steady model. Says which: 'new', 'resumed' or 'leapt'."""
    birth = moment(birth_ms, city.zone).day
    kept = _load(var / SAVED)
    if kept is None or kept[0]["codes"] != [_codes(part.plant) for part in city.slices]:
        begin(city, birth, birth_ms)
        return _on(city, birth, birth_ms, now_ms, "new")
    facts, arrays = kept
    try:
        for number, part in enumerate(city.slices):
            first = f"{number}."
            mine = {n.removeprefix(first): a for n, a in arrays.items() if n.startswith(first)}
            recall(part.plant, mine)
    except ValueError as error:
        log.warning("saved state is of another version, starting anew", why=str(error))
        begin(city, birth, birth_ms)
        return _on(city, birth, birth_ms, now_ms, "new")
    city.add(Fault(**row) for row in facts["faults"])
    # after a kill the meters have been seen further on than they were saved: never turn back
    return _on(city, birth, facts["ms"], now_ms, "resumed", 1.0 if facts["last"] else KILLED)


def begin(city: LivingCity, birth: int, at_ms: int) -> None:
    """Start every plant as the quasi-steady model has it at `at_ms`; meters at their reference."""
    at = moment(at_ms, city.zone)
    length = length_of(at.day, city.zone)
    for part in city.slices:
        quasi = Quasi(part.plant.rows, city.seed, birth)
        part.plant.start(quasi.state(at.day, at.seconds, length))


def _on(
    city: LivingCity, birth: int, from_ms: int, to_ms: int, how: str, factor: float = 1.0
) -> str:
    """Let the meters count what passed while nobody looked."""
    gap = (to_ms - from_ms) / 1000.0
    if not 1.0 < gap < LONGEST_GAP:
        return how
    leap = gap > QUIET_GAP
    for part in city.slices:
        quasi = Quasi(part.plant.rows, city.seed, birth)
        counters = part.plant.counters
        for more in increases(quasi, city, from_ms, to_ms):
            counters = counters.plus(more, factor)
        if leap:
            at = moment(to_ms, city.zone)
            part.plant.start(quasi.state(at.day, at.seconds, length_of(at.day, city.zone)))
        part.plant.counters = counters
    return "leapt" if leap else how


def increases(quasi: Quasi, city: LivingCity, from_ms: int, to_ms: int) -> Sequence[Counters]:
    """What the meters count between two moments, by local day."""
    found = []
    for day in range(moment(from_ms, city.zone).day, moment(to_ms, city.zone).day + 1):
        midnight, length = midnight_of(day, city.zone), length_of(day, city.zone)
        world = quasi.day(day, STEP, length)
        edges = midnight / 1000.0 + np.arange(world.steps + 1) * world.step
        inside = np.minimum(edges[1:], to_ms / 1000.0) - np.maximum(edges[:-1], from_ms / 1000.0)
        share = np.maximum(inside, 0.0) / world.step
        whole = counted(world)
        found.append(Counters(*((getattr(whole, f.name) * share).sum(-1) for f in fields(whole))))
    return found


def _codes(plant: Plant) -> list[str]:
    return [row.code for row in plant.rows]


def _load(file: Path) -> tuple[dict[str, Any], dict[str, np.ndarray]] | None:
    if not file.exists():
        return None
    try:
        with np.load(file) as kept:
            arrays = {name: kept[name] for name in kept.files}
        return json.loads(str(arrays.pop("facts"))), arrays
    except (OSError, ValueError, KeyError, BadZipFile) as error:
        log.warning("saved state can't be read, starting anew", file=str(file), why=str(error))
        return None


def _replace(file: Path, content: bytes) -> None:
    part = file.with_suffix(file.suffix + ".part")
    with part.open("wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    part.replace(file)
