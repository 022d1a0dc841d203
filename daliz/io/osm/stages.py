"""Checkpoints of an import: a finished stage is a folder that took its name in one step.

Question: what of this import is done already, and is it of this same input?
In and out: the folder of the import and what describes the input in; folders of stages out.
Method: a stage writes into `stages/<name>.part`, which is renamed when it is whole. `stages/input.json`
says which input and options the stages belong to; others are thrown away. Findings go to Parquet in
parts, so that any number of them needs the memory of one part.
Limits: one writer at a time.

"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from daliz.errors import BadValue

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from daliz.schema import Row

__all__ = ["KIND", "Findings", "Stages", "digest"]

KIND = "osm-import"
"""What the manifest calls a folder of ours."""

_PART = 20_000


def digest(path: Path) -> str:
    """SHA-256 of a file, read in pieces; BadValue when it cannot be read."""
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise BadValue("osm.no_file", file=str(path), reason=error.strerror) from None


@dataclass(frozen=True)
class Stages:
    """The stages of one import below `folder/stages`."""

    folder: Path

    @classmethod
    def of(cls, folder: Path, described: Row) -> Stages:
        """The stages of this input in `folder`; those of another input are thrown away.

        Raises
        ------
        BadValue
            when the folder holds files and none of them says that it is an import.
        """
        stages, note = cls(folder), folder / "stages" / "input.json"
        manifest = stages.manifest()
        taken = folder.exists() and (not folder.is_dir() or any(folder.iterdir()))
        if taken and not note.exists() and manifest.get("kind") != KIND:
            raise BadValue("osm.folder_taken", folder=str(folder))
        if note.exists() and json.loads(note.read_text(encoding="utf-8")) != described:
            shutil.rmtree(note.parent)
        note.parent.mkdir(parents=True, exist_ok=True)
        fresh = note.with_suffix(".part")
        fresh.write_text(json.dumps(described), encoding="utf-8")
        fresh.replace(note)
        return stages

    def manifest(self) -> Row:
        """The manifest of a finished import; empty when there is none."""
        try:
            found = json.loads((self.folder / "manifest.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def path(self, name: str) -> Path:
        """Folder of a finished stage."""
        return self.folder / "stages" / name

    def done(self, name: str) -> bool:
        """Whether the stage was finished."""
        return self.path(name).is_dir()

    @contextmanager
    def write(self, name: str) -> Iterator[Path]:
        """A folder to write a stage into; it takes its name when the block ends well."""
        fresh = self.path(f"{name}.part")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(parents=True)
        yield fresh
        os.replace(fresh, self.path(name))  # noqa: PTH105

    def clear(self) -> None:
        """Throw the stages away; the tables stand by then."""
        shutil.rmtree(self.folder / "stages")


class Findings:
    """Values that were not read, written to `findings-*.parquet` of a folder in parts."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.count = 0
        self._rows: list[Row] = []
        self._parts = 0

    def add(self, thing: str, tag: str, value: str, message: str) -> None:
        """One finding: the object, its tag and value, and the key of the message."""
        self._rows.append({"object": thing, "tag": tag, "value": value, "message": message})
        self.count += 1
        if len(self._rows) >= _PART:
            self.close()

    def close(self) -> None:
        """Write what is held."""
        import polars as pl

        if self._rows:
            self._parts += 1
            pl.DataFrame(self._rows).write_parquet(self.folder / f"findings-{self._parts:05}.parquet")
            self._rows = []
