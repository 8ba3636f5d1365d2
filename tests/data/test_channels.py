"""Channels are an administrator's, addresses a person's; secrets and other people's stay hidden."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pydantic import SecretStr

from data.audit import AuditTrail
from data.channels import MOST, Channels, Contacts, masked
from data.database import Database
from data.rights import Forbidden, NotFound, Refused
from data.users import UserRow
from tests.data.conftest import NOW

Person = Callable[..., UserRow]
MAIL = "mailtos://pump:{secret:MAIL}@smtp.example.cn?from=pump@example.cn&to={address}"


@pytest.fixture
def channels(db: Database) -> Channels:
    return Channels(db, ("mailtos", "jsons"), {"MAIL": SecretStr("p/ss word")})


@pytest.fixture
def contacts(db: Database) -> Contacts:
    return Contacts(db)


def test_the_address_and_the_secret_enter_the_url_encoded(
    channels: Channels, person: Person, db: Database
) -> None:
    id = channels.save(person("administrator"), "邮件", "mail", MAIL, NOW)
    assert channels.url(id, "chen+1@example.cn") == (
        "mailtos://pump:p%2Fss%20word@smtp.example.cn?from=pump@example.cn&to=chen%2B1%40example.cn"
    )
    [row] = channels.all()
    assert (row.name, row.kind, row.scheme, row.enabled) == ("邮件", "mail", "mailtos", True)
    assert "secret" not in repr(row)
    assert "secret" not in repr(AuditTrail(db).recent())


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("json://127.0.0.1/hook/{address}", "channel_scheme"),
        ("file:///etc/passwd", "channel_scheme"),
        ("jsons://{address}/hook", "channel_url"),
        ("jsons://a:{address}@host/hook", "channel_url"),
        ("jsons:///hook", "channel_url"),
        ("jsons://host/{secret:OTHER}", "channel_secret"),
    ],
)
def test_what_could_call_elsewhere_is_refused(
    channels: Channels, person: Person, url: str, why: str
) -> None:
    with pytest.raises(Refused) as refused:
        channels.save(person("administrator"), "x", "push", url, NOW)
    assert refused.value.reason == why


def test_a_scheme_that_is_no_longer_allowed_is_not_used(
    channels: Channels, person: Person, db: Database
) -> None:
    admin = person("administrator")
    id = channels.save(admin, "邮件", "mail", MAIL, NOW)
    with pytest.raises(Refused, match="channel_scheme"):
        Channels(db, ("jsons",), {}).url(id, "a@b.cn")
    channels.enable(admin, id, False, NOW)
    with pytest.raises(Refused, match="channel_off"):
        channels.url(id, "a@b.cn")


def test_only_an_administrator_sets_up_channels(channels: Channels, person: Person) -> None:
    for role in ("dispatcher", "district_manager", "engineer"):
        with pytest.raises(Forbidden):
            channels.save(person(role), "x", "mail", MAIL, NOW)


def test_an_address_is_its_owners(channels: Channels, contacts: Contacts, person: Person) -> None:
    admin, chen, wang = person("administrator"), person("dispatcher"), person("inspector")
    mail = channels.save(admin, "邮件", "mail", MAIL, NOW)
    own = contacts.add(wang, "inspector", mail, "wang@example.cn", 2, NOW)
    assert contacts.add(wang, "inspector", mail, "wang@example.cn", 1, NOW) == own
    with pytest.raises(Forbidden):
        contacts.add(chen, "inspector", mail, "spy@example.cn", 1, NOW)
    for reader, shown in (
        (wang, ["wang@example.cn"]), (admin, ["wang@example.cn"]), (chen, ["w***@example.cn"]),
        (person("engineer"), []),
    ):  # fmt: skip
        assert [row.address for row in contacts.listed(reader)] == shown
    with pytest.raises(NotFound):
        contacts.remove(chen, own, NOW)
    contacts.remove(wang, own, NOW)
    assert contacts.of("inspector") == ()


def test_an_address_has_to_look_like_one(
    channels: Channels, contacts: Contacts, person: Person
) -> None:
    admin, chen = person("administrator"), person("dispatcher")
    mail = channels.save(admin, "邮件", "mail", MAIL, NOW)
    for wrong in ("nobody", "a@b.cn?bcc=c@d.cn", ""):
        with pytest.raises(Refused, match="contact_address"):
            contacts.add(chen, "dispatcher", mail, wrong, 1, NOW)
    for n in range(MOST):
        contacts.add(chen, "dispatcher", mail, f"a{n}@b.cn", 1, NOW)
    with pytest.raises(Refused, match="contacts_full"):
        contacts.add(chen, "dispatcher", mail, "z@b.cn", 1, NOW)


def test_a_channel_that_is_off_reaches_nobody(
    channels: Channels, contacts: Contacts, person: Person
) -> None:
    admin = person("administrator")
    mail = channels.save(admin, "邮件", "mail", MAIL, NOW)
    contacts.add(admin, "administrator", mail, "a@b.cn", 1, NOW)
    assert contacts.usernames() == {"administrator"}
    channels.enable(admin, mail, False, NOW)
    assert (contacts.of("administrator"), contacts.usernames()) == ((), frozenset())


def test_a_mask_keeps_what_is_needed_to_recognise() -> None:
    shown = [masked(a) for a in ("13800001234", "chen@x.cn", "chenli", "119")]
    assert shown == ["138****1234", "c***@x.cn", "c****", "1****"]
