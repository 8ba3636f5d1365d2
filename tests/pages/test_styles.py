"""What an open page costs a browser that only looks."""

from __future__ import annotations

import re

from data.settings import ROOT

ASSETS = ROOT / "assets"
STYLES = {str(file.relative_to(ASSETS)): file.read_text("utf-8") for file in ASSETS.rglob("*.css")}
FRAME = r"(?:\.shell|\.head|\.content|\.grouped|html|body|:root|main)(?:\.[\w-]+)*:has\((?!>)"
"""Each change below such an element asks the whole of it again."""
FLOWS = {"mimic.css": ["m-flow"]}
"""Animations without end have the browser draw sixty times a second: water in the mimic alone."""


def test_no_rule_hangs_on_the_whole_frame() -> None:
    assert {name for name, text in STYLES.items() if re.search(FRAME, text)} == set()
    parts_of_classes = {name for name, text in STYLES.items() if "[class" in text}
    assert parts_of_classes == set()  # they are asked again when any class changes, as each second


def test_nothing_moves_without_end_but_the_water_of_the_mimic() -> None:
    found = {
        name: moving
        for name, text in STYLES.items()
        if (moving := re.findall(r"animation:\s*([\w-]+)[^;}]*infinite", text))
    }
    assert found == FLOWS
