"""Wrong folders, empty tables and files that may not be written are refused in words, without traceback."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from daliz.build import NEEDED, curated_folder

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    Run = Callable[..., subprocess.CompletedProcess[str]]

FIGURE = (
    "own", "wrong", "--table", "places", "--row", "kz-almaty", "--note", "moved", "--author", "A. Reader",
)  # fmt: skip


def refused(done: subprocess.CompletedProcess[str], *said: str) -> None:
    """Status 2, one message on standard error with these words, nothing of Python."""
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    for word in said:
        assert word in done.stderr


@pytest.fixture
def tables(tmp_path: Path) -> Path:
    """A copy of the curated tables."""
    folder = tmp_path / "tables"
    shutil.copytree(curated_folder(), folder)
    return folder


def build(run_daliz: Run, tables: Path, lang: str = "en") -> subprocess.CompletedProcess[str]:
    """Build from a folder of tables into a store beside it that must not appear."""
    store = tables.parent / "store"
    done = run_daliz(
        "build", "--quiet", "--tables", str(tables), "--lang", lang, DALIZ_STORE=str(store), DALIZ_LANG=lang
    )
    assert not store.exists()
    return done


def test_a_file_given_for_a_folder_of_tables_is_refused(run_daliz: Run, tmp_path: Path) -> None:
    """`--tables x.csv` names the file that is no folder."""
    file = tmp_path / "x.csv"
    file.write_text("place\n", encoding="utf-8")
    refused(build(run_daliz, file), str(file))


def test_a_folder_named_like_a_table_is_refused(run_daliz: Run, tables: Path) -> None:
    """A folder `places/x.csv` is a finding with its place and the repair."""
    (tables / "places" / "x.csv").mkdir()
    refused(build(run_daliz, tables, "ru"), "places/x.csv", "CSV")


@pytest.mark.parametrize("name", NEEDED)
def test_a_missing_table_is_refused_by_name(run_daliz: Run, tables: Path, name: str) -> None:
    """Without one of the tables that everything stands on nothing is built; the message names it."""
    if name == "sources":
        for path in (tables / name).glob("*.csv"):
            path.unlink()
        done = build(run_daliz, tables)
        refused(done, "source")
        return
    shutil.rmtree(tables / name)
    refused(build(run_daliz, tables), name)


def test_an_empty_table_is_refused_by_name(run_daliz: Run, tables: Path) -> None:
    """A table with a header and no row is as good as none, in each language."""
    for path in (tables / "speeds").glob("*.csv"):
        path.write_text(path.read_text(encoding="utf-8").splitlines()[0] + "\n", encoding="utf-8")
    said = {build(run_daliz, tables, lang).stderr for lang in ("en", "ru", "kk")}
    assert len(said) == 3
    assert all("speeds" in sentence for sentence in said)


def test_own_figures_that_cannot_be_written_are_refused(run_daliz: Run, tmp_path: Path) -> None:
    """A file below a file, and a folder in place of the file, name the path and what to set."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    below = tmp_path / "file" / "own.jsonl"
    refused(run_daliz(*FIGURE, DALIZ_OWN=str(below), DALIZ_LANG="en"), str(below), "DALIZ_OWN")
    refused(run_daliz(*FIGURE, DALIZ_OWN=str(tmp_path), DALIZ_LANG="kk"), str(tmp_path), "DALIZ_OWN")
    refused(run_daliz("own", "list", DALIZ_OWN=str(tmp_path), DALIZ_LANG="ru"), str(tmp_path), "DALIZ_OWN")
