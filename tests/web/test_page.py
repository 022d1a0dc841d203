"""The real page in a real browser: finding, reading, choosing, and what everyone can use."""

from __future__ import annotations

import json
import re
import urllib.request
from urllib.parse import urlsplit

import pytest
from browsing import AXE, NARROW, NEEDS_BROWSER, ROUTE, WIDE, Open, query_of, violations, wait_for_map
from playwright.sync_api import expect

pytestmark = NEEDS_BROWSER


def test_a_route_is_found_in_kazakh_by_typing_and_clicking(open_page: Open) -> None:
    """Typing in Kazakh, choosing from the list and pressing one button gives options with legs."""
    page = open_page("?lang=kk")
    expect(page.locator("html")).to_have_attribute("lang", "kk")
    page.get_by_role("combobox", name="Қайдан", exact=True).fill("Алтынкөл")
    page.get_by_role("option").filter(has_text="Алтынкөл").first.click()
    page.get_by_role("combobox", name="Қайда", exact=True).fill("Поти")
    page.get_by_role("option").filter(has_text="Поти порты").first.click()
    page.get_by_role("button", name="Бағдар табу").click()
    options = page.get_by_role("radiogroup", name="Нұсқалар").get_by_role("radio")
    expect(options.first).to_be_attached()
    query = query_of(page)
    assert (query["lang"], query["from"], query["to"]) == ("kk", "kz-altynkol", "ge-poti-port")
    expect(page.get_by_role("heading", name="Бөліктер мен қадамдар")).to_be_visible()
    assert page.locator("table tbody tr.leg").count() >= 3
    assert not re.search(r"\bweb\.[a-z]", page.locator("body").inner_text()), "a key instead of a word"


def test_the_keyboard_alone_finds_a_route(open_page: Open) -> None:
    """Arrow keys and Enter choose from the list; Enter sends the form."""
    page = open_page("?lang=en")
    page.get_by_role("combobox", name="From", exact=True).focus()
    page.keyboard.type("altynkol")
    expect(page.get_by_role("option").first).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.get_by_role("combobox", name="To", exact=True).focus()
    page.keyboard.type("poti")
    expect(page.locator("#to-list").get_by_role("option").first).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(page.get_by_role("radiogroup", name="Options")).to_be_visible()


def test_the_language_switch_changes_words_names_and_address(open_page: Open) -> None:
    """Words, place names, numbers and the lang attribute follow the chosen language."""
    page = open_page(f"?lang=kk&{ROUTE}")
    expect(page.get_by_role("radiogroup", name="Нұсқалар")).to_be_visible()
    page.get_by_role("button", name="Русский").click()
    expect(page.get_by_role("radiogroup", name="Варианты")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "ru")
    expect(page.get_by_role("combobox", name="Откуда", exact=True)).to_have_value(re.compile("Алтынколь"))
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("radiogroup", name="Options")).to_be_visible()
    expect(page.get_by_role("combobox", name="From", exact=True)).to_have_value(re.compile("Altynkol"))
    assert query_of(page)["lang"] == "en"


def test_a_link_restores_the_whole_view(open_page: Open) -> None:
    """Route, option, corridor, card and camera come back from the address in a fresh context."""
    first = open_page(f"?lang=kk&{ROUTE}")
    wait_for_map(first)
    radios = first.get_by_role("radiogroup").get_by_role("radio")
    expect(radios.first).to_be_attached()
    chosen = radios.count() - 1
    radios.nth(chosen).check(force=True)
    first.get_by_role("button", name="Жақындату").click()
    first.wait_for_function("() => location.search.includes('map=')")
    first.wait_for_timeout(400)
    address = urlsplit(first.url).query
    assert "%" not in address, "the address cannot be read aloud"

    second = open_page(f"?{address}")
    wait_for_map(second)
    radios = second.get_by_role("radiogroup").get_by_role("radio")
    expect(radios.nth(chosen)).to_be_checked()
    expect(second.get_by_role("combobox", name="Қайда", exact=True)).to_have_value(re.compile("Поти"))
    second.wait_for_timeout(500)
    assert query_of(second).get("map") == query_of(first).get("map")


def test_the_back_button_returns_to_the_view_before(open_page: Open) -> None:
    """A change of tab is a step in the history."""
    page = open_page("?lang=kk")
    page.get_by_role("tab", name="Дәліздер").click()
    expect(page.get_by_role("table", name="Дәліздер")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("tab", name="Бағдар")).to_have_attribute("aria-selected", "true")


