"""The wide mimic of every type with 1-6 pumps, 1-3 zones and 1-2 tanks: no text lies over another,
and every pump and tank is drawn. Widths are those of a proportional typeface, on the safe side."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass, replace
from itertools import product

import pytest

from components.mimic import wide_drawing
from data.catalogue.points import station_types
from data.catalogue.words import words
from data.station_rows import StationRow
from tests.components.test_mimic import house

SIZES = {"m-large": 24.0, "m-small": 15.0, "m-value": 18.0, "m-plain": 13.0, "m-state": 13.0}
"""px by class as assets/mimic.css has it, the first that fits; everything else 12.5."""
WIDEST = {0: "12,345", 1: "123.4", 2: "2.74", 3: "0.421"}
"""A live number by its decimals."""
STATES = ("m-when-running", "m-when-tripped", "m-when-stopped")
HIDDEN = {"m-question", "m-manual", "m-mark", "m-switch", "m-level"}
COUNTS = [(1,), (2,), (3,), (4,), (5,), (6,), *product((1, 2, 4, 6), repeat=2),
          *product((1, 3, 6), repeat=3)]  # fmt: skip
TYPES = [(kind.code, tanks) for kind in station_types().values() for tanks in (
    (0,) if not kind.pumped or not kind.tank else (1, 2))]  # fmt: skip


@dataclass(frozen=True)
class Box:
    text: str
    left: float
    top: float
    right: float
    bottom: float

    def over(self, other: Box) -> bool:
        return (
            self.left < other.right - 0.5 and other.left < self.right - 0.5
            and self.top < other.bottom - 0.5 and other.top < self.bottom - 0.5
        )  # fmt: skip


def width(text: str, size: float) -> float:
    return sum(size if ord(sign) > 0x2E80 else 0.56 * size for sign in text)


def boxes(element: ET.Element, shown: str, longest: str, x: float = 0, y: float = 0) -> list[Box]:
    """Boxes of all texts that stand there while pumps are in the state `shown`."""
    css = set((element.get("class") or "").split())
    if css & HIDDEN or (css & set(STATES) and shown not in css):
        return []
    move = re.fullmatch(r"translate\(([-\d.]+) ([-\d.]+)\)", element.get("transform") or "")
    if move:
        x, y = x + float(move[1]), y + float(move[2])
    tag = element.tag.rpartition("}")[2]
    if tag == "text":
        return [_box(element, css, longest, x, y)]
    return [box for child in element for box in boxes(child, shown, longest, x, y)]


def _box(element: ET.Element, css: set[str], longest: str, x: float, y: float) -> Box:
    size = next((px for name, px in SIZES.items() if name in css), 12.5)
    number = WIDEST[int(element.get("data-decimals") or 0)]
    number = "123" if (element.get("data-bind") or "").endswith("VFD_CODE") else number
    number = "99.9" if element.get("data-kind") == "autonomy" else number
    parts, across = [element.text or ""], width(element.text or "", size)
    if element.get("data-slot") == "state":
        parts, across = [longest], width(longest, size)
    for span in element:
        text, own = span.text or "", 12.5 if "m-unit" in (span.get("class") or "") else size
        if span.get("data-slot") == "number":
            text = number
        elif span.get("data-slot") == "state":
            text = longest
        elif span.get("data-kind") == "value":
            text = WIDEST[int(span.get("data-decimals") or 0)]
        elif span.get("data-kind") == "difference":
            text = "dev. +0.021" if longest.isascii() else "偏差 +0.021"
        parts.append(text)
        across += width(text, own) + (float(span.get("dx") or 0) if text else 0)
    left, base = x + float(element.get("x") or 0), y + float(element.get("y") or 0)
    anchor = element.get("text-anchor")
    left -= across / 2 if anchor == "middle" else across if anchor == "end" else 0
    return Box(" ".join(parts), left, base - 0.8 * size, left + across, base + 0.2 * size)


def crossed(station: StationRow, lang: str) -> list[tuple[str, str]]:
    """Pairs of texts that lie over each other, in any state of the pumps."""
    said = words(lang)
    root = ET.fromstring(wide_drawing(station, said))  # noqa: S314
    longest = max((said[f"mimic.state_{s}"] for s in ("running", "standby", "unknown")), key=len)
    found: list[tuple[str, str]] = []
    for shown in STATES:
        made = [box for box in boxes(root, shown, longest) if box.text.strip()]
        made.sort(key=lambda box: box.top)
        for i, one in enumerate(made):
            for other in made[i + 1 :]:
                if other.top >= one.bottom:
                    break
                if one.over(other):
                    found.append((one.text, other.text))
    return found


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize(("kind", "tanks"), TYPES)
def test_no_text_lies_over_another(kind: str, tanks: int, lang: str) -> None:
    pumped = station_types()[kind].pumped
    for pumps in COUNTS if pumped else [()]:
        station = house(kind, tanks, pumps)
        assert not crossed(station, lang), (kind, tanks, pumps)


@pytest.mark.parametrize(("kind", "tanks"), TYPES)
def test_every_pump_and_tank_of_the_record_is_drawn(kind: str, tanks: int) -> None:
    for pumps in COUNTS if station_types()[kind].pumped else [()]:
        root = ET.fromstring(wide_drawing(house(kind, tanks, pumps), words("zh")))  # noqa: S314
        drawn = [e.attrib["data-bind"] for e in root.iter() if e.get("data-kind") == "pump"]
        wanted = [
            f"{z}.P{n}" for z, count in zip("LMH", pumps, strict=False) for n in range(1, count + 1)
        ]
        assert sorted(drawn) == sorted(wanted)
        tanks_ = [e.attrib["data-bind"] for e in root.iter() if e.get("data-kind") == "tank"]
        assert sorted(tanks_) == [f"T{n}" for n in range(1, tanks + 1)]


def test_long_floors_and_many_homes_find_room() -> None:
    one = house("TANK_VFD", 2, (3, 3, 3))
    sets = tuple(replace(row, floor_from=18, floor_to=133, households=12_345) for row in one.sets)
    assert not crossed(replace(one, sets=sets), "en")
