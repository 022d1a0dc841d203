"""The pages of the documentation that are made from the source."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


def make_map(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "docs/make_map.py"), *arguments],
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_map_and_tables_are_those_of_the_source() -> None:
    """docs/MAP.md and docs/tables.md are what docs/make_map.py makes of the source today."""
    done = make_map("--check")
    assert done.returncode == 0, done.stderr


def test_map_names_every_module_once() -> None:
    """Each module of the package has exactly one line in docs/MAP.md."""
    lines = (ROOT / "docs/MAP.md").read_text(encoding="utf-8").splitlines()
    named = [line.split("`")[1] for line in lines if line.startswith("- `")]
    modules = [path.relative_to(ROOT).as_posix() for path in (ROOT / "daliz").rglob("*.py")]
    assert sorted(named) == sorted(modules)


def test_tables_page_has_every_column() -> None:
    """Each declared table is a heading of docs/tables.md and each of its columns a row below it."""
    page = (ROOT / "docs/tables.md").read_text(encoding="utf-8")
    sections = {part.splitlines()[0]: part for part in page.split("\n## ")[1:]}
    for path in sorted((ROOT / "daliz/schema").glob("*.csv")):
        columns = [line.split(",")[0] for line in path.read_text(encoding="utf-8").splitlines()[1:]]
        rows = [line for line in sections[path.stem].splitlines() if line.startswith("| ")][1:]
        assert len(rows) == len(columns), path.stem
        for column, row in zip(columns, rows, strict=True):
            assert column in row.split("|")[1], (path.stem, column)


def test_a_stale_page_is_found_and_renewed(tmp_path: Path) -> None:
    """A page that differs from the source fails the check, is named, and is renewed by a run without it."""
    assert make_map("--into", str(tmp_path)).returncode == 0
    page = tmp_path / "MAP.md"
    fresh = page.read_text(encoding="utf-8")
    page.write_text(fresh + "- `daliz/gone.py`: nothing\n", encoding="utf-8")
    done = make_map("--check", "--into", str(tmp_path))
    assert done.returncode == 1
    assert "MAP.md" in done.stderr
    assert "tables.md" not in done.stderr
    assert make_map("--into", str(tmp_path)).returncode == 0
    assert page.read_text(encoding="utf-8") == fresh
