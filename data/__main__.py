"""`python -m data`: what an administrator does before anybody can log in.

check                                the catalogue, the database, stations that clash
district CODE NAME_ZH NAME_EN        add or rename a district
import FILE [--lang en]              stations from CSV or Excel; a line for every refused row
user NAME ROLE [--district CODE]     add a person; asks for the password
password NAME                        set a new password; asks for it
"""

from __future__ import annotations

import argparse
import dataclasses
import getpass
import sys
from datetime import UTC, datetime
from pathlib import Path

from data.catalogue import CatalogueError, points
from data.catalogue.diagnosis import matrix
from data.catalogue.points import station_types
from data.catalogue.profiles import profiles
from data.catalogue.rules import rules
from data.catalogue.service_loss import service_losses
from data.catalogue.telling import telling
from data.catalogue.words import text
from data.database import Database, DatabaseError
from data.settings import load
from data.station_rows import DistrictRow
from data.stations import Stations
from data.users import ROLES, Users, UserTaken


def say(line: str) -> None:
    sys.stdout.write(line + "\n")


def check(db: Database, _options: argparse.Namespace) -> int:
    say(f"{len(points())} points, {len(station_types())} station types, {len(profiles())} profiles")
    say(f"{len(rules())} alarm rules, {len(service_losses().shares)} of them touch the tap")
    say(f"{len(matrix().faults)} faults, {len(matrix().symptoms)} symptoms")
    say(f"{len(telling().duties)} duties of the rota, {len(telling().steps)} steps")
    clashes = Stations(db).conflicts()
    for clash in clashes:
        say(f"refused: {clash}")
    say(f"{len(Stations(db).all())} stations, database {db.url.render_as_string()}")
    return 1 if clashes else 0


def district(db: Database, options: argparse.Namespace) -> int:
    stations = Stations(db)
    known = {row.code: row for row in stations.districts()}
    names = {"name_zh": options.name_zh, "name_en": options.name_en}
    row = known.get(options.code)
    fresh = DistrictRow(
        id=max((r.id for r in known.values()), default=0) + 1, code=options.code,
        label_latitude=None, label_longitude=None, boundary=None, **names,
    )  # fmt: skip
    stations.save([dataclasses.replace(row, **names) if row else fresh], [])
    return 0


def import_file(db: Database, options: argparse.Namespace) -> int:
    with options.file.open("rb") as file:
        report = Stations(db).import_table(file, options.file.name, getpass.getuser(), _now())
    for row in report.refused:
        why = text(options.lang, f"import.{row.reason}", **row.values)
        say(f"row {row.row}: {row.field}: {why}")
    say(f"{len(report.added)} stations added, {len(report.refused)} remarks")
    return 0 if report.added or not report.refused else 1


def user(db: Database, options: argparse.Namespace) -> int:
    by_code = {row.code: row.id for row in Stations(db).districts()}
    if options.district and options.district not in by_code:
        raise ValueError(f"no district '{options.district}'")
    Users(db).create(
        options.name, _password(), role=options.role, name_zh=options.name, name_en=options.name,
        district_id=by_code.get(options.district), at=_now(), by=getpass.getuser(),
    )  # fmt: skip
    return 0


def password(db: Database, options: argparse.Namespace) -> int:
    users = Users(db)
    if users.get(options.name) is None:
        raise ValueError(f"no user '{options.name}'")
    users.set_password(options.name, _password(), getpass.getuser(), _now())
    return 0


def _password() -> str:
    """Asked twice at a terminal, else one line of standard input."""
    if not sys.stdin.isatty():
        found = sys.stdin.readline().strip()
    else:
        found = getpass.getpass("Password: ")
        if getpass.getpass("Again: ") != found:
            raise ValueError("the two passwords differ")
    if len(found) < 12:
        raise ValueError("a password has at least 12 characters")
    return found


def _now() -> datetime:
    return datetime.now(UTC)


def main(words: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m data", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    verbs = parser.add_subparsers(required=True, metavar="VERB")
    verbs.add_parser("check").set_defaults(run=check)
    add = verbs.add_parser("district")
    add.set_defaults(run=district)
    for name in ("code", "name_zh", "name_en"):
        add.add_argument(name)
    add = verbs.add_parser("import")
    add.set_defaults(run=import_file)
    add.add_argument("file", type=Path)
    add.add_argument("--lang", choices=("zh", "en"), default="zh")
    add = verbs.add_parser("user")
    add.set_defaults(run=user)
    add.add_argument("name")
    add.add_argument("role", choices=ROLES)
    add.add_argument("--district", default="")
    add = verbs.add_parser("password")
    add.set_defaults(run=password)
    add.add_argument("name")
    options = parser.parse_args(words)
    try:
        db = Database(load().database)
        db.upgrade()
        return int(options.run(db, options))
    except (CatalogueError, DatabaseError, UserTaken, ValueError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main())
