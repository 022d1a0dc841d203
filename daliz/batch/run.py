"""A batch from beginning to end: resumed where it stopped, whole or not at all.

Question: how does a long batch survive being stopped, and how does it end?
In and out: a `Question` and the name of a file in; that file, a `Done`, and events on the way out.
Method: every finished part is a Parquet file in a folder beside the result, written under another name and
renamed; a plan there holds a fingerprint of all that the rows depend on. The same question goes on with the
parts that are there, another one says so and starts anew. At the end the parts become one file, again by a
rename, and are removed.
Limits: one run at a time for one result; Ctrl-C keeps what is finished, parts under work are lost.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from daliz import __version__
from daliz.batch.corridor import lines
from daliz.batch.parallel import spread
from daliz.batch.quarantine import write_quarantine
from daliz.batch.work import BLOCK, Question, blocks
from daliz.corridors import trace_all
from daliz.errors import BadValue, Finding
from daliz.freeze import TABLES
from daliz.routing import Atlas
from daliz.routing.many import CRITERION, placed
from daliz.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import polars as pl

    from daliz.batch.parallel import Packed

__all__ = ["Done", "Event", "Question", "Spread", "run", "stopped_at"]

Chunk = tuple[int, int]
"""Numbers of a scenario and of a block of pairs."""
_PLAN = "plan.json"
_SUFFIXES = (".parquet", ".csv")


@dataclass(frozen=True)
class Event:
    """Something that happened: `resumed`, `anew` (the question is another one), `part` or `finished`."""

    kind: str
    done: int
    total: int
    scenario: str = ""


@dataclass(frozen=True)
class Done:
    """A finished batch: its file, rows by status, findings by scenario, and where refused ones lie."""

    out: Path
    counts: Mapping[str, int]
    findings: Mapping[str, tuple[Finding, ...]]
    quarantine: Path | None


if TYPE_CHECKING:
    Spread = Callable[[Question, Any, list[Chunk], Callable[[Packed], None]], None]
    """Computes chunks in any order and hands each over as it is finished."""


def run(
    question: Question, out: Path, on_event: Callable[[Event], None] = lambda _: None,
    by: Spread | None = None,
) -> Done:  # fmt: skip
    """Compute a batch into `out` (Parquet or CSV); `by` says over what the work is spread.

    Raises
    ------
    BadTable
        when names of the pairs are not places.
    BadValue
        when there is no pair, the file is of another kind, or its folder of parts belongs to another.
    KeyboardInterrupt
        when it was stopped; finished parts are kept.
    """
    atlas = Atlas(Store(question.store))
    if not question.pairs:
        raise BadValue("error.batch_no_pairs")
    if out.suffix.casefold() not in _SUFFIXES:
        raise BadValue("error.batch_out", path=str(out))
    placed(atlas, question.pairs, question.cargo)
    atlas.frozen(question.cargo)  # refuses a service that does not fit before any work is spread
    chunks = [(s, b) for b in range(len(blocks(len(question.pairs)))) for s in range(len(question.scenarios))]
    parts = _Parts(Path(f"{out}.parts"), fingerprint(question, atlas.manifest), chunks)
    if parts.found:
        on_event(Event(parts.found, parts.count, len(chunks)))

    def save(packed: Packed) -> None:
        parts.save(packed)
        name = question.scenarios[packed.chunk[0]].name
        on_event(Event("part", parts.count, len(chunks), name))

    pending = parts.pending()
    if pending:
        over = lines(trace_all({name: atlas.frames[name] for name in TABLES}))
        (by or spread(1))(question, over, pending, save)
    done = _finish(question, out, parts)
    on_event(Event("finished", len(chunks), len(chunks)))
    return done


def fingerprint(question: Question, manifest: Mapping[str, object]) -> str:
    """SHA-256 of all that the rows depend on: edits, pairs, cargo, criterion, store and program."""
    told = {
        "scenarios": [(one.name, [dict(cells) for _, cells in one.cells]) for one in question.scenarios],
        "pairs": [(pair.origin, pair.destination) for pair in question.pairs],
        "cargo": asdict(question.cargo), "by": question.by, "criterion": CRITERION[question.by],
        "store": manifest, "program": __version__, "block": BLOCK,
    }  # fmt: skip
    text = json.dumps(told, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def stopped_at(out: Path) -> tuple[int, int]:
    """Finished parts and all parts of a batch that was stopped; zeros when none was begun."""
    folder = Path(f"{out}.parts")
    try:
        plan = json.loads((folder / _PLAN).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return 0, 0
    return len(list(folder.glob("part-*.parquet"))), int(plan["parts"])


class _Parts:
    """The folder of finished parts. `found` says what lay there: `resumed`, `anew`, or nothing."""

    def __init__(self, folder: Path, mark: str, chunks: list[Chunk]) -> None:
        self.folder, self._chunks, self.found = folder, chunks, ""
        plan = folder / _PLAN
        if folder.exists():
            if any(folder.iterdir()) and not plan.exists():
                raise BadValue("error.batch_parts", path=str(folder))
            same = _read(plan).get("fingerprint") == mark
            self.found = "resumed" if same else "anew"
            if not same:
                shutil.rmtree(folder)
        folder.mkdir(parents=True, exist_ok=True)
        if not plan.exists():
            _write(plan, json.dumps({"fingerprint": mark, "parts": len(chunks)}).encode())
        self._there = {chunk for chunk in chunks if self.path(chunk).exists()}
        if self.found == "resumed" and not self._there:
            self.found = ""

    @property
    def count(self) -> int:
        """Finished parts."""
        return len(self._there)

    def path(self, chunk: Chunk) -> Path:
        """File of one part."""
        return self.folder / f"part-{chunk[0]:06d}-{chunk[1]:06d}.parquet"

    def pending(self) -> list[Chunk]:
        """Parts that are not finished, those of one block of pairs together."""
        return [chunk for chunk in self._chunks if chunk not in self._there]

    def save(self, packed: Packed) -> None:
        """Keep one finished part; what was refused first, so that a part never lacks its reasons."""
        if packed.findings:
            told = [asdict(finding) for finding in packed.findings]
            path = self.folder / f"refused-{packed.chunk[0]:06d}.json"
            _write(path, json.dumps(told, ensure_ascii=False, default=str).encode())
        _write(self.path(packed.chunk), packed.parquet)
        self._there.add(packed.chunk)

    def findings(self, scenario: int) -> tuple[Finding, ...]:
        """What was refused in a scenario."""
        path = self.folder / f"refused-{scenario:06d}.json"
        return tuple(Finding(**row) for row in json.loads(path.read_bytes())) if path.exists() else ()

    def frame(self) -> pl.DataFrame:
        """All rows: scenarios in their order, pairs in theirs."""
        import polars as pl

        return pl.concat([pl.read_parquet(self.path(chunk)) for chunk in sorted(self._chunks)], rechunk=True)


def _finish(question: Question, out: Path, parts: _Parts) -> Done:
    import polars as pl

    frame = parts.frame()
    held = io.BytesIO()
    if out.suffix.casefold() == ".csv":
        lists = [name for name, kind in frame.schema.items() if kind == pl.List(pl.String)]
        frame.with_columns(pl.col(name).list.join(";") for name in lists).write_csv(held)
    else:
        frame.write_parquet(held)
    found = {
        one.name: findings
        for number, one in enumerate(question.scenarios)
        if (findings := parts.findings(number))
    }
    refused = {
        name: findings
        for name, findings in found.items()
        if any(finding.level == "error" for finding in findings)
    }
    beside = Path(f"{out}.quarantine.csv")
    beside.unlink(missing_ok=True)
    if refused:
        _write(beside, write_quarantine([one for one in question.scenarios if one.name in refused], refused))
    _write(out, held.getvalue())
    shutil.rmtree(parts.folder)
    counts = dict(sorted(frame["status"].value_counts().iter_rows()))
    return Done(out, counts, found, beside if refused else None)


def _read(path: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return {}
    return found


def _write(path: Path, data: bytes) -> None:
    """Write a file under another name and give it its own: it is there whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    number, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(number, "wb") as file:
            file.write(data)
        Path(name).chmod(0o644)
        Path(name).replace(path)
    finally:
        Path(name).unlink(missing_ok=True)
