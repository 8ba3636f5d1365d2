"""Contacts that are probably wired the other way round: those that alarm nearly all of the time.

At one station that needs its first days, in which nothing has happened yet that could last so long;
all over a device profile it is the profile that is wrong, and hours are enough.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Terms:
    """From when on a contact is suspected."""

    share: float
    """Of the time, more than which it has alarmed."""
    hours: float
    """Known at least of the last days."""
    profile_share: float
    """Of the stations of a profile, at least which have it so at once,"""
    profile_least: int
    """and at least so many of them."""


@dataclass(frozen=True)
class Suspect:
    """One question to people."""

    point: str
    """Template of the point."""
    profile: str
    """All over this device profile; empty = at one station."""
    cells: tuple[tuple[int, str], ...]
    """(place of the station, point code), sorted."""
    share: float
    """Of the time in which they alarmed, the least of them."""


def alarming(shares: Floats, hours: Floats, terms: Terms) -> NDArray[np.bool_]:
    """Contacts that alarmed for more than the share of a time of which enough is known.

    shares: of the time known, NaN = nothing known; hours: known. Of one shape, as the answer.
    """
    return (np.nan_to_num(shares) > terms.share) & (hours >= terms.hours)


def suspects(
    shares: Floats,
    hours: Floats,
    first: NDArray[np.bool_],
    profiles: Sequence[str],
    contacts: Sequence[tuple[str, str]],
    terms: Terms,
) -> list[Suspect]:
    """What is to be asked, sorted.

    shares, hours: [stations, contacts] of the last days, see `alarming`; first: the same contacts
    that also alarmed all through their station's first days; contacts: (point code, template).
    """
    wrong, known = alarming(shares, hours, terms), hours >= terms.hours
    brand, told = np.array(profiles), np.array([template for _, template in contacts])
    found = []
    for point in sorted(set(told)):
        for profile in sorted(set(profiles)):
            here = (brand == profile)[:, None] & (told == point)[None]
            bad = (wrong & here).any(axis=1)
            has = (known & here).any(axis=1).sum()
            if bad.sum() >= max(terms.profile_least, terms.profile_share * has):
                found.append(_suspect(wrong & here, shares, point, profile, contacts))
                continue
            for row in np.flatnonzero((first & wrong & here).any(axis=1)):
                mine = first & wrong & here & (np.arange(len(brand)) == row)[:, None]
                found.append(_suspect(mine, shares, point, "", contacts))
    return found


def _suspect(
    cells: NDArray[np.bool_], shares: Floats, point: str, profile: str,
    contacts: Sequence[tuple[str, str]],
) -> Suspect:  # fmt: skip
    rows, columns = np.nonzero(cells)
    named = zip(rows.tolist(), columns.tolist(), strict=True)
    told = tuple(sorted((row, contacts[column][0]) for row, column in named))
    return Suspect(point, profile, told, float(shares[cells].min()))
