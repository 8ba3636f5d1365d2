"""What the check of pictures takes for the ground of a digit."""

from __future__ import annotations

import io

import pytest
from PIL import Image, ImageDraw

from benchmarks.picture_checks import _pale

INK = (255, 154, 77)


def picture(ground: tuple[int, int, int]) -> bytes:
    """A digit's place of 8 x 10 px that an outline of the digit's colour fills."""
    image = Image.new("RGB", (60, 60), ground)
    ImageDraw.Draw(image).rectangle((25, 24, 34, 35), outline=INK, width=4)
    kept = io.BytesIO()
    image.save(kept, "PNG")
    return kept.getvalue()


@pytest.mark.parametrize(("ground", "pale"), [((24, 27, 31), 0), ((240, 150, 80), 1)])
def test_an_outlined_digit_is_held_against_what_lies_around(
    ground: tuple[int, int, int], pale: int
) -> None:
    digit = {
        "text": "2", "where": "svg.sign > g.glyph.l2.returned > text", "fill": f"rgb{INK}",
        "alpha": 1.0, "size": 9, "bold": True, "mark": False, "box": [26, 25, 34, 35],
    }  # fmt: skip
    assert len(_pale([digit], picture(ground))) == pale
