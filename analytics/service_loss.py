"""Who goes first: people without water, by homes, by how long, and who can't wait. M82."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

FEWEST = 5
"""Durations that history needs."""
RANK: Mapping[str, int] = {"hospital": 0, "care": 1, "school": 2}
"""Vulnerable sites, the most urgent first; the others come after them."""


@dataclass(frozen=True)
class Loss:
    """What an alarm costs the people: homes x minutes, and whether somebody can't wait."""

    homes: float
    """Expected number without usable water; 0 where nobody's tap is touched."""
    minutes: float
    vulnerable: str = ""
    measured: bool = False
    """The minutes come from durations of the past."""

    @property
    def home_minutes(self) -> float:
        return self.homes * self.minutes

    @property
    def key(self) -> tuple[int, float]:
        """Sorts the most urgent first: those that touch a vulnerable site, then by home minutes."""
        site = RANK.get(self.vulnerable, len(RANK)) if self.homes > 0.0 else len(RANK)
        return site, -self.home_minutes


def service_loss(
    share: float, homes: float, durations: Sequence[float], fallback: float, vulnerable: str = ""
) -> Loss:
    """The loss that an open alarm stands for. `share`: part of the homes that such an alarm leaves
    without usable water; `homes`: those behind its zone, else its station; `durations`: minutes
    that such alarms lasted before; `fallback`: minutes where these are fewer than FEWEST."""
    known = len(durations) >= FEWEST
    return Loss(share * homes, median(durations) if known else fallback, vulnerable, known)
