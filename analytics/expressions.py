"""Expressions over points, checked word by word and turned into functions of arrays.

    {z}.P_OUT < {z}.P_SET - margin and {z}.NRUN > 0

A point with {z} (zone), {n} (pump) or {t} (tank) in it speaks of the place that is asked for.
`any_pump`, `all_pumps`, `count_pumps`, `sum_pumps` speak of every pump of the zone, `any_tank`,
`all_tanks`, `any_zone`, `all_zones`, `sum_zones` of every tank or zone of the station,
`count_stations` of the stations of an area. `since(c)` is the time in s since c became true,
`ago(c)` since it was last true; both are endless when that wasn't seen.
`mean`, `std`, `lowest`, `highest`, `span`, `rate`, `gain` (x, s) look back over s seconds
(alarm_windows), `usual(x, p)` is the p-th percentile of a point at this time of day.
`maybe(c)` is c, but false where c isn't known or the place lacks a point of it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from typing import Literal

from analytics.expression_calls import CallBuilder
from analytics.expression_nodes import HIDDEN
from analytics.expression_parts import Expression, ExpressionError, Memory
from analytics.units import ANY, name_of

_POINT = re.compile(r"(?<![\w.])(?:\{[a-z]\}|[^\W\d]\w*)(?:\.[\w{}]+)+")
LONGEST = 800
__all__ = ["Expression", "ExpressionError", "Memory", "compile_expression"]


def compile_expression(
    text: str,
    points: Mapping[str, str],
    names: Mapping[str, str],
    result: Literal["truth", "number"] = "truth",
) -> Expression:
    """`text` as a function of arrays. `points` and `names` (parameters, attributes) give units.

    Raises ExpressionError: syntax, unknown point, name or function, numbers of different unit,
    a division by a constant zero, a truth where a number is wanted or the other way round.
    """
    hidden = _POINT.sub(lambda found: found.group().translate(HIDDEN), text.replace("\n", " "))
    if not text.strip() or len(text) > LONGEST:
        raise ExpressionError(f"is empty, or longer than {LONGEST} characters", 1)
    try:
        tree = ast.parse(f"({hidden})", mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        place = (getattr(error, "offset", None) or 2) - 1
        raise ExpressionError("can't be read here", max(1, min(place, len(text)))) from error
    builder = CallBuilder(hidden, points, names)
    node = builder.node(tree)
    if node.truth != (result == "truth"):
        wanted = "true or false" if result == "truth" else "a number"
        builder.fail(tree, f"the whole must be {wanted}")
    return Expression(
        text=text,
        run=node.run,
        unit=None if node.truth or node.unit is ANY else name_of(node.unit),
        points=frozenset(builder.points),
        spread_points=frozenset(builder.spread_points),
        names=frozenset(builder.names),
        member_names=frozenset(builder.member_names),
        marks=frozenset(builder.marks),
        area=builder.area,
        memories=tuple(builder.memories.values()),
        windows=tuple(builder.windows.values()),
        usuals=tuple(builder.usuals.values()),
        optional=frozenset(builder.optional - builder.points),
    )
