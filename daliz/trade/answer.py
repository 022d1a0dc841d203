"""The structure of trade as plain data, worded in the reader's language.

Question: what does a reader get to see of trade, and what was declared of it?
In and out: a `Trade`, a group of states and a language in; dictionaries ready for JSON out.
Method: shares by list go with the name and version of the list; declared turnovers stand side by side with
their comparators, and what follows from two of them is told as a bound.
Limits: nothing is averaged over sources.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from daliz.i18n import LANGUAGES
from daliz.model.quantity import Quantity

if TYPE_CHECKING:
    from daliz.schema import Row
    from daliz.trade.structure import Trade

__all__ = ["report"]

_TURNOVER = "trade-2024"
"""Subject of the declared turnovers in the evidence pack."""


def report(trade: Trade, lang: str, years: tuple[int, ...] = ()) -> Row:
    """The JSON of the door; `years` are those asked for, else all there are."""
    asked = list(years) or trade.years
    return {
        "years": asked,
        "matrix": [row for row in trade.matrix() if row["year"] in asked],
        "hva": _shares(trade, "hva", asked, lang),
        "raw": _shares(trade, "raw", asked, lang),
        "concentration": [row for year in asked for row in trade.concentration(year)],
        "currencies": [row for year in asked for row in trade.currencies(year)],
        "mirror": [row for year in asked for row in trade.mirror(year)],
        "dependence": [row for year in asked for row in trade.dependence(year)],
        "declared": _declared(trade, lang),
        "findings": [finding.as_dict(lang) for finding in trade.check()],
    }


def _shares(trade: Trade, purpose: str, years: list[int], lang: str) -> list[Row]:
    """By list and year; every list of the purpose stands there, with or without rows to judge by."""
    found = []
    for name, one in trade.lists.items():
        if one["purpose"] != purpose:
            continue
        for year in tuple[int | None, ...](years) or (None,):
            share = None if year is None else trade.share(name, year)
            found.append({
                "list": name, "name": one[f"name_{lang}"],
                "names": {code: one[f"name_{code}"] for code in LANGUAGES}, "version": one["version"],
                "hs_revision": one["hs_revision"], "year": year,
                "low": None if share is None else share.low, "high": None if share is None else share.high,
                "value_usd": None if share is None else share.value_usd,
                "n": None if share is None else share.n, "source": one["source"], "quality": one["quality"],
            })  # fmt: skip
    return found


def _declared(trade: Trade, lang: str) -> list[Row]:
    """Declared turnovers side by side, and the bound on the share of a part of each."""
    rows = [row for row in trade.declared.values() if row["subject"] == _TURNOVER]
    whole = [row for row in rows if len(row["actors"] or ()) > 2]
    parts = [row for row in rows if len(row["actors"] or ()) == 2]
    found = []
    for row in (*whole, *parts):
        quantity = Quantity.of(row)
        if quantity is None:
            continue
        entry = {"commitment": row["commitment"], "text": quantity.text(lang), "value": quantity.value,
                 "comparator": quantity.comparator, "unit": row["unit"], "states": row["actors"],
                 "source": row["source"], "quality": row["quality"], "share_of": []}  # fmt: skip
        if row in parts:
            for other in whole:
                total = Quantity.of(other)
                if total is not None and total.least:
                    bound = (quantity.most or quantity.value) / total.least
                    entry["share_of"].append({
                        "commitment": other["commitment"],
                        "at_most": bound, "strict": total.comparator == ">",
                        "exact": total.comparator == "=" and quantity.comparator == "=",
                    })  # fmt: skip
        found.append(entry)
    return found
