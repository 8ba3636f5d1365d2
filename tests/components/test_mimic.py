"""The mimic of any house: every part once, nothing invented, nothing over another."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.mimic import mimic, wide_drawing
from components.mimic_list import list_drawing
from components.mimic_parts import tag
from components.mimic_plan import BAND, WIDTH, bands
from data.catalogue.points import columns
from data.catalogue.words import words
from data.station_rows import SetRow, StationRow

ASSETS = Path(__file__).resolve().parents[2] / "assets"
WORDS = words("en")
SMALLEST_SCALE = 0.9
POINT_KINDS = {"value", "difference", "deviation", "share", "suppressor", "switch"}
HOUSES = [
    ("TANK_VFD", 1, (3,)),
    ("TANK_VFD", 1, (3, 3)),
    ("TANK_VFD", 2, (4, 2, 1)),
    ("TANK_ROOF", 1, (2,)),
    ("STACKED", 0, (2,)),
    ("STACKED", 0, (3, 2, 2)),
    ("STACKED_BOX", 1, (2, 2)),
    ("REGIONAL", 2, (6,)),
    ("REGIONAL", 2, (6, 6, 6)),
    ("RURAL", 1, (1,)),
    ("DIRECT", 0, ()),
    ("PRV_ZONE", 0, ()),
]


def house(kind: str, tanks: int, pumps: tuple[int, ...]) -> StationRow:
    sets = tuple(
        SetRow(zone, count, 1, 9, 300, 30.0, 0.42, 20.0, 45.0, 5.5, 11.0)
        for zone, count in zip("LMH", pumps, strict=False)
    )
    return StationRow(
        1, "X-1", "名", "Name", 1, kind, tanks, "chengshui", "127.0.0.1", 5020, 1,
        households=900, tank_area=30.0, overflow_level=3.5, inlet_diameter=150, sets=sets,
    )  # fmt: skip


def parsed(kind: str, tanks: int, pumps: tuple[int, ...]) -> ET.Element:
    return ET.fromstring(wide_drawing(house(kind, tanks, pumps), WORDS))  # noqa: S314


def of_kind(root: ET.Element, *kinds: str) -> list[ET.Element]:
    return [e for e in root.iter() if e.get("data-kind") in kinds]


@pytest.mark.parametrize(("kind", "tanks", "pumps"), HOUSES)
def test_every_pump_tank_and_valve_is_drawn_once_in_both_drawings(
    kind: str, tanks: int, pumps: tuple[int, ...]
) -> None:
    wanted = [
        f"{z}.P{n}" for z, count in zip("LMH", pumps, strict=False) for n in range(1, count + 1)
    ]
    numbered = [f"T{n}" for n in range(1, tanks + 1)]
    listed = ET.fromstring(list_drawing(house(kind, tanks, pumps), WORDS))  # noqa: S314
    for root in (parsed(kind, tanks, pumps), listed):
        assert sorted(e.attrib["data-bind"] for e in of_kind(root, "pump")) == sorted(wanted)
        assert sorted(e.attrib["data-bind"] for e in of_kind(root, "tank")) == numbered
        assert sorted(e.attrib["data-bind"] for e in of_kind(root, "valve")) == numbered
        vessels = [e.attrib["data-bind"] for e in of_kind(root, "suppressor")]
        stacked = kind.startswith("STACKED")
        assert sorted(vessels) == sorted(
            f"{z}.VAC" for z, _ in zip("LMH", pumps, strict=False) if stacked
        )


@pytest.mark.parametrize(("kind", "tanks", "pumps"), HOUSES)
def test_only_points_that_the_house_has_are_asked_for(
    kind: str, tanks: int, pumps: tuple[int, ...]
) -> None:
    station = house(kind, tanks, pumps)
    known = {column.code for column in columns(station.layout)}
    for markup in (wide_drawing(station, WORDS), list_drawing(station, WORDS)):
        root = ET.fromstring(markup)  # noqa: S314
        asked = {e.attrib["data-bind"] for e in of_kind(root, *POINT_KINDS)}
        asked |= {e.attrib["data-set"] for e in root.iter() if "data-set" in e.attrib}
        for flow in of_kind(root, "flow"):
            asked |= set(flow.attrib["data-bind"].split())
            asked |= {flow.attrib["data-gate"]} if "data-gate" in flow.attrib else set()
        states = {
            "pump": ("RUN", "FAULT", "MODE", "VFD_CODE"),
            "valve": ("VALVE_POS",),
            "tank": ("LEVEL",),
        }
        for kind_, points in states.items():
            asked |= {f"{e.attrib['data-bind']}.{p}" for e in of_kind(root, kind_) for p in points}
        assert asked
        assert asked <= known


@pytest.mark.parametrize(("kind", "tanks", "pumps"), HOUSES)
def test_pipes_are_orthogonal_and_everything_lies_within_the_drawing(
    kind: str, tanks: int, pumps: tuple[int, ...]
) -> None:
    root = parsed(kind, tanks, pumps)
    _, _, width, height = map(float, root.attrib["viewBox"].split())
    assert width == WIDTH
    for pipe in root.iter("path"):
        if pipe.get("class") != "m-pipe":
            continue
        points = [tuple(map(float, p.split())) for p in re.split("[ML]", pipe.attrib["d"]) if p]
        for (x0, y0), (x1, y1) in pairwise(points):
            assert x0 == x1 or y0 == y1
        assert all(0 <= x <= width and 0 <= y <= height for x, y in points)
    for part in of_kind(root, "pump", "valve"):
        x, y = map(float, re.findall(r"[\d.]+", part.attrib["transform"])[:2])
        assert 20 < x < width
        assert 20 < y < height - 20


@given(
    st.lists(st.integers(1, 6), min_size=1, max_size=3),
    st.integers(0, 2),
    st.sampled_from(["TANK_VFD", "STACKED", "STACKED_BOX", "REGIONAL", "RURAL"]),
)
def test_zones_and_pumps_keep_their_distance(pumps: list[int], tanks: int, kind: str) -> None:
    tanks = 0 if kind == "STACKED" else max(tanks, 1)
    height, found = bands(house(kind, tanks, tuple(pumps)))
    assert [band.set.zone for band in found] == list(reversed("LMH"[: len(pumps)]))
    assert all(b.y - a.y >= BAND for a, b in pairwise(found))
    rows = [row for band in found for row in band.rows]
    assert all(later - earlier >= 60 for earlier, later in pairwise(rows))
    assert rows[0] >= 30
    assert rows[-1] <= height - 30


def test_text_of_a_record_cannot_become_markup() -> None:
    assert tag("text", "<script>alert(1)</script>") == (
        "<text>&lt;script&gt;alert(1)&lt;/script&gt;</text>"
    )
    assert 'title="&#34;&gt;"' in tag("g", title='">')


def test_no_text_is_smaller_than_eleven_pixels() -> None:
    css = (ASSETS / "mimic.css").read_text(encoding="utf-8")
    drawn = [float(size) for size in re.findall(r"([\d.]+)px var\(--font\)", css)]
    drawn += [
        float(size) for rule in re.findall(r"\.m-drawing[^{]*\{([^}]*)\}", css)
        for size in re.findall(r"font-size: ([\d.]+)px", rule)
    ]  # fmt: skip
    assert len(drawn) > 8
    assert min(drawn) * SMALLEST_SCALE >= 11
    switch = re.search(r"@container mimic \(max-width: (\d+)px\)", css)
    assert switch is not None
    assert int(switch[1]) + 1 >= WIDTH * SMALLEST_SCALE


def test_the_script_knows_every_kind_that_is_drawn() -> None:
    script = (ASSETS / "mimic.js").read_text(encoding="utf-8")
    for case in HOUSES:
        station = house(*case)
        for markup in (wide_drawing(station, WORDS), list_drawing(station, WORDS)):
            for kind in set(re.findall(r'data-kind="([\w-]+)"', markup)):
                assert re.search(rf'^    "?{kind}"?: function', script, re.MULTILINE), kind


def test_the_element_carries_what_the_script_needs() -> None:
    props = mimic(house("REGIONAL", 2, (3,)), "zh", {"L.P2": 2}).to_plotly_json()["props"]
    assert json.loads(props["data-levels"]) == {"L.P2": 2}
    assert json.loads(props["data-words"])["state_running"] == "运行"
    assert props["data-area"] == "15"  # m² of one of two tanks
    assert props["data-zones"] == "L"
    assert len(props["children"]) == 2
