"""The user's own figures: kept, shown beside ours, put in force, taken back; broken lines are left alone."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from daliz.errors import BadValue, UnknownPlace
from daliz.model.frozen import Cargo
from daliz.own import Book, Figure, Remark, apply, as_dict
from daliz.routing import Request, route

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path
    from typing import Any

    import polars as pl

    from daliz.routing import Atlas, Option

    Run = Callable[..., subprocess.CompletedProcess[str]]
    Frames = dict[str, pl.DataFrame]

DAY = dt.date(2026, 3, 1)
ASKED = Request("Altynkol", "Poti", avoid=("Russia", "Turkmenistan"), via=("Aktau port",))


def figure(kind: str, target: str, quantity: str, value: float, day: dt.date = DAY) -> Figure:
    """A figure of one author."""
    return Figure.read(
        {
            "kind": kind, "target": target, "quantity": quantity, "value": value,
            "note": "a quote", "author": "A. Forwarder", "date": day,
        }
    )  # fmt: skip


def some_step(atlas: Atlas) -> tuple[Option, Any]:
    """An option over the Caspian and a sure step of it."""
    option = route(atlas, ASKED).options[0]
    return option, next(
        step for arc in option.arcs if arc.kind == "crossing" for step in arc.steps if step.probability == 1
    )


def test_a_figure_comes_back_as_it_was_written(tmp_path: Path, atlas: Atlas, frames: Frames) -> None:
    """Written, read and read again: the same figure with its line as id."""
    _, step = some_step(atlas)
    path = tmp_path / "own.jsonl"
    written = Book.read(path).add(figure("step", step.procedure, "time_h", 12), frames)
    assert written.id == "own-1"
    assert Book.read(path).figures == (written,)


def test_removing_adds_a_line_and_rewrites_none(tmp_path: Path, frames: Frames) -> None:
    """The file only grows: taking a figure back leaves its line and ends its force; ids are not reused."""
    path = tmp_path / "own.jsonl"
    tariff = str(frames["tariffs"]["tariff"][0])
    first = Book.read(path).add(figure("tariff", tariff, "amount", 1.5), frames)
    before = path.read_bytes()
    Book.read(path).remove(first.id)
    assert path.read_bytes().startswith(before)
    assert Book.read(path).figures == ()
    with pytest.raises(UnknownPlace, match="own-1"):
        Book.read(path).remove(first.id)
    assert Book.read(path).add(figure("tariff", tariff, "amount", 2), frames).id == "own-3"


def test_broken_lines_are_named_and_left_untouched(tmp_path: Path, frames: Frames) -> None:
    """Each broken line is reported with its number and reason; good ones count; nothing is rewritten."""
    tariff = str(frames["tariffs"]["tariff"][0])
    good = {
        "op": "add", "kind": "tariff", "target": tariff, "quantity": "amount", "value": 1.0, "note": "n",
        "author": "a", "date": "2026-01-01",
    }  # fmt: skip
    lines = [
        "not json", json.dumps(good), json.dumps(good | {"value": "much"}), json.dumps(good | {"value": -4}),
        json.dumps(good | {"date": "spring"}), json.dumps(good | {"kind": "rumour"}), "[1, 2]",
        json.dumps(good | {"author": ""}), json.dumps({"op": "remove", "id": "own-77"}),
        json.dumps(good | {"op": "shout"}), "\udcff",
    ]  # fmt: skip
    path = tmp_path / "own.jsonl"
    path.write_bytes("\n".join(lines).encode("utf-8", "surrogateescape"))
    before = path.read_bytes()
    book = Book.read(path)
    assert [one.id for one in book.figures] == ["own-2"]
    assert [one.line for one in book.broken] == [1, 3, 4, 5, 6, 7, 8, 9, 10, 11]
    for lang in ("kk", "ru", "en"):
        assert all("{" not in one.as_dict(lang)["reason"] for one in book.broken)
    assert path.read_bytes() == before
    book.add(figure("tariff", tariff, "amount", 2), frames)
    assert path.read_bytes().startswith(before + b"\n")
    assert [one.id for one in Book.read(path).figures] == ["own-2", "own-12"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("kind", "rumour"), ("quantity", "speed_kmh"), ("value", float("nan")), ("value", -1.0),
        ("value", 1e9), ("note", " "), ("author", ""), ("date", "soon"), ("target", None),
    ],
)  # fmt: skip
def test_a_figure_that_does_not_fit_is_refused(field: str, value: object) -> None:
    """Each field is checked and named in the refusal."""
    good = {
        "kind": "step", "target": "x", "quantity": "time_h", "value": 3.0, "note": "n", "author": "a",
        "date": "2026-01-01",
    }  # fmt: skip
    assert Figure.read(good).value == 3
    with pytest.raises(BadValue, match=field):
        Figure.read(good | {field: value})


def test_an_unknown_row_is_refused_with_the_nearest(tmp_path: Path, frames: Frames) -> None:
    """A figure about a row that is not there is not written; near ids are offered."""
    path = tmp_path / "own.jsonl"
    with pytest.raises(UnknownPlace, match="block-train-all"):
        Book.read(path).add(figure("tariff", "block-train-al", "amount", 1), frames)
    remark = Remark("places", "kz-altynkool", "it moved", "a", DAY)
    with pytest.raises(UnknownPlace, match="kz-altynkol"):
        Book.read(path).remark(remark, frames)
    assert not path.exists()


def test_a_figure_stands_beside_ours(tmp_path: Path, frames: Frames) -> None:
    """The list shows our value, unit, source and class, and changes neither."""
    path = tmp_path / "own.jsonl"
    Book.read(path).add(figure("tariff", "block-train-all", "amount", 0.5), frames)
    Book.read(path).remark(Remark("tariffs", "block-train-all", "too low", "a", DAY), frames)
    shown = as_dict(Book.read(path), frames, "en")
    ours = next(r for r in frames["tariffs"].iter_rows(named=True) if r["tariff"] == "block-train-all")
    (one,) = shown["figures"]
    assert (one["value"], one["basis"], one["author"]) == (0.5, "own", "A. Forwarder")
    assert one["ours"][0]["value"] == ours["amount"]
    assert one["ours"][0]["source"] == ours["source"]
    assert one["ours"][0]["unit"] == "USD per_teu_km"
    assert shown["remarks"][0]["row"] == "block-train-all"


@pytest.mark.parametrize("ground", ["published", "measured", "sla"])
def test_a_step_in_force_changes_the_route_and_is_labelled(atlas: Atlas, ground: str) -> None:
    """Whatever the ground, the step takes the own hours with basis own, and its source names the author."""
    option, step = some_step(atlas)
    mine = figure("step", step.procedure, "time_h", step.mean_h + 7)
    other = atlas.with_frames(apply(atlas.frames, [replace(mine, id="own-4")]))
    found = route(other, replace(ASKED, cargo=Cargo(ground=ground))).options[0]
    mended = next(s for arc in found.arcs for s in arc.steps if s.procedure == step.procedure)
    assert mended.mean_h == step.mean_h + 7
    assert (mended.basis, mended.source, mended.quality) == ("own", "own-4", "assumed")
    assert "A. Forwarder" in other.sources["own-4"]["citation"]
    assert DAY.isoformat() in other.sources["own-4"]["citation"]
    before = next(s for arc in option.arcs for s in arc.steps if s.procedure == step.procedure)
    assert route(atlas, ASKED).options[0].time_mean_h == option.time_mean_h
    assert before.basis != "own"


def test_a_payment_tariff_sailing_and_speed_in_force(atlas: Atlas) -> None:
    """Each kind reaches the arcs: the payment of a step, a tariff, a sailing time and a speed."""
    option, step = some_step(atlas)
    sea = next(arc for arc in option.arcs if arc.kind == "sea")
    sailings = atlas.frames["sailings"].to_dicts()
    legs = {row["leg"]: row["link"] for row in atlas.frames["legs"].iter_rows(named=True)}
    sailing = next(r for r in sailings if r["link"] == legs[sea.leg] and r["service"] == sea.service)
    mine = [
        figure("step", step.procedure, "official_usd", 777),
        figure("tariff", "block-train-all", "amount", 0.9),
        figure("sailing", sailing["sailing"], "sailing_h", 55),
        figure("speed", "block-train-all", "speed_kmh", 12),
    ]
    numbered = [replace(one, id=f"own-{n}") for n, one in enumerate(mine, start=1)]
    frozen = atlas.with_frames(apply(atlas.frames, numbered)).frozen(Cargo())
    paid = {s.cost_usd for arc in frozen.arcs for s in arc.steps if s.procedure == step.procedure}
    assert paid == {777.0}
    at_sea = {a.move_h for a in frozen.arcs if a.leg == sea.leg and a.service == sea.service}
    assert at_sea == {55.0}
    in_kz = next(
        a for a in frozen.arcs if a.kind == "leg" and a.service == "block_train" and a.country == "KZ"
    )
    assert in_kz.move_h == pytest.approx(in_kz.distance_km / 12)
    assert in_kz.cost_usd == pytest.approx(0.9 * 2 * in_kz.distance_km)
    assert (in_kz.source, in_kz.tariff_source) == ("own-4", "own-2")


def test_the_latest_figure_wins_and_frames_are_left_alone(atlas: Atlas) -> None:
    """Of two figures about one quantity the later date is in force; the frames given are not changed."""
    held = atlas.frames["speeds"].clone()
    mine = [
        figure("speed", "block-train-all", "speed_kmh", 40, dt.date(2026, 5, 1)),
        figure("speed", "block-train-all", "speed_kmh", 20, dt.date(2025, 5, 1)),
    ]
    numbered = [replace(one, id=f"own-{n}") for n, one in enumerate(mine, start=1)]
    speeds = apply(atlas.frames, numbered)["speeds"]
    assert [r["speed_kmh"] for r in speeds.iter_rows(named=True) if r["speed"] == "block-train-all"] == [40]
    assert atlas.frames["speeds"].equals(held)
    assert apply(atlas.frames, [])["speeds"].equals(held)


def test_the_commands_add_list_remove_and_remark(run_daliz: Run, tmp_path: Path) -> None:
    """A user's round: add, see beside ours, say that one is wrong, take back."""
    kept = {"DALIZ_OWN": str(tmp_path / "mine.jsonl")}
    told = ["--note", "quote of May", "--author", "A. Forwarder", "--json"]
    asked = ["--kind", "tariff", "--target", "block-train-all", "--quantity", "amount", "--value", "0.4"]
    added = run_daliz("own", "add", *asked, *told, **kept)
    assert json.loads(added.stdout) == {"id": "own-1"}, added.stderr
    wrong = run_daliz("own", "wrong", "--table", "tariffs", "--row", "feeder-all", *told, **kept)
    assert json.loads(wrong.stdout) == {"id": "own-2"}, wrong.stderr
    shown = json.loads(run_daliz("own", "list", "--json", **kept).stdout)
    assert [one["target"] for one in shown["figures"]] == ["block-train-all"]
    assert [one["row"] for one in shown["remarks"]] == ["feeder-all"]
    assert "quote of May" in run_daliz("own", "list", "--lang", "ru", **kept).stdout
    assert run_daliz("own", "remove", "own-1", **kept).returncode == 0
    assert json.loads(run_daliz("own", "list", "--json", **kept).stdout)["figures"] == []


def test_the_commands_refuse_and_report(run_daliz: Run, tmp_path: Path) -> None:
    """A bad value is status 2 and writes nothing; a broken line is status 1 and named."""
    path = tmp_path / "mine.jsonl"
    asked = ["--kind", "speed", "--target", "block-train-all", "--quantity", "speed_kmh", "--value", "900"]
    done = run_daliz("own", "add", *asked, "--note", "n", "--author", "a", DALIZ_OWN=str(path))
    assert done.returncode == 2
    assert "900" in done.stderr
    assert not path.exists()
    path.write_text("{oops\n", encoding="utf-8")
    done = run_daliz("own", "list", "--json", DALIZ_OWN=str(path))
    assert done.returncode == 1
    assert json.loads(done.stdout)["broken"][0]["line"] == 1
