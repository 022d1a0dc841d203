"""Projects and their money, as a typed holder.

Question: which projects are there, how far have they come, what was promised, bound and paid, and how does
that compare with what was declared?
In and out: frames of `projects`, `project_amounts`, `fx_rates` and others in; a `Portfolio` out.
Method: amounts keep their comparator and are added as intervals, apart by kind, currency and price year;
dollars of the day are told beside them where a rate of table `fx_rates` is at most a year old.
Concentration is the sum of squared shares (Herfindahl and Hirschman) over what is known.
Limits: prices of different years are never added; an estimate is not money. A sum counts what is registered.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from statistics import median
from typing import TYPE_CHECKING

from daliz.errors import Finding, UnknownPlace
from daliz.model.quantity import Quantity
from daliz.portfolio.money import Rates, Sum, added

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import polars as pl

    from daliz.schema import Row

__all__ = ["KINDS", "STAGES", "TABLES", "Portfolio"]

TABLES = (
    "projects", "project_amounts", "plan_edits", "fx_rates", "evidence_commitments", "links", "places",
    "countries", "sources",
)  # fmt: skip
"""Tables that `Portfolio.from_frames` asks for."""

STAGES = (
    "idea", "preparation", "procurement", "construction", "operation", "completed", "suspended", "cancelled",
)  # fmt: skip
"""Stages in their order; the last two are off the way."""

KINDS = ("estimate", "pledged", "committed", "disbursed")
"""Kinds of amount: what it should cost, then money promised, bound by contract and paid out."""

RUNNING = ("preparation", "procurement", "construction")
FINISHED = ("operation", "completed")
_DECLARED = {
    "C-05": ("count", FINISHED), "C-06": ("estimate", FINISHED), "C-06-P1": ("estimate", FINISHED),
    "C-07": ("count", RUNNING), "C-08": ("estimate", RUNNING),
}  # fmt: skip
"""Declared totals of the portfolio of two states: what they count and over which stages."""


@dataclass(frozen=True)
class Portfolio:
    """Rows of the register of projects; nothing in it changes."""

    projects: tuple[Row, ...]
    amounts: tuple[Row, ...]
    edits: tuple[Row, ...]
    rates: Rates
    declared: Mapping[str, Row]
    known: Mapping[str, frozenset[str]]

    @classmethod
    def from_frames(cls, frames: Mapping[str, pl.DataFrame]) -> Portfolio:
        """The register of a store."""

        def rows(name: str) -> tuple[Row, ...]:
            return tuple(frames[name].iter_rows(named=True)) if name in frames else ()

        known = {
            "link": frozenset(str(row["link"]) for row in rows("links")),
            "place": frozenset(str(row["place"]) for row in rows("places")),
            "state": frozenset(str(row["country"]) for row in rows("countries")),
        }
        return cls(
            rows("projects"), rows("project_amounts"),
            tuple(row for row in rows("plan_edits") if row["subject_kind"] == "project"),
            Rates.of(rows("fx_rates")),
            {str(row["commitment"]): row for row in rows("evidence_commitments")}, known,
        )  # fmt: skip

    def select(self, state: str = "", sector: str = "", stage: str = "") -> Portfolio:
        """Projects of a state, a sector, a stage; empty words are not asked.

        Raises
        ------
        UnknownPlace
            when no project has it; names what there is.
        """
        asked: tuple[tuple[str, str, Callable[[Row], list[str]]], ...] = (
            ("state", state, lambda row: row["states"]),
            ("sector", sector, lambda row: [row["sector"]]),
            ("stage", stage, lambda row: [row["stage"]]),
        )
        kept = self.projects
        for name, word, told in asked:
            there = {one for row in self.projects for one in told(row)}
            if word and word not in there:
                raise UnknownPlace("error.choice", option=name, value=word, allowed=", ".join(sorted(there)))
            kept = tuple(row for row in kept if not word or word in told(row))
        keys = {row["project"] for row in kept}
        return replace(self, projects=kept, amounts=tuple(r for r in self.amounts if r["project"] in keys))

    def totals(self) -> list[Row]:
        """Sums by kind, currency and price year, each an interval with the number of projects behind it."""
        groups: dict[tuple[str, str, int | None], list[Row]] = defaultdict(list)
        for row in self.amounts:
            groups[row["kind"], row["currency"], row["price_year"]].append(row)
        order = {kind: at for at, kind in enumerate(KINDS)}
        return [
            {"kind": kind, "currency": currency, "price_year": year, **added(rows).as_dict(),
             "projects": len({row["project"] for row in rows}), "quality": _weakest(rows)}
            for (kind, currency, year), rows in sorted(
                groups.items(), key=lambda one: (order[one[0][0]], one[0][1], one[0][2] or 0)
            )
        ]  # fmt: skip

    def usd(self, kind: str, projects: Sequence[Row] | None = None) -> tuple[Sum, list[str]]:
        """Dollars of one kind at the rate of the day of each amount; and amounts that no rate turns."""
        keys = {row["project"] for row in (self.projects if projects is None else projects)}
        turned, left = [], []
        for row in self.amounts:
            if row["kind"] != kind or row["project"] not in keys:
                continue
            rate = self.rates.per_usd(row["currency"], row["on"])
            if rate is None:
                left.append(str(row["amount"]))
            else:
                turned.append({**row, "value": row["value"] / rate})
        return added(turned), left

    def funnel(self) -> list[Row]:
        """Projects and dollars of estimates by stage, in the order of stages."""
        found = []
        for stage in STAGES:
            rows = [row for row in self.projects if row["stage"] == stage]
            if rows:
                money, left = self.usd("estimate", rows)
                found.append(
                    {"stage": stage, "projects": len(rows), "usd": money.as_dict(), "unconverted": left}
                )
        return found

    def delay(self, at: dt.date) -> Row:
        """Days by project: end now planned (or reached) against the first plan, and days past the end."""
        slips = {
            str(row["project"]): ((row["end_actual"] or row["end_planned"]) - row["end_baseline"]).days
            for row in self.projects
            if row["end_baseline"] is not None and (row["end_actual"] or row["end_planned"]) is not None
        }
        late = {
            str(row["project"]): (at - row["end_planned"]).days
            for row in self.projects
            if row["end_planned"] is not None and row["end_actual"] is None and row["end_planned"] < at
            and row["stage"] not in (*FINISHED, "cancelled")
        }  # fmt: skip
        return {
            "slip_d": slips, "median_slip_d": median(slips.values()) if slips else None, "n": len(slips),
            "late_d": late, "overdue": len(late),
        }  # fmt: skip

    def concentration(self) -> Row:
        """Squared shares of dollars of estimates by sponsor, sector and state, with the effective number."""
        worth: dict[str, float] = {}
        for row in self.projects:
            money, _ = self.usd("estimate", [row])
            if money.low > 0:
                worth[str(row["project"])] = money.low
        found: Row = {"projects_with_money": len(worth)}
        for name, told in (("sponsor", "sponsors"), ("sector", "sector"), ("state", "states")):
            parts: dict[str, float] = defaultdict(float)
            for row in self.projects:
                groups = row[told] if isinstance(row[told], list) else [row[told]]
                for group in groups:
                    parts[str(group)] += worth.get(str(row["project"]), 0.0) / len(groups)
            found[name] = _herfindahl({key: part for key, part in parts.items() if part > 0})
        return found

    def stated(self, at: dt.date) -> list[Row]:
        """Declared totals beside the registered rows of both states, and what is not registered."""
        found = []
        for key, (what, stages) in _DECLARED.items():
            told = self.declared.get(key)
            quantity = None if told is None else Quantity.of(told)
            if told is None or quantity is None:
                continue
            both = set(told["actors"] or ())
            rows = [row for row in self.projects if both <= set(row["states"]) and row["stage"] in stages]
            money, left = self.usd("estimate", rows)
            have = float(len(rows)) if what == "count" else money.low / 1e9
            found.append({
                "commitment": key, "what": what, "stages": list(stages), "declared": quantity.value,
                "comparator": quantity.comparator, "unit": told["unit"], "states": sorted(both),
                "registered": have, "unconverted": left, "on": at.isoformat(),
                "missing": {"least": max(0.0, quantity.least - have),
                            "most": None if quantity.most is None else max(0.0, quantity.most - have)},
                "source": told["source"], "quality": told["quality"], "quantity": quantity,
            })  # fmt: skip
        return found

    def private_per_public(self) -> Row:
        """Dollars of private money bound or paid for one of public money; None where either is not known."""
        sums: Counter[str] = Counter()
        for row in self.amounts:
            rate = self.rates.per_usd(row["currency"], row["on"])
            if row["kind"] in ("committed", "disbursed") and row["public"] in ("public", "private") and rate:
                sums[row["public"]] += row["value"] / rate
        return {"private_usd": sums["private"], "public_usd": sums["public"],
                "ratio": sums["private"] / sums["public"] if sums["public"] else None}  # fmt: skip

    def local_share(self) -> list[Row]:
        """By kind the share of dollars that is not in a currency of reserve, over amounts turned."""
        found = []
        for kind in KINDS:
            whole = local = 0.0
            for row in self.amounts:
                rate = self.rates.per_usd(row["currency"], row["on"])
                if row["kind"] != kind or rate is None:
                    continue
                whole += row["value"] / rate
                local += row["value"] / rate if row["currency"] not in ("USD", "EUR", "CNY", "XDR") else 0.0
            if whole:
                found.append({"kind": kind, "share": local / whole, "usd": whole})
        return found

    def observations(self, at: dt.date) -> list[Row]:
        """Rows of `observations` on money for projects of high value added by year.

        A series for each kind and currency, cumulative at the end of each year in which an amount is
        dated; amounts without a day have no year and stand nowhere.
        """
        high = {str(row["project"]) for row in self.projects if row["hva"] == "yes"}
        groups: dict[tuple[str, str], list[Row]] = defaultdict(list)
        for row in self.amounts:
            dated = row["on"] is not None and row["on"] <= at
            if row["project"] in high and row["kind"] != "estimate" and dated:
                groups[row["kind"], row["currency"]].append(row)
        found = []
        for (kind, currency), rows in sorted(groups.items()):
            for year in sorted({row["on"].year for row in rows}):
                upto = [row for row in rows if row["on"].year <= year]
                money = added(upto)
                on = min(at, dt.date(year, 12, 31))
                found.append({
                    "observation": f"hva_capital_{kind}:{currency}:{on.isoformat()}",
                    "series": f"hva_capital_{kind}", "subject": "", "on": on, "value": money.low,
                    "unit": currency, "n": len({row["project"] for row in upto}), "source": "projects",
                    "quality": _weakest(upto),
                })  # fmt: skip
        return found

    def check(self, at: dt.date) -> list[Finding]:
        """What does not hang together: days, stages, unknown names, more paid than bound."""
        return [*self._rows(at), *self._money()]

    def _rows(self, at: dt.date) -> Iterator[Finding]:
        for row in self.projects:
            key = str(row["project"])
            for first, second in (("start_planned", "end_planned"), ("start_actual", "end_actual")):
                if row[first] is not None and row[second] is not None and row[second] < row[first]:
                    values = {
                        "first": first,
                        "second": second,
                        "one": str(row[first]),
                        "two": str(row[second]),
                    }
                    yield Finding("error", "projects", key, "finding.plan_order", "repair.plan_order", values)
            for column in ("start_actual", "end_actual"):
                if row[column] is not None and row[column] > at:
                    values = {"column": column, "date": str(row[column])}
                    yield Finding(
                        "warning", "projects", key, "finding.plan_future", "repair.plan_future", values
                    )
            if row["stage"] in ("idea", "preparation", "procurement") and row["start_actual"] is not None:
                yield Finding("warning", "projects", key, "finding.project_stage", "repair.project_stage",
                              {"stage": row["stage"], "date": str(row["start_actual"])})  # fmt: skip
            for kind, names in (("link", row["links"]), ("place", row["places"]), ("state", row["states"])):
                for name in names or ():
                    if self.known[kind] and name not in self.known[kind]:
                        yield Finding("error", "projects", key, "finding.project_name", "repair.project_name",
                                      {"value": name})  # fmt: skip

    def _money(self) -> Iterator[Finding]:
        sums: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
        for row in self.amounts:
            sums[str(row["project"]), str(row["currency"])][row["kind"]] += row["value"]
        for (project, currency), kinds in sums.items():
            if kinds["disbursed"] > kinds["committed"] > 0:
                values = {"currency": currency, "paid": kinds["disbursed"], "bound": kinds["committed"]}
                yield Finding("warning", "project_amounts", project, "finding.project_paid",
                              "repair.project_paid", values)  # fmt: skip


def _weakest(rows: Sequence[Row]) -> str:
    order = ("measured", "published", "derived", "assumed", "simulated")
    return max((str(row["quality"]) for row in rows), key=order.index)


def _herfindahl(parts: Mapping[str, float]) -> Row | None:
    whole = sum(parts.values())
    if not whole:
        return None
    index = sum((part / whole) ** 2 for part in parts.values())
    largest = max(parts, key=lambda key: parts[key])
    return {"hhi": index, "effective": 1 / index, "largest": largest, "share": parts[largest] / whole,
            "groups": len(parts)}  # fmt: skip
