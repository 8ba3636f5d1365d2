"""An engineer back-tests a longer delay and deploys it; the collector then uses it."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from data.stores import Stores
from deploy.city import City, wait_for
from tests.city.conftest import Window

RULE = "R-HY-01"


@pytest.fixture
def runner(city: City, stores: Stores) -> Iterator[None]:
    """The program that does background jobs, once a minute is stored."""
    now = time.time_ns() // 1_000_000
    wait_for(lambda: bool(stores.manifest.live("minute", None, 0, now + 600_000)), 240,
             "a minute is stored")  # fmt: skip
    city.start("jobs", "-m", "ingest.jobs")
    yield
    city.stop("jobs")


def test_an_engineer_back_tests_a_delay_and_deploys_it(
    window: Window, stores: Stores, runner: None
) -> None:
    page, before = window.page, stores.rules.all()[RULE]
    page.set_default_timeout(60_000)
    window.sign_in("engineer")
    page.goto(f"{window.city.url}/rules?sel={RULE}")
    page.click(".rule-form > summary")
    page.fill(".rule-form input[name=on_s]", "45s")
    page.fill(".rule-form [name=note]", "夜间波动")
    page.click(".rule-form [data-step=save]")
    page.get_by_text("需要一个数").first.wait_for()
    page.fill(".rule-form input[name=on_s]", "45")
    page.click(".rule-form [data-step=save]")
    page.wait_for_selector(".rule-draft")
    assert "30 → 45" in page.inner_text(".rule-draft")
    assert page.is_disabled(".rule-draft [data-step=deploy]"), "not without its replay"
    page.select_option(".rule-draft select[name=days]", "7")
    page.click(".rule-draft [data-step=test]")
    page.wait_for_selector(".rule-draft .rule-replay")
    assert "报警数" in page.inner_text(".rule-replay")
    page.click(".rule-draft [data-step=deploy]:not([disabled])")
    page.wait_for_selector(".rule-draft", state="detached")
    now = stores.rules.all()[RULE]
    assert (before.on_s, now.on_s, now.version) == (30, 45, before.version + 1)

    def used() -> bool:
        told = stores.status.get("rules")
        return told is not None and told[0]["deployments"] == stores.rules.stamp()

    wait_for(used, 30, "the collector uses it")
    assert not window.console and not window.outside
