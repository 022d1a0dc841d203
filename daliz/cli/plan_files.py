"""Commands that move the registers: import, export, template, quarantine."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from daliz.cli.group import WordedCommand, json_option, lang_option
from daliz.cli.printing import print_json, print_table
from daliz.config import Settings
from daliz.errors import BadValue
from daliz.i18n import text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from daliz.model.registers import Refusal, Taken
    from daliz.store.registers import Registers

FORMATS = ("iati", "oc4ids", "sdmx", "xlsx", "csv")
FORMAT = click.Choice(FORMATS)
FILE = click.Path(path_type=Path)


def _registers() -> Registers:
    from daliz.store.registers import Registers

    return Registers.beside(Settings().store)


def _format(path: Path, named: str | None) -> str:
    """The format that was named, else that of the ending."""
    endings = {".xml": "iati", ".json": "oc4ids", ".xlsx": "xlsx", ".csv": "csv", "": "csv"}
    found = named or endings.get(path.suffix.lower())
    if found is None:
        raise BadValue("error.plan_format", path=str(path), known=", ".join(FORMATS))
    return found


def _read(path: Path, form: str, source: str) -> Taken:
    from daliz.io import iati, oc4ids, sdmx, workbook

    readers = {
        "iati": iati.read,
        "oc4ids": oc4ids.read,
        "sdmx": sdmx.read,
        "xlsx": workbook.read,
        "csv": workbook.read,
    }
    return readers[form](path, source)


@click.command("import", cls=WordedCommand, help="cli.plan_import")
@click.argument("file", type=FILE)
@click.option("--format", "form", type=FORMAT, help="cli.opt_plan_format")
@json_option
@lang_option
def import_file(file: Path, form: str | None, as_json: bool, lang: str) -> None:
    """Take FILE into the registers; status 1 when rows were refused."""
    from daliz.store.registers import batch_of, receipt_dict, source_key

    form = _format(file, form)
    if not (file.is_file() or (file.is_dir() and form == "csv")):
        raise BadValue("error.plan_file", path=str(file))
    batch = batch_of(file)
    taken = _read(file, form, source_key(batch))
    receipt = _registers().add(taken, file, batch, dt.datetime.now(dt.UTC))
    if as_json:
        print_json(receipt_dict(receipt))
    else:
        click.echo(
            text(
                "registers.receipt",
                lang,
                read=receipt.read,
                accepted=receipt.accepted,
                known=receipt.known,
                refused=receipt.refused,
                replaced=receipt.replaced,
            )
        )
        rows = [(text(f"sheet.{name}", lang), count) for name, count in receipt.by_table.items()]
        if rows:
            print_table("", ("rg_table", "rg_rows"), rows, lang)
        if receipt.refused:
            click.echo(text("registers.see_quarantine", lang))
    if receipt.refused:
        raise SystemExit(1)


@click.command("export", cls=WordedCommand, help="cli.plan_export")
@click.argument("file", type=FILE)
@click.option("--format", "form", type=FORMAT, help="cli.opt_plan_format")
@click.option("--publisher", help="cli.opt_plan_publisher")
@click.option("--added", is_flag=True, help="cli.opt_plan_added")
@json_option
@lang_option
def export_file(
    file: Path, form: str | None, publisher: str | None, added: bool, as_json: bool, lang: str
) -> None:
    """Write the registers to FILE."""
    from daliz.io import iati, oc4ids, sdmx, workbook

    registers, form = _registers(), _format(file, form)
    tables = {
        "iati": iati.TABLES,
        "oc4ids": (*oc4ids.TABLES, "places"),
        "sdmx": sdmx.TABLES,
        "xlsx": workbook.TABLES,
        "csv": workbook.TABLES,
    }[form]
    frames = {
        name: registers.added(name) if added and name != "places" else registers.frame(name)
        for name in tables
    }
    now = dt.datetime.now(dt.UTC)
    if not file.parent.exists():
        raise BadValue("error.plan_folder", folder=str(file.parent))
    if form == "iati":
        count = iati.write(frames, file, now, publisher or "XM-DALIZ", registers.carried("iati"))
    elif form == "oc4ids":
        count = oc4ids.write(frames, file, now, publisher or "Daliz", registers.carried("oc4ids"))
    elif form == "sdmx":
        count = sdmx.write(frames, file, now, publisher or "DALIZ")
        sdmx.write_structure(file.with_suffix(".structure.xml"), now, publisher or "DALIZ")
    elif form == "xlsx":
        count = workbook.write(file, frames, lang)
    else:
        count = workbook.write_csv(file, frames)
    if as_json:
        print_json({"file": str(file), "format": form, "count": count})
    else:
        click.echo(text("registers.written", lang, number=count, path=file))


@click.command("template", cls=WordedCommand, help="cli.plan_template")
@click.option(
    "-o",
    "--output",
    type=FILE,
    default=Path("daliz-registers.xlsx"),
    show_default=True,
    help="cli.opt_plan_template",
)
@lang_option
def template(output: Path, lang: str) -> None:
    """An empty workbook with a sheet for each table."""
    from daliz.io import workbook
    from daliz.schema import table

    if not output.parent.exists():
        raise BadValue("error.plan_folder", folder=str(output.parent))
    workbook.write(output, {name: table(name).empty() for name in workbook.TABLES}, lang)
    click.echo(text("registers.template", lang, path=output))


@click.command("quarantine", cls=WordedCommand, help="cli.plan_quarantine")
@click.option("-o", "--output", type=FILE, help="cli.opt_plan_quarantine_out")
@click.option("--replay", type=FILE, help="cli.opt_plan_replay")
@json_option
@lang_option
def quarantine(output: Path | None, replay: Path | None, as_json: bool, lang: str) -> None:
    """What was refused and why; `-o` writes it as CSV to mend, `--replay` takes the mended file in."""
    registers = _registers()
    if replay is not None:
        _replay(registers, replay, lang)
        return
    refused = registers.quarantine()
    rows = [
        {
            "table": one.table,
            "file": one.file,
            "at": one.at,
            "column": one.column,
            "raw": one.raw,
            "message": text(one.message, lang, **one.values),
            "repair": text(one.repair, lang, **one.values),
        }
        for one in refused
    ]
    if output is not None:
        _write_quarantine(output, refused)
        click.echo(text("registers.written", lang, number=len(refused), path=output))
    elif as_json:
        print_json({"refused": rows})
    else:
        shown = [
            (row["table"], row["file"], row["at"], row["column"], row["message"], row["repair"])
            for row in rows
        ]
        print_table("", ("rg_table", "rg_file", "rg_at", "rg_column", "message", "repair"), shown, lang)


def _write_quarantine(output: Path, refused: Sequence[Refusal]) -> None:
    import csv

    with output.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines)
        writer.writerow(["table", "column", "cells", "refused"])
        for one in refused:
            raw = json.dumps(one.raw, ensure_ascii=False)
            writer.writerow([one.table, one.column, raw, raw])


def _replay(registers: Registers, replay: Path, lang: str) -> None:
    """Rows of a mended file: column `cells` holds what is meant now, `refused` what was refused."""
    import csv

    from daliz.model.registers import Refusal, Taken
    from daliz.schema import table_names, typed
    from daliz.store.registers import batch_of

    if not replay.is_file():
        raise BadValue("error.plan_file", path=str(replay))
    taken, mended = Taken(), []
    with replay.open(encoding="utf-8-sig", newline="") as lines:
        for number, line in enumerate(csv.DictReader(lines), start=2):
            name = str(line.get("table"))
            try:
                raw = {str(key): str(word) for key, word in json.loads(line.get("cells") or "").items()}
            except (ValueError, AttributeError):
                raise BadValue("error.replay_row", path=str(replay), row=number) from None
            if name not in table_names():
                raise BadValue("error.replay_row", path=str(replay), row=number)
            row, misfits = typed(name, raw)
            if misfits:
                column, message, values = misfits[0]
                told = {"column": column, **{key: str(value) for key, value in values.items()}}
                repair = f"repair.{message.removeprefix('finding.')}"
                taken.refused.append(
                    Refusal(name, replay.name, str(number), column, raw, message, repair, told)
                )
            else:
                taken.add(name, row)
                mended.append((name, str(line.get("refused"))))
    receipt = registers.add(taken, replay, batch_of(replay), dt.datetime.now(dt.UTC))
    if not receipt.refused:
        registers.release(mended)
    click.echo(
        text(
            "registers.receipt",
            lang,
            read=receipt.read,
            accepted=receipt.accepted,
            known=receipt.known,
            refused=receipt.refused,
            replaced=receipt.replaced,
        )
    )
    if receipt.refused:
        raise SystemExit(1)
