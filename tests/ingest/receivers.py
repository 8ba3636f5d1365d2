"""A mail server and a webhook on loopback, as the real ones answer."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import socket
from typing import Any

from aiosmtpd.controller import Controller


def free_port() -> int:
    with socket() as link:
        link.bind(("127.0.0.1", 0))
        port: int = link.getsockname()[1]
        return port


@dataclass
class Mailbox:
    """What came by mail: (recipients, subject, text), and the files in it by name. `busy` mails are
    put off first, as a server does that is overloaded."""

    port: int
    mails: list[tuple[list[str], str, str]] = field(default_factory=list)
    files: list[tuple[str, bytes]] = field(default_factory=list)
    busy: int = 0

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if self.busy:
            self.busy -= 1
            return "451 try again later"
        mail = message_from_bytes(envelope.content)
        subject = str(make_header(decode_header(mail["Subject"])))
        self.mails.append((list(envelope.rcpt_tos), subject, _text(mail)))
        for part in mail.walk():
            if part.get_filename():
                content = part.get_payload(decode=True)
                assert isinstance(content, bytes)
                name = str(make_header(decode_header(part.get_filename() or "")))
                self.files.append((name, content))
        return "250 kept"


def _text(mail: Message) -> str:
    bodies = [p for p in mail.walk() if not p.is_multipart() and not p.get_filename()]
    parts = [part.get_payload(decode=True) for part in bodies]
    return "\n".join(part.decode() for part in parts if isinstance(part, bytes))


@contextmanager
def mail_server(port: int = 0) -> Iterator[Mailbox]:
    box = Mailbox(port or free_port())
    controller = Controller(box, hostname="127.0.0.1", port=box.port)
    controller.start()
    try:
        yield box
    finally:
        controller.stop()


@dataclass
class Hook:
    """What came by HTTP: (path, body). `status` is what it answers."""

    port: int = 0
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    status: int = 200
    location: str = ""


@contextmanager
def webhook() -> Iterator[Hook]:
    hook = Hook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            hook.calls.append((self.path, json.loads(body)))
            self.send_response(hook.status)
            if hook.location:
                self.send_header("Location", hook.location)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hook.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield hook
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
