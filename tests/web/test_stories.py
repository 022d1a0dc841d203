"""Whole tasks in a real browser: what if, compare, take away, print, know better."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from browsing import NARROW, NEEDS_BROWSER, ROUTE, WIDE, Open, query_of, wait_for_map
from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = NEEDS_BROWSER

LANGUAGES = ("kk", "ru", "en")
KEY = re.compile(r"\bweb\.[a-z]")


def answered(page: Page) -> None:
    """Wait until options stand on the page."""
    expect(page.locator(".options input[type=radio]").first).to_be_attached()


def test_aktau_is_closed_and_the_link_shows_it_to_a_colleague(open_page: Open) -> None:
    """In Kazakh: close the port in the panel, read the difference, undo and redo, open the link elsewhere."""
    page = open_page(f"?lang=kk&{ROUTE}&via=kz-aktau-port")
    answered(page)
    page = open_page(f"?lang=kk&{ROUTE}")
    answered(page)
    page.get_by_text("Егер де", exact=True).click()
    page.get_by_role("combobox", name="Неге қатысты", exact=True).fill("Ақтау порты")
    page.get_by_role("option").filter(has_text="Ақтау порты").first.click()
    assert query_of(page)["edits"] == "close:kz-aktau-port"
    diff = page.get_by_test_id("scenario-diff")
    expect(diff.locator("table").first).to_be_visible()
    expect(diff).to_contain_text("Қозғалған дәліздер")
    page.get_by_role("button", name="Болдырмау").click()
    expect(diff).to_be_hidden()
    assert "edits" not in query_of(page)
    page.get_by_role("button", name="Қайталау").click()
    expect(diff).to_be_visible()
    told = diff.locator("table").first.inner_text()

    other = open_page(f"?{urlsplit(page.url).query}")
    expect(other.get_by_test_id("scenario-diff").locator("table").first).to_be_visible()
    assert other.get_by_test_id("scenario-diff").locator("table").first.inner_text() == told


def test_undo_takes_back_an_edit_and_nothing_else(open_page: Open) -> None:
    """A card opened after the edit stays; without edits there is nothing to undo and the page is not left."""
    page = open_page(f"?lang=en&{ROUTE}")
    answered(page)
    page.get_by_text("What if", exact=True).click()
    expect(page.get_by_role("button", name="Undo")).to_be_disabled()
    page.get_by_role("combobox", name="With what", exact=True).fill("Aktau port")
    page.get_by_role("option").filter(has_text="Aktau port").first.click()
    assert query_of(page)["edits"] == "close:kz-aktau-port"
    page.locator("header nav button[lang=ru]").click()
    page.locator("header nav button[lang=en]").click()
    page.get_by_role("button", name="Undo").click()
    assert "edits" not in query_of(page)
    assert query_of(page)["lang"] == "en"
    page.get_by_role("button", name="Redo").click()
    assert query_of(page)["edits"] == "close:kz-aktau-port"


def test_a_step_is_removed_on_the_card_of_its_place(open_page: Open) -> None:
    """The card of a post lists its steps; taking one away makes the trip through it no longer."""
    page = open_page(f"?lang=en&{ROUTE}&close=kz-ru-dina-nurpeisova-aksarayskaya-rail&card=place:kz-altynkol")
    card = page.get_by_test_id("card")
    card.locator("details summary").first.click()
    card.locator("button.remove").first.click()
    expect(page.get_by_test_id("scenario-diff")).to_be_visible()
    assert re.match(r"remove_step:kz-altynkol:mode=\w+;direction=\w+;code=\w+", query_of(page)["edits"])


def test_a_scenario_is_kept_under_its_name(open_page: Open) -> None:
    """Named, cleared, brought back; the file is the one that the command reads."""
    page = open_page(f"?lang=ru&{ROUTE}&edits=close:ru-verkhny-lars,slow:KZ:factor=1.5")
    answered(page)
    with page.expect_download() as taken:
        page.get_by_role("button", name="Правки в CSV").click()
    rows = list(csv.DictReader(io.StringIO(Path(taken.value.path()).read_text(encoding="utf-8"))))
    assert [(row["action"], row["target"], row["factor"]) for row in rows] == [
        ("close", "ru-verkhny-lars", ""),
        ("slow", "KZ", "1.5"),
    ]
    page.get_by_label("Название сценария").fill("Ларс закрыт")
    page.get_by_role("button", name="Сохранить").click()
    page.get_by_role("button", name="К сегодняшнему дню").click()
    assert "edits" not in query_of(page)
    page.get_by_text("Что если", exact=True).click()
    page.get_by_role("button", name="Ларс закрыт", exact=True).click()
    assert query_of(page)["edits"] == "close:ru-verkhny-lars,slow:KZ:factor=1.5"


def test_corridors_are_compared_and_the_command_says_the_same(open_page: Open, built_store: Path) -> None:
    """Two corridors side by side, by an older year too; the copied command gives the same hours."""
    page = open_page("?lang=en&tab=corridors&corridor=tc-altynkol-poti,northern-dostyk-petropavl")
    compare = page.get_by_test_id("compare")
    expect(compare.get_by_role("row", name=re.compile("Mean time"))).to_be_visible()
    assert compare.locator("thead th").count() == 3
    compare.get_by_role("combobox").select_option("2022")
    expect(compare.get_by_role("row", name=re.compile("Mean time"))).to_be_visible()
    assert query_of(page)["vintage"] == "2022"
    page.get_by_text("Take it away").click()
    page.get_by_role("button", name="Copy as CLI").click()
    page.wait_for_timeout(200)
    command = page.evaluate("() => navigator.clipboard.readText()").split()
    assert command[0] == "daliz"
    done = subprocess.run(
        [str(Path(sys.executable).parent / "daliz"), *command[1:], "--json"],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "DALIZ_STORE": str(built_store)},
    )
    hours = [side["time_mean_h"] for side in json.loads(done.stdout)["corridors"]]
    days = compare.get_by_role("row", name=re.compile("Mean time")).locator("td").all_inner_texts()
    for told, expected in zip(days, hours, strict=True):
        parts = {
            unit: float(value)
            for value, unit in re.findall(r"([\d.,]+)\s*(d|h)", told.replace("\u00a0", " "))
        }
        assert parts.get("d", 0) * 24 + parts.get("h", 0) == pytest.approx(expected, abs=1)


def test_the_copied_python_runs_and_gives_the_same_answer(open_page: Open, built_store: Path) -> None:
    """Copied from the page, run as it is: the hours are those of the options on the page."""
    page = open_page(f"?lang=en&{ROUTE}&edits=close:ru-verkhny-lars")
    answered(page)
    page.get_by_text("Take it away").click()
    page.get_by_role("button", name="Copy as Python").click()
    page.wait_for_timeout(200)
    code = page.evaluate("() => navigator.clipboard.readText()")
    environment = {**os.environ, "DALIZ_STORE": str(built_store)}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment
    )
    lines = done.stdout.splitlines()
    assert len(lines) == page.locator(".options input[type=radio]").count()
    usd = [
        int(re.sub(r"\D", "", text))
        for text in page.locator(".options .rest span:first-child").all_inner_texts()
    ]
    assert [int(re.search(r"(\d+) USD", line)[1]) for line in lines] == usd  # type: ignore[index]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_sheet_is_printed(open_page: Open, lang: str) -> None:
    """On paper there are the answer and the map, and nothing to press; it is a PDF of some pages."""
    page = open_page(f"?lang={lang}&{ROUTE}")
    answered(page)
    wait_for_map(page)
    page.evaluate("() => { window.print = () => { window.printed = true; }; }")
    page.locator("details.export summary").click()
    page.locator("details.export button").last.click()
    page.wait_for_function("() => window.printed")
    page.emulate_media(media="print")
    expect(page.locator("img.on-paper")).to_be_visible()
    expect(page.locator("form").first).to_be_hidden()
    expect(page.locator(".options")).to_be_visible()
    assert page.pdf().startswith(b"%PDF")


def test_one_file_opens_anywhere(open_page: Open, browser: object, tmp_path: Path) -> None:
    """The saved page has words, tables, the picture of the map and its sources, and asks for nothing."""
    page = open_page(f"?lang=kk&{ROUTE}")
    answered(page)
    wait_for_map(page)
    page.get_by_text("Алып кету").click()
    with page.expect_download() as taken:
        page.get_by_role("button", name="Бір HTML файл").click()
    file = tmp_path / "daliz.html"
    file.write_bytes(Path(taken.value.path()).read_bytes())
    context = browser.new_context(offline=True, java_script_enabled=False, viewport=WIDE)  # type: ignore[attr-defined]
    try:
        alone = context.new_page()
        asked: list[str] = []
        alone.on("request", lambda request: asked.append(request.url))
        alone.goto(file.as_uri())
        assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
        assert alone.locator("table").count() >= 2
        assert alone.locator("img").evaluate("(image) => image.naturalWidth") > 300
        assert "© " not in alone.title()
        expect(alone.locator("body")).to_contain_text("Алтынкөл – Поти порты")
        assert alone.locator("section ul code").count() > 3
    finally:
        context.close()


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("tab=corridors", "tc-altynkol-poti"),
        ("tab=corridors&corridor=tc-altynkol-poti,northern-dostyk-petropavl", "time_mean_h"),
        ("tab=crossings", "crossing"),
        ("tab=monitoring", "criteria"),
    ],
)
def test_every_tab_can_be_taken_away(open_page: Open, built_store: Path, query: str, told: str) -> None:
    """As Python that runs, and as one file with the sources of the figures on it."""
    page = open_page(f"?lang=en&{query}")
    wait_for_map(page)
    expect(page.locator("#tabpanel [data-keys]").first).to_be_attached()
    page.get_by_text("Take it away").click()
    page.get_by_role("button", name="Copy as Python").click()
    page.wait_for_timeout(200)
    code = page.evaluate("() => navigator.clipboard.readText()")
    environment = {**os.environ, "DALIZ_STORE": str(built_store)}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment
    )
    assert told in done.stdout
    with page.expect_download() as taken:
        page.get_by_role("button", name="One HTML file").click()
    text = Path(taken.value.path()).read_text(encoding="utf-8")
    assert "<script" not in text
    keys = {
        key
        for told_by in page.locator("#tabpanel [data-keys]").evaluate_all(
            "(all) => all.map((one) => one.dataset.keys)"
        )
        for key in told_by.split(";")
        if key
    }
    assert keys
    assert all(f"<code>{key}</code>" in text for key in keys)


@pytest.mark.parametrize(("button", "suffix"), [("GeoJSON", ".geojson"), ("CSV", ".csv")])
def test_a_route_is_taken_away_as_data(open_page: Open, button: str, suffix: str) -> None:
    """Lines for a GIS and rows for a spreadsheet, both with sources."""
    page = open_page(f"?lang=en&{ROUTE}")
    answered(page)
    page.get_by_text("Take it away").click()
    with page.expect_download() as taken:
        page.get_by_role("button", name=button, exact=True).click()
    assert taken.value.suggested_filename.endswith(suffix)
    text = Path(taken.value.path()).read_text(encoding="utf-8")
    if suffix == ".csv":
        rows = list(csv.DictReader(io.StringIO(text)))
        assert all(row["quality"] for row in rows)
    else:
        features = json.loads(text)["features"]
        assert all(feature["properties"]["source"] for feature in features)


def test_a_reader_knows_better(open_page: Open) -> None:
    """A step's own hours and a remark that it is wrong are written down, and counted from then on."""
    page = open_page("?lang=en&card=place:kz-dostyk")
    card = page.get_by_test_id("card")
    card.locator("details summary").first.click()
    card.locator("tbody button[aria-haspopup=dialog]").first.click()
    source = page.get_by_test_id("source-card")
    source.get_by_text("I know better").click()
    source.get_by_label("My own figure").check()
    source.get_by_label(re.compile("Value")).fill("1.5")
    source.get_by_label(re.compile("Why")).fill("stop watch at the post")
    source.get_by_label("Your name").fill("A. Reader")
    source.get_by_role("button", name="Write it down").click()
    expect(source.get_by_text("Written down as own-")).to_be_visible()
    assert query_of(page)["own"] == "1"
    source.get_by_label("This is wrong").check()
    source.get_by_label(re.compile("Why")).fill("the step is done on the other side")
    source.get_by_role("button", name="Write it down").click()
    expect(source.get_by_text("Written down as own-2")).to_be_visible()


