"""A gateway for tests: a real socket that answers, or doesn't, as it is told."""

from __future__ import annotations

import asyncio
import struct
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

Answer = Callable[[bytes, bytes], bytes | None]
"""(head of the request: transaction, protocol, length, unit; its body) -> bytes to send;
None = silence, empty = hang up."""


def good(head: bytes, body: bytes) -> bytes:
    """Registers whose numbers are their addresses."""
    function, address, count = struct.unpack(">BHH", body)
    words = b"".join(struct.pack(">H", (address + i) & 0xFFFF) for i in range(count))
    return framed(head, struct.pack(">BB", function, len(words)) + words)


def framed(head: bytes, pdu: bytes) -> bytes:
    return head[:4] + struct.pack(">HB", len(pdu) + 1, head[6]) + pdu


def refuses(head: bytes, body: bytes) -> bytes:
    """Exception 2: no such address."""
    return framed(head, bytes([body[0] | 0x80, 2]))


def silent(head: bytes, body: bytes) -> None:
    return None


def hangs_up(head: bytes, body: bytes) -> bytes:
    return b""


class StandIn:
    """Listens in a thread of its own; `answer` may be changed at any time."""

    def __init__(self, answer: Answer = good, host: str = "127.0.0.1", port: int = 0) -> None:
        self.answer = answer
        self.host, self.port = host, port
        self.requests: list[bytes] = []
        self.links = 0
        self.shuts = False
        """Hangs up as soon as somebody has called."""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._ready = threading.Event()
        self._writers: set[asyncio.StreamWriter] = set()

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(
            asyncio.start_server(self._serve, self.host, self.port, backlog=1024)
        )
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        server.close()
        for writer in list(self._writers):
            writer.transport.abort()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0.01))
        self._loop.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.links += 1
        if self.shuts:
            writer.transport.abort()
            return
        self._writers.add(writer)
        try:
            while True:
                head = await reader.readexactly(7)
                body = await reader.readexactly(struct.unpack(">H", head[4:6])[0] - 1)
                self.requests.append(body)
                answer = self.answer(head, body)
                if answer == b"":
                    break
                if answer is not None:
                    writer.write(answer)
                    await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            self._writers.discard(writer)
            writer.close()
