"""What is wrong with a page as it stands in the browser: overflow, cut and small text, contrast,
characters without a font, faults of accessibility."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from axe_playwright_python.sync_playwright import Axe
from PIL import Image

SCRIPT = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
LEAST, LEAST_LARGE = 4.5, 3.0
"""Contrast of text, and of marks and of text from 24 px or bold from 18.7 px (WCAG 2 AA)."""
OUTLINED = (".returned > text", ".latched > text")
"""Digits in an outline of their own colour, which may fill their box: the ground is around it."""
GRAVE = ("serious", "critical")
NUMBERS = re.compile(r"[\d.]+")
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Finding:
    kind: str
    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.what}  [{self.where}]"


def look(page: Any, picture: bytes, axe: bool) -> list[Finding]:
    """Findings of a page; `picture` is its viewport as it stands. axe: run axe-core too."""
    told = page.evaluate(SCRIPT)
    found = [Finding(*line) for line in told["found"]]
    found += _pale(told["drawn"], picture)
    found += [
        Finding("no glyph", "fonts", f"{one} (U+{ord(one):04X})")
        for one in sorted(told["characters"])
        if not has_font(one)
    ]
    if axe:
        found += _axe(page)
    return found


def contrast(one: Iterable[float], other: Iterable[float]) -> float:
    """Ratio of two sRGB colours of 0 to 255 (WCAG 2)."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: Iterable[float]) -> float:
    c = np.asarray(list(colour)[:3], float) / 255
    linear = np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
    return float(linear @ (0.2126, 0.7152, 0.0722))


def _pale(drawn: list[dict[str, Any]], picture: bytes) -> list[Finding]:
    """Texts of drawings that stand out too little from the commonest colour around them."""
    pixels = np.asarray(Image.open(io.BytesIO(picture)).convert("RGB"))
    found = []
    for one in drawn:
        parts = [float(x) for x in NUMBERS.findall(one["fill"])]
        outlined = one["where"].endswith(OUTLINED)
        ground = _ground(pixels, _around(one["box"]) if outlined else one["box"])
        if ground is None or len(parts) < 3:
            continue
        alpha = one["alpha"] * (parts[3] if len(parts) > 3 else 1.0)
        ink = alpha * np.array(parts[:3]) + (1 - alpha) * ground
        large = one["mark"] or one["size"] >= 24 or (one["bold"] and one["size"] >= 18.66)
        ratio = contrast(ink, ground)
        if ratio < (LEAST_LARGE if large else LEAST) - 0.05:
            found.append(Finding("contrast", one["where"], f"{ratio:.1f}: {one['text']}"))
    return found


def _around(box: Box) -> Box:
    left, top, right, bottom = box
    wide, high = right - left, bottom - top
    return left - wide, top - high, right + wide, bottom + high


def _ground(pixels: np.ndarray, box: Box) -> np.ndarray | None:
    left, top, right, bottom = (round(x) for x in box)
    part = pixels[max(top, 0) : bottom, max(left, 0) : right].reshape(-1, 3)
    if not len(part):
        return None
    colours, counts = np.unique(part, axis=0, return_counts=True)
    ground: np.ndarray = colours[counts.argmax()].astype(float)
    return ground


@cache
def has_font(character: str) -> bool:
    """Whether any font of this machine has the character; True where nobody can tell."""
    if character.isascii() or not shutil.which("fc-list"):
        return True
    asked = ["fc-list", f":charset={ord(character):x}", "family"]
    told = subprocess.run(asked, capture_output=True, text=True, check=False)
    return bool(told.stdout.strip())


def _axe(page: Any) -> list[Finding]:
    told = Axe().run(page, options={"resultTypes": ["violations"]}).response
    return [
        Finding(f"axe {rule['id']}", " ".join(node["target"][:1]) if node["target"] else "",
                f"{rule['help']}: {node['html'][:120]}")
        for rule in told["violations"]
        if rule["impact"] in GRAVE
        for node in rule["nodes"][:3]
    ]  # fmt: skip
