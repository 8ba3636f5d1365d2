"""Front door of the simulator: prepare the demo city, serve it, break it, replay a recording."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from data.settings import Settings, load
from simulator import control

# What only some commands need is imported by them: `fault` should answer at once.


def main(words: list[str] | None = None) -> int:
    """Run one command; 0 when it went well."""
    arguments = _parser().parse_args(words)
    try:
        return int(arguments.run(arguments) or 0)
    except (control.Refused, OSError, ValueError) as error:
        return _fail(error)
    except RuntimeError as error:
        from data.database import DatabaseError

        if isinstance(error, DatabaseError):
            return _fail(error)
        raise


def _fail(error: Exception) -> int:
    sys.stderr.write(f"simulator: {error}\n")
    return 1


def _settings() -> Settings:
    """The settings, with the logs set up as they say."""
    from data.logs import configure

    settings = load()
    configure(settings)
    return settings


def _serve(arguments: argparse.Namespace) -> None:
    from simulator.serve import Options, serve

    settings = _settings()
    options = Options(arguments.calm, not arguments.no_history, arguments.wire_log, arguments.truth)
    _loop(serve(settings, options))


def _prepare(_: argparse.Namespace) -> None:
    from simulator import demo

    demo.prepare(_settings(), datetime.now(UTC))


def _logins(_: argparse.Namespace) -> int:
    from simulator import demo

    lines = demo.logins(load())
    print("\n".join(lines) or "no demo city here yet: python -m simulator prepare")
    return 0 if lines else 1


def _fault(arguments: argparse.Namespace) -> None:
    request = {
        "verb": "fault", "code": arguments.code, "station": arguments.station,
        "severity": arguments.severity, "minutes": arguments.minutes, "place": arguments.place,
    }  # fmt: skip
    _tell(control.ask(load().var, request))


def _clear(arguments: argparse.Namespace) -> None:
    request = {"verb": "clear", "code": arguments.code, "station": arguments.station}
    _tell(control.ask(load().var, request))


def _faults(_: argparse.Namespace) -> None:
    _tell(control.ask(load().var, {"verb": "list"}))


def _replay(arguments: argparse.Namespace) -> None:
    from simulator import recording, replay

    settings = _settings()
    sources = recording.mapping(arguments.file, arguments.map)
    _loop(replay.serve(settings, recording.read(arguments.file, sources), arguments.station))


def _history(_: argparse.Namespace) -> int:
    from simulator import history  # heavy, and a process of its own otherwise

    return history.main()


def _tell(reply: dict[str, Any]) -> None:
    for fault in reply["faults"]:
        place = f" {fault['place']}" if fault["place"] else ""
        text = f"{fault['code']} {fault['name']}, severity {fault['severity']}"
        print(f"{fault['station']}{place}: {text} ({fault['origin']})")


def _loop(work: Coroutine[Any, Any, None]) -> None:
    """Run in the fast loop where there is one."""
    if sys.platform == "win32":
        import asyncio

        asyncio.run(work)
    else:
        import uvloop

        uvloop.run(work)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m simulator", description=__doc__)
    parser.add_argument("--calm", action="store_true", help="nothing happens by itself")
    parser.add_argument("--no-history", action="store_true", help="make no past")
    parser.add_argument("--wire-log", type=Path, help="write every answer to this file")
    parser.add_argument("--truth", action="store_true", help="write what really happens")
    parser.set_defaults(run=_serve)
    commands = parser.add_subparsers(title="commands (none = serve the city)")
    commands.add_parser("prepare", help="make the demo city").set_defaults(run=_prepare)
    commands.add_parser("logins", help="print the demo logins").set_defaults(run=_logins)
    commands.add_parser("history", help="make the past, or what is missing of it").set_defaults(
        run=_history
    )
    commands.add_parser("faults", help="list the faults going on").set_defaults(run=_faults)
    fault = commands.add_parser("fault", help="let a fault happen now")
    fault.add_argument("code", help="F10; an unknown code lists them all")
    fault.add_argument("--station", required=True)
    fault.add_argument("--severity", type=int, default=2, choices=(1, 2, 3))
    fault.add_argument("--minutes", type=float, help="how long (default: by fault and severity)")
    fault.add_argument("--place", default="", help="zone or pump: L, L.P2")
    fault.set_defaults(run=_fault)
    clear = commands.add_parser("clear", help="end faults")
    clear.add_argument("code", nargs="?", default="")
    clear.add_argument("--station", default="")
    clear.set_defaults(run=_clear)
    again = commands.add_parser("replay", help="serve a recording as a station")
    again.add_argument("file", type=Path)
    again.add_argument("--station", default="", help="code of the station (RP-...)")
    again.add_argument("--map", action="append", default=[], help="COLUMN=POINT[*SCALE][+OFFSET]")
    again.set_defaults(run=_replay)
    return parser


if __name__ == "__main__":
    sys.exit(main())