def test_a_source_card_opens_from_a_figure_and_gives_focus_back(open_page: Open) -> None:
    """A step's button opens its citation; Escape closes it and returns to the button."""
    page = open_page(f"?lang=kk&{ROUTE}")
    button = page.locator("table tbody td.source button").nth(1)
    button.click()
    card = page.get_by_test_id("source-card")
    expect(card).to_be_visible()
    expect(card).to_contain_text("Дереккөз")
    page.keyboard.press("Escape")
    expect(card).to_be_hidden()
    expect(button).to_be_focused()


def test_assumed_values_are_marked(open_page: Open) -> None:
    """A reader sees which figures have no source, and the shares by quality class in words."""
    page = open_page(f"?lang=kk&{ROUTE}")
    expect(page.locator("table .assumed").first).to_be_visible()
    shares = page.get_by_role("region", name="Сағаттар неге сүйенеді")
    for word in ("өлшенген", "жарияланған", "есептелген", "шартты түрде алынған"):
        expect(shares).to_contain_text(word)


def test_crossings_are_listed_sorted_and_lead_to_a_card(open_page: Open) -> None:
    """The table beside the map sorts, and a row opens the card with the clocks of both posts."""
    page = open_page("?lang=kk&tab=crossings")
    table = page.get_by_role("table", name="Өткізу пункттері")
    expect(table).to_be_visible()
    heading = table.get_by_role("columnheader", name="Атауы")
    names = table.locator("tbody th button")
    before = names.first.inner_text()
    heading.get_by_role("button").click()
    expect(heading).to_have_attribute("aria-sort", "descending")
    assert names.last.inner_text() == before
    names.first.click()
    card = page.get_by_test_id("card")
    expect(card).to_contain_text("Жұмыс уақыты")
    expect(card).to_contain_text("Жергілікті уақыт")
    assert query_of(page)["card"].startswith("crossing:")


def test_a_click_on_the_map_opens_the_card_of_a_crossing(open_page: Open, server_url: str) -> None:
    """The sign under the pointer is the crossing that the server puts there."""
    with urllib.request.urlopen(f"{server_url}/features/crossings?lang=kk", timeout=30) as answer:
        crossings = json.load(answer)["features"]
    # One that stands alone, so that no neighbour lies under the same pixel.
    alone = max(crossings, key=lambda one: min(_apart(one, other) for other in crossings if other is not one))
    lon, lat = alone["geometry"]["coordinates"]
    page = open_page(f"?lang=kk&map=8/{lat}/{lon}")
    wait_for_map(page)
    box = page.locator("canvas").bounding_box()
    assert box is not None
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    card = page.get_by_test_id("card")
    for _ in range(20):  # the layer may still be on its way
        page.mouse.click(*middle)
        if query_of(page).get("card", "").startswith("crossing:"):
            break
        page.wait_for_timeout(500)
    expect(card).to_contain_text(alone["properties"]["name"])
    assert query_of(page)["card"] == f"crossing:{alone['properties']['id']}"
    page.keyboard.press("Escape")
    expect(card).to_be_hidden()


def _apart(one: dict[str, dict[str, list[float]]], other: dict[str, dict[str, list[float]]]) -> float:
    (x, y), (u, v) = one["geometry"]["coordinates"], other["geometry"]["coordinates"]
    return abs(x - u) + abs(y - v)


def test_monitoring_shows_ten_criteria_and_what_would_settle_them(open_page: Open) -> None:
    """Each criterion stands with its status in words; one that cannot be judged says what would settle it."""
    page = open_page("?lang=kk&tab=monitoring")
    criteria = page.locator(".criteria > li")
    expect(criteria).to_have_count(10)
    assert all(len(text) > 5 for text in criteria.locator(".status").all_inner_texts())
    unjudged = page.locator(".criteria > li", has=page.locator("details"))
    unjudged.first.locator("summary").click()
    expect(unjudged.first.locator("details p")).to_be_visible()
    expect(page.get_by_role("region", name="Жарияланғаны мен тізілімдегісі")).to_contain_text("50")


