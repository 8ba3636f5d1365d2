"""Units of measurement as products of powers, to refuse sums and comparisons that mean nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

Unit = tuple[tuple[str, int], ...] | None
"""(("MPa", 1), ("s", -1)); () is a pure number; None fits any unit (a number typed in a text)."""
ANY: Unit = None


def unit(name: str) -> Unit:
    """The unit of that name; '' is a pure number. A name is not taken apart: m³/h is one unit."""
    return ((name, 1),) if name else ()


def product(a: Unit, b: Unit, sign: int) -> Unit:
    """Unit of a x b (sign 1) or a / b (sign -1)."""
    if a is None or b is None:
        known = a if a is not None else b
        if known is None or sign == 1 or b is None:
            return known
        return tuple((name, -power) for name, power in known)
    powers = Counter(dict(a))
    for name, power in b:
        powers[name] += sign * power
    return tuple(sorted((name, power) for name, power in powers.items() if power))


def clash(units: Sequence[Unit]) -> tuple[Unit, Unit] | None:
    """The first two units that can't be added or compared; None when all can."""
    known = [one for one in units if one is not None]
    return next(((known[0], other) for other in known[1:] if other != known[0]), None)


def name_of(one: Unit) -> str:
    """As a person reads it; a pure number is ''."""
    if one is None:
        return "any unit"
    return "·".join(name if power == 1 else f"{name}^{power}" for name, power in one)
