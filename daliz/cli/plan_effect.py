"""The command that asks whether a measure worked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from daliz.cli.group import WordedCommand, json_option, lang_option
from daliz.cli.printing import print_json, print_table
from daliz.config import Settings
from daliz.i18n import text

if TYPE_CHECKING:
    import datetime as dt

    from daliz.schema import Row

DAY = click.DateTime(["%Y-%m-%d"])


@click.command("effect", cls=WordedCommand, help="cli.plan_effect")
@click.argument("measure")
@click.option("--indicator", default="", help="cli.opt_effect_indicator")
@click.option("--where", multiple=True, metavar="NAME=VALUE", help="cli.opt_effect_where")
@click.option("--controls", default="", help="cli.opt_effect_controls")
@click.option("--at", type=DAY, help="cli.opt_effect_at")
@click.option("--transition", type=click.IntRange(0, 24), default=0, help="cli.opt_effect_transition")
@click.option("--no-walk", is_flag=True, help="cli.opt_effect_no_walk")
@json_option
@lang_option
def effect(
    measure: str,
    indicator: str,
    where: tuple[str, ...],
    controls: str,
    at: dt.datetime | None,
    transition: int,
    no_walk: bool,
    as_json: bool,
    lang: str,
) -> None:
    """The effect of MEASURE; status 1 when it cannot be judged."""
    from daliz.effects import Question, effect_of

    pairs = tuple((name, value) for name, _, value in (word.partition("=") for word in where))
    asked = Question(
        measure,
        indicator,
        pairs,
        tuple(word.strip() for word in controls.split(",") if word.strip()),
        at.date() if at else None,
        transition,
        not no_walk,
    )
    report = effect_of(Settings().store, asked, lang).as_dict(lang)
    if as_json:
        print_json(report)
    else:
        _print(report, lang)
    if not report["judged"]:
        raise SystemExit(1)


def _print(report: Row, lang: str) -> None:
    click.echo(f"{report['measure']}: {report['title']}")
    click.echo(report["verdict"])
    if report["settles"]:
        click.echo(report["settles"])
    for note in report["notes"]:
        click.echo(f"! {note}")
    figures = [
        (text("effects.months", lang), f"{report['months_before']} + {report['months_after']}"),
        (text("effects.smallest", lang), _share(report["smallest_seen"])),
        *(
            (text(DIAGNOSTICS[name], lang), f"{report['diagnostics'][name]:.2f}")
            for name in DIAGNOSTICS
            if report["diagnostics"][name] is not None
        ),
    ]
    print_table("", ("ef_what", "ef_figure"), figures, lang)
    if report["expected"] and report["expected"]["trips"]:
        trips = [
            (
                row["name"],
                f"{row['hours_before']:.1f}",
                f"{row['hours_after']:.1f}",
                f"{row['usd_before']:,.0f}",
                f"{row['usd_after']:,.0f}",
            )
            for row in report["expected"]["trips"]
        ]
        print_table(
            text("effects.expected", lang),
            ("ef_trip", "ef_before_h", "ef_after_h", "ef_before_usd", "ef_after_usd"),
            trips,
            lang,
        )
    if report["expected"]:
        for line in (*report["expected"]["missing"], *report["expected"]["refused"]):
            click.echo(f"! {line}")


DIAGNOSTICS = {
    "memory": "effects.memory",
    "white_p": "effects.white",
    "pre_trend_p": "effects.pre_trend_p",
    "placebo_p": "effects.placebo_p",
    "place_p": "effects.place_p",
}


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.1%}"
