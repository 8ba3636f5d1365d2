"""The demo city's rota: who of its people stands when.

They are told in the app alone; whoever tries the demo sets up channels on the page of the rota.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from data.rota import Rota
from data.users import Users

DAY, NIGHT, ALL_DAY, OFFICE = (8, 12), (20, 12), (0, 24), (9, 9)
"""Hour of the start and hours that it lasts."""
SHIFTS = (
    ("dispatcher", "dispatcher", DAY, "FREQ=DAILY", "all"),
    ("dispatcher", "dispatcher", NIGHT, "FREQ=DAILY", "all"),
    ("inspector", "inspector", DAY, "FREQ=DAILY", "all"),
    ("inspector", "inspector", NIGHT, "FREQ=DAILY", "all"),
    ("engineer", "team_leader", OFFICE, "FREQ=DAILY", "workdays"),
    ("engineer", "engineer", OFFICE, "FREQ=DAILY", "workdays"),
    ("water_quality", "water_quality", DAY, "FREQ=DAILY", "all"),
    ("executive", "executive", ALL_DAY, "FREQ=DAILY", "all"),
    ("district_manager", "district_manager", ALL_DAY, "FREQ=DAILY", "all"),
)
"""Person, duty, hours, repeat, days. Nights and days off of the team leader are left as gaps, for
the page to warn of."""


def make(rota: Rota, users: Users, zone: ZoneInfo, now: datetime) -> None:
    """The rota from last week on, unless there is one already."""
    by = users.get("administrator")
    if rota.shifts() or by is None:
        return
    local = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    monday = local - timedelta(days=local.weekday() + 7)
    for username, duty, (hour, lasts), repeat, days in SHIFTS:
        person = users.get(username)
        if person is None:
            continue
        start = monday.replace(hour=hour)
        rota.add(
            by, username, duty, person.district_id, start, start + timedelta(hours=lasts), now,
            repeat, days,
        )  # fmt: skip
