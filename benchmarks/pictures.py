"""`make pictures`: every page in every language, theme and width, looked at by machine first.

Starts a demo city (or looks at one that runs: --url and --var), finds the pages as a person does,
through the navigation, keeps a picture of each in `--out` and prints what is wrong with it; the
last line is `N pictures, N findings`.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import ConsoleMessage, Error, Page, Playwright, sync_playwright

from benchmarks.picture_checks import Finding, look
from benchmarks.picture_scenes import OPENED, Scene, pages
from data.alarms import Alarms
from data.database import Database
from data.stations import Stations
from data.status import Status
from deploy.city import City, wait_for

WIDTHS = {1366: 768, 1920: 1080, 3840: 1080, 390: 844}
"""Width and height of the screens."""
LANGUAGES, THEMES = ("zh", "en"), ("dark", "light")
TRIPS = 3
SETTLE_MS = 700
MOST_WAIT_MS = 15_000
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
PREFER = """async ([language, theme]) => {
  const token = document.cookie.match(/_csrf_token=([^;]+)/);
  const headers = {
    "Content-Type": "application/x-www-form-urlencoded",
    "X-CSRFToken": token ? decodeURIComponent(token[1]) : ""};
  const body = `language=${language}&theme=${theme}`;
  await fetch("/preference", {method: "POST", body, headers});
}"""


@dataclass
class Camera:
    """A signed-in window of one width that notes what it should not hear."""

    page: Page
    url: str
    noises: list[Finding] = field(default_factory=list)

    def listen(self) -> None:
        self.page.on(
            "console",
            lambda m: None if self._meant(m) else self._note("console", m.text),
        )
        self.page.on("pageerror", lambda e: self._note("console", str(e)))
        self.page.on(
            "request",
            lambda r: (
                None
                if r.url.startswith((self.url, "data:", "blob:"))
                else self._note("outside request", r.url)
            ),
        )

    def _meant(self, message: ConsoleMessage) -> bool:
        """No fault, or the browser's word that the page itself is a 404, as an unknown address is
        meant to be."""
        own = message.location.get("url") == self.page.url
        return message.type != "error" or (own and "404" in message.text)

    def _note(self, kind: str, what: str) -> None:
        self.noises.append(Finding(kind, "browser", what[:200]))

    def sign_in(self, role: str, password: str) -> None:
        self.page.goto(f"{self.url}/login")
        self.page.fill("input[name=username]", role)
        self.page.fill("input[name=password]", password)
        self.page.click("button[type=submit]")
        self.page.wait_for_selector("#shell-content > *")

    def prefer(self, language: str, theme: str) -> None:
        self.page.evaluate(PREFER, [language, theme])

    def go(self, path: str) -> None:
        """Open a path and wait until it stands still."""
        self.page.goto(self.url + path)
        self.page.wait_for_selector("#shell-content > *")
        self._settle()

    def _settle(self) -> None:
        self.page.wait_for_function(
            "() => !document.querySelector('[data-dash-is-loading=true]')", timeout=MOST_WAIT_MS
        )
        self.page.wait_for_timeout(SETTLE_MS)

    def links(self, selector: str) -> list[str]:
        found = self.page.eval_on_selector_all(
            selector, "all => all.map(a => a.getAttribute('href'))"
        )
        return [href for href in dict.fromkeys(found) if href and href.startswith("/")]

    def stage(self, scene: Scene) -> None:
        """Make the scene stand; what doesn't come is a finding."""
        try:
            self.go(scene.path)
            if scene.press is not None:
                scene.press(self.page)
                self._settle()
            if scene.needs:
                self.page.wait_for_selector(scene.needs, timeout=MOST_WAIT_MS)
        except Error as error:
            self._note("scene", str(error))

    def take(self, file: Path, axe: bool) -> list[Finding]:
        """Keep the picture; what is wrong with it. The page lives: a colour that changed between
        picture and reading is looked at once more."""
        heard, self.noises = self.noises, []
        picture = self.page.screenshot()
        found = look(self.page, picture, axe)
        if any(one.kind == "contrast" for one in found):
            picture = self.page.screenshot()
            again = look(self.page, picture, axe=False)
            found = [one for one in found if one.kind != "contrast"]
            found += [one for one in again if one.kind == "contrast"]
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(picture)
        return heard + found


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pictures", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("pictures"))
    parser.add_argument("--stations", type=int, default=200)
    parser.add_argument("--url", default="", help="look at a city that runs; needs --var")
    parser.add_argument("--var", type=Path, default=None)
    parser.add_argument("--role", default="administrator")
    parser.add_argument("--only", default="", help="files whose names begin so, comma between")
    parser.add_argument("--widths", default=",".join(map(str, WIDTHS)))
    parser.add_argument("--languages", default=",".join(LANGUAGES))
    parser.add_argument("--themes", default=",".join(THEMES))
    options = parser.parse_args(arguments)
    if bool(options.url) != bool(options.var):
        parser.error("--url and --var go together")
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
    if chromium is None:
        parser.error("no chromium on this machine")
    with _city(options) as city, sync_playwright() as driver:
        taken, wrong = _all(driver, chromium, city, options)
    for kind, count in wrong.most_common():
        print(f"{count:6} {kind}")
    print(f"{taken} pictures, {wrong.total()} findings")
    return 1 if wrong else 0


