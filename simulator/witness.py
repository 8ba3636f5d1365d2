"""What really happened, written beside the city for tests of analyses; no program reads it.

`VAR/truth/troubles.json`: the slow troubles. `minutes.json` and `minutes.f32` (with `--truth`):
each minute of every station and set, float32 in the order that the JSON names.
"""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import numpy as np

from data.catalogue.points import ZONES
from simulator.ledger import KINDS
from simulator.living import LivingCity
from simulator.plant import Plant
from simulator.types import Floats

OF_SETS = ("pressure", "flow", "leak", "suction", "power")
"""MPa, m³/h, m³/h, MPa, kW"""
OF_STATIONS = ("level", "inflow", "chlorine", "age", "power")
"""m, m³/h, mg/L, h, kW"""


def tell_troubles(city: LivingCity, folder: Path) -> None:
    """Write which station has which slow trouble since when; `size` 0 to 1."""
    found = []
    for part in city.slices:
        ledger = part.plant.ledger
        for kind in KINDS:
            begun = np.flatnonzero(ledger.first[kind] <= part.plant.day + 1000)
            for i in begun.tolist():
                first = date.fromordinal(int(ledger.first[kind][i])).isoformat()
                size = round(float(ledger.size[kind][i]), 4)
                row = part.plant.rows[i].code
                found.append({"station": row, "kind": kind, "first": first, "size": size})
    found.sort(key=lambda row: (row["station"], row["kind"]))
    (folder / "troubles.json").write_text(json.dumps(found, indent=1), encoding="utf-8")


class Witness:
    """Appends the truth of every whole minute."""

    def __init__(self, city: LivingCity, folder: Path) -> None:
        self._city, self._file = city, folder / "minutes.f32"
        plants = [part.plant for part in city.slices]
        facts = {
            "stations": [row.code for plant in plants for row in plant.rows],
            "sets": [_name(plant, s) for plant in plants for s in range(len(plant.shape.station))],
            "of_stations": OF_STATIONS,
            "of_sets": OF_SETS,
            "record": "float64 ms UTC, then float32 [of_stations, stations], [of_sets, sets]",
        }
        (folder / "minutes.json").write_text(json.dumps(facts), encoding="utf-8")

    def write(self, now_ms: int) -> None:
        """One record."""
        plants = [part.plant for part in self._city.slices]
        stations = np.concatenate([_of_stations(plant) for plant in plants], axis=1)
        sets = np.concatenate([_of_sets(plant) for plant in plants], axis=1)
        with self._file.open("ab") as out:
            out.write(np.float64(now_ms).tobytes())
            out.write(stations.astype(np.float32).tobytes() + sets.astype(np.float32).tobytes())


def _name(plant: Plant, row: int) -> str:
    return f"{plant.rows[int(plant.shape.station[row])].code} {ZONES[int(plant.shape.zone[row])]}"


def _of_stations(plant: Plant) -> Floats:
    water = plant.water.state
    return np.array([water.level, water.inflow, water.chlorine, water.age, plant.power])


def _of_sets(plant: Plant) -> Floats:
    sets = plant.sets.state
    leak = plant.sets.leak(plant.effects.burst)
    return np.array([sets.pressure, sets.flow, leak, plant.suction, sets.power.sum(axis=1)])
