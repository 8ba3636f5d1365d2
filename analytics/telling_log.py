"""What people have been told, and what follows from it: floods, rates, what waits for a digest."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections import defaultdict
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

APP = "app"
RAISED, REMINDER, ESCALATED, CLEARED, DIGEST = (
    "raised", "reminder", "escalated", "cleared", "digest",
)  # fmt: skip
QUIET, FLOOD, RATE, WEEKLY, STORM = "quiet", "flood", "rate", "weekly", "storm"
WINDOW, HOUR, MEMORY = timedelta(minutes=10), timedelta(hours=1), timedelta(hours=3)


@dataclass(frozen=True)
class Told:
    """`key` was told to `username`; while `deferred` names a reason it waits for a digest.
    `quietly`: by the app alone."""

    key: str
    username: str
    kind: str
    level: int
    at: datetime
    alarm: int | None = None
    deferred: str = ""
    quietly: bool = False


class Log:
    """What was told of the alarms that still matter, and to whom in the last hours."""

    def __init__(self, told: Iterable[Told] = ()) -> None:
        self._told: dict[tuple[str, str], Told] = {}
        self._of_alarm: dict[int, dict[tuple[str, str], Told]] = defaultdict(dict)
        self._arrivals: dict[str, list[datetime]] = defaultdict(list)
        self._sent: dict[str, list[datetime]] = defaultdict(list)
        self._digest: dict[str, datetime] = {}
        self._floods: dict[str, tuple[datetime, int, bool]] = {}
        for one in told:
            self.add(one)

    def add(self, one: Told) -> None:
        place = (one.key, one.username)
        self._told[place] = one
        if one.alarm is not None:
            self._of_alarm[one.alarm][place] = one
        if one.kind == RAISED and one.deferred != WEEKLY:
            insort(self._arrivals[one.username], one.at)
        if not one.deferred and not one.quietly:
            insort(self._sent[one.username], one.at)
        if one.kind == DIGEST:
            self._digest[one.username] = one.at

    def defer(self, key: str, username: str, reason: str) -> None:
        """What was to go out waits after all."""
        self._replace(key, username, deferred=reason, quietly=True)

    def went(self, username: str, at: datetime) -> None:
        """A message beside the app goes out."""
        insort(self._sent[username], at)

    def digested(self, username: str, keys: Iterable[str], at: datetime) -> None:
        """What waited has been told at `at`."""
        for key in keys:
            self._replace(key, username, deferred="", at=at)

    def _replace(self, key: str, username: str, **changes: Any) -> None:
        after = replace(self._told[key, username], **changes)
        self._told[key, username] = after
        if after.alarm is not None:
            self._of_alarm[after.alarm][key, username] = after

    def forget(self, alarms: Container[int], now: datetime) -> None:
        """Let go of alarms that aren't in `alarms` and of what was told hours ago."""
        gone = [
            place
            for place, one in self._told.items()
            if one.alarm not in alarms and not one.deferred and one.at < now - MEMORY
        ]
        for place in gone:
            one = self._told.pop(place)
            if one.alarm is not None:
                self._of_alarm[one.alarm].pop(place, None)
                if not self._of_alarm[one.alarm]:
                    del self._of_alarm[one.alarm]
        for times in (*self._arrivals.values(), *self._sent.values()):
            del times[: bisect_right(times, now - MEMORY)]

    def knows(self, key: str, username: str) -> bool:
        return (key, username) in self._told

    def of(self, alarm: int) -> Iterable[Told]:
        """What was told, or waits to be, of an alarm."""
        return self._of_alarm.get(alarm, {}).values()

    def waiting(self) -> dict[str, list[Told]]:
        """What waits for a digest, by person."""
        found: dict[str, list[Told]] = defaultdict(list)
        for one in self._told.values():
            if one.deferred:
                found[one.username].append(one)
        return found

    def sent_within_hour(self, username: str, now: datetime) -> int:
        """Messages in the last hour, those in the app alone not counted."""
        times = self._sent[username]
        return len(times) - bisect_right(times, now - HOUR)

    def last_digest(self, username: str) -> datetime | None:
        return self._digest.get(username)

    def flooded(self, username: str, now: datetime, more_than: int, below: int) -> bool:
        """Whether this person is in an alarm flood: it begins with more than so many new alarms
        in 10 minutes and ends below so many (ISA-18.2)."""
        times = self._arrivals[username]
        known = self._floods.get(username)
        if known is None or known[:2] != (now, len(times)):
            known = now, len(times), in_flood(times, now, more_than, below)
            self._floods[username] = known
        return known[2]


def in_flood(times: Sequence[datetime], now: datetime, more_than: int, below: int) -> bool:
    """The state at `now` after arrivals at `times` (ascending)."""
    flood = False
    for n, at in enumerate(times):
        if at > now:
            break
        before = n - bisect_right(times, at - WINDOW, 0, n)
        flood = (flood and before >= below) or before + 1 > more_than
    left = bisect_right(times, now) - bisect_right(times, now - WINDOW)
    return flood and left >= below
