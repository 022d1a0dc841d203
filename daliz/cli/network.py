"""Commands about the network: build, check, diff, corridors, place, warm."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from daliz.cli.group import WordedCommand, json_option, lang_option
from daliz.cli.printing import print_json, print_table, progress
from daliz.config import Settings
from daliz.i18n import text
from daliz.store import Store

MOST_SHOWN = 40


@click.command("build", cls=WordedCommand, help="cli.build")
@click.option("--tables", type=click.Path(path_type=Path), help="cli.opt_tables")
@click.option("--date", "day", type=click.DateTime(["%Y-%m-%d"]), help="cli.opt_date")
@click.option("--quiet", is_flag=True, help="cli.opt_quiet")
@json_option
@lang_option
def build_network(
    tables: Path | None, day: dt.datetime | None, quiet: bool, as_json: bool, lang: str
) -> None:
    """Build the store."""
    from daliz.build import build

    settings = Settings()
    date = day.date() if day else dt.datetime.now(dt.UTC).date()
    manifest = build(Store(settings.store), settings.cache, date, tables, progress(lang, quiet or as_json))
    if as_json:
        print_json(manifest)
    else:
        click.echo(
            text("build.done", lang, seconds=manifest["build_s"], memory=manifest["peak_memory_mb"],
                 store=settings.store)
        )  # fmt: skip


@click.command("warm", cls=WordedCommand, help="cli.warm")
def warm() -> None:
    """Compile the kernels, and order the ground where a store is there."""
    from daliz.build import keep_order, warm_kernels

    warm_kernels()
    store = Store(Settings().store)
    if store.exists:
        keep_order(store)


@click.command("check", cls=WordedCommand, help="cli.check")
@json_option
@lang_option
def check_network(as_json: bool, lang: str) -> None:
    """Check the store; status 1 when something is an error."""
    from daliz.check import check
    from daliz.model.network import CURATED, DERIVED

    store = Store(Settings().store)
    manifest = store.manifest()
    report = check(store.frames((*CURATED, *DERIVED)), dt.date.fromisoformat(str(manifest["reference_date"])))
    if as_json:
        found = [finding.as_dict(lang) for finding in report.findings]
        print_json({"counts": report.counts, "findings": found, "reference_date": manifest["reference_date"]})
    else:
        rows = [list(finding.as_dict(lang).values()) for finding in report.findings]
        for row in rows:
            row[0] = text(f"level.{row[0]}", lang)
        click.echo(text("check.counts", lang, **report.counts))
        if rows:
            print_table("", ("level", "table", "row", "message", "repair"), rows[:MOST_SHOWN], lang)
        if len(rows) > MOST_SHOWN:
            click.echo(text("check.more", lang, count=len(rows) - MOST_SHOWN))
        levels = {level: len(report.of_level(level)) for level in ("error", "warning", "note")}
        click.echo(text("check.summary", lang, **levels) if rows else text("check.clean", lang))
    if not report.ok:
        raise SystemExit(1)


@click.command("diff", cls=WordedCommand, help="cli.diff")
@click.argument("before", type=click.Path(path_type=Path))
@click.argument("after", type=click.Path(path_type=Path))
@json_option
@lang_option
def diff_networks(before: Path, after: Path, as_json: bool, lang: str) -> None:
    """Compare two stores; status 1 when they differ."""
    from daliz.model.network import CURATED, DERIVED
    from daliz.store import diff

    names = [name for name in (*CURATED, *DERIVED) if name != "build_findings"]
    changes = [change.as_dict() for change in diff(Store(before), Store(after), names)]
    if as_json:
        print_json({"changes": changes})
    elif not changes:
        click.echo(text("diff.none", lang))
    else:
        columns = ("table", "row", "kind", "column", "before", "after")
        print_table("", columns, [list(change.values()) for change in changes[:MOST_SHOWN]], lang)
        if len(changes) > MOST_SHOWN:
            click.echo(text("check.more", lang, count=len(changes) - MOST_SHOWN))
    if changes:
        raise SystemExit(1)


@click.command("corridors", cls=WordedCommand, help="cli.corridors")
@click.argument("name", required=False)
@json_option
@lang_option
def corridors(name: str | None, as_json: bool, lang: str) -> None:
    """List corridors."""
    from daliz.routing import Atlas
    from daliz.views import corridor_list

    rows = corridor_list(Atlas(Store(Settings().store)), lang, name)
    if as_json:
        print_json({"corridors": rows})
        return
    shown = [
        (row["name"], row["status"], row["distance_km"], " – ".join(stop["name"] for stop in row["via"]))
        for row in rows
    ]
    print_table("", ("corridor", "status", "km", "via"), shown, lang)


@click.command("place", cls=WordedCommand, help="cli.place")
@click.argument("name")
@json_option
@lang_option
def place(name: str, as_json: bool, lang: str) -> None:
    """Show one place."""
    from daliz.routing import Atlas
    from daliz.views import place_card

    card = place_card(Atlas(Store(Settings().store)), name, lang)
    if as_json:
        print_json(card)
        return
    row = card["place"]
    click.echo(
        f"{row['name']} · {row['kind']} · {row['country']} · {row['lat']}, {row['lon']} · {row['timezone']}"
    )
    crossings = [
        (
            c["name"],
            c["mode"],
            c["status"],
            f"{c['hours_a']} | {c['hours_b']}",
            c["hours_quality"],
            c["source"],
        )
        for c in card["crossings"]
    ]
    if crossings:
        print_table("", ("crossing", "mode", "status", "opening", "quality", "source"), crossings, lang)
    for process in card["processes"]:
        steps = [
            (s["name"], s["party"], s["probability"], s["hours"], s["quality"], s["source"])
            for s in process["steps"]
        ]
        published = process["calibration"]
        title = f"{process['mode']} · {process['direction']} · {process['service']} · {process['total_h']} h"
        if published:
            title += f" · TFI1 {published['published_h']} h ({published['year']}, {published['source']})"
        print_table(title, ("step", "party", "probability", "hours", "quality", "source"), steps, lang)
