"""The command about the evidence pack: what was declared, where, and how firmly."""

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

REGISTERS = ("commitments", "systems", "risks", "criteria", "positions")
NAMES = {
    "commitments": "evidence.commitments",
    "systems": "evidence.systems",
    "risks": "evidence.risks",
    "criteria": "evidence.criteria",
    "positions": "evidence.positions",
}


@click.command("evidence", cls=WordedCommand, help="cli.evidence")
@click.argument("register", required=False, type=click.Choice(REGISTERS))
@click.option("--actor", default="", help="cli.opt_evidence_actor")
@click.option("--topic", default="", help="cli.opt_evidence_topic")
@click.option(
    "--provenance",
    type=click.Choice(["declared", "public_record", "example"]),
    help="cli.opt_evidence_provenance",
)
@json_option
@lang_option
def evidence(
    register: str | None, actor: str, topic: str, provenance: str | None, as_json: bool, lang: str
) -> None:
    """The evidence pack or one register of it; status 1 when its rows are at odds with themselves."""
    from daliz.evidence import TABLES, Evidence

    whole = Evidence.from_frames(Store(Settings().store).frames(TABLES))
    report = whole.select(actor.upper(), topic, provenance=provenance or "").as_dict(lang, register or "")
    if as_json:
        print_json(report)
    elif register:
        PRINTERS[register](report, lang)
    else:
        _print_all(report, lang)
    if not as_json:
        _print_findings(report["findings"], lang)
    if report["findings"]:
        raise SystemExit(1)


def _print_all(report: Row, lang: str) -> None:
    rows = [(text(NAMES[name], lang), report["counts"][name]) for name in REGISTERS]
    print_table("", ("ev_register", "ev_rows"), rows, lang)
    _print_disagreements(report, lang)
    for forum in ("summit", "cis"):
        _print_matrix(report["matrix"][forum], text(MATRIX[forum], lang), lang)


MATRIX = {"summit": "evidence.matrix_summit", "cis": "evidence.matrix_cis"}


def _print_commitments(report: Row, lang: str) -> None:
    rows = [
        (
            row["id"],
            row["gloss"][lang],
            row["value_text"],
            row["years_text"],
            ", ".join(row["actors"]),
            row["voice"][lang],
            row["locator"].get("text") or row["source"],
            row["provenance_text"],
        )
        for row in report["commitments"]
    ]
    columns = (
        "ev_id",
        "ev_gloss",
        "ev_value",
        "ev_years",
        "ev_actors",
        "ev_voice",
        "ev_where",
        "ev_provenance",
    )
    print_table("", columns, rows, lang)
    _print_disagreements(report, lang)


def _print_disagreements(report: Row, lang: str) -> None:
    rows = [
        (pair["declared"],
         *(f"{value} ({', '.join(ids)})" for value, ids in zip(pair["values"], pair["ids"], strict=True)),
         pair["gap"], pair["relation_text"])
        for pair in report["disagreements"]
    ]  # fmt: skip
    if rows:
        columns = ("ev_id", "ev_first", "ev_second", "ev_gap", "ev_relation")
        print_table(text("evidence.disagree", lang), columns, rows, lang)


def _print_systems(report: Row, lang: str) -> None:
    rows = [
        (row["id"], row["name"][lang], row["gloss"][lang], text(VERDICTS[row["verdict"]], lang),
         "" if row["priority"] == "none" else row["priority"], row["voice"][lang], row["locator"]["text"])
        for row in report["systems"]
    ]  # fmt: skip
    columns = ("ev_id", "name", "ev_gloss", "ev_verdict", "ev_priority", "ev_voice", "ev_where")
    print_table("", columns, rows, lang)


VERDICTS = {
    "core": "evidence.verdict_core",
    "register": "evidence.verdict_register",
    "not_software": "evidence.verdict_none",
}


def _print_measured(name: str, report: Row, lang: str) -> None:
    rows = [
        (row["id"], row["gloss"][lang], row["indicator"][lang] if row["indicator"] else "",
         text(MONITORABLE[row["monitorable"]], lang), row["locator"]["text"])
        for row in report[name]
    ]  # fmt: skip
    print_table("", ("ev_id", "ev_gloss", "ev_indicator", "ev_monitorable", "ev_where"), rows, lang)


MONITORABLE = {"yes": "evidence.yes", "partly": "evidence.partly", "no": "evidence.no"}


def _print_risks(report: Row, lang: str) -> None:
    _print_measured("risks", report, lang)


def _print_criteria(report: Row, lang: str) -> None:
    _print_measured("criteria", report, lang)


def _print_positions(report: Row, lang: str) -> None:
    rows = [
        (row["id"], row["voice"][lang] if row["voice"] else ", ".join(row["actors"]),
         row["themes_gloss"][lang], row["stance"][lang] if row["stance"] else "", row["locator"]["text"])
        for row in report["positions"]
    ]  # fmt: skip
    print_table("", ("ev_id", "ev_voice", "ev_themes", "ev_stance", "ev_where"), rows, lang)
    for forum in ("summit", "cis"):
        _print_matrix(report["matrix"][forum], text(MATRIX[forum], lang), lang)


def _print_matrix(matrix: Row, title: str, lang: str) -> None:
    rows = [
        (
            row["name"],
            row["count"],
            f"{row['share']:.0%}",
            ", ".join(row["voices"]),
            ", ".join(row["measures"]),
        )
        for row in matrix["themes"]
    ]
    if rows:
        print_table(title, ("ev_theme", "ev_count", "ev_share", "ev_voices", "ev_measures"), rows, lang)


def _print_findings(findings: list[Row], lang: str) -> None:
    rows = [
        (text(f"level.{row['level']}", lang), row["row"], row["message"], row["repair"]) for row in findings
    ]
    if rows:
        print_table("", ("level", "row", "message", "repair"), rows, lang)


PRINTERS = {
    "commitments": _print_commitments,
    "systems": _print_systems,
    "risks": _print_risks,
    "criteria": _print_criteria,
    "positions": _print_positions,
}
