"""The command that audits a file of published figures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from daliz.cli.group import WordedCommand, json_option, lang_option
from daliz.cli.printing import print_json, print_table
from daliz.errors import BadValue
from daliz.i18n import text

if TYPE_CHECKING:
    from daliz.schema import Row


@click.command("audit", cls=WordedCommand, help="cli.audit")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--against", type=click.Path(path_type=Path), help="cli.opt_against")
@click.option("--as", "form", type=click.Choice(["claims", "table", "text"]), help="cli.opt_form")
@click.option("--rules", "list_rules", is_flag=True, help="cli.opt_rules")
@json_option
@lang_option
def audit_file(
    file: Path | None, against: Path | None, form: str | None, list_rules: bool, as_json: bool, lang: str
) -> None:
    """Audit published figures; status 1 when something is an error."""
    from daliz.auditor import audit_file as audit
    from daliz.auditor import rules

    if list_rules:
        _print_rules([rule.as_dict(lang) for rule in rules().values()], as_json, lang)
        return
    if file is None:
        raise BadValue("error.audit_no_file")
    found = audit(file, against, form or "")
    report = found.as_dict(lang)
    if as_json:
        print_json(report)
    else:
        _print(report, lang)
    if not found.ok:
        raise SystemExit(1)


def _print_rules(listed: list[Row], as_json: bool, lang: str) -> None:
    if as_json:
        print_json(listed)
        return
    rows = [
        (rule["rule"], text(f"level.{rule['level']}", lang), rule["name"], rule["checks"]) for rule in listed
    ]
    print_table("", ("rule", "level", "name", "checks"), rows, lang)


def _print(report: Row, lang: str) -> None:
    for found in report["findings"]:
        ids = found["claims"]
        named = ", ".join(ids[:4]) + (" …" if len(ids) > 4 else "")
        sure = (
            text("audit.certain", lang) if found["certainty"] == "certain" else text("audit.suspicious", lang)
        )
        level = text(f"level.{found['level']}", lang)
        click.echo(f"{level} ({sure}) [{named}] {found['name']}: {found['message']}")
        click.echo(f"    → {found['repair']}")
    heard = report["sentences"]
    for sentence in heard["list"] if heard else ():
        if sentence["reason"]:
            where = f"{sentence['start']}–{sentence['end']}"
            click.echo(
                text("audit.unheard", lang, where=where, words=sentence["text"], reason=sentence["reason"])
            )
    if heard:
        counts = heard["counts"]
        click.echo(
            text("audit.heard", lang, understood=counts["understood"], partly=counts["partly"],
                 none=counts["not"])
        )  # fmt: skip
    if report["ignored_columns"]:
        click.echo(text("audit.ignored", lang, columns=", ".join(report["ignored_columns"])))
    measured = report["measured"]
    if measured["inside"] or measured["outside"]:
        click.echo(text("audit.beside", lang, inside=measured["inside"], outside=measured["outside"],
                        without=measured["without"]))  # fmt: skip
    click.echo(text("audit.summary", lang, claims=report["claims"], **report["counts"]))
