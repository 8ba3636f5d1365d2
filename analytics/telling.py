"""Telling: who is to be told what of the open alarms now, by which routes, and why.

A pure step: given the alarms, what was told already and who is on duty it gives the messages that
are due. What it gave goes into the log, so nothing is told twice, whatever runs in between.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from math import floor, log2
from typing import Any

from analytics.incidents import incidents
from analytics.telling_digest import deferred, digests, rationed
from analytics.telling_log import APP, CLEARED, DIGEST, ESCALATED, RAISED, REMINDER, Log, Told
from analytics.telling_terms import ANNOUNCED, Alarm, Crew, Level, Notice, Policy, Reached


def plan(
    alarms: Iterable[Alarm],
    log: Log,
    crew: Crew,
    policy: Policy,
    now: datetime,
    loud: Container[str] = (),
) -> Iterator[Notice]:
    """Messages that are due, the worst first, each noted in `log` when it is given. `loud`: people
    who are reached by more than the app, whose messages are rationed."""
    known = {alarm.id: alarm for alarm in alarms}
    lasting = {a.id for a in known.values() if a.cleared_at is None and a.state != "closed"}
    parents = {a.id: a.parent if a.parent in lasting else None for a in known.values()}
    children = incidents(known, parents)
    due = []
    for alarm in sorted(known.values(), key=lambda one: (one.level, one.active_at, one.id)):
        if alarm.historic or alarm.state not in ANNOUNCED or alarm.id not in children:
            continue
        for notice in _of_alarm(alarm, tuple(children[alarm.id]), log, crew, policy, now):
            log.add(_told(notice, now))
            due.append(notice)
    yield from rationed(due, log, policy, loud, now)
    for notice in digests(known, log, policy, now):
        log.digested(notice.username, notice.covers, now)
        if notice.routes:
            log.add(_told(notice, now))
            if notice.username in loud and any(route != APP for route in notice.routes):
                log.went(notice.username, now)
        yield notice


def _told(notice: Notice, now: datetime) -> Told:
    """A message in the log, which counts what goes out beside the app by itself."""
    alarm = notice.alarms[0] if notice.kind != DIGEST else None
    return Told(
        notice.key, notice.username, notice.kind, notice.level, now, alarm, notice.deferred, True
    )


def _of_alarm(
    alarm: Alarm, children: tuple[int, ...], log: Log, crew: Crew, policy: Policy, now: datetime
) -> Iterator[Notice]:
    level = policy.levels[alarm.level]
    told = [one for one in log.of(alarm.id) if not one.deferred]
    ids = (alarm.id, *children)
    if alarm.fresh:
        stage = -1 if alarm.auto else _stage(alarm, told, level, now)
        if stage >= 0:
            yield from _ladder(alarm, ids, stage, told, log, crew, policy, now)
        elif _may_be_told(alarm, log, policy, now):
            key = f"{alarm.id}:raised:{alarm.level}"
            for one in _reached(alarm.duties, alarm.district, crew):
                if not log.knows(key, one.username):
                    why = _why(alarm, one, "told")
                    yield Notice(
                        key, one.username, RAISED, alarm.level, ids, level.routes, why,
                        deferred(one.username, alarm.level, log, policy, now),
                    )  # fmt: skip
    over = alarm.cleared_at is not None and now - alarm.cleared_at >= timedelta(
        seconds=alarm.fold_s
    )
    if over and not level.weekly and not alarm.waits:
        key = f"{alarm.id}:cleared"
        for username in dict.fromkeys(one.username for one in told):
            if not log.knows(key, username):
                reason = deferred(username, alarm.level, log, policy, now)
                why = {"rule": alarm.rule, "how": "told_before"}
                yield Notice(key, username, CLEARED, alarm.level, ids, policy.cleared, why, reason)


def _may_be_told(alarm: Alarm, log: Log, policy: Policy, now: datetime) -> bool:
    """Old enough for its parent to have turned up, and not one that was missed hours ago. What
    nobody has to acknowledge is for those on duty when it came, not for each shift that follows."""
    age, before = now - alarm.active_at, list(log.of(alarm.id))
    if alarm.auto and any(one.kind == RAISED and one.level == alarm.level for one in before):
        return False
    return age >= policy.settle and (age <= policy.oldest or bool(before))


def _stage(alarm: Alarm, told: Sequence[Told], level: Level, now: datetime) -> int:
    """How often T1 has doubled since it was told at this level: 0 from 1 T1 on, 1 from 2 T1 on,
    2 from 4 T1 on; -1 before, and where nobody has been told."""
    begun = [one.at for one in told if one.kind == RAISED and one.level == alarm.level]
    if not begun or level.weekly or now - min(begun) < level.patience:
        return -1
    return floor(log2((now - min(begun)) / level.patience))


def _ladder(
    alarm: Alarm,
    ids: tuple[int, ...],
    stage: int,
    told: Sequence[Told],
    log: Log,
    crew: Crew,
    policy: Policy,
    now: datetime,
) -> Iterator[Notice]:
    """Reminders to those on duty, and to the next of the recipient steps."""
    key = f"{alarm.id}:{alarm.level}:{stage}"
    before = {one.username for one in told}
    steps = [s.duty for s in policy.steps if s.after <= 2**stage and alarm.level in s.levels]
    first = _reached(alarm.duties, alarm.district, crew)
    usual = {one.username for one in first}
    for one in [*first, *_reached(steps, alarm.district, crew)]:
        if log.knows(key, one.username):
            continue
        if deferred(one.username, alarm.level, log, policy, now):
            continue  # it comes when the reason is gone, if it is still due then
        kind = REMINDER if one.username in before | usual else ESCALATED
        usual.add(one.username)
        routes = policy.levels[alarm.level].routes
        why = _why(alarm, one, "step") | {"times": 2**stage}
        yield Notice(key, one.username, kind, alarm.level, ids, routes, why)


def _reached(duties: Iterable[str], district: int, crew: Crew) -> list[Reached]:
    """One entry a person, for the first duty that names them."""
    found: dict[str, Reached] = {}
    for duty in duties:
        for one in crew(duty, district):
            found.setdefault(one.username, one)
    return list(found.values())


def _why(alarm: Alarm, one: Reached, how: str) -> dict[str, Any]:
    return {"rule": alarm.rule, "how": how, "duty": one.duty, "shift": one.shift}
