"""What a callback sends, as JSON already: Dash would go through all of it twice in Python."""

from __future__ import annotations

from typing import Any

import numpy as np
import orjson
from dash.development.base_component import Component

from components.flat import given

OPTIONS = orjson.OPT_NON_STR_KEYS | orjson.OPT_SERIALIZE_NUMPY


def sent(content: Any) -> orjson.Fragment:
    """`content` (elements, figures, texts, lists of them) as a callback's output; TypeError for
    what no browser can be sent."""
    return orjson.Fragment(orjson.dumps(content, default=_plain, option=OPTIONS))


def _plain(one: Any) -> Any:
    if isinstance(one, Component):
        return {"props": given(one), "type": one._type, "namespace": one._namespace}
    if isinstance(one, np.ndarray):  # of a kind that orjson doesn't know: times, texts, a view
        return one.tolist()
    return one.to_plotly_json()
