"""Recordings: mapping, bad rows, looping; the real pump test bed where it is there."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.published import others_data
from simulator.recording import KNOWN, BadRecording, mapping, read

GOOD = """datetime;Current;Pressure;Volume Flow RateRMS;note
2020-02-08 13:30:47;2.1;0.5;120;a
2020-02-08 13:30:48;2.2;0.6;121;b
2020-02-08 13:30:50;2.3;0.7;122;c
"""


def write(folder: Path, text: str, name: str = "bed.csv") -> Path:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def test_known_columns_become_points_in_their_units(tmp_path: Path) -> None:
    found = read(write(tmp_path, GOOD), KNOWN)
    assert found.points == ("L.P1.I", "L.P_OUT", "L.Q_OUT")
    assert found.seconds.tolist() == [0.0, 1.0, 3.0]
    assert found.values[0] == pytest.approx([2.1, 0.05, 7.2])
    assert not found.complaints


def test_it_goes_round_and_holds_a_value_until_the_next(tmp_path: Path) -> None:
    found = read(write(tmp_path, GOOD), KNOWN)
    assert found.length == pytest.approx(4.5)
    shown = [found.at(t)["L.P1.I"] for t in (0.0, 0.9, 1.0, 2.9, 3.2, 4.6, 45.1)]
    assert shown == pytest.approx([2.1, 2.1, 2.2, 2.2, 2.3, 2.1, 2.1])


def test_bad_rows_and_cells_are_told_and_left_out(tmp_path: Path) -> None:
    text = GOOD + (
        "2020-02-08 13:30:51;x;0.7;122;c\n"
        "yesterday;2.3;0.7;122;c\n"
        "2020-02-08 13:30:49;2.3;0.7;122;back in time\n"
        "2020-02-08 13:30:55;2.3\n\n"
        "2020-02-08 13:30:56;2.4;inf;122;c\n"
    )
    found = read(write(tmp_path, text), KNOWN)
    assert len(found.seconds) == 5
    assert np.isnan(found.values[3, 0]) and np.isnan(found.values[4, 1])
    assert found.complaints == (
        "row 5, column 'Current': 'x' is not a number",
        "row 6, column 'datetime': 'yesterday' is no time",
        "row 7, column 'datetime': '2020-02-08 13:30:49' is not after the row before",
        "row 8: 2 cells, the header has 5",
        "row 10, column 'Pressure': 'inf' is not a number",
    )


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "needs a header"),
        ("a,b\n1,2\n", "no time column"),
        ("time,b\n1,2\n", "no known column"),
        ("time,Current\nx,2\ny,3\n", "no usable row"),
    ],
)
def test_a_file_that_is_no_recording(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(BadRecording, match=why):
        read(write(tmp_path, text), KNOWN)


def test_mappings_from_a_file_beside_and_from_the_command_line(tmp_path: Path) -> None:
    file = write(tmp_path, "time,Flow,Amps\n0,10,1\n5,20,2\n")
    file.with_suffix(".toml").write_text(
        '[columns]\nFlow = { point = "L.Q_OUT", scale = 3.6 }\nAmps = "L.P1.I"\n', encoding="utf-8"
    )
    found = read(file, mapping(file, []))
    assert found.values.tolist() == [[36.0, 1.0], [72.0, 2.0]]
    found = read(file, mapping(file, ["Amps=L.P1.I*10+0.5"]))
    assert found.values[:, 1].tolist() == [10.5, 20.5]


@pytest.mark.parametrize(
    ("given", "why"),
    [("Amps", "expected COLUMN=POINT"), ("Amps=X.Y", "no point 'X.Y'"), ("Amps=L.P1.I*a", "Amps")],
)
def test_a_wrong_mapping_is_refused(tmp_path: Path, given: str, why: str) -> None:
    with pytest.raises(BadRecording, match=why):
        mapping(write(tmp_path, GOOD), [given])


def test_a_broken_mapping_file_is_named(tmp_path: Path) -> None:
    file = write(tmp_path, GOOD)
    file.with_suffix(".toml").write_text("[columns]\nX = { pint = 1 }\n", encoding="utf-8")
    with pytest.raises(BadRecording, match=r"bed\.toml: column 'X'"):
        mapping(file, [])


def test_the_real_test_bed() -> None:
    file = others_data() / "skab" / "anomaly-free.csv"
    if not file.exists():
        pytest.skip("the SKAB recordings are not here")
    found = read(file, mapping(file, []))
    assert len(found.seconds) > 9000 and len(found.points) == 7
    flow = found.values[:, found.points.index("L.Q_OUT")]
    assert 5.0 < np.nanmedian(flow) < 10.0
