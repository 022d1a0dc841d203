"""Many questions in one call give what the same questions give one by one."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from daliz.errors import BadTable, BadValue, NoRoute, UnknownPlace
from daliz.model.frozen import Cargo
from daliz.routing import Request, route
from daliz.routing.many import Pair, matrix, month, reach, read_pairs

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from daliz.routing import Atlas, Option

NAMES = ("Almaty", "Altynkol", "Poti", "Moscow", "Tashkent", "Aktau port", "Hamburg")
RAIL = Cargo(mode="rail")
SEA = Cargo(mode="sea")
NEAREST = 0.006
"""Rows are rounded to two digits."""


def best(atlas: Atlas, origin: str, destination: str, label: str = "fastest", **asked: Any) -> Option:
    """The best option of one trip by one measure."""
    options = route(atlas, Request(origin, destination, **asked)).options
    return next(option for option in options if label in option.label.split("+"))


def csv_of(tmp_path: Path, text: str, name: str = "pairs.csv") -> Path:
    """A file of this text."""
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def fastest_rows(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows of the fastest way."""
    return [row for row in rows if "fastest" in row["label"].split("+")]


def test_a_column_of_places_is_every_pair_of_them(tmp_path: Path) -> None:
    """Three places give six pairs, none from a place to itself, each with the row of its origin."""
    pairs = read_pairs(csv_of(tmp_path, "place,note\nAlmaty,a\n Poti ,b\nMoscow,c\n"))
    assert [(p.origin, p.destination, p.row) for p in pairs] == [
        ("Almaty", "Poti", 2), ("Almaty", "Moscow", 2), ("Poti", "Almaty", 3), ("Poti", "Moscow", 3),
        ("Moscow", "Almaty", 4), ("Moscow", "Poti", 4),
    ]  # fmt: skip


def test_columns_from_and_to_are_pairs_as_they_stand(tmp_path: Path) -> None:
    """Pairs keep their order and direction; spaces, a byte order mark and other columns do no harm."""
    pairs = read_pairs(csv_of(tmp_path, "\ufeffto,from,kg\n Poti , Алматы ,5\nAlmaty,Poti,6\n"))
    assert pairs == [Pair("Алматы", "Poti", 2, "pairs.csv"), Pair("Poti", "Almaty", 3, "pairs.csv")]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("from,where\nAlmaty,Poti\n", ["pairs.csv:1:to"]),
        ("a,b\n1,2\n", ["pairs.csv:1:from", "pairs.csv:1:to"]),
        ("", ["pairs.csv:1:from", "pairs.csv:1:to"]),
        ("from,to\nAlmaty,Poti\n,Poti\nAlmaty, \n", ["pairs.csv:3:from", "pairs.csv:4:to"]),
        ("from,to\nAlmaty\n", ["pairs.csv:2:to"]),
        ('place\nAlmaty\n" "\n', ["pairs.csv:3:place"]),
    ],
)
def test_a_broken_file_is_refused_by_file_row_and_column(tmp_path: Path, text: str, found: list[str]) -> None:
    """Every cell at fault is told at once, each with file, row, column and a repair."""
    with pytest.raises(BadTable) as refusal:
        read_pairs(csv_of(tmp_path, text))
    assert [finding.row for finding in refusal.value.findings] == found
    for lang in ("en", "ru", "kk"):
        assert all(place in refusal.value.text(lang) for place in found)


def test_a_file_that_cannot_be_read_is_refused_by_name(tmp_path: Path) -> None:
    """No file, or one that is not UTF-8 text: the refusal names it."""
    with pytest.raises(BadValue, match=r"nowhere\.csv"):
        read_pairs(tmp_path / "nowhere.csv")
    (tmp_path / "odd.csv").write_bytes(b"from,to\n\xff\xfe,Poti\n")
    with pytest.raises(BadValue, match=r"odd\.csv"):
        read_pairs(tmp_path / "odd.csv")


def test_names_that_are_no_places_are_told_by_row_and_column(atlas: Atlas) -> None:
    """Every cell with an unknown name is told, with its row and its column."""
    named = (("Almaty", "Xyzzyville"), ("Qwertygrad", "Poti"), ("Almaty", "Xyzzyville"))
    pairs = [Pair(a, b, row, "mine.csv") for row, (a, b) in enumerate(named, start=2)]
    with pytest.raises(BadTable) as refusal:
        matrix(atlas, pairs, Cargo())
    found = refusal.value.findings
    assert [(f.row, f.values["name"]) for f in found] == [
        ("mine.csv:2:to", "Xyzzyville"), ("mine.csv:3:from", "Qwertygrad"), ("mine.csv:4:to", "Xyzzyville"),
    ]  # fmt: skip
    assert "Xyzzyville" in str(refusal.value)


