"""The group of commands that import other people's files: OpenStreetMap extracts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from daliz.cli.group import WordedCommand, WordedGroup, json_option, lang_option
from daliz.cli.printing import counter, print_json, print_table, progress
from daliz.config import Settings
from daliz.errors import BadValue, MissingStore
from daliz.i18n import text
from daliz.store import Store

if TYPE_CHECKING:
    from collections.abc import Mapping

    from daliz.io.osm import Imported


@click.group("import", cls=WordedGroup, help="cli.import")
def import_files() -> None:
    """Imports."""


@import_files.command("osm", cls=WordedCommand, help="cli.import_osm")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--modes", default="rail,road,ferry", help="cli.opt_osm_modes")
@click.option("--side-tracks", is_flag=True, help="cli.opt_osm_side_tracks")
@click.option("--output", "-o", type=click.Path(path_type=Path), help="cli.opt_osm_output")
@click.option("--quiet", is_flag=True, help="cli.opt_quiet")
@json_option
@lang_option
def import_osm(
    file: Path, modes: str, side_tracks: bool, output: Path | None, quiet: bool, as_json: bool, lang: str
) -> None:
    """Import an extract; status 1 when something could not be read."""
    from daliz.io.osm import MODES, Options, import_extract

    asked = tuple(word.strip() for word in modes.split(",") if word.strip())
    if not asked or set(asked) - set(MODES):
        raise BadValue("osm.modes", value=modes, allowed=", ".join(MODES))
    ours = _ours()
    folder = output or Path(file.name.split(".")[0])
    options = Options(tuple(mode for mode in MODES if mode in asked), side_tracks)
    told = (progress(lang, quiet), counter(lang, quiet))
    done = import_extract(file, folder, options, ours, told)
    if as_json:
        print_json(done.manifest | {"folder": str(folder), "reused": list(done.reused)})
    else:
        _print(done, ours is not None, lang)
    if done.manifest["counts"]["osm_findings"]:
        raise SystemExit(1)


def _ours() -> Mapping[str, Any] | None:
    """Tables to join; None without a store, or with one of another version, as an import needs none."""
    try:
        return Store(Settings().store).frames(("places", "crossings"))
    except (BadValue, MissingStore):
        return None


def _print(done: Imported, joined: bool, lang: str) -> None:
    manifest = done.manifest
    if done.reused:
        stages = ", ".join(text(STAGES[name], lang) for name in done.reused)
        click.echo(text("osm.reused", lang, stages=stages))
    rows = [(text(NAMES[name], lang), manifest["counts"][name], f"{name}.parquet") for name in NAMES]
    print_table(str(done.folder), ("osm_what", "osm_rows", "osm_file"), rows, lang)
    lengths = [
        (text(LINES[mode], lang), manifest["kept_ways"].get(mode, 0), km)
        for mode, km in manifest["km"].items()
    ]
    print_table("", ("mode", "osm_ways", "km"), lengths, lang)
    most = sorted(manifest["left_out"].items(), key=lambda pair: -pair[1])
    if most:
        print_table(text("osm.left_out", lang), ("osm_tag", "osm_ways"), most[:12], lang)
    found = [(text(key, lang), count) for key, count in manifest["findings"].items()]
    if found:
        print_table(text("osm.unread", lang), ("message", "osm_objects"), found, lang)
    if not joined:
        click.echo(text("osm.not_joined", lang))
    day = manifest["reference_date"] or "–"
    click.echo(text("osm.made_of", lang, who=manifest["attribution"], licence=manifest["licence"], day=day))


NAMES = {
    "osm_nodes": "osm.nodes",
    "osm_edges": "osm.edges",
    "osm_ferries": "osm.ferries",
    "osm_facilities": "osm.facilities",
    "osm_findings": "osm.findings",
    "osm_joins": "osm.joins",
}
LINES = {"rail": "osm.rail", "road": "osm.road", "ferry": "osm.ferry"}
STAGES = {
    "ways": "osm.stage_ways",
    "nodes": "osm.stage_nodes",
    "edges": "osm.stage_edges",
    "tables": "osm.stage_tables",
}
