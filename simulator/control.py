"""Telling a running city to break or mend something: JSON lines over a loopback port.

The port and a token stand in `VAR/simulator.control`, readable by their owner only.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

FILE = "simulator.control"
Answer = Callable[[dict[str, Any]], dict[str, Any]]
WAIT = 10.0


class Refused(RuntimeError):
    """The running city did not do it; the message says why."""


async def listen(var: Path, answer: Answer) -> asyncio.Server:
    """Serve commands; `answer` raises Refused for what can't be done."""
    token = secrets.token_hex(16)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            writer.write(
                json.dumps(_reply(await reader.readline(), token, answer)).encode() + b"\n"
            )
            await writer.drain()
        except (ConnectionError, ValueError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    file = var / FILE
    file.unlink(missing_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        json.dump({"port": port, "token": token}, out)
    return server


def _reply(line: bytes, token: str, answer: Answer) -> dict[str, Any]:
    try:
        asked = json.loads(line)
        if not secrets.compare_digest(str(asked.pop("token", "")), token):
            return {"error": "wrong token"}
        return answer(asked)
    except (Refused, ValueError, TypeError, AttributeError) as error:
        return {"error": str(error)}


def ask(var: Path, request: dict[str, Any]) -> dict[str, Any]:
    """Send one command to the running city. Raises Refused when there is none, or it refuses."""
    file = var / FILE
    try:
        where = json.loads(file.read_text(encoding="utf-8"))
        with socket.create_connection(("127.0.0.1", where["port"]), timeout=WAIT) as link:
            link.sendall(json.dumps(request | {"token": where["token"]}).encode() + b"\n")
            with link.makefile("rb") as lines:
                reply: dict[str, Any] = json.loads(lines.readline() or b"{}")
    except FileNotFoundError as error:
        raise Refused(f"no running simulator has left its {file.name} in {var}") from error
    except (OSError, ValueError, KeyError) as error:
        raise Refused(f"the simulator of {var} does not answer: {error}") from error
    if "error" in reply:
        raise Refused(str(reply["error"]))
    return reply