@pytest.mark.parametrize("cargo", [Cargo(), RAIL, Cargo(mode="road", teu=4)], ids=lambda c: c.mode)
def test_a_matrix_has_the_fastest_hours_of_each_trip(atlas: Atlas, tmp_path: Path, cargo: Cargo) -> None:
    """A file of seven places: 42 rows in order, each with the hours of `route`, or none where it refuses."""
    rows = matrix(atlas, read_pairs(csv_of(tmp_path, "place\n" + "\n".join(NAMES))), cargo)
    assert [(r["from"], r["to"]) for r in rows] == [(a, b) for a in NAMES for b in NAMES if a != b]
    assert sum(row["time_mean_h"] is not None for row in rows) >= len(rows) / 3
    for row in rows:
        if row["time_mean_h"] is None:
            with pytest.raises(NoRoute):
                route(atlas, Request(row["from"], row["to"], cargo=cargo))
        else:
            option = best(atlas, row["from"], row["to"], cargo=cargo)
            assert row["time_mean_h"] == pytest.approx(option.time_mean_h, abs=NEAREST)


def test_a_matrix_shows_the_dollars_that_route_shows(atlas: Atlas) -> None:
    """The same trip costs the same by either door: charges on the trip as a whole are in both."""
    for row in matrix(atlas, [Pair("Almaty", "Poti", 2), Pair("Tashkent", "Brest", 3)], RAIL):
        option = best(atlas, row["from"], row["to"], cargo=RAIL)
        assert row["cost_usd"] == pytest.approx(option.cost_usd, abs=NEAREST)


def test_a_matrix_of_a_winter_day_sails_as_in_winter(atlas: Atlas) -> None:
    """Over the northern Caspian the matrix has the hours of `route` on the same day, whatever the season."""
    row = matrix(atlas, [Pair("Astrakhan", "Anzali", 2)], SEA)[0]
    option = best(atlas, "Astrakhan", "Anzali", cargo=SEA)
    assert row["time_mean_h"] == pytest.approx(option.time_mean_h, abs=NEAREST)


def test_a_matrix_by_emissions_has_the_cleanest_way(atlas: Atlas) -> None:
    """By emissions a row is never dirtier than by hours, never faster, and is the cleanest of `route`."""
    pairs = [Pair("Altynkol", "Poti", 2), Pair("Almaty", "Hamburg", 3), Pair("Tashkent", "Moscow", 4)]
    for clean, fast in zip(matrix(atlas, pairs, Cargo(), "co2e"), matrix(atlas, pairs, Cargo()), strict=True):
        assert clean["co2e_kg"] <= fast["co2e_kg"]
        assert clean["time_mean_h"] >= fast["time_mean_h"]
        option = best(atlas, clean["from"], clean["to"], "cleanest")
        assert clean["co2e_kg"] == pytest.approx(option.co2e_kg, abs=0.06)