def test_words_are_explained(open_page: Open) -> None:
    """Help opens by its button, finds a term, closes by Escape and gives focus back."""
    page = open_page("?lang=kk")
    page.get_by_role("button", name="Сөздердің мағынасы").click()
    help_ = page.get_by_test_id("help")
    help_.get_by_role("searchbox").fill("P90")
    expect(help_.locator("dt").first).to_contain_text("P90")
    page.keyboard.press("Escape")
    expect(help_).to_be_hidden()


def test_planned_lines_appear_by_their_year(open_page: Open) -> None:
    """The slider of years is in the address and in the question: more lines, never a longer way."""
    page = open_page(f"?lang=en&{ROUTE}&year=2030")
    answered(page)
    slider = page.get_by_label("Open by 2030")
    if not slider.is_visible():
        page.get_by_role("button", name=re.compile("Legend")).click()
    slider.fill("2035")
    assert query_of(page)["year"] == "2035"
    answered(page)


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("route", ROUTE),
        ("scenario", f"{ROUTE}&edits=close:ru-verkhny-lars"),
        ("compare", "tab=corridors&corridor=tc-altynkol-poti,northern-dostyk-petropavl"),
        ("crossings", "tab=crossings&card=place:kz-dostyk"),
        ("monitoring", "tab=monitoring"),
        ("first", ""),
    ],
)
@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
def test_main_views_stand_in_every_language(
    open_page: Open, name: str, query: str, viewport: dict[str, int], tmp_path: Path
) -> None:
    """No key instead of a word, nothing wider than the screen, every figure with a way to its source."""
    page = open_page(f"?lang=kk&{query}", viewport=viewport)
    wait_for_map(page)
    for lang in LANGUAGES:
        page.locator(f"header nav button[lang={lang}]").click()
        expect(page.locator("html")).to_have_attribute("lang", lang)
        if "from=" in query:
            answered(page)
        if "edits=" in query:
            expect(page.get_by_test_id("scenario-diff").locator("table").first).to_be_visible()
        page.wait_for_timeout(800)
        assert not KEY.search(page.locator("body").inner_text()), "a key instead of a word"
        assert page.evaluate("() => document.documentElement.scrollWidth") <= viewport["width"]
        assert page.locator("#tabpanel").evaluate("(panel) => panel.scrollWidth <= panel.clientWidth")
        assert bare_figures(page) == []
        kept = os.environ.get("DALIZ_SCREENSHOTS")
        page.screenshot(path=str(Path(kept or tmp_path) / f"{name}-{lang}-{viewport['width']}.png"))


def bare_figures(page: Page) -> list[str]:
    """Figures with a unit that have no button to a source in their row, card, chart or section."""
    found: list[str] = page.evaluate(
        r"""() => {
        const unit = /\d[\d\s.,\u00a0]*\s*(km|км|h|сағ|ч|d|тәул|сут|\$|t CO|т CO|kg|кг)(?![\p{L}])|\$\d/u;
        const near = 'tr, li, dl > div, label, figure, summary, details, section, [role=tabpanel], aside';
        const bare = [];
        const walker = document.createTreeWalker(document.querySelector('#panel'), NodeFilter.SHOW_TEXT);
        while (walker.nextNode()) {
          const parent = walker.currentNode.parentElement;
          const text = walker.currentNode.textContent.trim();
          const passed = 'style, script, .visually-hidden, [data-live], .scenario, select';
          if (!unit.test(text) || !parent.checkVisibility() || parent.closest(passed)) continue;
          let at = parent.closest(near);
          let steps = 0;
          const sourced = () => at?.querySelector('button[aria-haspopup=dialog]');
          while (at && !sourced() && steps < 4) { at = at.parentElement?.closest(near); steps += 1; }
          if (!sourced()) bare.push(text);
        }
        return bare;
      }"""
    )
    return found