@contextmanager
def _city(options: argparse.Namespace) -> Iterator[City]:
    """The city that runs already, or one made for this with its past whole."""
    if options.url:
        yield City(options.var, port=int(options.url.rpartition(":")[2]))
        return
    with tempfile.TemporaryDirectory(prefix="pumphouse-pictures-") as folder:
        city = City(Path(folder), stations=options.stations)
        city.run("-m", "simulator", "prepare")
        database = Database(f"sqlite:///{folder}/pumphouse.db")
        status = Status(database)
        try:
            city.simulator()
            wait_for(lambda: "listening" in city.log("simulator"), 120, "gateways listening")
            city.collector()
            city.cockpit()
            wait_for(lambda: (status.get("history") or ({},))[0].get("done"), 900, "the past")
            wait_for(city.answers, 60, "the cockpit answers")
            _trip(city, database)
            yield city
        finally:
            city.stop_all()


def _trip(city: City, database: Database) -> None:
    """Let drives trip, so that there is an alarm to be looked at."""
    houses = [one for one in Stations(database).all() if one.type == "TANK_VFD" and one.sets]
    for row in houses[:TRIPS]:
        city.run("-m", "simulator", "fault", "F10", "--station", row.code, "--severity", "2")
    wait_for(lambda: Alarms(database).open(), 120, "an alarm")


def _all(
    driver: Playwright, chromium: str, city: City, options: argparse.Namespace
) -> tuple[int, Counter[str]]:
    browser = driver.chromium.launch(executable_path=chromium, args=FLAGS)
    taken, wrong = 0, Counter[str]()
    for width in map(int, options.widths.split(",")):
        phone = width < 600
        screen: Any = {"width": width, "height": WIDTHS.get(width, 1080)}
        context = browser.new_context(viewport=screen, is_mobile=phone, has_touch=phone)
        camera = Camera(context.new_page(), city.url)
        camera.listen()
        camera.sign_in(options.role, city.password(options.role))
        scenes = [s for s in (*pages(camera), *OPENED) if s.phone or not phone]
        scenes = [s for s in scenes if s.file.startswith(tuple(options.only.split(",")))]
        for language in options.languages.split(","):
            for theme in options.themes.split(","):
                camera.prefer(language, theme)
                for scene in scenes:
                    camera.stage(scene)
                    file = options.out / f"{width}-{language}-{theme}" / f"{scene.file}.png"
                    found = camera.take(file, axe=width in (1920, 390))
                    taken, wrong = taken + 1, wrong + Counter(one.kind for one in found)
                    for one in found:
                        print(f"{width} {language} {theme} {scene.file}  {one}", flush=True)
        context.close()
    browser.close()
    return taken, wrong


if __name__ == "__main__":
    sys.exit(main())
