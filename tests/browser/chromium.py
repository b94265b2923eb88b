"""Chromium for tests that play in the real pages: people with a context each, and a watch on what must not happen."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Page,
    Playwright,
    Response,
    ViewportSize,
    expect,
    sync_playwright,
)

from mes.core.assets import assets_are_ready
from tests.system.running_plant import PASSWORD

NAMES = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = (
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-dev-shm-usage",
    "--disable-gpu",
)
CAMERA_ARGUMENTS = ("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream")
DESKTOP: ViewportSize = {"width": 1920, "height": 1080}
TABLET: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 390, "height": 844}
PATIENCE_MS = 30_000
"""How long a page may take for one step; the machine may be busy with other tests."""

STATUS_MESSAGE = re.compile(r"Failed to load resource: the server responded with a status of \d+")


def chromium_path() -> str | None:
    """A chromium of this machine."""
    return next((found for name in NAMES if (found := shutil.which(name))), None)


def browser_reason() -> str | None:
    """Why pages cannot be tried in a browser here, or None."""
    if chromium_path() is None:
        return f"no browser: none of {', '.join(NAMES)} is installed"
    if not assets_are_ready():
        return "static/vendor is not there: run python -m mes.core.assets"
    return None


@dataclass
class Watch:
    """Gathers what no page may do: script errors, CSP violations, refusals that nobody expects, server errors."""

    troubles: list[str] = field(default_factory=list)
    refusals: list[tuple[int, str]] = field(default_factory=list)
    expected: list[tuple[int, str]] = field(default_factory=list)

    def follow(self, page: Page) -> None:
        """Listen to a page."""
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self.troubles.append(f"{page.url}: {error}"))
        page.on("response", self._on_response)

    def expect_refusal(self, status: int, path: str) -> None:
        """The next step is meant to be refused with this status at this path."""
        self.expected.append((status, path))

    def check(self) -> None:
        """Nothing happened that must not, and every refusal that was expected came."""
        assert not self.troubles, "\n".join(self.troubles)
        came, wanted = sorted(self.refusals), sorted(self.expected)
        assert came == wanted, f"refused: {came}, expected: {wanted}"

    def _on_console(self, message: ConsoleMessage) -> None:
        # What the server refuses is judged by its response; the browser repeats it here.
        if message.type == "error" and not STATUS_MESSAGE.match(message.text):
            self.troubles.append(f"{message.location.get('url')}: {message.text}")

    def _on_response(self, response: Response) -> None:
        if response.status >= 400:
            self.refusals.append((response.status, urlsplit(response.url).path))


@contextmanager
def started_playwright() -> Iterator[Playwright]:
    """Playwright with patience for a busy machine."""
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        yield playwright


def launch(playwright: Playwright, camera: Path | None = None) -> Browser:
    """Start chromium; its camera shows the given y4m video for ever."""
    seen = [f"--use-file-for-fake-video-capture={camera}", *CAMERA_ARGUMENTS] if camera else []
    return playwright.chromium.launch(
        executable_path=chromium_path(), chromium_sandbox=False, args=[*ARGUMENTS, *seen], headless=True
    )


def sign_in(
    browser: Browser, url: str, watch: Watch, role: str, viewport: ViewportSize, *, touch: bool = False
) -> Page:
    """A person's own browser context, speaking Chinese, signed in with the form of the sign-in page."""
    context = browser.new_context(
        base_url=url,
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        viewport=viewport,
        has_touch=touch,
        is_mobile=touch,
        reduced_motion="reduce",
    )
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    watch.follow(page)
    page.goto("/")
    page.get_by_label("用户名").fill(role)
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录", exact=True).click()
    expect(page.get_by_role("heading", level=1)).not_to_have_text("登录")
    return page


@dataclass(frozen=True)
class Pictures:
    """Keeps pictures of telling moments in a folder, if there is one."""

    folder: Path | None

    def take(self, page: Page, name: str) -> None:
        """A picture of the page as it is now, without messages that come and go."""
        if self.folder is not None:
            self.folder.mkdir(parents=True, exist_ok=True)
            page.screenshot(path=self.folder / f"{name}.png")
