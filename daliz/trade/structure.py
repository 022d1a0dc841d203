"""The structure of trade: matrix, shares by named lists, concentration, currencies, mirror gap, dependence.

Question: what do states sell each other, how much of it is of high value added or raw, and who depends on
whom?
In and out: a frame of `trade` and lists of goods in; a `Trade` out.
Method: a row belongs to the longest prefix of its HS code that a list names. A code shorter than a prefix of
the list could be in or out: shares are intervals then. Lists are never mixed: each gives its own result
with its name and version. Mirror gaps compare a reporter's exports with the partner's imports of the same
goods and year.
Limits: exports are FOB and imports CIF, so a gap of some per cent is freight and insurance. Trade within the
group counts by the exports of its members; a member that does not report is missing, not nothing.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from daliz.errors import Finding

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Mapping, Sequence

    import polars as pl

    from daliz.schema import Row

__all__ = ["TABLES", "Share", "Trade"]

TABLES = ("goods_lists", "goods_list_items", "evidence_commitments", "countries", "sources")
"""Tables that `Trade.from_frames` asks for beside `trade` itself."""


@dataclass(frozen=True)
class Share:
    """Share of a value that a list takes in, between `low` and `high`: codes can be too short to tell."""

    low: float
    high: float
    value_usd: float
    n: int


@dataclass(frozen=True)
class Trade:
    """Rows of trade and the lists by which they are told apart; nothing in it changes."""

    rows: tuple[Row, ...]
    lists: Mapping[str, Row]
    items: Mapping[str, Mapping[str, bool]]
    declared: Mapping[str, Row]

    @classmethod
    def from_frames(cls, frames: Mapping[str, pl.DataFrame]) -> Trade:
        """Trade with the lists of a store; without a frame `trade` there are no rows."""
        items: dict[str, dict[str, bool]] = defaultdict(dict)
        for row in frames["goods_list_items"].iter_rows(named=True):
            items[str(row["list"])][str(row["hs"])] = (row["member"] or "yes") == "yes"
        rows = tuple(frames["trade"].iter_rows(named=True)) if "trade" in frames else ()
        return cls(
            tuple(row for row in rows if row["value_usd"] is not None),
            {str(row["list"]): row for row in frames["goods_lists"].iter_rows(named=True)},
            items,
            {str(row["commitment"]): row for row in frames["evidence_commitments"].iter_rows(named=True)},
        )

    def among(self, states: Sequence[str]) -> Trade:
        """Only flows whose both ends are in a group."""
        group = set(states)
        return replace(self, rows=tuple(r for r in self.rows if {r["reporter"], r["partner"]} <= group))

    def of_year(self, year: int) -> Trade:
        """Only flows of a year."""
        return replace(self, rows=tuple(row for row in self.rows if row["year"] == year))

    @property
    def years(self) -> list[int]:
        """Years that there are rows of."""
        return sorted({row["year"] for row in self.rows})

    def matrix(self) -> list[Row]:
        """Exports by year, seller and buyer; where only the buyer reports, its imports, and it is said."""
        sums: dict[tuple[int, str, str], dict[str, float]] = defaultdict(lambda: defaultdict(float))
        for row in self.rows:
            ends = (row["reporter"], row["partner"])
            seller, buyer = ends if row["flow"] == "export" else ends[::-1]
            sums[row["year"], seller, buyer][row["flow"]] += row["value_usd"]
        return [
            {
                "year": year,
                "from": seller,
                "to": buyer,
                "value_usd": flows.get("export", flows.get("import")),
                "by": "export" if "export" in flows else "import",
            }
            for (year, seller, buyer), flows in sorted(sums.items())
        ]

    def share(self, name: str, year: int) -> Share | None:
        """Share of exports of a year that a list takes in; None where there are none.

        Raises
        ------
        KeyError
            when there is no such list.
        """
        prefixes = self.items[name]
        rows = [row for row in self.rows if row["year"] == year and row["flow"] == "export"]
        whole = sum(row["value_usd"] for row in rows)
        if not whole:
            return None
        low = high = 0.0
        for row in rows:
            sure, may = _member(str(row["hs"] or ""), prefixes)
            low += row["value_usd"] if sure else 0.0
            high += row["value_usd"] if may else 0.0
        return Share(low / whole, high / whole, whole, len(rows))

    def concentration(self, year: int) -> list[Row]:
        """By reporter and flow the squared shares of partners and of HS chapters."""
        groups: dict[tuple[str, str, str], dict[str, float]] = defaultdict(lambda: defaultdict(float))
        for row in self.rows:
            if row["year"] == year:
                for by, part in (("partner", row["partner"]), ("chapter", str(row["hs"] or "")[:2])):
                    groups[row["reporter"], row["flow"], by][part] += row["value_usd"]
        found = []
        for (reporter, flow, by), parts in sorted(groups.items()):
            whole = sum(parts.values())
            if whole and set(parts) != {""}:
                index = sum((part / whole) ** 2 for part in parts.values())
                largest = max(sorted(parts), key=parts.__getitem__)
                found.append(
                    {
                        "year": year,
                        "reporter": reporter,
                        "flow": flow,
                        "by": by,
                        "hhi": index,
                        "effective": 1 / index,
                        "largest": largest,
                        "share": parts[largest] / whole,
                    }
                )
        return found

    def currencies(self, year: int) -> list[Row]:
        """Share of value by currency of the contract; what has none told stands apart and in no share."""
        parts: dict[str, float] = defaultdict(float)
        for row in self.rows:
            if row["year"] == year and row["flow"] == "export":
                parts[row["currency"] or ""] += row["value_usd"]
        known = sum(value for name, value in parts.items() if name)
        found = [
            {"year": year, "currency": name, "value_usd": value, "share": value / known}
            for name, value in sorted(parts.items(), key=lambda one: -one[1])
            if name
        ]
        if parts.get(""):
            found.append({"year": year, "currency": None, "value_usd": parts[""], "share": None})
        return found

    def mirror(self, year: int) -> list[Row]:
        """By pair what the seller reports as export and the buyer as import, their gap and its share."""
        sold: dict[tuple[str, str, str], float] = defaultdict(float)
        bought: dict[tuple[str, str, str], float] = defaultdict(float)
        for row in self.rows:
            if row["year"] != year:
                continue
            if row["flow"] == "export":
                sold[row["reporter"], row["partner"], str(row["hs"] or "")] += row["value_usd"]
            else:
                bought[row["partner"], row["reporter"], str(row["hs"] or "")] += row["value_usd"]
        pairs = sorted({key[:2] for key in (*sold, *bought)})
        found = []
        for seller, buyer in pairs:
            out = {key[2]: value for key, value in sold.items() if key[:2] == (seller, buyer)}
            into = {key[2]: value for key, value in bought.items() if key[:2] == (seller, buyer)}
            both = out.keys() & into.keys()
            export, imported = sum(out[key] for key in both), sum(into[key] for key in both)
            found.append(
                {
                    "year": year,
                    "from": seller,
                    "to": buyer,
                    "matched": len(both),
                    "export_usd": export if both else None,
                    "import_usd": imported if both else None,
                    "gap_usd": imported - export if both else None,
                    "gap_share": (imported - export) / export if both and export else None,
                    "only_export_usd": sum(out[key] for key in out.keys() - both),
                    "only_import_usd": sum(into[key] for key in into.keys() - both),
                }
            )
        return found

    def dependence(self, year: int) -> list[Row]:
        """By pair the share of each in the other's trade of the year, and how far these two shares differ."""
        turnover: dict[tuple[str, str], float] = defaultdict(float)
        for row in self.matrix():
            if row["year"] == year:
                turnover[row["from"], row["to"]] += row["value_usd"]
                turnover[row["to"], row["from"]] += row["value_usd"]
        whole: dict[str, float] = defaultdict(float)
        for (state, _), value in turnover.items():
            whole[state] += value
        return [
            {
                "year": year,
                "a": a,
                "b": b,
                "b_in_a": turnover[a, b] / whole[a],
                "a_in_b": turnover[a, b] / whole[b],
                "asymmetry": abs(turnover[a, b] / whole[a] - turnover[a, b] / whole[b]),
            }
            for a, b in sorted(turnover)
            if a < b and whole[a] and whole[b]
        ]

    def observations(self, at: dt.date) -> list[Row]:
        """Rows of `observations`: the share of each list by year, the middle of its interval."""
        import datetime as dt

        found = []
        for name, one in self.lists.items():
            if one["purpose"] != "hva":
                continue
            for year in self.years:
                on, share = dt.date(year, 12, 31), self.share(name, year)
                if share is None or on > at:
                    continue
                simulated = any(row["quality"] == "simulated" for row in self.rows if row["year"] == year)
                found.append(
                    {
                        "observation": f"hva_share:{name}:{year}",
                        "series": "hva_share",
                        "subject": name,
                        "on": on,
                        "value": (share.low + share.high) / 2,
                        "low": share.low,
                        "high": share.high,
                        "n": share.n,
                        "unit": "1",
                        "source": "trade",
                        "quality": "simulated" if simulated else "derived",
                    }
                )
        return found

    def check(self) -> list[Finding]:
        """Codes that are no digits, states that trade with themselves."""
        return list(self._misfits())

    def _misfits(self) -> Iterator[Finding]:
        for row in self.rows:
            key = str(row["trade"])
            if row["hs"] and not (str(row["hs"]).isdigit() and len(str(row["hs"])) % 2 == 0):
                yield Finding(
                    "error", "trade", key, "finding.trade_hs", "repair.trade_hs", {"value": row["hs"]}
                )
            if row["reporter"] == row["partner"]:
                yield Finding(
                    "warning",
                    "trade",
                    key,
                    "finding.trade_self",
                    "repair.trade_self",
                    {"state": row["reporter"]},
                )


def _member(code: str, prefixes: Mapping[str, bool]) -> tuple[bool, bool]:
    """Whether a code is surely in a list, and whether it may be."""
    longest = max((prefix for prefix in prefixes if code.startswith(prefix)), key=len, default=None)
    inside = longest is not None and prefixes[longest]
    below = [
        member for prefix, member in prefixes.items() if len(prefix) > len(code) and prefix.startswith(code)
    ]
    if not code:
        return False, any(prefixes.values())
    return inside and all(below), inside or any(below)
