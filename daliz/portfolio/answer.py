"""The portfolio as plain data, worded in the reader's language.

Question: what does a reader get to see of all projects?
In and out: a `Portfolio`, a day and a language in; dictionaries ready for JSON out.
Method: every figure goes with its source and class; intervals keep their open ends.
Limits: nothing is computed here that the holder has not.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from daliz.i18n import LANGUAGES, text

if TYPE_CHECKING:
    import datetime as dt

    from daliz.portfolio.holder import Portfolio
    from daliz.schema import Row

__all__ = ["SECTORS", "STAGE_WORDS", "report"]

STAGE_WORDS = {
    "idea": "portfolio.idea",
    "preparation": "portfolio.preparation",
    "procurement": "portfolio.procurement",
    "construction": "portfolio.construction",
    "operation": "portfolio.operation",
    "completed": "portfolio.completed",
    "suspended": "portfolio.suspended",
    "cancelled": "portfolio.cancelled",
}

SECTORS = {
    "rail": "portfolio.rail",
    "road": "portfolio.road",
    "port": "portfolio.port",
    "sea": "portfolio.sea",
    "border": "portfolio.border",
    "terminal": "portfolio.terminal",
    "gas": "portfolio.gas",
    "oil": "portfolio.oil",
    "power": "portfolio.power",
    "nuclear": "portfolio.nuclear",
    "uranium": "portfolio.uranium",
    "water": "portfolio.water",
    "digital": "portfolio.digital",
    "industry": "portfolio.industry",
    "education": "portfolio.education",
    "other": "portfolio.other",
}

_PLAIN = (
    "project", "portfolio", "programme", "sector", "stage", "states", "sponsors", "hva", "places", "links",
    "length_km", "public_share", "jobs", "commitment", "source", "quality",
)  # fmt: skip
_DAYS = ("stage_on", "start_planned", "start_actual", "end_baseline", "end_planned", "end_actual")


def report(found: Portfolio, at: dt.date, lang: str) -> Row:
    """The JSON of the door."""
    amounts: dict[str, list[Row]] = defaultdict(list)
    for row in found.amounts:
        amounts[str(row["project"])].append(row)
    edits: dict[str, list[str]] = defaultdict(list)
    for row in found.edits:
        edits[str(row["subject"])].append(str(row["plan_edit"]))
    delay = found.delay(at)
    return {
        "on": at.isoformat(),
        "projects": [
            {
                **{name: row[name] for name in _PLAIN},
                **{name: None if row[name] is None else row[name].isoformat() for name in _DAYS},
                "title": row[f"title_{lang}"], "titles": {code: row[f"title_{code}"] for code in LANGUAGES},
                "stage_text": text(STAGE_WORDS[row["stage"]], lang),
                "sector_text": text(SECTORS[row["sector"]], lang),
                "slip_d": delay["slip_d"].get(row["project"]), "late_d": delay["late_d"].get(row["project"]),
                "edits": edits[row["project"]],
                "amounts": [_amount(one) for one in amounts[row["project"]]],
            }
            for row in found.projects
        ],
        "totals": found.totals(),
        "funnel": [row | {"stage_text": text(STAGE_WORDS[row["stage"]], lang)} for row in found.funnel()],
        "declared": [
            {**{key: value for key, value in row.items() if key != "quantity"},
             "text": row["quantity"].text(lang)}
            for row in found.stated(at)
        ],
        "delay": delay,
        "concentration": found.concentration(),
        "private_per_public": found.private_per_public(),
        "local_share": found.local_share(),
        "findings": [finding.as_dict(lang) for finding in found.check(at)],
    }  # fmt: skip


def _amount(row: Row) -> Row:
    kept = ("amount", "kind", "comparator", "value", "currency", "price_year", "financier",
            "financier_state", "public", "source", "quality", "note")  # fmt: skip
    return {**{name: row[name] for name in kept}, "on": None if row["on"] is None else row["on"].isoformat()}
