"""When a message has to wait, and the digests of what has waited: quiet hours, floods, rates."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from analytics.telling_log import (
    APP,
    DIGEST,
    FLOOD,
    QUIET,
    RAISED,
    RATE,
    STORM,
    WEEKLY,
    Log,
    Told,
)
from analytics.telling_terms import ANNOUNCED, Alarm, Notice, Policy

STORM_PAUSE = timedelta(minutes=1)
"""Between two messages of many alarms that come at once."""


def deferred(username: str, level: int, log: Log, policy: Policy, now: datetime) -> str:
    """Why a message has to wait, whatever else there is to tell; '' when it may go out."""
    row = policy.levels[level]
    if row.weekly:
        return WEEKLY
    if row.quiet and is_quiet(policy, now):
        return QUIET
    if level >= 3 and log.flooded(username, now, *policy.flood):
        return FLOOD
    return ""


def rationed(
    due: Iterable[Notice], log: Log, policy: Policy, loud: Container[str], now: datetime
) -> Iterator[Notice]:
    """What of `due` goes out, and what waits: more than so many at once are one message, and one
    gets so many an hour. The first message of a level 1 alarm is never held back by that."""
    own: dict[str, list[Notice]] = {}
    for notice in due:
        if notice.deferred:
            yield notice
        else:
            own.setdefault(notice.username, []).append(notice)
    for username, notices in own.items():
        storm = len(notices) > policy.at_once
        for notice in notices:
            urgent = notice.level == 1 and notice.kind == RAISED
            full = _full(username, log, policy, now) and not urgent
            reason = RATE if full else STORM if storm else ""
            if reason:
                log.defer(notice.key, username, reason)
            elif username in loud and any(route != APP for route in notice.routes):
                log.went(username, now)
            yield replace(notice, deferred=reason)


def _full(username: str, log: Log, policy: Policy, now: datetime) -> bool:
    return log.sent_within_hour(username, now) >= policy.most_per_hour


def is_quiet(policy: Policy, now: datetime) -> bool:
    """Whether it is one of the quiet hours of the site."""
    hour, (begin, end) = now.astimezone(policy.zone).hour, policy.quiet
    return begin <= hour < end if begin <= end else hour >= begin or hour < end


def digests(
    known: Mapping[int, Alarm], log: Log, policy: Policy, now: datetime
) -> Iterator[Notice]:
    """One message a person of what waited and need not any more."""
    for username, waiting in log.waiting().items():
        free = [one for one in waiting if _released(one, log, policy, now)]
        storm = [one for one in free if one.deferred == STORM]
        last = log.last_digest(username)
        if last is not None and now - last < policy.digest_every:
            free = storm if now - last >= STORM_PAUSE else []
        if not free:
            continue
        level = min(one.level for one in free)
        routes = policy.levels[min(one.level for one in storm)].routes if storm else policy.digest
        ids = dict.fromkeys(one.alarm for one in sorted(free, key=lambda o: (o.level, o.at)))
        still = tuple(id for id in ids if id is not None and _may_tell(known.get(id)))
        reasons = sorted({one.deferred for one in free})
        yield Notice(
            f"digest:{now.isoformat(timespec='seconds')}", username, DIGEST, level, still,
            routes if still else (), {"how": "digest", "reasons": reasons},
            covers=tuple(one.key for one in free),
        )  # fmt: skip


def _may_tell(alarm: Alarm | None) -> bool:
    return alarm is None or (alarm.state in ANNOUNCED and not alarm.historic)


def _released(one: Told, log: Log, policy: Policy, now: datetime) -> bool:
    if one.deferred == WEEKLY:
        local = now.astimezone(policy.zone)
        day, hour = policy.weekly
        back = timedelta(days=(local.isoweekday() - day) % 7)
        moment = (local - back).replace(hour=hour, minute=0, second=0, microsecond=0)
        if moment > local:
            moment -= timedelta(days=7)
        return one.at < moment
    full = one.deferred == RATE and _full(one.username, log, policy, now)
    return not full and not deferred(one.username, one.level, log, policy, now)
