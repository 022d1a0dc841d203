"""The real page in a real browser, over the real server.

Needs Chromium (`apt-get install chromium`), the built page (`npm run build` in web/) and, for the
accessibility check, `npm ci` in web/; what is missing skips the tests and says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from browsing import CHROMIUM, FLAGS, WIDE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from browsing import Open
    from playwright.sync_api import Browser, Page

playwright_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with playwright_api.sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield launched
        launched.close()


@pytest.fixture
def open_page(browser: Browser, server_url: str) -> Iterator[Open]:
    """Open an address in a fresh context; afterwards no console error or foreign request may have been."""
    contexts, troubles, foreign = [], [], []

    def watch(page: Page) -> None:
        page.on("console", lambda m: troubles.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: troubles.append(str(error)))

        def asked(request: object) -> None:
            address = request.url  # type: ignore[attr-defined]
            here = urlsplit(address).netloc == urlsplit(server_url).netloc
            if not here and not address.startswith(("data:", "blob:")):
                foreign.append(address)

        page.on("request", asked)

    def opened(query: str = "?lang=kk", viewport: dict[str, int] = WIDE, scheme: str = "light") -> Page:
        context = browser.new_context(
            viewport=viewport, device_scale_factor=1, color_scheme=scheme, reduced_motion="reduce"
        )
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(30_000)
        watch(page)
        page.goto(f"{server_url}/{query}")
        return page

    opened.troubles = troubles  # type: ignore[attr-defined]
    yield opened
    for context in contexts:
        context.close()
    assert foreign == [], "a request left this machine"
    assert troubles == [], "the console shows errors"
