"""The endpoints of monitoring: scorecard, plans, projects, works, incidents.

Question: how does a page ask where the ten criteria stand and which measures are late?
In and out: a day and a language in; the JSON of the commands of the same names out.
Method: parse, call, answer; the registers are read anew with each question, because an import may have
changed them.
Limits: the scorecard here does not walk the corridors on the tables; the command does.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, Request

from daliz.docking import TABLES as DOCKING_TABLES
from daliz.docking import Docking
from daliz.incidents import TABLES as INCIDENT_TABLES
from daliz.incidents import Incidents
from daliz.portfolio import TABLES as PORTFOLIO_TABLES
from daliz.portfolio import Portfolio
from daliz.portfolio import report as portfolio_report
from daliz.programme import TABLES as PLAN_TABLES
from daliz.programme import Plan
from daliz.scorecard import scorecard_of
from daliz.server.asked import Day, Lang, Word
from daliz.store.registers import Registers

if TYPE_CHECKING:
    from pathlib import Path


def monitoring(app: FastAPI, store: Path) -> None:
    """Add the endpoints of monitoring."""

    @app.get("/scorecard", summary="Where the ten success criteria stand")
    def scorecard(
        request: Request, at: Day = None, baseline: Day = None, lang: Lang = "en"
    ) -> dict[str, Any]:
        request.state.lang = lang
        return scorecard_of(store, at or _today(), baseline, walk=False).as_dict(lang)

    @app.get("/plan", summary="Plans on a day: what is late, what is done on paper, who carries how much")
    def plan(
        request: Request, at: Day = None, programme: Word = "", state: Word = "", lang: Lang = "en"
    ) -> dict[str, Any]:
        request.state.lang = lang
        held = Plan.from_frames(Registers.beside(store).frames(PLAN_TABLES))
        return held.select(programme, state.upper()).status(at or _today()).as_dict(lang)

    @app.get("/projects", summary="Projects with stage, money and delay beside the declared totals")
    def projects(
        request: Request,
        at: Day = None,
        state: Word = "",
        sector: Word = "",
        stage: Word = "",
        lang: Lang = "en",
    ) -> dict[str, Any]:
        request.state.lang = lang
        held = Portfolio.from_frames(Registers.beside(store).frames(PORTFOLIO_TABLES))
        return portfolio_report(held.select(state.upper(), sector, stage), at or _today(), lang)

    @app.get("/works", summary="National plans of works by year, pace, and plans that do not meet")
    def works(at: Day = None, lang: Lang = "en") -> dict[str, Any]:
        return Docking.from_frames(Registers.beside(store).frames(DOCKING_TABLES)).as_dict(
            at or _today(), lang
        )

    @app.get("/incidents", summary="Incidents on record, newest first; all of them or those of one place")
    def incidents(place: Word = "", lang: Lang = "en") -> dict[str, Any]:
        held = Incidents.from_frames(Registers.beside(store).frames(INCIDENT_TABLES))
        return {"incidents": held.listed(place, lang)}


def _today() -> dt.date:
    return dt.datetime.now(dt.UTC).date()
