"""Commands about the corridor regime: show, compare, check and export checklists."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from daliz.cli.group import WordedCommand, WordedGroup, json_option, lang_option
from daliz.cli.printing import print_findings, print_json, print_table
from daliz.config import Settings
from daliz.i18n import text
from daliz.store import Store

if TYPE_CHECKING:
    from daliz.regime import Checklist
    from daliz.schema import Row

TABLES = (
    "places", "crossings", "corridors", "countries", "procedures", "step_values", "activity_codes", "sources",
    "calibrated_steps", "checklists", "checklist_items", "recognitions",
)  # fmt: skip
MOST_SHOWN = 60


def _frames() -> dict[str, Any]:
    return Store(Settings().store).frames(TABLES)


def _today(day: dt.datetime | None) -> dt.date:
    return day.date() if day else dt.datetime.now(dt.UTC).date()


def _codes(frames: dict[str, Any]) -> dict[str, Row]:
    return {row["code"]: row for row in frames["activity_codes"].iter_rows(named=True)}


@click.group("regime", cls=WordedGroup, help="cli.regime")
def regime() -> None:
    """The corridor regime."""


@regime.command("show", cls=WordedCommand, help="cli.regime_show")
@click.argument("place")
@click.option("--date", "day", type=click.DateTime(["%Y-%m-%d"]), help="cli.opt_regime_day")
@json_option
@lang_option
def show(place: str, day: dt.datetime | None, as_json: bool, lang: str) -> None:
    """Show the checklists in force at a place."""
    from daliz.gazetteer import Gazetteer
    from daliz.regime import Regime
    from daliz.regime.names import named

    frames = _frames()
    found = named(Regime.from_frames(frames), Gazetteer(frames), place, _today(day))
    codes = _codes(frames)
    if as_json:
        print_json({"checklists": [_plain(one) for one in found]})
        return
    for one in found:
        _print_checklist(one, codes, lang)


def _plain(one: Checklist) -> Row:
    dates = {name: str(one.row[name]) if one.row[name] else None for name in ("valid_from", "valid_to")}
    return {**one.row, **dates, "items": list(one.items)}


def _print_checklist(one: Checklist, codes: dict[str, Row], lang: str) -> None:
    row = one.row
    title = " · ".join(
        str(part) for part in (one.id, *one.key, f"{row['valid_from']} – {row['valid_to'] or ''}")
    )
    if row["total_sla_h"]:
        title += f" · {row['total_sla_h']:g} h"
    rows = [
        (
            item["seq"],
            codes[item["code"]][f"name_{lang}"],
            item["party"],
            item["mandatory"],
            ", ".join(item["after"] or []),
            "" if item["sla_h"] is None else f"{item['sla_h']:g}",
            item["calendar"],
            item["quality"],
            item["source"],
        )
        for item in one.items
    ]
    columns = (
        "reg_seq",
        "step",
        "party",
        "reg_asked",
        "reg_after",
        "reg_sla",
        "reg_calendar",
        "quality",
        "source",
    )
    print_table(f"{title} · {row['quality']} · {row['source']}", columns, rows, lang)


@regime.command("diff", cls=WordedCommand, help="cli.regime_diff")
@click.argument("before")
@click.argument("after")
@click.option("--date", "day", type=click.DateTime(["%Y-%m-%d"]), help="cli.opt_regime_day")
@json_option
@lang_option
def diff_regimes(before: str, after: str, day: dt.datetime | None, as_json: bool, lang: str) -> None:
    """Compare checklists; status 1 when they differ."""
    from daliz.gazetteer import Gazetteer
    from daliz.regime import Regime, diff
    from daliz.regime.names import named
    from daliz.regime.recognition import between

    frames, today = _frames(), _today(day)
    whole, gazetteer = Regime.from_frames(frames), Gazetteer(frames)
    old, new = (named(whole, gazetteer, word, today) for word in (before, after))
    found = diff(old, new)
    codes = _codes(frames)
    twice = between(frames, whole, old, new, today)
    for row in twice:
        row["step"] = codes[row["code"]][f"name_{lang}"]
    report = found.as_dict(lang, codes) | {"duplicates": twice}
    if as_json:
        print_json(report)
    else:
        _print_difference(report, lang)
    if not found.same:
        raise SystemExit(1)


def _print_difference(report: Row, lang: str) -> None:
    rows = [
        (
            change["after_id"] or change["before_id"],
            change["kind_text"],
            change["step"],
            _cell(change["before"]),
            _cell(change["after"]),
        )
        for change in report["changes"]
    ]
    if rows:
        print_table("", ("reg_checklist", "reg_change", "step", "before", "after"), rows[:MOST_SHOWN], lang)
    else:
        click.echo(text("regime.same", lang))
    if len(rows) > MOST_SHOWN:
        click.echo(text("check.more", lang, count=len(rows) - MOST_SHOWN))
    _print_duplicates(report["duplicates"], lang)


def _cell(value: object) -> str:
    return ", ".join(value) if isinstance(value, list) else "" if value is None else str(value)


@regime.command("check", cls=WordedCommand, help="cli.regime_check")
@click.argument("file", type=click.Path(path_type=Path))
@json_option
@lang_option
def check_file(file: Path, as_json: bool, lang: str) -> None:
    """Check a file of checklists; status 1 when something is an error."""
    from daliz.regime import Regime
    from daliz.regime.sheet import read

    tables, found = read(file)
    if not found:
        found = Regime.from_tables(tables).check(_frames())
    count = tables["checklists"].height
    if as_json:
        print_json({"checklists": count, "findings": [finding.as_dict(lang) for finding in found]})
    else:
        print_findings(found, lang)
        if not found:
            click.echo(text("regime.clean", lang, count=count))
    if any(finding.level == "error" for finding in found):
        raise SystemExit(1)


@regime.command("duplicates", cls=WordedCommand, help="cli.regime_duplicates")
@click.option("--country", help="cli.opt_regime_country")
@click.option("--date", "day", type=click.DateTime(["%Y-%m-%d"]), help="cli.opt_regime_day")
@json_option
@lang_option
def list_duplicates(country: str | None, day: dt.datetime | None, as_json: bool, lang: str) -> None:
    """Controls that both sides of a border carry out, the most hours first."""
    from daliz.errors import BadValue
    from daliz.regime import Regime, duplicates

    frames = _frames()
    if country and country.upper() not in frames["countries"]["country"].to_list():
        raise BadValue("error.barriers_country", country=country)
    codes = _codes(frames)
    rows = [
        row | {"step": codes[row["code"]][f"name_{lang}"]}
        for row in duplicates(frames, Regime.from_frames(frames), _today(day))
        if not country or country.upper() in (row["from_country"], row["to_country"])
    ]
    if as_json:
        print_json({"duplicates": rows})
        return
    _print_duplicates(rows[:MOST_SHOWN], lang)
    if len(rows) > MOST_SHOWN:
        click.echo(text("check.more", lang, count=len(rows) - MOST_SHOWN))


def _print_duplicates(rows: list[Row], lang: str) -> None:
    shown = [
        (row["from_place"], row["to_place"], row["service"], row["step"], row["out_h"], row["in_h"])
        for row in rows
    ]
    if shown:
        columns = ("from", "to", "service", "step", "reg_hours_out", "reg_hours_in")
        print_table(text("regime.duplicates", lang), columns, shown, lang)


@regime.command("export", cls=WordedCommand, help="cli.regime_export")
@click.argument("place")
@click.option(
    "-o", "--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="cli.opt_yaml"
)
@click.option("--date", "day", type=click.DateTime(["%Y-%m-%d"]), help="cli.opt_regime_day")
@lang_option
def export(place: str, out: Path, day: dt.datetime | None, lang: str) -> None:
    """Write the checklists in force at a place as YAML."""
    from daliz.gazetteer import Gazetteer
    from daliz.regime import Regime
    from daliz.regime.names import named

    frames = _frames()
    found = named(Regime.from_frames(frames), Gazetteer(frames), place, _today(day))
    out.write_text(Regime(found).to_yaml(), encoding="utf-8")
    click.echo(text("regime.written", lang, count=len(found), file=out))
