"""A simulated log: it follows the tables, says what it is, and comes out the same every time."""

from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest
from click.testing import CliRunner

from daliz.cli.group import daliz
from daliz.errors import BadValue
from daliz.model.events import RAW
from daliz.rehearsal import SIMULATED, Change, Plan, generate, trips, write_log
from daliz.rehearsal.draw import COLUMNS, DEADLINE_FACTOR, SLOW_FACTOR
from daliz.rehearsal.numbers import containers, wagons

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

    from daliz.rehearsal.trips import Part
    from daliz.routing import Atlas

START = dt.date(2026, 1, 1)
PAIRS = (("kz-altynkol", "by-brest", "rail"), ("ru-vladikavkaz", "ge-gori", "road"))
PLAIN = Plan(pairs=PAIRS, breaches=0.0)
EVENTS = 60_000


def _log(atlas: Atlas, events: int = EVENTS, seed: int = 3, plan: Plan = PLAIN) -> pl.DataFrame:
    return pl.concat(generate(atlas, events, seed, START, 6, plan))


@pytest.fixture(scope="module")
def plain(atlas: Atlas) -> pl.DataFrame:
    return _log(atlas)


def test_every_row_says_that_it_is_simulated(plain: pl.DataFrame) -> None:
    """Quality, source and actor of every row say simulated; so do its log id and its consignment note."""
    assert plain.columns == list(COLUMNS)
    assert set(RAW) < set(COLUMNS)
    for column in ("quality", "source", "actor"):
        assert plain[column].unique().to_list() == [SIMULATED]
    assert plain["log_id"].str.starts_with("simulated-").all()
    assert plain["consignment"].str.starts_with("SIMULATED-").all()
    assert plain["shipment"].str.starts_with("SIM").all()


def test_the_log_has_as_many_rows_as_asked_for(atlas: Atlas, plain: pl.DataFrame) -> None:
    """Exactly; numbered from one, in the order in which they begin inside a slice."""
    assert plain.height == EVENTS
    assert plain["locator"].cast(pl.Int64).to_list() == list(range(1, EVENTS + 1))
    assert _log(atlas, 7).height == 7
    assert plain["start"].is_sorted()


def test_the_mean_hours_of_steps_are_those_of_the_tables(atlas: Atlas, plain: pl.DataFrame) -> None:
    """Each step of each post lasts as calibrated, within 4.5 errors of the sample."""
    found = trips(atlas, PAIRS)
    expected: dict[tuple[str, str, str, str], list[Part]] = defaultdict(list)
    for trip in found:
        for part in trip.parts:
            if part.procedure:
                expected[trip.service, part.place, part.direction, part.activity].append(part)
    steps = plain.filter(
        ~pl.col("extra").fill_null("").str.contains('"wait"') & (pl.col("activity") != "move")
    ).with_columns(h=(pl.col("end") - pl.col("start")).dt.total_seconds() / 3600)
    seen = 0
    for key, parts in expected.items():
        service, place, direction, code = key
        hours = steps.filter(
            (pl.col("service") == service) & (pl.col("place") == place)
            & (pl.col("direction") == direction) & (pl.col("activity") == code)
        )["h"].to_numpy()  # fmt: skip
        if len(hours) < 100:
            continue
        weight = sum(part.probability for part in parts)
        mean = sum(part.probability * part.hours for part in parts) / weight
        second = sum(part.probability * part.hours**2 * (1 + part.cv**2) for part in parts) / weight
        error = np.sqrt(max(second - mean**2, 0) / len(hours)) + 1 / 3600
        assert abs(hours.mean() - mean) < 4.5 * error, key
        seen += 1
    assert seen > 40