def test_reach_within_hours_is_every_place_whose_route_is(atlas: Atlas) -> None:
    """Within 60 h by rail: listed places take what `route` takes; others take longer or are cut off."""
    limit = 60.0
    listed = {row["place"]: row["time_mean_h"] for row in reach(atlas, "Almaty", RAIL, hours=limit)}
    served = sorted(place for place in atlas.frozen(RAIL).at_place if place != "kz-almaty")
    inside, outside = sorted(listed), [place for place in served if place not in listed]
    assert len(inside) > 20
    assert len(outside) > 20
    assert max(listed.values()) <= limit
    for place in inside[:: len(inside) // 10]:
        assert best(atlas, "kz-almaty", place, cargo=RAIL).time_mean_h == pytest.approx(
            listed[place], abs=NEAREST
        )
    for place in outside[:: len(outside) // 10]:
        try:
            assert best(atlas, "kz-almaty", place, cargo=RAIL).time_mean_h > limit
        except NoRoute:
            continue


def test_reach_is_nearest_first_and_grows_with_the_limit(atlas: Atlas) -> None:
    """Rows come by hours; a wider limit keeps every row of the narrower; the origin is not within reach."""
    narrow, wide = (reach(atlas, "Almaty", Cargo(), hours=limit) for limit in (24.0, 72.0))
    assert [row["time_mean_h"] for row in wide] == sorted(row["time_mean_h"] for row in wide)
    assert wide[: len(narrow)] == narrow
    assert 0 < len(narrow) < len(wide)
    assert atlas.gazetteer.place("Almaty") not in {row["place"] for row in wide}


def test_reach_within_dollars_is_told_by_dollars(atlas: Atlas) -> None:
    """Within 900 USD by rail: each row is inside the limit, and more dollars reach further."""
    near, far = (
        {row["place"]: row["cost_usd"] for row in reach(atlas, "Almaty", RAIL, usd=usd)}
        for usd in (900.0, 1800.0)
    )
    assert 0 < len(near) < len(far)
    assert max(near.values()) <= 900
    assert set(near) == {place for place, usd in far.items() if usd <= 900}


def test_reach_within_both_holds_what_one_way_can_do(atlas: Atlas) -> None:
    """A place whose cheapest way keeps both limits is within both, though its fastest way is too dear."""
    both = {row["place"] for row in reach(atlas, "Altynkol", Cargo(), hours=200.0, usd=2000.0)}
    cheap = reach(atlas, "Altynkol", Cargo(), usd=2000.0)
    quick = {row["place"] for row in reach(atlas, "Altynkol", Cargo(), hours=200.0)}
    assert both <= quick & {row["place"] for row in cheap}
    assert {row["place"] for row in cheap if row["time_mean_h"] <= 200} <= both


@pytest.mark.parametrize(
    "limits", [{}, {"hours": 0.0}, {"hours": -1.0}, {"usd": 0.0}, {"hours": float("nan")}]
)
def test_reach_without_a_limit_is_refused(atlas: Atlas, limits: dict[str, float]) -> None:
    """No limit, or one that is not positive: refused, and the refusal names the option."""
    with pytest.raises(BadValue) as refusal:
        reach(atlas, "Almaty", Cargo(), **limits)
    assert next(iter(limits), "hours") in str(refusal.value)


def test_reach_from_nowhere_is_refused(atlas: Atlas) -> None:
    """An origin that is no place is refused as by `route`."""
    with pytest.raises(UnknownPlace, match="Xyzzyville"):
        reach(atlas, "Xyzzyville", Cargo(), hours=10.0)


@pytest.mark.parametrize(
    ("origin", "destination", "cargo", "depart"),
    [
        ("Altynkol", "Poti", Cargo(), None),
        ("Almaty", "Tashkent", Cargo(mode="road"), "2026-12-03T15:30:00+05:00"),
        ("Astrakhan", "Anzali", SEA, "2027-03-20"),
    ],
)
def test_a_month_has_one_fastest_way_a_day_as_route_finds_it(
    atlas: Atlas, origin: str, destination: str, cargo: Cargo, depart: str | None
) -> None:
    """Thirty days, one fastest row each, a day apart; sampled days have the hours and dollars of `route`.

    The last trip departs over the end of winter, when sailings change.
    """
    rows = fastest_rows(month(atlas, Request(origin, destination, cargo=cargo, depart=depart)))
    days = [dt.datetime.fromisoformat(row["depart"]) for row in rows]
    assert len(days) == 30
    assert {b - a for a, b in zip(days, days[1:], strict=False)} == {dt.timedelta(days=1)}
    for row in (*rows[::7], rows[-1]):
        option = best(atlas, origin, destination, cargo=cargo, depart=row["depart"])
        assert row["time_mean_h"] == pytest.approx(option.time_mean_h, abs=NEAREST)
        assert row["cost_usd"] == pytest.approx(option.cost_usd, abs=NEAREST)
        assert row["waiting_h"] == pytest.approx(sum(option.waits_h), abs=NEAREST)


def test_a_month_without_a_way_is_refused_as_one_day_is(atlas: Atlas) -> None:
    """Where `route` finds the network broken, so does a month, with the same refusal."""
    around = ("Kazakhstan", "Turkmenistan", "Kyrgyzstan", "Tajikistan", "Afghanistan")
    asked = Request("Tashkent", "Moscow", cargo=RAIL, close=around)
    refusals = []
    for ask in (lambda: route(atlas, asked), lambda: month(atlas, asked, 2)):
        with pytest.raises(NoRoute) as refusal:
            ask()
        refusals.append((refusal.value.key, refusal.value.values))
    assert refusals[0] == refusals[1]


def test_many_answers_do_not_depend_on_earlier_ones(atlas: Atlas) -> None:
    """Matrix, reach and month are the same after other queries have been answered."""
    pairs = [Pair("Altynkol", "Poti", 2), Pair("Almaty", "Moscow", 3)]

    def answers() -> tuple[list[dict[str, Any]], ...]:
        return (
            matrix(atlas, pairs, Cargo()),
            reach(atlas, "Almaty", Cargo(), hours=48.0),
            month(atlas, Request("Altynkol", "Poti"), 5),
        )

    first = answers()
    route(atlas, Request("Almaty", "Hamburg", close=("Aktau",), cargo=Cargo(teu=6)))
    matrix(atlas, pairs[::-1], Cargo(mode="road"), "usd")
    month(atlas, Request("Almaty", "Moscow", cargo=RAIL, depart="2027-05-01"), 3)
    reach(atlas, "Poti", RAIL, usd=500.0)
    assert answers() == first
