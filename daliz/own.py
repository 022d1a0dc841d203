"""The user's own figures: a quote, a dwell, a speed that stand beside ours, and notes that ours is wrong.

Question: what does the user know better, who said so and when, and how does the route change with it?
In and out: an append-only file of one JSON object a line in; `Figure`s, `Remark`s and `Broken` lines out;
frames of a store and figures in, frames with the figures in force out.
Method: each line adds a figure, adds a remark or takes one of them back; nothing is ever rewritten, and
the id is the number of the line. A line that does not fit is reported with its number and left alone.
In force, a figure replaces the value of its row; the row's source becomes the figure's id, under which
the author, the date and the note stand among the sources, and the basis of a step becomes `own`.
Limits: our four quality classes are ours, so a figure in force is of class assumed until it is curated.
It holds for every ground and vintage asked for, except a payment at a post, which holds from its year.
"""

from __future__ import annotations

import datetime as dt
import fcntl
import json
import math
import os
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from daliz.errors import BadValue, UnknownPlace
from daliz.i18n import text
from daliz.schema import table, table_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import polars as pl

    from daliz.routing.atlas import Atlas
    from daliz.schema import Row

__all__ = ["KINDS", "Book", "Broken", "Figure", "Remark", "apply", "own_file"]

KINDS: dict[str, tuple[str, dict[str, tuple[str, str]]]] = {
    "step": (
        "procedures",
        {
            "time_h": ("step_values", "mean"),
            "official_usd": ("step_values", "mean"),
            "unofficial_usd": ("step_values", "mean"),
        },
    ),
    "tariff": ("tariffs", {"amount": ("tariffs", "amount")}),
    "sailing": (
        "sailings",
        {name: ("sailings", name) for name in ("sailing_h", "frequency_per_week", "vessel_wait_h")},
    ),
    "speed": ("speeds", {"speed_kmh": ("speeds", "speed_kmh")}),
}
"""Kind to the table of its targets and, by quantity, the declared column that bounds the value."""

TABLES = ("procedures", "tariffs", "sailings", "speeds")
"""Tables whose rows a figure may be about."""

_LONGEST = 2000
_NEAREST = 5


@dataclass(frozen=True)
class Figure:
    """One figure of the user about one row of ours. `id` is `own-` and the number of its line."""

    kind: str
    target: str
    quantity: str
    value: float
    note: str
    author: str
    date: dt.date
    id: str = ""

    @classmethod
    def read(cls, row: Mapping[str, object]) -> Figure:
        """A figure from the fields of a line or of a command.

        Raises
        ------
        BadValue
            naming the field, its value and the repair.
        """
        kind = _choice(row, "kind", KINDS)
        quantity = _choice(row, "quantity", KINDS[kind][1])
        value = row.get("value")
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise BadValue("error.own_number", field="value", value=value)
        column = table(KINDS[kind][1][quantity][0])[KINDS[kind][1][quantity][1]]
        low, high = column.minimum or 0.0, column.maximum or math.inf
        if not low <= value <= high:
            raise BadValue("error.own_range", field="value", value=value, min=low, max=high)
        return cls(
            kind,
            _words(row, "target"),
            quantity,
            float(value),
            _words(row, "note"),
            _words(row, "author"),
            _date(row),
        )


@dataclass(frozen=True)
class Remark:
    """A note that a row of ours is wrong."""

    table: str
    row: str
    note: str
    author: str
    date: dt.date
    id: str = ""

    @classmethod
    def read(cls, row: Mapping[str, object]) -> Remark:
        """A remark from the fields of a line or of a command; BadValue when a field does not fit."""
        name = _choice(row, "table", dict.fromkeys(table_names()))
        return cls(name, _words(row, "row"), _words(row, "note"), _words(row, "author"), _date(row))


@dataclass(frozen=True)
class Broken:
    """A line that could not be read: its number, and why."""

    line: int
    key: str
    values: dict[str, object]

    def as_dict(self, lang: str) -> Row:
        """Plain data, worded in `lang`."""
        return {"line": self.line, "reason": text(self.key, lang, **self.values)}


def _choice(row: Mapping[str, object], name: str, allowed: Iterable[str]) -> str:
    value = row.get(name)
    if not isinstance(value, str) or value not in allowed:
        raise BadValue("error.own_choice", field=name, value=value, allowed=", ".join(allowed))
    return value


def _words(row: Mapping[str, object], name: str) -> str:
    value = row.get(name)
    if not isinstance(value, str) or not value.strip() or len(value) > _LONGEST:
        raise BadValue("error.own_words", field=name, most=_LONGEST)
    return value.strip()


def _date(row: Mapping[str, object]) -> dt.date:
    value = row.get("date")
    if isinstance(value, dt.date):
        return value
    try:
        return dt.date.fromisoformat(str(value))
    except ValueError:
        raise BadValue("error.own_date", field="date", value=value) from None


