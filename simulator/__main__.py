"""Front door of the simulator: prepare the demo city, serve it, break it, replay a recording."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime

from data.database import DatabaseError
from data.settings import load
from data.stations import AddressTaken
from simulator import demo


def main(words: list[str] | None = None) -> int:
    """Run one command; 0 when it went well."""
    arguments = _parser().parse_args(words)
    try:
        return int(arguments.run(arguments) or 0)
    except (DatabaseError, AddressTaken, OSError) as error:
        sys.stderr.write(f"simulator: {error}\n")
        return 1


def _prepare(_: argparse.Namespace) -> None:
    demo.prepare(load(), datetime.now(UTC))


def _logins(_: argparse.Namespace) -> int:
    lines = demo.logins(load())
    print("\n".join(lines) or "no demo city here yet: python -m simulator prepare")
    return 0 if lines else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m simulator", description=__doc__)
    commands = parser.add_subparsers(title="commands", required=True)
    commands.add_parser("prepare", help="make the demo city").set_defaults(run=_prepare)
    commands.add_parser("logins", help="print the demo logins").set_defaults(run=_logins)
    return parser


if __name__ == "__main__":
    sys.exit(main())
