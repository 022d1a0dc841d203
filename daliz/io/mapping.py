"""Which column of a stranger's table is which column of ours.

Question: under what names, in which clock, with which dates and decimal sign does this log speak?
In and out: a YAML file, or the header of a table, in; a `Mapping` out.
Method: names that are known well (ours, those of XES in columns, headers of the CPMM form in three
languages by the caller) are recognised whatever their case and signs; the rest is told by the mapping.
Limits: nothing is guessed from the content of a column; an unknown column goes to `extra`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from daliz.errors import BadValue
from daliz.model.events import RAW

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Mapping", "detect", "fold", "load"]

_OPTIONS = ("columns", "constants", "zone", "dates", "decimal", "delimiter", "encoding", "case")
_NOT_TOLD = ("locator", "extra")

_KNOWN = {
    "shipment": ("case:concept:name", "case_id", "caseid", "case", "shipment_id", "trip"),
    "activity_text": ("concept:name", "activity_name", "event_name", "task"),
    "end": ("time:timestamp", "timestamp", "end_timestamp", "complete_timestamp", "end_time", "completed"),
    "start": ("start_timestamp", "start_time", "started", "time:start"),
    "actor": ("org:resource", "resource"),
    "deadline": ("case:deadline",),
    "official_amount": ("cost:total",),
    "official_currency": ("cost:currency",),
    "log_id": ("identity:id", "event_id"),
    "place_text": ("place", "location"),
}
"""Well known names of columns beside our own: XES in columns and the common exports."""


@dataclass(frozen=True)
class Mapping:
    """How a log names things.

    `columns`: our column to theirs (in XES and OCEL: to the key of an attribute; in OCEL also
    `object:<type>`). `constants`: our column to one value for every row. `zone`: clock of times that
    have none. `dates`: formats as of strptime, tried in order. `decimal`: `.` or `,`. `delimiter` and
    `encoding` of a text table. `case`: the object type of an OCEL log that is followed as a shipment.
    """

    columns: dict[str, str] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)
    zone: str | None = None
    dates: tuple[str, ...] = ()
    decimal: str | None = None
    delimiter: str | None = None
    encoding: str | None = None
    case: str | None = None

    def __post_init__(self) -> None:
        """Refuse columns that a log cannot fill, and what is no decimal sign or clock."""
        allowed = [name for name in RAW if name not in _NOT_TOLD]
        for name in (*self.columns, *self.constants):
            if name not in allowed:
                raise BadValue("error.mapping_column", column=name, allowed=", ".join(allowed))
        if self.decimal not in (None, ".", ","):
            raise BadValue("error.mapping_option", option="decimal", value=self.decimal)
        if self.delimiter is not None and len(self.delimiter) != 1:
            raise BadValue("error.mapping_option", option="delimiter", value=self.delimiter)


def load(path: Path) -> Mapping:
    """A mapping from a YAML file with the fields of `Mapping`.

    Raises
    ------
    BadValue
        when the file is not YAML, or has an option or a column that there is not.
    """
    import yaml

    try:
        told = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        raise BadValue("error.mapping_file", file=Path(path).name) from None
    if not isinstance(told, dict):
        raise BadValue("error.mapping_file", file=Path(path).name)
    for option, value in told.items():
        if option not in _OPTIONS:
            raise BadValue("error.mapping_unknown", option=option, allowed=", ".join(_OPTIONS))
        if option in ("columns", "constants") and not isinstance(value, dict):
            raise BadValue("error.mapping_option", option=option, value=value)
        if option in ("zone", "decimal", "delimiter", "encoding", "case") and not isinstance(value, str):
            raise BadValue("error.mapping_option", option=option, value=value)
    dates = told.get("dates", ())
    dates = (dates,) if isinstance(dates, str) else dates
    if not isinstance(dates, list | tuple):
        raise BadValue("error.mapping_option", option="dates", value=dates)
    texts = {
        name: {str(ours): str(theirs) for ours, theirs in told.get(name, {}).items()}
        for name in ("columns", "constants")
    }
    rest = {name: told.get(name) for name in ("zone", "decimal", "delimiter", "encoding", "case")}
    return Mapping(
        columns=texts["columns"], constants=texts["constants"], dates=tuple(map(str, dates)), **rest
    )


def fold(name: str) -> str:
    """A header without case, signs and spaces.

    >>> fold("Case:Concept_Name") == fold("case concept:name")
    True
    """
    return re.sub(r"[\W_]+", "", name.casefold().replace("ё", "е"))


def detect(header: Iterable[str], told: Mapping) -> Mapping:
    """`told` with the columns of `header` that are known well added; what is told stands.

    Raises
    ------
    BadValue
        when a column that is told is not in the header, or nothing names the shipment, the activity or a
        time.
    """
    names = list(header)
    for ours, theirs in told.columns.items():
        if theirs not in names:
            raise BadValue("error.mapping_absent", column=ours, name=theirs, found=", ".join(names))
    taken = set(told.columns.values())
    free = {fold(name): name for name in reversed(names) if name not in taken}
    columns = dict(told.columns)
    for ours in RAW:
        if ours in columns or ours in told.constants or ours in _NOT_TOLD:
            continue
        known = (ours, *_KNOWN.get(ours, ()))
        if ours == "activity" and "activity_text" not in free and fold("activity_text") not in free:
            continue
        found = next((free[fold(name)] for name in known if fold(name) in free), None)
        if found is not None:
            columns[ours] = found
            free.pop(fold(found))
    if "activity_text" not in columns and "activity" in free:
        columns["activity_text"] = free.pop("activity")
    for wanted in (("shipment",), ("activity_text", "activity"), ("end", "start")):
        if not any(name in columns or name in told.constants for name in wanted):
            raise BadValue("error.mapping_lacks", column=wanted[0], found=", ".join(names))
    return replace(told, columns=columns)
