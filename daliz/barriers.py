"""The register of non-tariff barriers: what stands, since when, whose it is, what it costs, how long.

Question: which barriers stand on a day, how old are they and who can remove them, what do they cost, and how
long does it take until one is removed?
In and out: the table `barriers` (curated, or a file of the user's own) and a day in; rows, findings and a
`Removal` with its survival curve out.
Method: a barrier stands from the day it is known until the day it is removed; its state on a day is the last
stage reached by then. Hours and money are what one shipment loses times the shipments that meet it: a figure
of the register, or the shipments that a log saw there in that time. Time to removal counts barriers that
still stand as cut off on the day, by Kaplan and Meier; groups are told apart by the log-rank test.
Limits: a register holds what was reported, so short barriers are missed more often than long ones; where no
exposure is known, cost is said to be unknown, never nothing. A barrier removed before it was reported counts
nowhere until its finding is mended.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from daliz.engine.survival import Curve, LogRank, kaplan_meier, log_rank
from daliz.errors import BadTable, BadValue, Finding
from daliz.i18n import text
from daliz.schema import Row, check_keys, read_table, table

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import polars as pl

__all__ = ["AGES", "GROUPS", "STAGES", "Register", "Removal"]

STAGES = ("reported", "acknowledged", "in_progress", "removed")
"""Stages of life in order; each is also the column of its day."""

AGES = {"under_90_d": 90, "under_1_y": 365, "under_3_y": 3 * 365, "older": None}
"""Bands of age and the day at which each ends."""

GROUPS = ("country", "kind", "mode", "owner")
"""Columns by which removal may be told apart."""

_YEAR_D = 365.25

_WORDS = {
    "closure": "barriers.closure",
    "quota": "barriers.quota",
    "queue": "barriers.queue",
    "permit": "barriers.permit",
    "extra_check": "barriers.extra_check",
    "document": "barriers.document",
    "ban": "barriers.ban",
    "fee": "barriers.fee",
    "hours": "barriers.hours",
    "technical": "barriers.technical",
    "reported": "barriers.reported",
    "acknowledged": "barriers.acknowledged",
    "in_progress": "barriers.in_progress",
    "removed": "barriers.removed",
    "under_90_d": "barriers.under_90_d",
    "under_1_y": "barriers.under_1_y",
    "under_3_y": "barriers.under_3_y",
    "older": "barriers.older",
    "register": "barriers.basis_register",
    "events": "barriers.basis_events",
    "unknown": "barriers.basis_unknown",
}


@dataclass(frozen=True)
class Removal:
    """Time to removal in days: the curve of all, a row for each group, and the test between groups."""

    curve: Curve
    groups: tuple[Row, ...]
    test: LogRank

    def as_dict(self) -> Row:
        """Plain data; an infinite median (not half removed yet) is None."""
        return {
            **_summary(self.curve),
            "curve": [
                {"days": time, "standing": share, "low": _finite(low), "high": _finite(high), "at_risk": left}
                for time, share, low, high, left in zip(
                    *(
                        getattr(self.curve, name).tolist()
                        for name in ("time", "survival", "low", "high", "at_risk")
                    ),
                    strict=True,
                )
            ],
            "groups": list(self.groups),
            "log_rank": {"chi2": self.test.chi2, "freedom": self.test.freedom, "p": self.test.p},
        }


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _summary(curve: Curve) -> Row:
    median = curve.median
    return {
        "n": curve.n, "removed": curve.ends, "median_days": _finite(median.value),
        "median_low_days": _finite(median.low), "median_high_days": _finite(median.high),
    }  # fmt: skip


@dataclass(frozen=True)
class Register:
    """Rows of the table `barriers`; nothing in it changes."""

    rows: tuple[Row, ...]

    @classmethod
    def from_frames(cls, frames: Mapping[str, pl.DataFrame]) -> Register:
        """The curated register of a network."""
        return cls(tuple(frames["barriers"].iter_rows(named=True)))

    @classmethod
    def from_file(cls, path: Path, frames: Mapping[str, pl.DataFrame] | None = None) -> Register:
        """A CSV file with the columns of the table; names are checked against `frames` where given.

        Raises
        ------
        BadValue
            when there is no such file.
        BadTable
            when rows do not fit; names file, row, column and repair.
        """
        if not path.is_file():
            raise BadValue("error.barriers_file", path=str(path))
        rows, findings = read_table("barriers", path)
        home: dict[object, str] = {}
        if frames is not None:
            known = {name: frame for name, frame in frames.items() if name != "sources"}
            found = check_keys({**known, "barriers": table("barriers").frame(rows)})
            findings += [finding for finding in found if finding.table == "barriers"]
        for row in rows:
            where = f"{row['_file']}:{row['_row']}"
            if row["barrier"] in home:
                values = {"column": "barrier", "value": row["barrier"], "other": home[row["barrier"]]}
                findings.append(
                    Finding("error", "barriers", f"{where}:barrier", "finding.duplicate",
                            "repair.duplicate", values)
                )  # fmt: skip
            home.setdefault(row["barrier"], where)
        if findings:
            raise BadTable(findings)
        return cls(tuple(table("barriers").frame(rows).iter_rows(named=True)))

    def of_country(self, country: str) -> Register:
        """Barriers that a state keeps up or that meet its trade."""
        return Register(tuple(row for row in self.rows if country in (row["country"], row["partner"])))

    def standing(self, day: dt.date) -> list[Row]:
        """Barriers that stand on a day, the oldest first, each with `age_days`, `age` and `stage`."""
        found = [
            row | {"age_days": _age(row, day), "age": _band(_age(row, day)), "stage": _stage(row, day)}
            for row in self.rows
            if _stands(row, day)
        ]
        return sorted(found, key=lambda row: (-row["age_days"], row["barrier"]))

    def stock(self, day: dt.date, by: str) -> list[Row]:
        """How many stand on a day by `age`, `stage` or a column, with the age of the oldest of each.

        Ages and stages come in their order, other groups the largest first.
        """
        groups: dict[str, list[int]] = defaultdict(list)
        for row in self.standing(day):
            groups[str(row[by])].append(row["age_days"])
        order = {name: at for at, name in enumerate((*AGES, *STAGES))}
        return [
            {by: name, "count": len(ages), "oldest_days": max(ages)}
            for name, ages in sorted(groups.items(), key=lambda it: (order.get(it[0], 0), -len(it[1]), it[0]))
        ]

    def burden(self, day: dt.date, seen: Mapping[str, int] | None = None) -> list[Row]:
        """Hours and money each barrier caused from its first day to its last, or to `day`.

        Parameters
        ----------
        day
            Last day that counts.
        seen
            Shipments that met a barrier in that time, by barrier (`seen_in`); they come before the
            register's own figure of shipments a year.

        Returns
        -------
        Rows with `shipments`, `hours`, `usd`, `hours_per_year`, `usd_per_year` (None where not known),
        `basis` (`events`, `register` or `unknown`), `loss_quality` and `loss_source`; the most hours first.
        """
        known = [row for row in self.rows if row["reported"] <= day and _in_order(row)]
        found = [_cost(row, day, (seen or {}).get(row["barrier"])) for row in known]
        return sorted(found, key=lambda row: (-(row["hours"] or 0.0), row["barrier"]))

    def seen_in(self, events: pl.DataFrame, crossings: pl.DataFrame, day: dt.date) -> dict[str, int]:
        """Shipments of a log that were at the place or crossing of a barrier while it stood.

        Barriers without a place and without a crossing are left out: who meets them no log tells.
        """
        import polars as pl

        posts = {row["crossing"]: [row["post_a"], row["post_b"]] for row in crossings.iter_rows(named=True)}
        at = pl.coalesce("start", "end").dt.date()
        counts: dict[str, int] = {}
        for row in self.rows:
            places = [row["place"]] if row["place"] else posts.get(row["crossing"] or "", [])
            if not places:
                continue
            last = min(row["removed"], day) if row["removed"] else day
            met = (pl.col("place").is_in(places)) & (at >= row["reported"]) & (at <= last)
            if row["mode"] != "any":
                met &= pl.col("mode").is_null() | (pl.col("mode") == row["mode"])
            stands = pl.col("status") != "retracted"
            counts[row["barrier"]] = events.filter(met & stands)["shipment"].n_unique()
        return counts

    def removal(self, day: dt.date, by: str = "country") -> Removal:
        """Time from the day a barrier was known to its removal; those standing on `day` are cut off there."""
        rows = [row for row in self.rows if row["reported"] <= day and _in_order(row)]
        days = np.array([_age(row, day) for row in rows], dtype=np.float64)
        seen = np.array([not _stands(row, day) for row in rows], dtype=bool)
        names = sorted({str(row[by]) for row in rows})
        group = np.array([names.index(str(row[by])) for row in rows], dtype=np.int64)
        groups = tuple(
            {by: name, **_summary(kaplan_meier(days[group == at], seen[group == at]))}
            for at, name in enumerate(names)
        )
        return Removal(kaplan_meier(days, seen), groups, log_rank(days, seen, group))

    def check(self, today: dt.date, frames: Mapping[str, pl.DataFrame] | None = None) -> list[Finding]:
        """Rows whose life does not hang together: days out of order or to come, a state the days deny."""
        modes = {}
        if frames is not None:
            modes = dict(zip(frames["crossings"]["crossing"], frames["crossings"]["mode"], strict=True))
        return [finding for row in self.rows for finding in _misfits(row, today, modes)]

    def as_dict(self, day: dt.date, lang: str, by: str = "country") -> Row:
        """The whole register as plain data, with names and words in `lang`."""
        cost = {row["barrier"]: row for row in self.burden(day)}
        standing = [_worded(row, cost[row["barrier"]], lang) for row in self.standing(day)]
        unknown = sum(1 for row in standing if row["basis"] == "unknown")
        return {
            "day": day.isoformat(),
            "standing": standing,
            "stock": {one: self.stock(day, one) for one in ("age", "stage", "owner", "country")},
            "known_hours": sum(row["hours"] or 0.0 for row in standing),
            "known_usd": sum(row["usd"] or 0.0 for row in standing),
            "unknown_exposure": unknown,
            "removal": self.removal(day, by).as_dict(),
            "findings": [finding.as_dict(lang) for finding in self.check(day)],
        }


def _worded(row: Row, cost: Row, lang: str) -> Row:
    days = {one: str(row[one]) if row[one] else None for one in STAGES}
    return {
        **{name: row[name] for name in table("barriers").polars_schema() if name not in STAGES},
        **days,
        **{name: row[name] for name in ("age_days", "age", "stage")},
        **{
            name: cost[name]
            for name in ("shipments", "hours", "usd", "hours_per_year", "usd_per_year", "basis")
        },
        "name": row[f"name_{lang}"],
        **{f"{name}_text": text(_WORDS[row[name]], lang) for name in ("kind", "age", "stage")},
        "basis_text": text(_WORDS[cost["basis"]], lang),
    }


def _stands(row: Row, day: dt.date) -> bool:
    return bool(row["reported"] <= day and (row["removed"] is None or day < row["removed"]))


def _in_order(row: Row) -> bool:
    return bool(row["removed"] is None or row["reported"] <= row["removed"])


def _age(row: Row, day: dt.date) -> int:
    last = day if _stands(row, day) else row["removed"]
    return int((last - row["reported"]).days)


def _band(days: int) -> str:
    return next(name for name, end in AGES.items() if end is None or days < end)


def _stage(row: Row, day: dt.date) -> str:
    """The last stage reached by the day."""
    return next(one for one in reversed(STAGES) if row[one] is not None and row[one] <= day)


def _cost(row: Row, day: dt.date, seen: int | None) -> Row:
    years = _age(row, day) / _YEAR_D
    yearly = row["shipments_per_year"]
    shipments = float(seen) if seen is not None else yearly * years if yearly is not None else None
    basis = "events" if seen is not None else "register" if yearly is not None else "unknown"
    if row["hours_lost"] is None and row["usd_lost"] is None:
        basis = "unknown"
    return {
        "barrier": row["barrier"], "shipments": shipments, "basis": basis,
        "hours": _product(row["hours_lost"], shipments), "usd": _product(row["usd_lost"], shipments),
        "hours_per_year": _product(row["hours_lost"], yearly),
        "usd_per_year": _product(row["usd_lost"], yearly),
        "loss_quality": row["loss_quality"], "loss_source": row["loss_source"],
    }  # fmt: skip


def _product(each: float | None, shipments: float | None) -> float | None:
    return None if each is None or shipments is None else each * shipments


def _misfits(row: Row, today: dt.date, modes: Mapping[str, str]) -> Iterator[Finding]:
    key = str(row["barrier"])
    told = [(one, row[one]) for one in STAGES if row[one] is not None]
    for (earlier, first), (later, last) in zip(told, told[1:], strict=False):
        if last < first:
            values = {"earlier": earlier, "first": str(first), "later": later, "last": str(last)}
            yield Finding("error", "barriers", key, "finding.barrier_order", "repair.barrier_order", values)
    for one, day in told:
        if day > today:
            values = {"column": one, "date": str(day)}
            yield Finding("error", "barriers", key, "finding.barrier_future", "repair.barrier_future", values)
    reached = told[-1][0]
    if row["status"] != reached:
        values = {"status": row["status"], "reached": reached}
        yield Finding("error", "barriers", key, "finding.barrier_status", "repair.barrier_status", values)
    if row["country"] == row["partner"]:
        yield Finding("error", "barriers", key, "finding.barrier_self", "repair.barrier_self")
    figures = any(row[one] is not None for one in ("hours_lost", "usd_lost", "shipments_per_year"))
    if figures and not (row["loss_source"] and row["loss_quality"]):
        yield Finding("error", "barriers", key, "finding.barrier_loss", "repair.barrier_loss")
    mode = modes.get(row["crossing"] or "", row["mode"])
    if row["mode"] not in ("any", mode):
        values = {"mode": row["mode"], "found": mode}
        yield Finding("error", "barriers", key, "finding.barrier_mode", "repair.barrier_mode", values)
