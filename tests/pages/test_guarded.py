"""A panel's states when it can't be shown: error with a way to ask again, or no right."""

from __future__ import annotations

from typing import Any

import pytest

from components.flat import rendered
from data.catalogue.indicators import indicators
from data.catalogue.words import text
from data.rights import RIGHTS, Forbidden, NotFound
from data.stores import Stores
from pages.guarded import (
    Broken,
    PartBroken,
    Parts,
    attempt,
    denied,
    guard,
    guarded,
    guarded_tile,
    whole,
)
from tests.pages.conftest import view_of


def fails() -> Any:
    raise OSError("disk gone")


def test_what_works_is_shown_as_it_is(stores: Stores) -> None:
    view = view_of(stores, "executive")
    assert guarded(view, "cockpit-slow", lambda: "content") == "content"
    assert guarded_tile(view, "cockpit-slow", lambda: ["a", "b"]) == ["a", "b"]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_an_error_is_said_with_reference_and_retry(stores: Stores, language: str) -> None:
    view = view_of(stores, "executive", language)
    for made in (guarded(view, "cockpit-slow", fails), guarded_tile(view, "cockpit-slow", fails)):
        html = rendered(made)
        assert view.text("state.failed") in html
        assert 'data-retry="cockpit-slow"' in html
        assert "ref " in html
        assert "disk gone" not in html  # that is for the log


def test_who_has_no_right_is_told_who_grants_it(stores: Stores) -> None:
    def refused() -> Any:
        raise Forbidden("alarms.acknowledge")

    view = view_of(stores, "executive")
    html = rendered(guarded(view, "cockpit-slow", refused))
    assert "确认报警" in html  # which right
    assert view.text("role.dispatcher") in html  # who has it
    assert view.text("role.inspector") not in html
    assert "data-retry" not in html


def test_an_indicator_that_is_forbidden_is_named(stores: Stores) -> None:
    html = rendered(denied(view_of(stores, "engineer", "en"), "indicators.leakage_cost"))
    assert indicators()["leakage_cost"].en in html
    assert "Executive" in html
    assert "Engineer" not in html


def test_every_right_has_a_name() -> None:
    for lang in ("zh", "en"):
        assert all(text(lang, f"right.{right}") for right in RIGHTS)


def test_a_part_that_failed_refuses_every_use() -> None:
    broken = attempt(fails)
    for use in (lambda: broken.rows, lambda: broken[0], lambda: list(broken), lambda: bool(broken),
                broken, lambda: len(broken)):  # fmt: skip
        with pytest.raises(PartBroken):
            use()


def test_a_guarded_function_shows_title_and_reference_of_what_it_stands_on(stores: Stores) -> None:
    @guard("shell.{name}", "css-{name}")
    def made(view: Any, it: Any, name: str) -> Any:
        return it.rows

    view = view_of(stores, "executive", "en")
    broken = attempt(fails)
    html = rendered(made(view, broken, "city"))
    assert f"ref {broken.reference}" in html
    assert view.text("shell.city") in html
    assert "css-city" in html
    assert 'data-retry=""' in html  # the page is loaded anew
    with pytest.raises(NotFound):
        guard()(lambda view: absent())(view)


def absent() -> Any:
    raise NotFound("station", "X")


def test_a_part_that_failed_is_logged_once_and_keeps_its_reference(
    stores: Stores, capsys: pytest.CaptureFixture[str]
) -> None:
    parts = Parts(good=1, bad=attempt(fails))
    assert parts.broken
    assert parts.part("good") == 1
    with pytest.raises(PartBroken) as caught:
        parts.part("bad")
    view = view_of(stores, "executive")
    shown = [rendered(guarded(view, "cockpit-slow", lambda: parts.part("bad"))) for _ in "ab"]
    assert all(f"ref {caught.value.reference}" in html for html in shown)
    again = attempt(lambda: parts.part("bad"))
    assert again == Broken(caught.value.reference)
    said = capsys.readouterr()
    assert (said.out + said.err).count("a panel's data can't be read") == 1
    assert whole("fine") == "fine"
