"""The documentation runs, and its links lead somewhere."""

from __future__ import annotations

import csv
import io
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
README = ROOT / "README.md"
PAGES = sorted(
    page
    for page in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"))
    if "_build" not in page.relative_to(ROOT).parts
)
COMMAND = ".venv/bin/daliz"


def blocks(page: Path, language: str) -> list[str]:
    """Code blocks of one language in a page."""
    text = page.read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def run(command: list[str], store: Path) -> subprocess.CompletedProcess[str]:
    """A command on the built store, in English."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("DALIZ_", "LC_", "LANG"))}
    environment = {**kept, "DALIZ_STORE": str(store), "DALIZ_LANG": "en", "PYTHONIOENCODING": "utf-8"}
    return subprocess.run(
        command, capture_output=True, encoding="utf-8", env=environment, cwd=ROOT, check=False, timeout=120
    )


def shape(line: str) -> str:
    """A line without its figures, rules and widths, so that a changed figure is not a changed shape."""
    words = re.sub(r"[│┃━─┏┳┓┡╇┩└┴┘…]", " ", line)
    figures = re.sub(r"\d+(?:[\u202f \u00a0.,–]*\d+)*", "#", words)
    return " ".join(figures.split())


def assert_shown(shown: str, printed: str) -> None:
    """Each line shown is printed, in the same order, up to figures."""
    found = iter([shape(line) for line in printed.splitlines()])
    for line in shown.splitlines():
        if shape(line):
            assert shape(line) in found, f"{line!r} is not in the output, or not in this order"


def test_readme_python_prints_what_it_shows(built_store: Path) -> None:
    """Each Python example of the README runs and prints the text block after it, up to figures."""
    examples, outputs = blocks(README, "python"), blocks(README, "text")
    assert examples
    assert len(examples) == len(outputs)
    for example, output in zip(examples, outputs, strict=True):
        done = run([sys.executable, "-c", example], built_store)
        assert done.returncode == 0, done.stderr
        assert_shown(output, done.stdout)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_python_of_the_docs_runs(page: Path, built_store: Path) -> None:
    """Each Python block of a page runs on its own and prints something."""
    for example in blocks(page, "python"):
        done = run([sys.executable, "-c", example], built_store)
        assert done.returncode == 0, done.stderr
        assert done.stdout.strip()


def test_readme_commands_print_what_they_show(built_store: Path) -> None:
    """Each command of the README and docs exits with 0 and prints the lines shown, up to figures."""
    seen = 0
    for page in PAGES:
        for block in blocks(page, "console"):
            for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
                line, _, output = part.partition("\n")
                program, *arguments = shlex.split(line)
                assert program == COMMAND, (page.name, line)
                done = run([str(Path(sys.executable).parent / "daliz"), *arguments], built_store)
                assert done.returncode == 0, (page.name, line, done.stderr)
                assert_shown(output, done.stdout)
                seen += 1
    assert seen > 0


def test_example_prints_a_route_with_sources(built_store: Path) -> None:
    """examples/route_with_steps.py prints steps with hours and a source, and shares that add up to one."""
    done = run([sys.executable, "examples/route_with_steps.py", "Dostyk", "Poti"], built_store)
    assert done.returncode == 0, done.stderr
    steps = [line for line in done.stdout.splitlines() if re.match(r" +[\d.]+ h  ", line)]
    assert steps
    assert all(re.search(r"\((?:measured|published|derived|assumed), [a-z0-9-]+", step) for step in steps)
    shares = [float(share) for share in re.findall(r"^ *([\d.]+)% of the hours", done.stdout, re.MULTILINE)]
    assert sum(shares) == pytest.approx(100, abs=0.3)


def test_example_refuses_an_unknown_place(built_store: Path) -> None:
    """examples/route_with_steps.py exits with 2 and names near places when a place is unknown."""
    done = run([sys.executable, "examples/route_with_steps.py", "Altynkoll", "Poti"], built_store)
    assert done.returncode == 2
    assert "Altynkol" in done.stderr.replace("Altynkoll", "")


def test_example_writes_border_hours(built_store: Path) -> None:
    """examples/border_hours.py writes CSV whose fitted hours equal the published ones within 2 per cent."""
    done = run([sys.executable, "examples/border_hours.py"], built_store)
    assert done.returncode == 0, done.stderr
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    fitted = [row for row in rows if row["basis"] == "fitted"]
    assert fitted
    for row in fitted:
        assert float(row["fitted_h"]) == pytest.approx(float(row["published_h"]), rel=0.02), row["place"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    """Each relative link or picture of a page is a file of the project, and its anchor a heading there."""
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        assert file.exists(), f"{page.name} links to {target}"
        assert file.is_relative_to(ROOT), f"{page.name} links outside the project: {target}"
        if anchor:
            headings = re.findall(r"^#+ (.+)$", file.read_text(encoding="utf-8"), re.MULTILINE)
            anchors = {
                re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in headings
            }
            assert anchor in anchors, f"{page.name} links to {target}"


def test_twenty_rows_are_traced() -> None:
    """docs/traced-rows.md traces twenty rows, each with a verdict, and counts the verdicts rightly."""
    text = (ROOT / "docs/traced-rows.md").read_text(encoding="utf-8")
    verdicts = re.findall(r"^\*\*Verdict: (confirmed|plausible|not confirmed)", text, re.MULTILINE)
    assert len(re.findall(r"^### \d+\. ", text, re.MULTILINE)) == 20
    assert len(verdicts) == 20
    for verdict, count in re.findall(
        r"^\| (confirmed|plausible|not confirmed) \| (\d+) \|$", text, re.MULTILINE
    ):
        assert verdicts.count(verdict) == int(count), verdict
