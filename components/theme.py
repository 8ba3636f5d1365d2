"""Colours and chart templates, read from the tokens that the style sheet uses."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

import plotly.graph_objects as go
import plotly.io as pio

TOKENS_FILE = Path(__file__).resolve().parent.parent / "assets" / "tokens.css"
THEMES = ("dark", "light")
SERIES = ("d1", "d2", "d3", "d4", "d5", "d6")
"""Order in which series take their colour."""
LEVELS = (1, 2, 3, 4)


@lru_cache
def tokens(theme: str) -> dict[str, str]:
    """Colour tokens of 'dark' or 'light' by name without dashes in front, e.g. 'bg1'."""
    css = TOKENS_FILE.read_text(encoding="utf-8")
    block = re.search(rf'html\[data-theme="{theme}"\] \{{(.*?)\}}', css, re.DOTALL)
    if block is None:
        raise KeyError(theme)
    return dict(re.findall(r"--([\w-]+): ([^;]+);", block[1]))


@lru_cache
def font() -> str:
    """The font stack of the style sheet."""
    css = TOKENS_FILE.read_text(encoding="utf-8")
    return re.search(r"--font: ([^;]+);", css)[1]  # type: ignore[index]


def template_name(theme: str) -> str:
    """Name of the Plotly template of a theme, registered on first use."""
    name = f"cockpit_{theme}"
    if name not in pio.templates:
        pio.templates[name] = _template(tokens(theme))
    return name


def _template(t: dict[str, str]) -> go.layout.Template:
    axis = {
        "linecolor": t["line2"],
        "linewidth": 1,
        "tickfont": {"size": 11, "color": t["fg3"]},
        "zeroline": False,
        "automargin": True,
        "title": {"text": ""},
    }
    return go.layout.Template(
        layout={
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "font": {"family": font(), "size": 12, "color": t["fg2"]},
            "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
            "colorway": [t[name] for name in SERIES],
            "showlegend": False,
            "bargap": 0.35,
            "hovermode": "x unified",
            "hoverlabel": {
                "bgcolor": t["bg3"],
                "bordercolor": t["line2"],
                "font": {"size": 12, "color": t["fg1"], "family": font()},
            },
            "xaxis": axis
            | {
                "showgrid": False,
                "ticks": "outside",
                "ticklen": 4,
                "tickcolor": t["line2"],
                "showspikes": True,
                "spikecolor": t["fg3"],
                "spikethickness": 1,
                "spikedash": "solid",
                "spikemode": "across",
            },
            "yaxis": axis
            | {
                "gridcolor": t["line1"],
                "showline": False,
                "nticks": 5,
                "separatethousands": True,
            },
            "transition": {"duration": 0},
        }
    )
