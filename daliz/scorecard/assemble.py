"""The scorecard of a store: its tables, its registers and its log asked for all ten criteria.

Question: where does each criterion stand by what this store holds?
In and out: the folder of a store and a day in; a `Scorecard` out.
Method: every topic gives rows of `observations`; those of the registers stand beside them.
Limits: what a log says of time and cost is taken over whole quarters; nothing is remembered between calls.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from daliz.competence import TABLES as COMPETENCE_TABLES
from daliz.competence import Competence
from daliz.incidents import TABLES as INCIDENT_TABLES
from daliz.incidents import Incidents
from daliz.indicators.inputs import TABLES as INDICATOR_TABLES
from daliz.portfolio import TABLES as PORTFOLIO_TABLES
from daliz.portfolio import Portfolio
from daliz.routing import Atlas
from daliz.schema import table
from daliz.scorecard.card import Scorecard, score
from daliz.scorecard.gather import agreement, barriers, logged, walked
from daliz.store import Store
from daliz.store.events import EventStore
from daliz.store.registers import Registers
from daliz.trade import TABLES as TRADE_TABLES
from daliz.trade import Trade

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    from daliz.schema import Row

__all__ = ["TABLES", "scorecard_of"]


TABLES = (
    "evidence_criteria", "corridors", "barriers", "crossings", "procedures", "step_values", "activity_codes",
    "checklists", "checklist_items", "recognitions", "goods_lists", "observations", "targets",
    "reporting_changes",
)  # fmt: skip
"""Tables that `scorecard_of` asks for beside those of its topics."""


def by_topics(registers: Registers, at: dt.date) -> list[Row]:
    """What trade, training, incidents and projects give."""
    trade = {**registers.frames(TRADE_TABLES), "trade": registers.frame("trade")}
    return [
        *Trade.from_frames(trade).observations(at),
        *Competence.from_frames(registers.frames(COMPETENCE_TABLES)).observations(at),
        *Incidents.from_frames(registers.frames(INCIDENT_TABLES)).observations(at),
        *Portfolio.from_frames(registers.frames(PORTFOLIO_TABLES)).observations(at),
    ]


def scorecard_of(
    store: Path, at: dt.date, baseline_on: dt.date | None = None, walk: bool = True
) -> Scorecard:
    """The scorecard of a store with its registers and its log.

    Parameters
    ----------
    store
        Folder of the built store; registers and log lie beside it.
    at
        Day of the judgement.
    baseline_on
        Day of the baseline where none is declared.
    walk
        Walk the named corridors on the tables where the log says nothing of time and cost.

    Raises
    ------
    MissingStore, BadValue
        when the store is not there or is damaged.
    """
    registers = Registers.beside(store)
    frames = registers.frames(TABLES)
    log = EventStore.beside(store)
    rows: list[Row] = [*barriers(frames, at), *agreement(frames, at)]
    of_log = logged(log.scan(), registers.frames(INDICATOR_TABLES), at) if log.parts() else []
    rows += of_log
    rows += by_topics(registers, at)
    if walk and not of_log:
        rows += walked(Atlas(Store(store)))
    whole = pl.concat([frames["observations"], table("observations").frame(rows)])
    words = frames["evidence_criteria"].iter_rows(named=True)
    return score(words, whole, frames["targets"], at, baseline_on, frames)
