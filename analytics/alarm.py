"""One alarm: its facts, its states, and what its rule says of its life. Times are UTC ms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

UNACKNOWLEDGED, ACKNOWLEDGED, RETURNED = "unacknowledged", "acknowledged", "returned"
LATCHED, SUPPRESSED, CLOSED = "latched", "suppressed", "closed"
SHELVED, OUT_OF_SERVICE = "shelved", "out_of_service"
HIDDEN = (SUPPRESSED, SHELVED, OUT_OF_SERVICE)
"""States that are told to nobody."""
WAITING = (UNACKNOWLEDGED, RETURNED, LATCHED)
"""States that wait for a person."""
CHATTERING, REPEAT, OVERDUE = "chattering", "repeat", "overdue"
"""Tags of an alarm."""
DAY_MS = 86_400_000

Key = tuple[str, str, int | None, int]
"""Rule, place, station id (None = the whole district), district id: one open alarm for each."""


@dataclass(frozen=True)
class Terms:
    """What a level says of the life of its alarms; None = never."""

    seen_ms: int | None = None
    """A returned alarm needs nobody's acknowledge any more after this time."""
    again_ms: int | None = None
    """Acknowledged but still active after this time, it waits for a person again."""
    restore_ms: int | None = None
    """Still active after this time it is overdue, which lifts it to a worse level."""
    lifts: bool = True
    """Whether being overdue or coming again and again lifts it, or is noted only."""


@dataclass(frozen=True)
class Policy:
    """What a rule says of the life of its alarms."""

    on_ms: int = 0
    fold_ms: int = 300_000
    latched: bool = False
    auto: bool = False
    """Nobody has to acknowledge it."""
    terms: Mapping[int, Terms] = field(default_factory=dict)
    """By level."""
    repeats: int = 3
    """So many times within `repeats_ms` is again and again."""
    repeats_ms: int = DAY_MS


@dataclass(eq=False, slots=True)
class Alarm:
    """One alarm; several activations close to each other are one, with a count."""

    rule: str
    station: int | None
    district: int
    place: str
    point: str
    level: int
    raw_ms: int
    """The condition's first crossing."""
    active_ms: int
    value: float
    limit: float
    peak: float
    state: str = UNACKNOWLEDGED
    version: int = 1
    crossed_ms: int = 0
    """First crossing of the latest activation."""
    raised_ms: int = 0
    """When the latest activation was raised."""
    acknowledged_ms: int | None = None
    cleared_ms: int | None = None
    closed_ms: int | None = None
    acknowledged_by: str = ""
    note: str = ""
    count: int = 1
    parent: Alarm | None = None
    id: int | None = None
    """Of the stored row; None as long as there is none."""
    order: int | None = None
    """Work order."""
    by_person: bool = False
    """A person has closed it, so that the next activation is a new alarm."""
    lifted: int = 0
    """By how many levels it is worse than its condition says."""
    tags: tuple[str, ...] = ()
    historic: bool = False
    """Known only after it had ended: told to nobody."""
    shelved_ms: int | None = None
    """Until when a person has shelved it."""
    permit: int | None = None
    """Id of the permit that has taken it out of service."""
    due_ms: int | None = None
    """When something happens to it by itself next."""
    turns: tuple[int, ...] = ()
    """When it was raised or cleared lately, newest last."""
    recent: tuple[int, ...] = ()
    """When it and those of the same key before it became active, newest last."""

    def __post_init__(self) -> None:
        self.crossed_ms = self.crossed_ms or self.raw_ms
        self.raised_ms = self.raised_ms or self.active_ms

    @property
    def key(self) -> Key:
        return self.rule, self.place, self.station, self.district

    @property
    def active(self) -> bool:
        return self.cleared_ms is None

    def turned(self, ms: int) -> None:
        """It was raised or cleared once more; many turns in a short time are chatter."""
        self.turns = (*self.turns[-5:], ms)
        if self.active and CHATTERING not in self.tags and chatters(self.turns):
            self.tags += (CHATTERING,)

    def lift(self, tag: str, terms: Terms) -> bool:
        """Tag it; True when that makes it a level worse."""
        self.tags += (tag,)
        lifts = terms.lifts and self.level > 1
        self.level, self.lifted = self.level - lifts, self.lifted + lifts
        return lifts

    def worsen(self, level: int) -> None:
        """Its condition is as bad as this level now, whatever has lifted it before."""
        self.acknowledged_ms = None
        self.level = max(1, level - self.lifted)
        self.lifted = level - self.level


@dataclass(frozen=True)
class Event:
    """One line of an alarm's journal."""

    alarm: Alarm
    ms: int
    state: str
    username: str = ""
    note: str = ""


def state_of(alarm: Alarm, policy: Policy) -> str:
    """The state that follows from an open alarm's facts; CLOSED when nothing keeps it open."""
    seen = alarm.acknowledged_ms is not None or policy.auto or alarm.historic
    hidden = (
        OUT_OF_SERVICE if alarm.permit is not None
        else SHELVED if alarm.shelved_ms is not None
        else SUPPRESSED if alarm.parent is not None
        else ""
    )  # fmt: skip
    if alarm.active:
        return hidden or (ACKNOWLEDGED if seen else UNACKNOWLEDGED)
    if hidden == SHELVED:
        return SHELVED
    if policy.latched:
        return hidden if hidden == OUT_OF_SERVICE else LATCHED
    return CLOSED if hidden or seen else RETURNED


def chatters(turns: tuple[int, ...]) -> bool:
    """Three times raised within a minute, or more than five turns within five: ISA-18.2. `turns`
    alternate and end with the one that was just raised."""
    quick = len(turns) >= 5 and turns[-1] - turns[-5] <= 60_000
    return quick or (len(turns) >= 6 and turns[-1] - turns[-6] <= 300_000)
