"""A chart says when it has nothing to show, and shows what it has."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest
from dash import dcc

from components.graph import graph
from data.catalogue.words import text

NAN = float("nan")


def made(*traces: dict[str, Any], later: bool = False) -> Any:
    return graph("page-chart", go.Figure(data=list(traces)), "en", later=later)


@pytest.mark.parametrize(
    "traces",
    [
        [],
        [{"type": "scatter", "x": [1, 2], "y": [None, NAN]}],
        [{"type": "scatter", "x": ["a"], "y": np.array([np.nan])}],
        [{"type": "scatter", "y": [1.0], "hoverinfo": "skip"}],  # a grid
        [{"type": "heatmap", "x": [1], "y": [2], "z": [[None, NAN]]}],
        [{"type": "bar", "orientation": "h", "x": [None], "y": [1]}],
    ],
)
def test_without_a_value_there_is_a_sentence(traces: list[dict[str, Any]]) -> None:
    found = made(*traces)
    assert text("en", "state.no_data") in str(found)
    assert not isinstance(found, dcc.Graph)


@pytest.mark.parametrize(
    "trace",
    [
        {"type": "scatter", "y": [None, 0.0]},  # zero is a value
        {"type": "scatter", "y": np.array([np.nan, 3])},
        {"type": "heatmap", "z": [[None, 2]]},
        {"type": "bar", "orientation": "h", "x": [4], "y": ["one"]},
    ],
)
def test_one_value_makes_a_chart(trace: dict[str, Any]) -> None:
    assert isinstance(made(trace), dcc.Graph)


def test_what_a_callback_fills_is_a_chart_from_the_start() -> None:
    assert isinstance(made(later=True), dcc.Graph)