def test_steps_happen_as_often_as_their_probability(atlas: Atlas, plain: pl.DataFrame) -> None:
    """A step of probability p stands in a share p of the trips that pass its post, within 4.5 errors."""
    found = {trip.service: trip for trip in trips(atlas, PAIRS)}
    moved = plain.group_by("service", "shipment").agg(pl.col("activity").eq("move").sum().alias("moves"))
    looked = 0
    for service, trip in found.items():
        moves = sum(part.km > 0 for part in trip.parts)
        done = moved.filter((pl.col("service") == service) & (pl.col("moves") == moves))["shipment"]
        whole = plain.filter(pl.col("shipment").is_in(done.implode()))
        for part in trip.parts:
            alike = [p for p in trip.parts if (p.place, p.direction, p.activity) ==
                     (part.place, part.direction, part.activity)]  # fmt: skip
            if not part.procedure or len(alike) > 1 or part.probability == 1:
                continue
            share = whole.filter(
                (pl.col("place") == part.place) & (pl.col("direction") == part.direction)
                & (pl.col("activity") == part.activity)
                & ~pl.col("extra").fill_null("").str.contains('"wait"')
            ).height / len(done)  # fmt: skip
            error = np.sqrt(part.probability * (1 - part.probability) / len(done))
            assert abs(share - part.probability) < 4.5 * error, (service, part.place, part.activity)
            looked += 1
    assert looked > 10


def test_bad_days_are_bad_everywhere(plain: pl.DataFrame) -> None:
    """The logarithms of two steps of one trip correlate as the router assumes (rho 0.3)."""
    one, other = (
        plain.filter((pl.col("place") == place) & (pl.col("activity") == code) & (pl.col("direction") == way))
        .with_columns(h=((pl.col("end") - pl.col("start")).dt.total_seconds() + 1).log())
        .select("shipment", "h")
        for place, code, way in (
            ("ru-verkhny-lars", "customs_clearance", "out"),
            ("ge-kazbegi", "customs_clearance", "in"),
        )
    )
    both = one.join(other, on="shipment")
    assert both.height > 500
    rho = np.corrcoef(both["h"].to_numpy(), both["h_right"].to_numpy())[0, 1]
    assert abs(rho - 0.3) < 4.5 * (1 - 0.3**2) / np.sqrt(both.height)


def test_a_trip_is_a_chain(plain: pl.DataFrame) -> None:
    """Rows of a shipment follow each other without overlap, never end before they begin."""
    ordered = plain.sort("shipment", "start", "end")
    same = ordered["shipment"] == ordered["shipment"].shift(1)
    assert (ordered["end"] >= ordered["start"]).all()
    assert (ordered["start"] >= ordered["end"].shift(1)).filter(same).all()


def test_no_step_begins_at_a_closed_post(atlas: Atlas) -> None:
    """A wait for opening ends at an hour at which the post is open, and there are such waits."""
    plan = Plan(pairs=(("kg-bishkek", "cn-kashgar", "road"),), breaches=0.0)
    log = _log(atlas, 4000, plan=plan)
    waits = log.filter(pl.col("extra").fill_null("").str.contains('"wait": "opening"'))
    assert waits.height > 20
    clocks = {
        part.place: part.clock
        for trip in trips(atlas, plan.pairs)
        for part in trip.parts
        if part.clock is not None
    }
    for row in waits.iter_rows(named=True):
        clock = clocks[row["place"]]
        assert clock.wait_h(row["start"]) > 0
        assert clock.wait_h(row["end"]) <= 1 / 3600