def test_corridors_can_be_chosen_together(open_page: Open) -> None:
    """Two ticks are two corridors in the address."""
    page = open_page("?lang=kk&tab=corridors")
    boxes = page.get_by_role("table", name="Дәліздер").get_by_role("checkbox")
    boxes.nth(0).check()
    boxes.nth(1).check()
    assert len(query_of(page)["corridor"].split(",")) == 2


def test_an_unknown_place_is_answered_in_the_readers_language(open_page: Open) -> None:
    """The server's own sentence is shown, in Kazakh, and the page stays usable."""
    page = open_page("?lang=kk&from=zzzqqq&to=ge-poti-port&mode=any")
    error = page.get_by_test_id("error")
    expect(error).to_be_visible()
    expect(error).to_contain_text(re.compile("[әғқңөұүһі]"))
    # A refusal is an answer: the browser logs its status by itself, which is no fault of the page.
    open_page.troubles[:] = [line for line in open_page.troubles if "Failed to load resource" not in line]  # type: ignore[attr-defined]


def test_the_route_can_be_copied_as_a_command(open_page: Open) -> None:
    """The command repeats the question of the page."""
    page = open_page(f"?lang=kk&{ROUTE}")
    page.get_by_text("Алып кету").click()
    page.get_by_role("button", name="CLI пәрменін көшіру").click()
    page.wait_for_timeout(200)
    copied = page.evaluate("() => navigator.clipboard.readText()")
    assert copied == "daliz route kz-altynkol ge-poti-port --mode any --lang kk"


def test_the_map_draws_without_leaving_the_machine(open_page: Open) -> None:
    """The map becomes ready, its canvas has a name for readers of text, its layers can be switched."""
    page = open_page("?lang=kk")
    wait_for_map(page)
    expect(page.locator("canvas")).to_have_attribute("aria-label", re.compile("карта", re.IGNORECASE))
    legend = page.get_by_role("region", name="Белгілер мен қабаттар")
    legend.get_by_role("checkbox", name="Автожолдар").uncheck()
    assert query_of(page)["off"] == "road"
    legend.get_by_role("checkbox", name=re.compile("Жоспардағы")).check()
    assert query_of(page)["planned"] == "1"


@pytest.mark.parametrize("tab", ["route", "corridors", "crossings", "monitoring"])
def test_a_narrow_screen_holds_everything(open_page: Open, tab: str) -> None:
    """At 375 px nothing is wider than the screen and the map can take it all."""
    page = open_page(f"?lang=kk&tab={tab}&{ROUTE}", viewport=NARROW)
    wait_for_map(page)
    page.wait_for_timeout(500)
    assert page.evaluate("() => document.documentElement.scrollWidth") <= NARROW["width"]
    assert page.locator("#tabpanel").evaluate("(panel) => panel.scrollWidth <= panel.clientWidth")
    page.get_by_role("button", name="Картаны толық көрсету").click()
    height = page.get_by_test_id("map").bounding_box()["height"]  # type: ignore[index]
    assert height > NARROW["height"] * 0.75


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed: npm ci in web/")
@pytest.mark.parametrize(
    ("query", "viewport", "scheme"),
    [
        (f"?lang=kk&{ROUTE}", WIDE, "light"),
        (f"?lang=ru&{ROUTE}", WIDE, "dark"),
        ("?lang=en&tab=crossings&card=place:kz-altynkol", WIDE, "light"),
        ("?lang=kk&tab=corridors", WIDE, "dark"),
        ("?lang=kk&tab=monitoring", WIDE, "light"),
        ("?lang=kk", NARROW, "light"),
        (f"?lang=kk&{ROUTE}&card=place:kz-altynkol", NARROW, "dark"),
    ],
)
def test_axe_finds_nothing_serious(
    open_page: Open, query: str, viewport: dict[str, int], scheme: str
) -> None:
    """No serious or critical violation of WCAG 2.2 AA, wide and narrow, light and dark."""
    page = open_page(query, viewport=viewport, scheme=scheme)
    wait_for_map(page)
    page.wait_for_timeout(800)
    assert violations(page) == []


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed: npm ci in web/")
def test_the_open_source_card_passes_axe(open_page: Open) -> None:
    """Also while a source card is open."""
    page = open_page(f"?lang=kk&{ROUTE}")
    page.locator("table tbody td.source button").nth(1).click()
    expect(page.get_by_test_id("source-card")).to_be_visible()
    page.wait_for_timeout(500)
    assert violations(page) == []
