"""The fault-symptom matrix: complete, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from analytics.symptoms import WITNESSES
from data.catalogue.diagnosis import FILE, matrix
from data.catalogue.errors import CatalogueError
from data.catalogue.points import points
from data.catalogue.rules import rules
from data.catalogue.service_loss import FILE as LOSS
from data.catalogue.service_loss import service_losses
from ingest.diagnosis import check


def changed(tmp_path: Path, old: str, new: str, source: Path = FILE) -> Path:
    text = source.read_text(encoding="utf-8")
    assert old in text
    file = tmp_path / source.name
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    return file


def test_every_measure_and_witness_exists() -> None:
    check()
    assert set(WITNESSES) <= set(points())


def test_every_rule_of_level_1_and_2_that_an_engine_evaluates_has_its_faults() -> None:
    grave = {r.id for r in rules().values() if r.level <= 2 and r.source == "tick"}
    without = grave - set(matrix().starts)
    assert without <= OWN_CAUSES


OWN_CAUSES = {"R-PU-07", "R-PU-08", "R-SE-06", "R-WQ-10"}
"""These show the causes of their own rows: nothing that is measured tells their faults apart."""


def test_notation() -> None:
    burst = matrix().ratios["burst"]
    assert burst["flow_up"] == (8.0, 1 / 3)
    assert burst["speed_at_limit"] == (3.0, 1.0)
    assert burst["water_on_ground"] == (8.0, 1 / 8)
    assert burst["pump_fault"] == (1 / 8, 1.0)


def test_a_layer_is_told_symptom_by_symptom() -> None:
    silent = matrix().symptoms["silent"]
    assert {"heartbeat_stuck", "mains_off", "gauge_fixed", "pressure_low"} <= set(silent.distrusts)
    assert "near_silent" not in silent.distrusts


@pytest.mark.parametrize(
    ("old", "new", "row", "field"),
    [
        ('flow_up = "++/-"', 'flow_upp = "++/-"', "burst", "shows.flow_upp"),
        ('flow_up = "++/-"', 'flow_up = "+++"', "burst", "shows.flow_up"),
        ('R-HY-01 = ["burst"', 'R-HY-99 = ["burst"', "R-HY-99", "starts"),
        ('R-HY-01 = ["burst"', 'R-HY-01 = ["bursts"', "R-HY-01", "faults"),
        ('point = "PH.P_MAIN", below', 'point = "PH.P_MAINS", below', "mains_low", "point"),
        ('distrusts = ["plc"', 'distrusts = ["plcs"', "silent", "distrusts"),
        ('layer = "platform"', 'layer = "cloud"', "1 (fleet_silent)", "layer"),
        ('layer = "platform"', 'layer = "plc"', "near_silent", "layer"),
        ('distrusts = ["plc"', 'distrusts = ["near_silent", "plc"', "silent", "distrusts"),
    ],
)
def test_what_is_wrong_is_named_with_row_and_field(
    tmp_path: Path, old: str, new: str, row: str, field: str
) -> None:
    with pytest.raises(CatalogueError) as error:
        matrix(changed(tmp_path, old, new))
    assert (error.value.row, error.value.field) == (row, field)


@pytest.mark.parametrize(
    ("old", "new", "row"),
    [("R-HY-02 = 1.0", "R-HY-99 = 1.0", "R-HY-99"), ("R-HY-02 = 1.0", "R-HY-02 = 2", "R-HY-02"),
     ("1 = 120", "1 = 0", 1)],
)  # fmt: skip
def test_losses_are_checked(tmp_path: Path, old: str, new: str, row: str | int) -> None:
    with pytest.raises(CatalogueError) as error:
        service_losses(changed(tmp_path, old, new, LOSS))
    assert error.value.row == row
