"""The bench on which edits are made: new frames, with every cell that changed written down.

Question: what did this edit change, and did it keep within the limits of the tables?
In and out: frames in; new frames, changes and findings out; the frames given are never touched.
Method: an edit works on a fork of the bench, which is kept only when the edit was not refused.
Limits: tables of the store only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from daliz.errors import Finding
from daliz.scenario.edits import TABLE, where
from daliz.schema import table

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    import polars as pl

    from daliz.errors import Level
    from daliz.gazetteer import Gazetteer
    from daliz.schema import Row

__all__ = ["Bench", "CannotAct", "Change", "Edited"]


class CannotAct(ValueError):
    """An edit that cannot be carried out: message and repair by key, and the column at fault (`at`)."""

    def __init__(self, message: str, repair: str, at: str = "target", **values: object) -> None:
        self.message, self.repair, self.at, self.values = message, repair, at, values
        super().__init__(message)


@dataclass(frozen=True)
class Change:
    """One cell that an edit changed, or one row that it added or removed."""

    edit: str
    table: str
    row: str
    kind: str
    column: str
    before: object
    after: object

    def as_dict(self) -> Row:
        """Plain data for JSON."""
        return {
            "edit": self.edit, "table": self.table, "row": self.row, "kind": self.kind,
            "column": self.column, "before": self.before, "after": self.after,
        }  # fmt: skip


@dataclass(frozen=True)
class Edited:
    """The network after a scenario: new frames, what each edit changed, what was refused or assumed."""

    frames: Mapping[str, pl.DataFrame]
    changes: tuple[Change, ...]
    findings: tuple[Finding, ...]

    @property
    def refusals(self) -> tuple[Finding, ...]:
        """Edits, or parts of one (level warning), that were not carried out, with reason and repair."""
        return tuple(finding for finding in self.findings if finding.level != "note")

    @property
    def notes(self) -> tuple[Finding, ...]:
        """What had to be assumed."""
        return tuple(finding for finding in self.findings if finding.level == "note")

    def as_dict(self, lang: str) -> Row:
        """Changes, refusals and notes as plain data, worded in `lang`."""
        return {
            "changes": [change.as_dict() for change in self.changes],
            "refusals": [finding.as_dict(lang) for finding in self.refusals],
            "notes": [finding.as_dict(lang) for finding in self.notes],
        }


class Bench:
    """Frames under work for one edit."""

    def __init__(self, frames: Mapping[str, pl.DataFrame], gazetteer: Gazetteer, edit: Row) -> None:
        self.frames = dict(frames)
        self.gazetteer = gazetteer
        self.edit = edit
        self.changes: list[Change] = []
        self.findings: list[Finding] = []

    def rows(self, name: str) -> list[Row]:
        """Rows of one table as they stand now."""
        return self.frames[name].to_dicts()

    def remark(self, level: Level, message: str, repair: str, at: str = "target", **values: object) -> None:
        """Write down a part that is refused (warning) or assumed (note)."""
        self.findings.append(Finding(level, TABLE, where(self.edit, at), message, repair, values))

    def put(self, name: str, cells: Mapping[str, Mapping[str, object]]) -> None:
        """Change cells of rows by primary key; cells that hold the value already are left.

        Raises
        ------
        CannotAct
            when a number would leave the range that its column declares.
        """
        import polars as pl

        declared = table(name)
        frame, key = self.frames[name], declared.primary
        held = {str(row[key]): row for row in frame.filter(pl.col(key).is_in(list(cells))).to_dicts()}
        fresh: dict[str, dict[str, object]] = {}
        for row, values in cells.items():
            for column, after in values.items():
                before = held[row][column]
                if before == after:
                    continue
                self._within(name, row, column, after)
                fresh.setdefault(column, {})[row] = after
                self._note(name, row, "changed", column, before, after)
        self.frames[name] = frame.with_columns(
            pl.col(key)
            .replace_strict(new, default=pl.col(column), return_dtype=frame.schema[column])
            .alias(column)
            for column, new in fresh.items()
        )

    def remove(self, name: str, keys: Collection[str]) -> None:
        """Take rows out by primary key."""
        import polars as pl

        for key in keys:
            self._note(name, key, "removed", "", None, None)
        self.frames[name] = self.frames[name].filter(~pl.col(table(name).primary).is_in(list(keys)))

    def add(self, name: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """Add rows.

        Raises
        ------
        CannotAct
            when a number is outside the range that its column declares.
        """
        import polars as pl

        declared, fresh = table(name), list(rows)
        for row in fresh:
            for column, value in row.items():
                self._within(name, str(row[declared.primary]), column, value)
            self._note(name, str(row[declared.primary]), "added", "", None, None)
        self.frames[name] = pl.concat([self.frames[name], declared.frame(fresh)], how="vertical_relaxed")

    def _note(self, name: str, row: str, kind: str, column: str, before: object, after: object) -> None:
        self.changes.append(Change(str(self.edit["edit"]), name, row, kind, column, before, after))

    def _within(self, name: str, row: str, column: str, value: object) -> None:
        limits = table(name)[column]
        low, high = limits.minimum, limits.maximum
        if not isinstance(value, int | float):
            return
        if (low is not None and value < low) or (high is not None and value > high):
            raise CannotAct(
                "finding.edit_limit", "repair.edit_limit", "action",
                column=column, table=name, row=row, value=round(value, 3), min=low, max=high,
            )  # fmt: skip
