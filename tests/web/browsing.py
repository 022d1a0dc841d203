"""What the tests of the page share: where things are, how to wait and what to look for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Page

ROOT = Path(__file__).parents[2]
CHROMIUM = Path("/usr/bin/chromium")
PAGE = ROOT / "daliz" / "server" / "page" / "index.html"
AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
ROUTE = "from=kz-altynkol&to=ge-poti-port&mode=any"
WIDE = {"width": 1440, "height": 900}
NARROW = {"width": 375, "height": 720}
# Software drawing: the same picture on every machine, with or without a graphics card.
FLAGS = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]

NEEDS_BROWSER = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not at /usr/bin/chromium"),
    pytest.mark.skipif(not PAGE.exists(), reason="the page is not built: npm ci && npm run build in web/"),
]
# The first route of a fresh server compiles its kernels; a busy machine needs patience.
expect.set_options(timeout=30_000)
Open = "Callable[..., Page]"


def wait_for_map(page: Page) -> None:
    page.wait_for_selector("[data-testid=map][data-ready=yes]", timeout=60_000)


def query_of(page: Page) -> dict[str, str]:
    pairs = (part.partition("=") for part in urlsplit(page.url).query.split("&"))
    return {key: value for key, _, value in pairs}


def violations(page: Page) -> list[str]:
    """Serious and critical findings of axe-core under WCAG 2.2 AA."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate(
        "() => axe.run(document, {runOnly: {type: 'tag', values: "
        "['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']}})"
    )["violations"]
    return [
        f"{each['id']}: {each['help']}: {[node['html'][:160] for node in each['nodes'][:3]]}"
        for each in found
        if each["impact"] in ("serious", "critical")
    ]
