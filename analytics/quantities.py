"""Units of the field and what they are in ours. X2 in docs/methods.md.

A table of our own instead of a library: the field uses three dozen units, and one rule of it no
library has: a head may be given as a pressure (of water) and the other way round. Factors are exact
by definition (SI, international foot, pound, gallon, horsepower) but for water: 101.97 m a MPa.
"""

from __future__ import annotations

from analytics.hydraulics import METRES_PER_MPA

_PSI, _GALLON = 0.006_894_757_293_168, 0.003_785_411_784
_KGF = 0.098_066_5
PRESSURES = {
    "MPa": 1.0, "kPa": 1e-3, "Pa": 1e-6, "bar": 0.1, "mbar": 1e-4, "kgf/cm2": _KGF, "psi": _PSI,
    "mH2O": 1 / METRES_PER_MPA,
}  # fmt: skip
UNITS: dict[str, dict[str, float]] = {
    "flow": {
        "m3/h": 1.0, "m3/s": 3600.0, "m3/min": 60.0, "m3/d": 1 / 24, "L/s": 3.6, "L/min": 0.06,
        "L/h": 1e-3, "ML/d": 1000 / 24, "gpm": 60 * _GALLON,
    },
    "volume": {"m3": 1.0, "L": 1e-3, "ML": 1000.0, "gal": _GALLON},
    "head": {"m": 1.0, "ft": 0.3048} | {u: f * METRES_PER_MPA for u, f in PRESSURES.items()},
    "pressure": PRESSURES | {"m": 1 / METRES_PER_MPA, "ft": 0.3048 / METRES_PER_MPA},
    "power": {"kW": 1.0, "W": 1e-3, "MW": 1000.0, "hp": 0.745_699_871_582_270_22},
    "energy": {"kWh": 1.0, "Wh": 1e-3, "MWh": 1000.0, "MJ": 1 / 3.6, "J": 1 / 3.6e6},
    "share": {"1": 1.0, "%": 0.01},
}  # fmt: skip
"""Per quantity its units; the first is ours, the others are so many of it."""
ALIASES = {
    "lps": "L/s", "m3ph": "m3/h", "cmh": "m3/h", "t/h": "m3/h", "t": "m3", "度": "kWh",
    "米": "m", "吨": "m3", "方": "m3", "公斤": "kgf/cm2", "kg/cm2": "kgf/cm2", "mwc": "mH2O",
    "ratio": "1", "": "1", "litre": "L", "liter": "L",
}  # fmt: skip


class UnknownUnit(ValueError):
    """A unit that isn't one of the quantity; the message names those that are."""


def factor(quantity: str, unit: str) -> float:
    """How many of our unit one `unit` of the quantity is. Raises UnknownUnit."""
    known = UNITS[quantity]
    wanted = _plain(unit)
    found = next((name for name in known if _plain(name) == wanted), None)
    found = found or next((a for key, a in ALIASES.items() if _plain(key) == wanted), None)
    if found not in known:
        raise UnknownUnit(f"'{unit}' is no unit of {quantity}; known: {', '.join(known)}")
    return known[found]


def ours(quantity: str) -> str:
    """The unit that a quantity is computed in."""
    return next(iter(UNITS[quantity])).replace("3", "³") if quantity in UNITS else ""


def _plain(unit: str) -> str:
    """Without what people write differently; case counts only between mega and milli."""
    text = unit.strip().replace("³", "3").replace("²", "2").replace("·", "").replace(" ", "")
    text = text.replace("l/", "L/").replace("⁻¹", "-1")
    return text if text[:1] in ("M", "m") and len(text) < 3 else text.lower()
