"""Commands that explain: two corridors side by side, and what a term means."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from daliz.cli.group import WordedCommand, json_option, lang_option
from daliz.cli.printing import print_json, print_table
from daliz.config import Settings
from daliz.i18n import text
from daliz.store import Store

if TYPE_CHECKING:
    from daliz.schema import Row


@click.command("compare", cls=WordedCommand, help="cli.compare")
@click.argument("corridors", nargs=-1, required=True, metavar="A B [C D]")
@click.option("--teu", type=click.FloatRange(min=0, min_open=True), default=2.0, show_default=True,
              help="cli.opt_teu")  # fmt: skip
@click.option("--vintage", type=click.IntRange(1990, 2100), help="cli.opt_vintage")
@click.option("--seed", type=int, default=0, show_default=True, help="cli.opt_seed")
@json_option
@lang_option
def compare(
    corridors: tuple[str, ...], teu: float, vintage: int | None, seed: int, as_json: bool, lang: str
) -> None:
    """Compare two to four corridors."""
    from daliz.explain import compare as side_by_side
    from daliz.model.frozen import Cargo
    from daliz.routing import Atlas

    atlas = Atlas(Store(Settings().store))
    found = side_by_side(atlas, corridors, Cargo(teu=teu, vintage=vintage), seed).as_dict(lang)
    if as_json:
        print_json(found)
    else:
        _print_sides(found, lang)


def _print_sides(found: Row, lang: str) -> None:
    sides: list[Row] = found["corridors"]
    summary = [
        (
            side["name"], side["from"], side["to"], side["distance_km"], side["time_mean_h"],
            f"{side['time_p50_h'] / 24:.1f}–{side['time_p90_h'] / 24:.1f}", side["cost_usd"],
            side["usd_per_teu_1000km"], side["co2e_kg"], ", ".join(b["name"] for b in side["borders"]),
        )
        for side in sides
    ]  # fmt: skip
    columns = (
        "corridor", "from", "to", "km", "hours", "p50_p90", "cost", "usd_per_teu_1000km", "co2e", "borders",
    )  # fmt: skip
    print_table("", columns, summary, lang)
    for side in sides:
        parts = [
            (part["name"], part["hours"], part["cost_usd"], part["co2e_kg"]) for part in side["components"]
        ]
        print_table(side["name"], ("component", "hours", "cost", "co2e"), parts, lang)
    for note in (*found["notes"], found["counts"]):
        click.echo(note)


@click.command("explain", cls=WordedCommand, help="cli.explain")
@click.argument("term")
@json_option
@lang_option
def explain(term: str, as_json: bool, lang: str) -> None:
    """Explain a term."""
    from daliz.explain import term as find

    card = find(term).as_dict(lang)
    if as_json:
        print_json(card)
        return
    click.echo(f"{card['name']} ({card['term']})")
    click.echo(card["definition"] or text("explain.only_words", lang))
    for heading, value in (
        ("col.formula", card["formula"]),
        ("col.unit", card["unit"]),
        ("col.source", card["source"]),
        ("col.code", card["code"]),
    ):
        if value:
            click.echo(f"{text(heading, lang)}: {value}")
    click.echo(" · ".join(f"{code}: {card['names'][code]}" for code in ("kk", "ru", "en")))
