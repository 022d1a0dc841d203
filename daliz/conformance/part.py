"""Judged events as tables.

Question: what do the arrays of one reading say as declared tables, and what do the measures need of them?
In and out: a `Log` and what was judged in; tables `visits`, `visit_steps` and `breaches`, and the two narrow
frames that measures are made of, out.
Method: each table is made when it is first asked for. Every event of a visit has one row of `visit_steps`;
items that were skipped, waived or not begun have one each without a begin.
Limits: `visit_steps` of fifty million events is larger than what it is made of: `Slim` keeps breaches and
measures only.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from daliz.conformance.judge import EXACT_H, OPEN, SKIPPED, STATES, VISIT, WAIVED, bits, gathered, visit_ids
from daliz.conformance.log import QUALITIES, Window
from daliz.conformance.rules import DIRECTIONS, MODES
from daliz.engine.align import NEVER, REPEATED, UNKNOWN
from daliz.schema import table
from daliz.units import SHIPMENT_T

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl
    from numpy.typing import NDArray

    from daliz.conformance.judge import Judged
    from daliz.conformance.log import Log

__all__ = ["Part", "Slim"]


@dataclass(frozen=True)
class Slim:
    """What measures need: breaches, judged steps and lost hours, counts of events."""

    breaches: pl.DataFrame
    measured: pl.DataFrame
    lost: pl.DataFrame
    counts: Mapping[str, int]
    simulated: bool


@dataclass(frozen=True)
class Part:
    """One reading of a log, whole."""

    log: Log
    judged: Judged
    breaches: pl.DataFrame

    @property
    def counts(self) -> Mapping[str, int]:
        """How many events and visits of each kind."""
        return self.log.counts

    @property
    def simulated(self) -> bool:
        """Whether any event was made by a generator."""
        return bool((self.log.frame["quality"] == "simulated").any())

    def slim(self, window: Window | None = None) -> Slim:
        """Without events and steps, and of the visits of a window alone."""
        import polars as pl

        if window is None or window == Window():
            return Slim(self.breaches, self.measured, self.lost, self.counts, self.simulated)
        keep = pl.lit(value=True)
        if window.place is not None:
            keep &= pl.col("place").cast(pl.String) == window.place
        if window.since is not None:
            keep &= pl.col("arrived") >= window.since
        if window.until is not None:
            keep &= pl.col("arrived") < window.until
        visits = self.visits.filter(keep).select("visit")
        breaches = self.breaches.join(visits, on="visit", how="semi", maintain_order="left")
        return Slim(breaches, self.measured.filter(keep), self.lost.filter(keep), self.counts, self.simulated)

    @cached_property
    def visits(self) -> pl.DataFrame:
        """Table `visits`."""
        import polars as pl

        log, judged = self.log, self.judged
        every = np.arange(len(log.place))
        return pl.DataFrame(
            {
                "visit": visit_ids(log, every),
                "shipment": gathered(log.shipments, log.shipment),
                "place": gathered(pl.Series(log.places, dtype=pl.String), log.place),
                "mode": gathered(pl.Series(MODES), log.visits.mode),
                "direction": gathered(pl.Series(DIRECTIONS), log.visits.direction),
                "checklist": gathered(
                    pl.Series([one.id for one in log.rules.lists], dtype=pl.String), log.chosen
                ),
                "arrived": _instant(log.begin[log.visits.first[:-1]]),
                "left": _instant(judged.left),
                "open": np.where(log.aligned.open, "yes", "no"),
                "elapsed_h": judged.visit_elapsed_h,
                "counted_h": judged.visit_counted_h,
                "sla_h": pl.Series(judged.visit_sla_h).fill_nan(None),
                "cost": log.aligned.cost.astype(np.float64),
                "searched": np.where(log.aligned.searched, "yes", "no"),
                "proven": np.where(log.aligned.proven, "yes", "no"),
                "quality": gathered(pl.Series(QUALITIES), judged.visit_quality),
            }
        ).select(list(table("visits").polars_schema()))  # fmt: skip

    @cached_property
    def steps(self) -> pl.DataFrame:
        """Table `visit_steps`: the events of each visit in order, then its items without one."""
        import polars as pl

        log, judged = self.log, self.judged
        visit_of = log.visit_of
        lists = log.chosen[visit_of]
        ids = log.frame["event"]
        done = pl.DataFrame(
            {
                "_visit": visit_of, "_item": log.item.astype(np.int64), "_list": lists,
                "code": log.frame["activity"].gather(log.row),
                "state": gathered(pl.Series(STATES), judged.state),
                "begun": _instant(log.since), "ended": _instant(log.end),
                "elapsed_h": pl.Series(judged.elapsed_h).fill_nan(None),
                "counted_h": pl.Series(judged.counted_h).fill_nan(None),
                "sla_h": pl.Series(judged.sla_h).fill_nan(None),
                "events": ids.gather(log.row).reshape((-1, 1)).cast(pl.List(pl.String)),
            }
        )  # fmt: skip
        frame = pl.concat([done, self._without_event()], how="vertical")
        names = visit_ids(log, np.arange(len(log.place)))
        frame = frame.sort("_visit", maintain_order=True).with_columns(
            pl.int_range(1, pl.len() + 1).over("_visit").alias("_number"),
            names.gather(frame["_visit"].sort()).alias("visit"),
        )
        party = self._party(frame["_list"].to_numpy(), frame["_item"].to_numpy())
        return frame.with_columns(pl.format("{}:{}", "visit", "_number").alias("step"), party).select(
            list(table("visit_steps").polars_schema())
        )

    def _without_event(self) -> pl.DataFrame:
        """Items of visits that no event stands for: skipped, waived, or not begun in an open visit."""
        import polars as pl

        log = self.log
        every = np.ones(len(log.chosen), dtype=np.bool_)
        found = []
        for masks, state in (
            (log.aligned.skipped, SKIPPED), (log.aligned.pending, OPEN), (log.waived & ~self._present,
            WAIVED),
        ):  # fmt: skip
            visit, item = bits(masks, every)
            found.append((visit, item, np.full(len(visit), state)))
        visit, item, states = (np.concatenate([one[at] for one in found]) for at in range(3))
        lists = log.chosen[visit]
        code = log.rules.code[lists, item] if len(visit) else np.empty(0, np.int64)
        proofs = {(v, i): row for v, i, row in log.proofs.tolist() if row >= 0}
        ids = log.frame["event"]
        events = [
            [ids[proofs[key]]] if s == WAIVED and key in proofs else []
            for s, key in zip(states.tolist(), zip(visit.tolist(), item.tolist(), strict=True), strict=True)
        ]
        none = pl.Series([None] * len(visit), dtype=pl.Float64)
        never = pl.Series([None] * len(visit), dtype=pl.Datetime("us", "UTC"))
        sla = log.rules.sla_h[lists, item] if len(visit) else np.empty(0)
        return pl.DataFrame(
            {
                "_visit": visit, "_item": item, "_list": lists,
                "code": gathered(pl.Series(log.rules.codes, dtype=pl.String), code),
                "state": gathered(pl.Series(STATES), states), "begun": never, "ended": never,
                "elapsed_h": none, "counted_h": none, "sla_h": pl.Series(sla).fill_nan(None),
                "events": pl.Series(events, dtype=pl.List(pl.String)),
            }
        )  # fmt: skip

    @cached_property
    def _present(self) -> NDArray[np.uint64]:
        """Items of each visit that some event stands for."""
        log = self.log
        if not len(log.row):
            return np.zeros(len(log.place), dtype=np.uint64)
        masks = np.where(
            log.item >= 0, np.uint64(1) << np.maximum(log.item, 0).astype(np.uint64), np.uint64(0)
        )
        return np.bitwise_or.reduceat(masks.astype(np.uint64), log.visits.first[:-1])

    def _party(self, lists: NDArray[Any], item: NDArray[Any]) -> pl.Series:
        import polars as pl

        number = np.full(len(item), -1)
        of_item = item >= 0
        if of_item.any():
            number[of_item] = self.log.rules.party[lists[of_item], item[of_item]]
        return gathered(pl.Series(self.log.rules.parties, dtype=pl.String), number).alias("party")

    @cached_property
    def measured(self) -> pl.DataFrame:
        """Timed events of checklists, narrow: place, mode, code, party, arrival, state, hours, standard."""
        log, judged = self.log, self.judged
        at = np.flatnonzero((log.item >= 0) & ~np.isnan(judged.counted_h))
        return self._dimensions(at).with_columns(
            _series("state", judged.state[at]), _series("counted_h", judged.counted_h[at]),
            _series("sla_h", judged.sla_h[at]), _series("over_h", judged.over_h[at]),
            _series("judged", judged.judged[at]), _series("open", (log.end == NEVER)[at]),
        )  # fmt: skip

    @cached_property
    def lost(self) -> pl.DataFrame:
        """Events that cost hours or payments beyond the checklist, and visits over their total.

        `kind`: over, repeated, unknown or visit; `hours` are those over the standard, or all of a step that
        the checklist does not ask for; payments are of the latter alone.
        """
        import polars as pl

        log, judged = self.log, self.judged
        late = judged.judged & (judged.over_h > EXACT_H)
        extra = np.isin(judged.state, (REPEATED, UNKNOWN))
        at = np.flatnonzero(late | extra)
        visit_of = log.visit_of
        kinds = np.where(late[at], 0, np.where(judged.state[at] == REPEATED, 1, 2))
        pay = np.where(extra[at], log.row[at], -1)
        steps = self._dimensions(at).with_columns(
            gathered(pl.Series(("over", "repeated", "unknown")), kinds).alias("kind"),
            _series("hours", np.where(late[at], judged.over_h[at], judged.elapsed_h[at])),
            _series("open", (log.end == NEVER)[at]),
            *(
                gathered(log.frame[name], pay).alias(name)
                for name in (
                    "official_amount",
                    "official_currency",
                    "unofficial_amount",
                    "unofficial_currency",
                )
            ),
            _series("visit", visit_of[at]),
        )
        whole = np.flatnonzero(judged.visit_over_h > EXACT_H)
        starts = log.visits.first[:-1][whole]
        visits = self._dimensions(starts).with_columns(
            pl.lit(VISIT, pl.Categorical).alias("code"), pl.lit(None, pl.Categorical).alias("party"),
            pl.lit(VISIT).alias("kind"), _series("hours", judged.visit_over_h[whole]),
            _series("open", log.aligned.open[whole]),
            *(
                pl.lit(None, log.frame.schema[name]).alias(name)
                for name in ("official_amount", "official_currency", "unofficial_amount",
                "unofficial_currency")
            ),
            _series("visit", whole),
        )  # fmt: skip
        frame = pl.concat([steps, visits])
        tonnes = self._tonnes()[frame["visit"].to_numpy()]
        return frame.drop("visit").with_columns(
            _series("tonnes", np.where(np.isnan(tonnes), SHIPMENT_T, tonnes)),
            _series("tonnes_assumed", np.isnan(tonnes)),
        )  # fmt: skip

    def _tonnes(self) -> NDArray[np.float64]:
        """Largest tonnes that an event of a visit tells, NaN for none."""
        log = self.log
        told = log.frame["tonnes"].cast(float).fill_null(float("nan")).to_numpy()[log.row]
        return np.fmax.reduceat(told, log.visits.first[:-1]) if len(told) else np.empty(0)

    def _dimensions(self, at: NDArray[np.int64]) -> pl.DataFrame:
        """Place, mode, code, party and arrival of events, as numbers with names."""
        import polars as pl

        log = self.log
        visit = log.visit_of[at]
        lists, item = log.chosen[visit], log.item[at].astype(np.int64)
        kept = item >= 0
        number = np.full(len(at), -1)
        party = np.full(len(at), -1)
        if kept.any():
            number[kept] = log.rules.code[lists[kept], item[kept]]
            party[kept] = log.rules.party[lists[kept], item[kept]]
        code = gathered(pl.Series(log.rules.codes, dtype=pl.Categorical), number)
        if not kept.all():
            words = log.frame["activity"].gather(log.row[at]).cast(pl.Categorical)
            code = pl.select(pl.coalesce(code, words)).to_series()
        return pl.DataFrame(
            {
                "place": gathered(pl.Series(log.places, dtype=pl.Categorical), log.place[visit]),
                "mode": gathered(pl.Series(MODES, dtype=pl.Categorical), log.visits.mode[visit]),
                "code": code,
                "party": gathered(pl.Series(log.rules.parties, dtype=pl.Categorical), party),
                "arrived": _instant(log.begin[log.visits.first[:-1]][visit]),
            }
        )


def _series(name: str, values: NDArray[Any]) -> pl.Series:
    import polars as pl

    return pl.Series(name, values)


def _instant(values: NDArray[np.int64]) -> pl.Series:
    """Microseconds as instants, null for `NEVER`."""
    import polars as pl

    plain = pl.Series(values)
    return plain.set(pl.Series(values == NEVER), None).cast(pl.Datetime("us", "UTC"))