def _iso_6346(number: str) -> int:
    """Check digit as the standard says it, letter by letter."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    values = [10, *range(12, 22), *range(23, 33), *range(34, 39)]
    digits = [values[letters.index(c)] if c.isalpha() else int(c) for c in number[:10]]
    return sum(d * 2**at for at, d in enumerate(digits)) % 11 % 10


def test_check_digits_are_valid(plain: pl.DataFrame) -> None:
    """Every container passes ISO 6346, every wagon the check of the 1520 railways; a known one by hand."""
    assert _iso_6346("CSQU305438") == 3
    boxes = plain.filter(pl.col("unit_kind") == "container")["unit"].unique().to_list()
    assert len(boxes) > 100
    boxes += containers(np.arange(999_000, 1_002_000))
    assert all(_iso_6346(box) == int(box[10]) and len(box) == 11 for box in boxes)
    cars = plain.filter(pl.col("unit_kind") == "wagon")["unit"].unique().to_list() + wagons(np.arange(50))
    for car in cars:
        total = sum(sum(divmod(int(d) * (2 if at % 2 == 0 else 1), 10)) for at, d in enumerate(car[:7]))
        assert (total + int(car[7])) % 10 == 0
    # 5231670: 5+2*... worked by hand: 10 2 6 1 12 7 0 -> 1+0+2+6+1+1+2+7+0 = 20, check 0
    assert wagons(np.array([5231670])) == ["52316700"]


def test_the_same_seed_gives_the_same_bytes(atlas: Atlas, tmp_path: Path) -> None:
    """Parquet and CSV, twice each; another seed gives another log."""
    for form in ("parquet", "csv"):
        written = []
        for number, seed in enumerate((3, 3, 4)):
            path = tmp_path / f"{number}.{form}"
            assert write_log(generate(atlas, 3000, seed, START, 6, PLAIN), path, form) == 3000
            written.append(path.read_bytes())
        assert written[0] == written[1] != written[2]
    assert (tmp_path / "0.csv").read_bytes().count(b"\n") == 3001
    back = pl.read_parquet(tmp_path / "0.parquet")
    assert back.equals(_log(atlas, 3000))
    assert not list(tmp_path.glob(".*"))


def test_a_killed_log_leaves_no_file(atlas: Atlas, tmp_path: Path) -> None:
    """What is half written never bears the name asked for."""

    def broken() -> object:
        yield from generate(atlas, 500, 0, START, 1, PLAIN)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_log(broken(), tmp_path / "log.parquet")
    assert list(tmp_path.iterdir()) == []


def test_planted_breaches_are_what_they_say(atlas: Atlas) -> None:
    """About the share asked for is planted in equal parts; each is there to be seen in the rows."""
    log = _log(atlas, 40_000, plan=Plan(pairs=PAIRS[1:], breaches=0.4))
    made = log.filter(pl.col("extra").fill_null("").str.contains("planted")).with_columns(
        what=pl.col("extra").map_elements(lambda e: json.loads(e)["planted"], return_dtype=pl.String)
    )
    counts = dict(made.group_by("what").len().iter_rows())
    assert set(counts) == {"slow", "skipped", "repeated", "swapped"}
    assert max(counts.values()) < 1.3 * min(counts.values())
    visits = log.filter(pl.col("activity") != "move").select("shipment", "place", "direction").unique()
    at_posts = visits.filter(pl.col("place").is_in(["ru-verkhny-lars", "ge-kazbegi"]))
    assert abs(made.height / at_posts.height - 0.4) < 0.03
    for row in made.filter(pl.col("what") == "skipped").head(50).iter_rows(named=True):
        same = log.filter(
            (pl.col("shipment") == row["shipment"]) & (pl.col("place") == row["place"])
            & (pl.col("direction") == row["direction"])
        )  # fmt: skip
        assert json.loads(row["extra"])["step"] not in same["activity"].to_list()
    for row in made.filter(pl.col("what") == "repeated").head(50).iter_rows(named=True):
        same = log.filter(
            (pl.col("shipment") == row["shipment"]) & (pl.col("place") == row["place"])
            & (pl.col("direction") == row["direction"]) & (pl.col("activity") == row["activity"])
        )  # fmt: skip
        assert same.height >= 2
    assert SLOW_FACTOR > 1


def test_a_planted_change_shows_from_its_day(atlas: Atlas) -> None:
    """Half the hours from a day on: the ratio of means after and before is a half, within 10 per cent."""
    day = dt.date(2026, 4, 1)
    change = Change("ge-kazbegi", "customs_clearance", day, 0.5)
    log = _log(atlas, 40_000, plan=Plan(pairs=PAIRS[1:], breaches=0.0, change=change))
    mine = log.filter((pl.col("place") == change.place) & (pl.col("activity") == change.code)).select(
        h=(pl.col("end") - pl.col("start")).dt.total_seconds(), after=pl.col("start").dt.date() >= day
    )
    means = dict(mine.group_by("after").agg(pl.col("h").mean()).iter_rows())
    assert abs(means[True] / means[False] - 0.5) < 0.05


def test_an_open_end_leaves_shipments_on_the_way(atlas: Atlas) -> None:
    """Nothing begins after the last day; what runs then has no end."""
    log = _log(atlas, 20_000, plan=Plan(pairs=PAIRS, breaches=0.0, open_end=True))
    last = dt.datetime(2026, 1, 1, tzinfo=dt.UTC) + dt.timedelta(days=6 * 30.4375)
    assert log["start"].max() < last
    assert log["end"].max() < last
    assert 0 < log["end"].null_count() < 0.05 * log.height
    assert log.height < 20_000


def test_places_are_named_in_the_language_asked_for(atlas: Atlas) -> None:
    """In Kazakh names of places and activities; a deadline is a time and a half of the mean hours."""
    log = _log(atlas, 500, plan=Plan(pairs=PAIRS[1:], names="kk"))
    row = log.filter(pl.col("place") == "ge-kazbegi").row(0, named=True)
    assert row["place_text"] == atlas.gazetteer.name(row["place"], "kk")
    first = log.filter(pl.col("shipment") == log["shipment"][0]).row(0, named=True)
    trip = next(t for t in trips(atlas, PAIRS[1:]) if t.service == first["service"])
    promised = (first["deadline"] - first["start"]).total_seconds() / 3600
    assert promised == pytest.approx(trip.hours * DEADLINE_FACTOR, abs=1 / 1800)


def test_few_routes_still_cover_the_families_of_corridors(atlas: Atlas) -> None:
    """Twenty routes of the named corridors go by rail, road and sea, through many states."""
    found = trips(atlas, most=20)
    assert len(found) == 20
    modes = {part.mode for trip in found for part in trip.parts}
    assert {"rail", "road", "sea"} <= modes
    assert len({part.country for trip in found for part in trip.parts}) > 10
    for trip in found:
        stops = [part.place for part in trip.parts if not part.km]
        blocks = [a for a, b in zip(stops, [None, *stops], strict=False) if a != b]
        assert len(blocks) == len(set(blocks)), (trip.origin, trip.destination)


@pytest.mark.parametrize(
    ("events", "seed", "months", "plan"),
    [
        (0, 0, 1, Plan()),
        (10, -1, 1, Plan()),
        (10, 0, 0, Plan()),
        (10, 0, 1, Plan(names="de")),
        (10, 0, 1, Plan(breaches=1.5)),
    ],
)
def test_what_makes_no_sense_is_refused(
    atlas: Atlas, events: int, seed: int, months: int, plan: Plan
) -> None:
    """With the option and the repair, before anything is routed."""
    with pytest.raises(BadValue):
        generate(atlas, events, seed, START, months, plan)


def test_the_command_writes_the_log(built_store: Path, tmp_path: Path, monkeypatch) -> None:
    """`daliz generate-log` gives counts as JSON, progress on standard error, silence when asked, a repair."""
    monkeypatch.setenv("DALIZ_STORE", str(built_store))
    path = tmp_path / "log.csv"

    def run(*more: str) -> Result:
        words = ["generate-log", "--events", "400", "--seed", "5", "--pair", *PAIRS[1], *more]
        return CliRunner().invoke(daliz, words)

    done = run("-o", str(path), "--json")
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    assert (said["events"], said["format"], said["quality"]) == (400, "csv", "simulated")
    assert pl.read_csv(path).height == 400
    loud = run("-o", str(path), "--change", "ge-kazbegi", "visa", "2026-02-01", "0.5")
    assert loud.exit_code == 0, loud.output
    assert "400" in loud.stderr
    assert run("-o", str(path), "--quiet").stderr == ""
    refused = run("-o", str(tmp_path / "no" / "x.parquet"))
    assert refused.exit_code == 2
    assert "x.parquet" in refused.stderr
