"""Saved views: own and shared ones, replaced by name, refused when they lead elsewhere."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from data.audit import AuditTrail
from data.database import Database
from data.rights import NotFound, Refused
from data.saved_views import MOST, SavedViews
from data.users import UserRow
from tests.data.conftest import NOW

Person = Callable[..., UserRow]


@pytest.fixture
def views(db: Database) -> SavedViews:
    return SavedViews(db)


def keep(views: SavedViews, user: UserRow, name: str = "夜间", **other: object) -> int:
    given = {"path": "/comparison", "query": "?tab=night", "shared": False} | other
    return views.save(user, "comparison", name, at=NOW, **given)  # type: ignore[arg-type]


def test_a_view_is_its_owners_until_it_is_shared(views: SavedViews, person: Person) -> None:
    chen, wang = person("engineer"), person("executive")
    keep(views, chen)
    assert [v.href for v in views.of(chen, "comparison")] == ["/comparison?tab=night"]
    assert views.of(wang, "comparison") == ()
    assert views.of(chen, "points") == ()
    keep(views, chen, shared=True)
    assert [(v.name, v.username) for v in views.of(wang, "comparison")] == [("夜间", "engineer")]


def test_the_same_name_is_replaced(views: SavedViews, person: Person) -> None:
    chen = person("engineer")
    first = keep(views, chen)
    assert keep(views, chen, query="tab=periods") == first
    assert [v.query for v in views.of(chen, "comparison")] == ["tab=periods"]


@pytest.mark.parametrize(
    ("name", "path", "why"),
    [
        (" ", "/comparison", "view_name"),
        ("x" * 65, "/comparison", "view_name"),
        ("a", "https://elsewhere", "view_url"),
        ("a", "//elsewhere", "view_url"),
        ("a", "/" + "x" * 300, "view_url"),
    ],
)
def test_what_is_no_view_is_refused(
    views: SavedViews, person: Person, name: str, path: str, why: str
) -> None:
    with pytest.raises(Refused) as refused:
        keep(views, person("engineer"), name, path=path)
    assert refused.value.reason == why


def test_a_person_keeps_a_hundred(views: SavedViews, person: Person) -> None:
    chen = person("engineer")
    for n in range(MOST):
        keep(views, chen, str(n))
    with pytest.raises(Refused, match="views_full"):
        keep(views, chen, "one more")
    keep(views, chen, "7", query="x=1")


def test_only_the_owner_or_for_a_shared_one_an_administrator_removes(
    views: SavedViews, person: Person, db: Database
) -> None:
    chen, wang, admin = person("engineer"), person("executive"), person("administrator")
    own, shared = keep(views, chen), keep(views, chen, "共享", shared=True)
    for user, id in ((wang, shared), (admin, own), (wang, 999)):
        with pytest.raises(NotFound):
            views.remove(user, id, NOW)
    views.remove(admin, shared, NOW)
    views.remove(chen, own, NOW)
    assert views.of(chen, "comparison") == ()
    verbs = [row.verb for row in AuditTrail(db).recent()]
    assert verbs[:4] == ["view.remove", "view.remove", "view.save", "view.save"]
