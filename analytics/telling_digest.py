"""When a message has to wait, and the digests of what has waited: quiet hours, floods, rates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from analytics.telling_log import DIGEST, FLOOD, QUIET, RAISED, RATE, WEEKLY, Log, Told
from analytics.telling_terms import ANNOUNCED, Alarm, Notice, Policy


def deferred(username: str, level: int, kind: str, log: Log, policy: Policy, now: datetime) -> str:
    """Why a message has to wait; '' when it may go out."""
    row = policy.levels[level]
    if row.weekly:
        return WEEKLY
    if row.quiet and is_quiet(policy, now):
        return QUIET
    if level >= 3 and log.flooded(username, now, *policy.flood):
        return FLOOD
    urgent = level == 1 and kind == RAISED
    full = log.sent_within_hour(username, now) >= policy.most_per_hour
    return RATE if full and not urgent else ""


def is_quiet(policy: Policy, now: datetime) -> bool:
    """Whether it is one of the quiet hours of the site."""
    hour, (begin, end) = now.astimezone(policy.zone).hour, policy.quiet
    return begin <= hour < end if begin <= end else hour >= begin or hour < end


def digests(
    known: Mapping[int, Alarm], log: Log, policy: Policy, now: datetime
) -> Iterator[Notice]:
    """One message a person of what waited and need not any more."""
    for username, waiting in log.waiting().items():
        last = log.last_digest(username)
        if last is not None and now - last < policy.digest_every:
            continue
        free = [one for one in waiting if _released(one, log, policy, now)]
        if not free:
            continue
        ids = dict.fromkeys(one.alarm for one in sorted(free, key=lambda o: (o.level, o.at)))
        still = tuple(id for id in ids if id is not None and _may_tell(known.get(id)))
        reasons = sorted({one.deferred for one in free})
        yield Notice(
            f"digest:{now.isoformat(timespec='seconds')}", username, DIGEST,
            min(one.level for one in free), still, policy.digest if still else (),
            {"how": "digest", "reasons": reasons}, covers=tuple(one.key for one in free),
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
    return not deferred(one.username, one.level, one.kind, log, policy, now)
