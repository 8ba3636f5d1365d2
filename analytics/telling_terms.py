"""What telling speaks of: alarms as far as they are told, the policy, people, messages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from typing import Any

ANNOUNCED = ("unacknowledged", "acknowledged", "returned", "latched", "closed")
"""States of which anything is told; suppressed, shelved and out of service aren't among them."""


@dataclass(frozen=True)
class Alarm:
    """An alarm as far as telling goes. `duties`: whom its rule concerns; `seen`: somebody has just
    asked to acknowledge it; `auto`: nobody has to; `fold_s`: raised again within, it goes on as the
    same alarm."""

    id: int
    rule: str
    level: int
    state: str
    district: int
    active_at: datetime
    cleared_at: datetime | None = None
    parent: int | None = None
    historic: bool = False
    seen: bool = False
    auto: bool = False
    duties: tuple[str, ...] = ()
    fold_s: float = 0.0

    @property
    def fresh(self) -> bool:
        """It is there and no person has seen it."""
        by_itself = self.auto and self.state == "acknowledged"
        return not self.seen and (self.state in ("unacknowledged", "latched") or by_itself)

    @property
    def waits(self) -> bool:
        """Somebody has to acknowledge it."""
        return self.fresh and not self.auto


@dataclass(frozen=True)
class Level:
    """`patience`: T1, the time in which somebody has to acknowledge."""

    patience: timedelta
    routes: tuple[str, ...]
    quiet: bool = False
    weekly: bool = False


@dataclass(frozen=True)
class Step:
    """After `after` times T1 `duty` is told too."""

    after: float
    duty: str
    levels: tuple[int, ...]


@dataclass(frozen=True)
class Policy:
    levels: Mapping[int, Level]
    steps: tuple[Step, ...]
    cleared: tuple[str, ...]
    digest: tuple[str, ...]
    zone: tzinfo
    settle: timedelta = timedelta(seconds=10)
    quiet: tuple[int, int] = (22, 7)
    flood: tuple[int, int] = (10, 5)
    most_per_hour: int = 20
    at_once: int = 3
    digest_every: timedelta = timedelta(minutes=15)
    weekly: tuple[int, int] = (1, 8)
    oldest: timedelta = timedelta(hours=12)


@dataclass(frozen=True)
class Reached:
    """Somebody who is to be told: through the rota (`shift`), or for want of one by role."""

    username: str
    duty: str
    shift: int | None = None


@dataclass(frozen=True)
class Notice:
    """One message. `alarms`: what it speaks of, the first one gives it its name; `deferred` names
    why it waits; `covers` are the keys of what waited and is told with it."""

    key: str
    username: str
    kind: str
    level: int
    alarms: tuple[int, ...]
    routes: tuple[str, ...]
    why: Mapping[str, Any] = field(default_factory=dict)
    deferred: str = ""
    covers: tuple[str, ...] = ()


Crew = Callable[[str, int], Sequence[Reached]]
"""(duty, district) -> who is to be told for it now."""