def own_file(store: Path) -> Path:
    """Where the figures of a store are kept: `DALIZ_OWN`, else `own.jsonl` beside the store."""
    named = os.environ.get("DALIZ_OWN")
    return Path(named) if named else (store.parent / "own").with_suffix(".jsonl")


@dataclass(frozen=True)
class Book:
    """All that stands in one file. Read it anew after a write; a book does not change."""

    path: Path
    figures: tuple[Figure, ...]
    remarks: tuple[Remark, ...]
    broken: tuple[Broken, ...]

    @classmethod
    def read(cls, path: Path) -> Book:
        """The file as it stands; an absent file is an empty book.

        Raises
        ------
        BadValue
            when the file cannot be read.
        """
        kept: dict[str, Figure | Remark] = {}
        broken: list[Broken] = []
        try:
            lines = path.read_bytes().splitlines() if path.exists() else []
        except OSError as error:
            raise BadValue("error.own_file", path=str(path), reason=error.strerror) from None
        for number, raw in enumerate(lines, start=1):
            if not raw.strip():
                continue
            try:
                _take(raw, f"own-{number}", kept)
            except BadValue as error:
                broken.append(Broken(number, error.key, dict(error.values)))
        return cls(
            path,
            tuple(one for one in kept.values() if isinstance(one, Figure)),
            tuple(one for one in kept.values() if isinstance(one, Remark)),
            tuple(broken),
        )

    def add(self, figure: Figure, frames: Mapping[str, pl.DataFrame]) -> Figure:
        """Write a figure about a row that exists; returns it with its id.

        Raises
        ------
        UnknownPlace
            when no row has the id of the target; offers the nearest ids.
        BadValue
            when the file cannot be written.
        """
        _known(KINDS[figure.kind][0], figure.target, frames)
        return replace(figure, id=self._append({"op": "add"} | _plain(figure)))

    def remark(self, remark: Remark, frames: Mapping[str, pl.DataFrame]) -> Remark:
        """Write a note that a row is wrong; returns it with its id. UnknownPlace as in `add`."""
        _known(remark.table, remark.row, frames)
        return replace(remark, id=self._append({"op": "wrong"} | _plain(remark)))

    def remove(self, key: str) -> None:
        """Take back a figure or remark: a further line says so.

        Raises
        ------
        UnknownPlace
            when nothing in force has the id.
        BadValue
            when the file cannot be written.
        """
        held = [figure.id for figure in self.figures] + [remark.id for remark in self.remarks]
        if key not in held:
            raise UnknownPlace("error.own_unknown", id=key, known=", ".join(held) or "–")
        self._append({"op": "remove", "id": key})

    def _append(self, row: Row) -> str:
        """Write one line under a lock; returns the id, which is the number of the line."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("ab+") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                file.seek(0)
                before = file.read()
                if before and not before.endswith(b"\n"):
                    file.write(b"\n")
                file.write(json.dumps(row, ensure_ascii=False).encode() + b"\n")
        except OSError as error:
            raise BadValue("error.own_file", path=str(self.path), reason=error.strerror) from None
        return f"own-{len(before.splitlines()) + 1}"


def _plain(one: Figure | Remark) -> Row:
    row = asdict(one)
    del row["id"]
    return row | {"date": one.date.isoformat()}


def _take(raw: bytes, key: str, kept: dict[str, Figure | Remark]) -> None:
    try:
        row = json.loads(raw)
    except ValueError:
        raise BadValue("error.own_json") from None
    if not isinstance(row, dict):
        raise BadValue("error.own_json")
    op = _choice(row, "op", ("add", "wrong", "remove"))
    if op == "add":
        kept[key] = replace(Figure.read(row), id=key)
    elif op == "wrong":
        kept[key] = replace(Remark.read(row), id=key)
    elif kept.pop(_words(row, "id"), None) is None:
        raise BadValue("error.own_unknown", id=row["id"], known=", ".join(kept) or "–")


def _known(name: str, key: str, frames: Mapping[str, pl.DataFrame]) -> None:
    """Refuse a row id that the table does not hold, with the nearest ones."""
    from rapidfuzz import process

    if name not in frames:
        raise BadValue("error.own_choice", field="table", value=name, allowed=", ".join(sorted(frames)))
    known = [str(value) for value in frames[name][table(name).primary].to_list()]
    if key not in known:
        nearest = ", ".join(hit for hit, _, _ in process.extract(key, known, limit=_NEAREST))
        raise UnknownPlace("error.own_row", table=name, row=key, nearest=nearest)


def beside(figure: Figure, frames: Mapping[str, pl.DataFrame]) -> list[Row]:
    """Our values for what a figure is about, each with unit, source, class, basis and year."""
    if figure.kind != "step":
        name, column = KINDS[figure.kind][0], figure.quantity
        declared = table(name)
        rows = _rows(frames[name], declared.primary, figure.target)
        unit = "{currency} {unit}" if figure.kind == "tariff" else declared[column].unit
        return [
            {
                "value": row[column], "unit": unit.format_map(row), "source": row["source"],
                "quality": row["quality"], "basis": row["quality"],
                "year": row.get("price_year") or row.get("year"),
            }
            for row in rows
        ]  # fmt: skip
    unit = "h" if figure.quantity == "time_h" else "USD"
    ours = [
        {"value": row["mean"]} | {k: row[k] for k in ("source", "quality", "basis", "year")}
        for row in _rows(frames["step_values"], "procedure", figure.target)
        if row["quantity"] == figure.quantity
    ]
    if figure.quantity == "time_h":
        ours += [
            {"value": row["mean_h"]} | {k: row[k] for k in ("source", "quality", "basis", "year")}
            for row in _rows(frames["calibrated_steps"], "procedure", figure.target)
        ]
    return [row | {"unit": unit} for row in ours]


def _rows(frame: pl.DataFrame, column: str, value: str) -> list[Row]:
    import polars as pl

    return frame.filter(pl.col(column) == value).to_dicts()


def as_dict(book: Book, frames: Mapping[str, pl.DataFrame], lang: str) -> Row:
    """A book as plain data, each figure beside ours; broken lines worded in `lang`."""
    return {
        "file": str(book.path),
        "figures": [
            {"id": one.id} | _plain(one) | {"basis": "own", "ours": beside(one, frames)}
            for one in book.figures
        ],
        "remarks": [{"id": one.id} | _plain(one) for one in book.remarks],
        "broken": [one.as_dict(lang) for one in book.broken],
    }


def apply(frames: Mapping[str, pl.DataFrame], figures: Iterable[Figure]) -> dict[str, pl.DataFrame]:
    """Frames with the figures in force; of several about one quantity the latest date, then line, wins.

    `frames` are left as they are. A figure whose row is no longer there changes nothing.
    """
    tables = {name: frames[name].to_dicts() for name in _TOUCHED}
    changed: set[str] = set()
    newest = sorted(figures, key=lambda one: (one.date, int(one.id.removeprefix("own-") or 0)))
    for figure in newest:
        touched = _put_step(tables, figure) if figure.kind == "step" else _put_row(tables, figure)
        if touched:
            changed |= touched | {"sources"}
            tables["sources"] = [row for row in tables["sources"] if row["source"] != figure.id]
            tables["sources"].append(_card(figure))
    return {**frames, **{name: table(name).frame(tables[name]) for name in changed}}


_TOUCHED = ("calibrated_steps", "step_values", "tariffs", "sailings", "speeds", "sources", "procedures")


def in_force(atlas: Atlas, store: Path) -> Atlas:
    """The atlas with the own figures kept beside `store` counting; the one given is left as it is."""
    return atlas.with_frames(apply(atlas.frames, Book.read(own_file(store)).figures))


def _card(figure: Figure) -> Row:
    """The source card under which a figure in force is shown."""
    return {
        "source": figure.id, "citation": f"{figure.author}; {figure.date.isoformat()}; {figure.note}",
        "url": None, "licence": "own figure", "retrieved": figure.date, "recheck_by": None,
        "note": figure.note,
    }  # fmt: skip


def _put_row(tables: dict[str, list[Row]], figure: Figure) -> set[str]:
    name = KINDS[figure.kind][0]
    primary, touched = table(name).primary, set()
    for row in tables[name]:
        if row[primary] == figure.target:
            row.update({figure.quantity: figure.value, "source": figure.id, "quality": "assumed"})
            touched = {name}
    return touched


def _put_step(tables: dict[str, list[Row]], figure: Figure) -> set[str]:
    if not any(row["procedure"] == figure.target for row in tables["procedures"]):
        return set()
    label = {"source": figure.id, "quality": "assumed", "basis": "own"}
    values = [
        row for row in tables["step_values"]
        if not (row["procedure"] == figure.target and row["quantity"] == figure.quantity
                and (figure.quantity == "time_h" or row["year"] >= figure.date.year))
    ]  # fmt: skip
    if figure.quantity == "time_h":
        tables["step_values"] = values
        for row in tables["calibrated_steps"]:
            if row["procedure"] == figure.target:
                row.update(label | {"mean_h": figure.value, "year": figure.date.year})
        return {"step_values", "calibrated_steps"}
    values.append(
        {
            "value": figure.id, "procedure": figure.target, "quantity": figure.quantity,
            "mean": figure.value, "cv": None, "year": figure.date.year, "n": None, "note": figure.note,
        }
        | label
    )  # fmt: skip
    tables["step_values"] = values
    return {"step_values"}
