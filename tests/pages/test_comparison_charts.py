"""Names in the charts of comparison."""

from __future__ import annotations

from typing import Any

from pages.comparison_charts import LONGEST, _apart, _label, _lines


def named(x: float, y: float) -> dict[str, Any]:
    return _label(x, y, "Ripple View", "#fff")


def test_neighbours_of_one_height_take_both_sides() -> None:
    first, second, far = _apart([named(60.0, 70.0), named(20.0, 71.0), named(100.0, 5.0)])
    assert (first["x"], first["yanchor"], first["xanchor"]) == (20.0, "bottom", "left")
    assert (second["x"], second["yanchor"], second["xanchor"]) == (60.0, "top", "center")
    assert (far["x"], far["yanchor"], far["xanchor"]) == (100.0, "bottom", "right")


def test_a_long_name_breaks_between_words() -> None:
    lines = _lines("Ripple View Homes Pump House 2 <i>").split("<br>")
    assert len(lines) == 2
    assert all(0 < len(line) <= LONGEST for line in lines)
    assert "".join(lines).endswith("‹i›")
    assert _lines("碧波新村") == "碧波新村"
