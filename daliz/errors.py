"""What went wrong, where, and how to mend it.

Question: how does any part of Daliz refuse bad input?
In and out: a message *key* with values in; a text in the reader's language out (`daliz.i18n.text`).
Method: one family of exceptions, doubled with the builtin a caller would expect; findings for
everything that can be reported without stopping.
Limits: the family is closed on purpose; doors map it to exit status and HTTP status in one table.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

Level = Literal["error", "warning", "note"]


class DalizError(Exception):
    """Base of every refusal. `key` names the message, `values` fill it.

    `exit_status` and `http_status` are the one exception-to-status table of the doors.
    """

    exit_status = 2
    http_status = 400

    def __init__(self, key: str, **values: object) -> None:
        self.key = key
        self.values = values
        super().__init__(key)

    def text(self, lang: str = "en") -> str:
        """The message in kk, ru or en."""
        from daliz.i18n import text

        return text(self.key, lang, **self.values)

    def __str__(self) -> str:
        return self.text()


class UnknownPlace(DalizError, LookupError):
    """No place (corridor, term, programme, state) answers to the name; carries the nearest names."""

    http_status = 404


class AmbiguousPlace(DalizError, LookupError):
    """Several places answer to the name; carries the candidates."""

    http_status = 409


class NoRoute(DalizError, LookupError):
    """Origin and destination are not connected; says where the network breaks."""

    http_status = 422


class BadValue(DalizError, ValueError):
    """An argument is malformed or out of range; says which and the repair."""

    http_status = 422


class BadTable(DalizError, ValueError):
    """A curated or user table has rows that break its schema; carries the findings."""

    http_status = 422

    def __init__(self, findings: list[Finding]) -> None:
        self.findings = findings
        first = findings[0]
        super().__init__("error.bad_table", count=len(findings), first=first.text("en"))

    def text(self, lang: str = "en") -> str:
        """The count of broken rows and the first twenty findings, one a line."""
        from daliz.i18n import text

        lines = [text("error.bad_table", lang, count=len(self.findings))]
        lines += [f"  {finding.text(lang)}" for finding in self.findings[:20]]
        return "\n".join(lines)


class MissingStore(DalizError, FileNotFoundError):
    """No built store at the place asked for."""

    http_status = 503


class Refused(DalizError, PermissionError):
    """The program declines for safety; says what would have to be true."""

    exit_status = 2
    http_status = 403


@dataclass(frozen=True)
class Finding:
    """One remark about one row: level, table, row id, message and repair by key.

    `message` and `repair` are catalogue keys; `values` fill both.
    """

    level: Level
    table: str
    row: str
    message: str
    repair: str
    values: Mapping[str, object] = field(default_factory=dict)

    def text(self, lang: str = "en") -> str:
        """`level table row: message; repair` in kk, ru or en."""
        from daliz.i18n import text

        message = text(self.message, lang, **self.values)
        repair = text(self.repair, lang, **self.values)
        return f"{self.table} {self.row}: {message} → {repair}"

    def as_dict(self, lang: str = "en") -> dict[str, object]:
        """The finding as plain data for JSON, worded in `lang`."""
        from daliz.i18n import text

        return {
            "level": self.level,
            "table": self.table,
            "row": self.row,
            "message": text(self.message, lang, **self.values),
            "repair": text(self.repair, lang, **self.values),
        }


@dataclass(frozen=True)
class Report:
    """The findings of a check, and counts of what was looked at."""

    findings: tuple[Finding, ...]
    counts: dict[str, int]

    def of_level(self, level: Level) -> tuple[Finding, ...]:
        """The findings of one level."""
        return tuple(finding for finding in self.findings if finding.level == level)

    @property
    def ok(self) -> bool:
        """True when nothing is an error."""
        return not self.of_level("error")
