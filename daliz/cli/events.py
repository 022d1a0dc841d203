"""Commands about logs: import, list, quarantine, replay, export, template."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from daliz.cli.group import WordedCommand, WordedGroup, json_option, lang_option
from daliz.cli.printing import counter, print_findings, print_json, print_table
from daliz.config import Settings
from daliz.i18n import text
from daliz.intake import Defaults, Options
from daliz.io.formats import READABLE, WRITABLE
from daliz.store import Store
from daliz.store.events import EventStore

if TYPE_CHECKING:
    from collections.abc import Mapping

    from daliz.store.events import Summary

COUNTS = ("read", "accepted", "duplicates", "rejected")
MOST_SHOWN = 40
FILE = click.Path(path_type=Path)


def _events() -> EventStore:
    return EventStore.beside(Settings().store)


def _frames() -> Mapping[str, Any]:
    from daliz.freeze import TABLES

    return Store(Settings().store).frames(TABLES)


@click.group("events", cls=WordedGroup, help="cli.events")
def events() -> None:
    """Logs."""


@events.command("import", cls=WordedCommand, help="cli.events_import")
@click.argument("files", nargs=-1, required=True, type=FILE)
@click.option("--format", "form", type=click.Choice(READABLE), help="cli.opt_format")
@click.option("--map", "mapping", type=FILE, help="cli.opt_map")
@click.option("--answers", type=FILE, help="cli.opt_answers")
@click.option("--zone", help="cli.opt_zone")
@click.option("--source", default="user-log", show_default=True, help="cli.opt_source")
@click.option("--simulated", is_flag=True, help="cli.opt_simulated")
@click.option("--quiet", is_flag=True, help="cli.opt_quiet")
@json_option
@lang_option
def import_log(
    files: tuple[Path, ...], form: str | None, mapping: Path | None, answers: Path | None, zone: str | None,
    source: str, simulated: bool, quiet: bool, as_json: bool, lang: str,
) -> None:  # fmt: skip
    """Read logs into the event store; status 1 when every row was refused."""
    from daliz.intake import read_answers, take

    held = {} if answers is None else read_answers(answers)
    defaults = Defaults(zone, source, "simulated" if simulated else "measured")
    options = Options(form, mapping, held, defaults)
    listener = counter(lang, quiet or as_json)
    done = [take(_events(), _frames(), path, options, listener) for path in files]
    total = {name: sum(getattr(one, name) for one in done) for name in COUNTS}
    if as_json:
        print_json({**total, "files": [asdict(one) for one in done]})
    else:
        rows = [[one.name, one.format, *(getattr(one, name) for name in COUNTS)] for one in done]
        columns = ("file", "format", "read", "accepted", "duplicates", "rejected")
        print_table("", columns, rows, lang)
        for one in done:
            _say_names(one, lang)
            if one.simulated:
                click.echo(text("intake.simulated", lang, count=one.simulated))
        if total["rejected"]:
            click.echo(text("intake.refused", lang, count=total["rejected"]))
    if total["rejected"] and not total["accepted"] + total["duplicates"]:
        raise SystemExit(1)


def _say_names(done: Summary, lang: str) -> None:
    for name, place in sorted(done.mended.items()):
        click.echo(text("intake.mended", lang, name=name, meaning=place))
    for name, candidates in sorted(done.asked.items()):
        click.echo(text("intake.asked", lang, name=name, candidates=", ".join(candidates)))
    if foreign := done.foreign_places:
        named = ", ".join(sorted(foreign, key=lambda name: (-foreign[name], name))[:5])
        click.echo(text("intake.foreign", lang, count=len(foreign), names=named))


@events.command("list", cls=WordedCommand, help="cli.events_list")
@json_option
@lang_option
def list_imports(as_json: bool, lang: str) -> None:
    """What was read."""
    done = _events().summaries()
    if as_json:
        print_json({"imports": [asdict(one) for one in done]})
        return
    rows = [[one.file, one.name, one.format, *(getattr(one, name) for name in COUNTS)] for one in done]
    columns = ("key", "file", "format", "read", "accepted", "duplicates", "rejected")
    print_table("", columns, rows, lang)


@events.command("quarantine", cls=WordedCommand, help="cli.events_quarantine")
@click.option("--export", "target", type=FILE, help="cli.opt_export")
@click.option("--drop", metavar="ROW", help="cli.opt_drop")
@click.option("--author", default="", help="cli.opt_author")
@click.option("--all", "every", is_flag=True, help="cli.opt_all")
@json_option
@lang_option
def quarantine(
    target: Path | None, drop: str | None, author: str, every: bool, as_json: bool, lang: str
) -> None:
    """Rows that were refused."""
    from daliz.intake import export_quarantine, quarantined

    held = _events()
    if drop is not None:
        held.drop(drop, author)
    if target is not None:
        count = export_quarantine(held, target, lang)
        click.echo(text("intake.exported", lang, count=count, file=str(target)), err=as_json)
    rows = quarantined(held, lang, every)
    if as_json:
        print_json({"rows": rows})
    elif target is None:
        shown = [
            [row[name] for name in ("row", "name", "locator", "column", "reason", "repair")] for row in rows
        ]
        print_table("", ("row", "file", "locator", "column", "reason", "repair"), shown[:MOST_SHOWN], lang)
        if len(rows) > MOST_SHOWN:
            click.echo(text("check.more", lang, count=len(rows) - MOST_SHOWN))


@events.command("replay", cls=WordedCommand, help="cli.events_replay")
@click.argument("file", type=FILE)
@click.option("--answers", type=FILE, help="cli.opt_answers")
@click.option("--zone", help="cli.opt_zone")
@json_option
@lang_option
def replay_rows(file: Path, answers: Path | None, zone: str | None, as_json: bool, lang: str) -> None:
    """Take mended rows; status 1 when some still do not fit."""
    from daliz.intake import read_answers, replay

    options = Options(answers={} if answers is None else read_answers(answers), defaults=Defaults(zone))
    done = replay(_events(), _frames(), file, options)
    if as_json:
        print_json(asdict(done))
    else:
        counted = [[done.name, *(getattr(done, name) for name in COUNTS)]]
        print_table("", ("file", "read", "accepted", "duplicates", "rejected"), counted, lang)
    if done.rejected:
        raise SystemExit(1)


@events.command("export", cls=WordedCommand, help="cli.events_export")
@click.argument("file", type=FILE)
@click.option("--format", "form", type=click.Choice(WRITABLE), help="cli.opt_format")
@json_option
@lang_option
def export_log(file: Path, form: str | None, as_json: bool, lang: str) -> None:
    """Write the events that stand."""
    from daliz.intake import export

    count = export(_events(), file, form)
    if as_json:
        print_json({"file": str(file), "written": count})
    else:
        click.echo(text("intake.written", lang, count=count, file=str(file)))


@events.command("published", cls=WordedCommand, help="cli.events_published")
@click.argument("file", type=FILE)
@click.option("-o", "--output", "target", type=FILE, help="cli.opt_published")
@click.option("--source", default="user-log", show_default=True, help="cli.opt_source")
@json_option
@lang_option
def published_table(file: Path, target: Path | None, source: str, as_json: bool, lang: str) -> None:
    """Read the published CPMM table; status 1 when no line of it fits."""
    from daliz.intake import published

    rows, findings = published(file, _frames(), source, target)
    if as_json:
        print_json({"rows": rows, "findings": [finding.as_dict(lang) for finding in findings]})
    else:
        columns = ("scope", "key", "mode", "direction", "indicator", "value", "year")
        print_table("", columns, [[row[name] for name in columns] for row in rows[:MOST_SHOWN]], lang)
        if len(rows) > MOST_SHOWN:
            click.echo(text("check.more", lang, count=len(rows) - MOST_SHOWN))
        print_findings(findings, lang)
    if not rows:
        raise SystemExit(1)


@events.command("template", cls=WordedCommand, help="cli.events_template")
@click.argument("file", type=FILE)
@json_option
@lang_option
def template(file: Path, as_json: bool, lang: str) -> None:
    """Write an empty form for carriers and forwarders."""
    from daliz.intake import write_template

    write_template(file, lang, _frames())
    if as_json:
        print_json({"file": str(file)})
    else:
        click.echo(text("intake.template", lang, file=str(file)))
