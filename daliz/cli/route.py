"""The command that finds a way."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from daliz.cli.group import WordedCommand, json_option, lang_option
from daliz.cli.printing import print_json, print_table
from daliz.config import Settings
from daliz.errors import BadValue, MissingStore
from daliz.i18n import text
from daliz.store import Store

if TYPE_CHECKING:
    import datetime as dt

    from daliz.routing import Atlas, Request
    from daliz.schema import Row


DAY = click.DateTime(formats=["%Y-%m-%d"])


@click.command("route", cls=WordedCommand, help="cli.route")
@click.argument("origin", metavar="FROM")
@click.argument("destination", metavar="TO")
@click.option("--mode", type=click.Choice(["any", "rail", "road", "sea"]), default="any", help="cli.opt_mode")
@click.option("--service", help="cli.opt_service")
@click.option("--via", multiple=True, help="cli.opt_via")
@click.option("--avoid", multiple=True, help="cli.opt_avoid")
@click.option("--close", multiple=True, help="cli.opt_close")
@click.option("--depart", help="cli.opt_depart")
@click.option("--arrive-by", help="cli.opt_arrive_by")
@click.option("--teu", type=float, default=2.0, show_default=True, help="cli.opt_teu")
@click.option("--tonnes", type=float, help="cli.opt_tonnes")
@click.option("--value-usd", type=float, help="cli.opt_value_usd")
@click.option("--hs", help="cli.opt_hs")
@click.option(
    "--with", "ground", type=click.Choice(["published", "measured", "sla"]), default="published",
    help="cli.opt_with",
)  # fmt: skip
@click.option("--measured-since", type=DAY, help="cli.opt_measured_since")
@click.option("--measured-until", type=DAY, help="cli.opt_measured_until")
@click.option("--simulated", is_flag=True, help="cli.opt_use_simulated")
@click.option("--vintage", type=click.IntRange(1990, 2100), help="cli.opt_vintage")
@click.option("--planned", is_flag=True, help="cli.opt_planned")
@click.option("--by-year", type=click.IntRange(1990, 2100), help="cli.opt_by_year")
@click.option("--seed", type=int, default=0, show_default=True, help="cli.opt_seed")
@click.option("--scenario", type=click.Path(path_type=Path), help="cli.opt_scenario")
@click.option("--own", is_flag=True, help="cli.opt_own")
@click.option("--explain", is_flag=True, help="cli.opt_explain")
@click.option("--days", type=click.IntRange(1, 92), help="cli.opt_days")
@click.option("--shipments", type=int, help="cli.opt_shipments")
@click.option("--alternatives", type=int, default=0, show_default=True, help="cli.opt_alternatives")
@json_option
@lang_option
def find_route(
    as_json: bool, scenario: Path | None, own: bool, explain: bool, days: int | None,
    measured_since: dt.datetime | None, measured_until: dt.datetime | None, simulated: bool, **asked: Any,
) -> None:  # fmt: skip
    """Find options from FROM to TO."""
    from daliz.model.frozen import Cargo
    from daliz.routing import Request, route

    cargo = Cargo(**{f.name: asked.pop(f.name) for f in fields(Cargo) if f.name in asked})
    request = Request(cargo=cargo, **asked)
    atlas, notes = _atlas(scenario, own), list[str]()
    if cargo.ground == "measured":
        atlas, notes = _with_log(atlas, (measured_since, measured_until), simulated, request.lang)
    elif measured_since or measured_until:
        raise BadValue("error.measured_span_alone")
    if days is not None:
        _print_month(atlas, request, days, as_json)
        return
    answer = route(atlas, request).as_dict(explain=explain)
    answer["notes"] = [*notes, *answer["notes"]]
    if as_json:
        print_json(answer)
    else:
        _print(answer, request.lang)


def _atlas(scenario: Path | None, own: bool) -> Atlas:
    """The network as built, with the user's own figures and the scenario's edits where they are asked for."""
    from daliz.routing import Atlas

    settings = Settings()
    atlas = Atlas(Store(settings.store))
    if own:
        from daliz.own import in_force

        atlas = in_force(atlas, settings.store)
    if scenario is not None:
        from daliz.scenario import load, under

        atlas = under(atlas, load(scenario))
    return atlas


def _with_log(
    atlas: Atlas, days: tuple[dt.datetime | None, dt.datetime | None], simulated: bool, lang: str
) -> tuple[Atlas, list[str]]:
    """The atlas with what the log beside the store measured (last quarter by default), and a note."""
    from daliz.measured import Span, in_force, last_quarter, measured
    from daliz.store.events import EventStore

    log, usual = EventStore.beside(Settings().store), last_quarter(atlas.reference_date)
    if not log.parts():
        if any(days):
            raise MissingStore("error.no_events", folder=str(log.folder))
        return atlas, [text("measured.no_log", lang)]
    since, until = (day.date() if day else usual_day for day, usual_day in zip(days, usual.days, strict=True))
    span = Span(since, until)
    rows = measured(log.scan(), atlas.frames, span, simulated=simulated)
    steps = len({row["procedure"] for row in rows})
    said = [text("measured.in_force", lang, count=steps, span=str(span))]
    if any(row["quality"] == "simulated" for row in rows):
        said.append(text("indicators.simulated", lang))
    return in_force(atlas, rows), said


def _print_month(atlas: Atlas, request: Request, days: int, as_json: bool) -> None:
    from daliz.routing.many import month

    rows = month(atlas, request, days)
    if as_json:
        print_json({"departures": rows})
        return
    shown = [
        (row["depart"][:10], " · ".join(text(f"label.{k}", request.lang) for k in row["label"].split("+")),
         row["time_mean_h"], row["cost_usd"], row["co2e_kg"])
        for row in rows
    ]  # fmt: skip
    print_table("", ("depart", "option", "time_h", "cost", "co2e"), shown, request.lang)


def _on_time(option: Row, shipments: int, lang: str) -> str:
    """The chance of one shipment to be on time, and that of all of the day."""
    said = {"option": option["label_text"], "share": f"{option['on_time']:.0%}"}
    if option["all_on_time"] is None:
        return text("route.on_time", lang, option=said["option"], share=said["share"])
    return text(
        "route.all_on_time", lang, option=said["option"], share=said["share"], shipments=shipments,
        all=f"{option['all_on_time']:.0%}",
    )  # fmt: skip


def _print(answer: Row, lang: str) -> None:
    for note in answer["notes"]:
        click.echo(f"! {note}")
    options: list[Row] = answer["options"]
    summary = [
        (
            option["label_text"], option["service_text"], option["time_mean_h"] / 24,
            f"{option['time_p50_h'] / 24:.1f}–{option['time_p90_h'] / 24:.1f}",
            option["cost_usd"], option["co2e_kg"], option["distance_km"],
            ", ".join(border["name"] for border in option["borders"]),
        )
        for option in options
    ]  # fmt: skip
    names = f"{answer['origin']['name']} – {answer['destination']['name']}"
    columns = ("option", "service", "days", "p50_p90", "cost", "co2e", "km", "borders")
    print_table(names, columns, summary, lang)
    for option in options:
        if option["on_time"] is not None:
            click.echo(_on_time(option, answer["shipments"], lang))
    for option in options:
        legs = [
            (
                text(f"mode.{leg['mode']}", lang), leg["from"], leg["to"], leg["distance_km"], leg["move_h"],
                leg["wait_h"], sum((step["hours"] for step in leg["steps"]), 0.0),
            )
            for leg in option["legs"]
        ]  # fmt: skip
        shares: dict[str, float] = option["share_by_quality"]
        share = ", ".join(f"{text(f'quality.{k}', lang)} {v:.0%}" for k, v in shares.items() if v)
        headings = ("mode", "from", "to", "km", "move_h", "wait_h", "steps_h")
        print_table(f"{option['label_text']} · {text('col.ground', lang)}: {share}", headings, legs, lang)
        for note in option["notes"]:
            click.echo(f"! {note}")
    click.echo(text("route.counts", lang))
