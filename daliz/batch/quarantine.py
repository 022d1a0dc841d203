"""Refused scenarios as a file that can be mended and asked again.

Question: which edits were refused, why, and what would mend them?
In and out: scenarios with refused edits and their findings in; the rows of a CSV file out.
Method: every row of such a scenario as it was read, and beside it where and why it was refused, with the
repair; `reading` passes over these three columns, so the mended file is a file of scenarios again.
Limits: all rows of a scenario are there, also those that were not refused, because edits act together.
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from daliz.batch.reading import NOTES, SCENARIO
from daliz.i18n import text
from daliz.schema import table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from daliz.batch.reading import Scenario
    from daliz.errors import Finding

__all__ = ["write_quarantine"]


def write_quarantine(
    scenarios: Iterable[Scenario], findings: Mapping[str, tuple[Finding, ...]], lang: str = "en"
) -> bytes:
    """The CSV file of refused scenarios, with reasons worded in `lang`."""
    held = io.StringIO(newline="")
    columns = (SCENARIO, *(column.name for column in table("scenario_edits").columns), *NOTES)
    writer = csv.DictWriter(held, columns, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    for scenario in scenarios:
        for number, cells in scenario.cells:
            mine = [finding for finding in findings[scenario.name] if _row(finding) == number]
            told = {
                "refused_at": "; ".join(dict.fromkeys(finding.row for finding in mine)),
                "refusal": "; ".join(text(finding.message, lang, **finding.values) for finding in mine),
                "repair": "; ".join(text(finding.repair, lang, **finding.values) for finding in mine),
            }
            writer.writerow({**dict.fromkeys(columns, ""), **cells, SCENARIO: scenario.name, **told})
    return held.getvalue().encode()


def _row(finding: Finding) -> int | None:
    """Number of the row that a finding is about, which stands second in `file:row:column`."""
    row = finding.row.rsplit(":", 2)[1] if finding.row.count(":") >= 2 else ""
    return int(row) if row.isdecimal() else None
