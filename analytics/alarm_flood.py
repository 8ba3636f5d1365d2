"""Whether a person is in an alarm flood now, as ISA-18.2 counts: it begins with more than so many
new alarms in 10 min and ends with fewer than so many."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

SPAN = timedelta(minutes=10)


def flood_since(
    begun: Iterable[datetime], now: datetime, more_than: int, below: int
) -> datetime | None:
    """When the flood that runs at `now` began, None when there is none. begun: when each alarm that
    is told became active, of a time long enough before `now`."""
    times = sorted(at for at in begun if at <= now)
    # an alarm counts from its beginning until SPAN later, then no more
    turns = sorted([(at, 1) for at in times] + [(at + SPAN, -1) for at in times])
    count, since = 0, None
    for at, change in turns:
        if at > now:
            break
        count += change
        if since is None and count > more_than:
            since = at
        elif since is not None and count < below:
            since = None
    return since
