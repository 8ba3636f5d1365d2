"""The door to channels and addresses: how a message leaves the house, where a person is reached.

A channel's URL is an administrator's; a person only gives an address, which enters the URL encoded
and never in its host, so that nobody makes the server call what it shouldn't.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote, urlsplit

from pydantic import SecretStr
from sqlalchemy import delete, insert, select, update

from data.audit import record
from data.catalogue.telling import telling
from data.database import Database
from data.rights import Forbidden, NotFound, Refused, require
from data.telling_tables import Channel, Contact
from data.users import UserRow, user_named

MOST = 10
"""Contacts of one person."""
_SECRET = re.compile(r"\{secret:([A-Za-z0-9_]+)\}")


@dataclass(frozen=True)
class ChannelRow:
    """A channel as people see it: of its URL only the scheme."""

    id: int
    name: str
    kind: str
    scheme: str
    enabled: bool


@dataclass(frozen=True)
class ContactRow:
    """`address` is whole for its owner and administrators, masked for others."""

    id: int
    username: str
    channel_id: int
    channel: str
    kind: str
    address: str
    rank: int
    enabled: bool


class Channels:
    """What an administrator sets up."""

    def __init__(
        self, db: Database, schemes: tuple[str, ...], secrets: Mapping[str, SecretStr]
    ) -> None:
        """`schemes`: those of URLs that may be used at all; `secrets`: {secret:NAME} of the
        environment."""
        self._db, self._schemes, self._secrets = db, schemes, secrets

    def all(self) -> tuple[ChannelRow, ...]:
        """Every channel by name."""
        with self._db.session() as session:
            rows = session.scalars(select(Channel).order_by(Channel.name)).all()
        return tuple(
            ChannelRow(row.id, row.name, row.kind, row.url.partition(":")[0], row.enabled)
            for row in rows
        )

    def save(self, by: UserRow, name: str, kind: str, url: str, at: datetime) -> int:
        """Set up a channel; one of the same name is replaced. Its id.

        Raises Forbidden; Refused: channel_name, channel_kind, channel_scheme (not in the list of
        the settings), channel_url (no host, or an address in it), channel_secret (not known).
        """
        require(by, "channels.write")
        name, url = name.strip(), url.strip()
        if not 0 < len(name) <= 64:
            raise Refused("channel_name")
        if kind not in telling().kinds:
            raise Refused("channel_kind")
        self._check(url)
        values = {"name": name, "kind": kind, "url": url, "enabled": True}
        with self._db.session() as session:
            found = session.scalar(select(Channel.id).where(Channel.name == name))
            if found is None:
                made = insert(Channel).values(
                    values | {"created_at": at, "created_by": by.username}
                )
                found = session.scalars(made.returning(Channel.id)).one()
            else:
                session.execute(update(Channel).where(Channel.id == found).values(values))
            scheme = url.partition(":")[0]
            record(session, by.username, "channel.save", name, at, kind=kind, scheme=scheme)
        return found

    def enable(self, by: UserRow, id: int, enabled: bool, at: datetime) -> None:
        """Switch a channel on or off. Raises Forbidden, NotFound."""
        require(by, "channels.write")
        with self._db.session() as session:
            change = update(Channel).where(Channel.id == id).values(enabled=enabled)
            name = session.scalars(change.returning(Channel.name)).first()
            if name is None:
                raise NotFound("channel", id)
            record(session, by.username, "channel.enable", name, at, enabled=enabled)

    def url(self, id: int, address: str) -> str:
        """The whole URL, secrets and all: for delivery, never for a screen. Raises Refused when
        the channel may not be used (any more)."""
        with self._db.session() as session:
            row = session.get(Channel, id)
            found = None if row is None or not row.enabled else row.url
        if found is None:
            raise Refused("channel_off")
        self._check(found)
        filled = _SECRET.sub(
            lambda m: quote(self._secrets[m[1]].get_secret_value(), safe=""), found
        )
        return filled.replace("{address}", quote(address, safe=""))

    def _check(self, url: str) -> None:
        scheme, _, rest = url.partition("://")
        if scheme not in self._schemes:
            raise Refused("channel_scheme", schemes=", ".join(self._schemes))
        host = urlsplit(f"x://{rest}").netloc
        if not host or "{address}" in host or len(url) > 1000:
            raise Refused("channel_url")
        for name in _SECRET.findall(url):
            if name not in self._secrets:
                raise Refused("channel_secret", name=name)


class Contacts:
    """Where people are reached."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def of(self, username: str) -> tuple[ContactRow, ...]:
        """A person's contacts in the order in which they are tried: for the person and delivery."""
        return tuple(row for row in self._rows() if row.username == username and row.enabled)

    def listed(self, by: UserRow) -> tuple[ContactRow, ...]:
        """Everybody's, for who may write the rota; else one's own. Addresses of others are masked
        but for administrators."""
        own = by.role == "administrator"
        wide = own or by.role in _WRITERS
        return tuple(
            row if own or row.username == by.username else _masked(row)
            for row in self._rows()
            if wide or row.username == by.username
        )

    def usernames(self) -> frozenset[str]:
        """People who are reached by more than the app."""
        return frozenset(row.username for row in self._rows() if row.enabled)

    def add(
        self, by: UserRow, username: str, channel_id: int, address: str, rank: int, at: datetime
    ) -> int:
        """Keep an address; the same one again gets the new rank. Its id.

        Raises Forbidden (somebody else's, unless an administrator's), NotFound (person, channel),
        Refused: contact_address (not like one of the channel's kind), contacts_full.
        """
        _own(by, username)
        address = address.strip()
        mine = Contact.username == username
        with self._db.session() as session:
            channel = session.get(Channel, channel_id)
            if channel is None:
                raise NotFound("channel", channel_id)
            if user_named(session, username) is None:
                raise NotFound("person", username)
            kind = telling().kinds[channel.kind]
            if not kind.fits(address) or len(address) > 128:
                raise Refused("contact_address", example=kind.example)
            known = session.scalars(select(Contact).where(mine)).all()
            same = [c for c in known if (c.channel_id, c.address) == (channel_id, address)]
            if same:
                id, change = same[0].id, {"rank": rank, "enabled": True}
                session.execute(update(Contact).where(Contact.id == id).values(change))
            elif len(known) >= MOST:
                raise Refused("contacts_full", most=MOST)
            else:
                made = insert(Contact).values(
                    username=username, channel_id=channel_id, address=address, rank=rank,
                    enabled=True, created_at=at, created_by=by.username,
                )  # fmt: skip
                id = session.scalars(made.returning(Contact.id)).one()
            record(session, by.username, "contact.add", username, at, channel=channel.name)
        return id

    def remove(self, by: UserRow, id: int, at: datetime) -> None:
        """Forget an address. Raises NotFound, also for somebody else's."""
        with self._db.session() as session:
            row = session.get(Contact, id)
            if row is None or (row.username != by.username and by.role != "administrator"):
                raise NotFound("contact", id)
            session.execute(delete(Contact).where(Contact.id == id))
            record(session, by.username, "contact.remove", row.username, at)

    def _rows(self) -> tuple[ContactRow, ...]:
        query = (
            select(
                Contact.id, Contact.username, Contact.channel_id, Channel.name, Channel.kind,
                Contact.address, Contact.rank, Contact.enabled & Channel.enabled,
            )
            .join(Channel, Channel.id == Contact.channel_id)
            .order_by(Contact.username, Contact.rank, Contact.id)
        )  # fmt: skip
        with self._db.session() as session:
            return tuple(ContactRow(*row) for row in session.execute(query))


_WRITERS = ("dispatcher", "district_manager")


def masked(address: str) -> str:
    """Enough to recognise it, too little to use it: 138****1234, c***@example.cn."""
    name, at, host = address.partition("@")
    if at:
        return f"{name[:1]}***@{host}"
    return f"{address[:3]}****{address[-4:]}" if len(address) > 8 else f"{address[:1]}****"


def _masked(row: ContactRow) -> ContactRow:
    return ContactRow(**{**row.__dict__, "address": masked(row.address)})


def _own(by: UserRow, username: str) -> None:
    if by.username != username and by.role != "administrator":
        raise Forbidden("contacts.write")
