"""What the monitoring report says: chapters from the topics, in the reader's language.

Question: what must a minister and an auditor find in one paper about plans, projects and results?
In and out: the folder of a store and a day in; a `Sheet` out.
Method: each chapter shows what its topic gives and says what is not known; every figure stands with its
class, and the sources of the rows that are shown are listed at the end.
Limits: the report judges nothing that the topics do not; what is long is cut with a count of what was left
out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from daliz.barriers import Register
from daliz.competence import TABLES as COMPETENCE_TABLES
from daliz.competence import Competence
from daliz.docking import TABLES as DOCKING_TABLES
from daliz.docking import Docking
from daliz.i18n import text
from daliz.incidents import TABLES as INCIDENT_TABLES
from daliz.incidents import Incidents
from daliz.portfolio import TABLES as PORTFOLIO_TABLES
from daliz.portfolio import Portfolio
from daliz.portfolio import report as portfolio_report
from daliz.programme import STATUSES, Plan
from daliz.programme import TABLES as PLAN_TABLES
from daliz.report.drawings import bars, network_map
from daliz.report.typeset import Sheet
from daliz.scorecard import scorecard_of
from daliz.store import Store
from daliz.store.registers import Registers
from daliz.trade import TABLES as TRADE_TABLES
from daliz.trade import Trade
from daliz.trade import report as trade_report

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable
    from pathlib import Path

    from daliz.schema import Row

__all__ = ["monitoring_report"]

_MOST = 40
_NAMED = (
    "kz-dostyk",
    "kz-aktau-port",
    "az-baku",
    "uz-tashkent",
    "ru-moscow",
    "ir-rasht",
    "ge-poti-port",
    "kz-almaty",
    "kg-jalal-abad",
    "af-kabul",
    "cn-kashgar",
    "kz-astana",
)


@dataclass
class _Maker:
    """One report in the making: the sheet, the registers, the day, and the sources of what was shown."""

    sheet: Sheet
    registers: Registers
    at: dt.date
    lang: str
    sources: set[str] = field(default_factory=set)

    def say(self, key: str, **values: object) -> str:
        """Words of the catalogue."""
        return text(key, self.lang, **values)

    def shown(self, rows: Iterable[Row]) -> list[Row]:
        """Rows up to the limit; their sources are remembered."""
        kept = list(rows)
        self.sources |= {str(row["source"]) for row in kept[:_MOST] if row.get("source")}
        return kept[:_MOST]

    def table(self, heads: tuple[str, ...], rows: list[tuple[object, ...]], widths: str = "") -> None:
        """A table; `heads` are keys of the catalogue."""
        if rows:
            self.sheet.table([self.say(name) for name in heads], rows, widths)


def monitoring_report(store: Path, at: dt.date, lang: str, walk: bool = True) -> Sheet:
    """The report of a store on a day.

    Raises
    ------
    MissingStore, BadValue
        when the store is not there, is damaged, or the packages of the report are not installed.
    """
    registers = Registers.beside(store)
    footer = text("report.footer", lang, day=at.isoformat())
    sheet = Sheet(text("report.title", lang), text("report.subtitle", lang, day=at.isoformat()), footer, lang)
    maker = _Maker(sheet, registers, at, lang)
    card = scorecard_of(store, at, walk=walk).as_dict(lang)
    plan = Plan.from_frames(registers.frames(PLAN_TABLES)).status(at).as_dict(lang)
    held = Portfolio.from_frames(registers.frames(PORTFOLIO_TABLES))
    projects = portfolio_report(held, at, lang)
    works = Docking.from_frames(registers.frames(DOCKING_TABLES))
    sheet.figures(
        [
            (f"{card['judged']} / {len(card['criteria'])}", maker.say("report.judged")),
            (str(len(plan["late"])), maker.say("report.late")),
            (str(len(plan["without_evidence"])), maker.say("report.unproven")),
            (str(len(projects["projects"])), maker.say("report.projects")),
        ]
    )
    _criteria(maker, card)
    _plans(maker, plan)
    _projects(maker, projects)
    _works(maker, works)
    _others(maker)
    _sources(maker)
    return sheet


def _criteria(maker: _Maker, card: Row) -> None:
    maker.sheet.heading(maker.say("report.criteria"))
    rows: list[tuple[object, ...]] = []
    for row in card["criteria"]:
        told = [one for one in row["results"] if one["value"] is not None][:4]
        figures = "\n".join(_told(one) for one in told) or "–"
        maker.sources |= {str(one["source"]) for one in told if one["source"]}
        verdict = row["status_text"] + (f": {row['reason_text']}" if row["reason_text"] else "")
        rows.append((f"{row['id']} {row['title']}", figures, verdict, row["settles"] or ""))
    maker.table(
        ("col.rp_criterion", "col.rp_figures", "col.pl_status", "col.rp_settles"),
        rows,
        "(1.1fr, 1.5fr, 0.8fr, 1.6fr)",
    )


def _told(one: Row) -> str:
    """A figure with subject, unit, interval and class."""
    name = one["subject_name"] or one["measure"]
    unit = "" if one["unit"] == "1" else f" {one['unit']}"
    interval = "" if one["interval"] is None else f" ({_number(one['low'])}–{_number(one['high'])})"
    return f"{name}: {_number(one['value'])}{unit}{interval}, {one['quality_text']}"


def _number(value: float) -> str:
    shown = f"{value:,.0f}" if abs(value) >= 1e3 else f"{value:.3g}"
    return shown.replace(",", "\u202f")


def _plans(maker: _Maker, plan: Row) -> None:
    maker.sheet.heading(maker.say("report.plans"))
    rows: list[tuple[object, ...]] = [
        (
            row["title"],
            row["kind_text"],
            row["declared_text"] or "–",
            str(row["registered"]),
            ""
            if row["missing"] is None
            else maker.say("programme.at_least", number=f"{row['missing']['least']:.0f}"),
        )
        for row in maker.shown(plan["programmes"])
    ]
    widths = "(3fr, 1.2fr, 1.4fr, 0.9fr, 1.1fr)"
    maker.table(
        ("col.pl_programme", "col.pl_kind", "col.pl_declared", "col.pl_registered", "col.pl_missing"),
        rows,
        widths,
    )
    words = {status: maker.say(key) for status, key in STATUSES.items()}
    bars_ = [
        {"programme": row["title"], "n": count, "status": words[status]}
        for row in plan["programmes"]
        for status, count in row["counts"].items()
    ]
    if bars_:
        svg = bars(
            bars_,
            ("programme", "n", "status"),
            (maker.say("report.measures"), maker.say("col.pl_status")),
            list(words.values()),
            26 * len({row["programme"] for row in bars_}),
        )
        maker.sheet.picture(svg, maker.say("report.chart_status"))
    maker.sheet.heading(maker.say("report.measures_head"), 2)
    maker.sheet.note(maker.say("report.measures_note"))
    listed: list[tuple[object, ...]] = [
        (
            row["title"],
            ", ".join(filter(None, [row["lead"], *(row["partners"] or ())])),
            row["due"] or "–",
            row["status_text"],
            row["reason"],
        )
        for row in maker.shown(plan["measures"])
    ]
    maker.table(
        ("col.pl_measure", "col.pl_states", "col.pl_due", "col.pl_status", "col.pl_reason"),
        listed,
        "(2.6fr, 1.1fr, auto, 1fr, 2.2fr)",
    )
    if len(plan["measures"]) > _MOST:
        maker.sheet.note(maker.say("report.left_out", number=len(plan["measures"]) - _MOST))
    load = [
        {"state": row["state"], "n": row[name], "what": maker.say(key)}
        for row in plan["load"]
        for name, key in (("leads", "col.pl_leads"), ("shares", "col.pl_shares"))
    ]
    if load:
        maker.sheet.heading(maker.say("programme.load"), 2)
        svg = bars(
            load, ("state", "n", "what"), (maker.say("report.measures"), ""), height=18 * len(plan["load"])
        )
        maker.sheet.picture(svg, maker.say("programme.load"), "80%")


def _projects(maker: _Maker, found: Row) -> None:
    maker.sheet.heading(maker.say("report.projects_head"))
    rows: list[tuple[object, ...]] = [
        (
            row["title"],
            row["sector_text"],
            row["stage_text"],
            ", ".join(row["states"]),
            "; ".join(_money(one) for one in row["amounts"] if one["kind"] == "estimate") or "–",
            row["end_actual"] or row["end_planned"] or "–",
        )
        for row in maker.shown(found["projects"])
    ]
    maker.table(
        (
            "col.pr_project",
            "col.pr_sector",
            "col.pr_stage",
            "col.pl_states",
            "col.pr_estimate",
            "col.pl_finish",
        ),
        rows,
        "(2.6fr, 1.2fr, 1.2fr, 1fr, 1.4fr, auto)",
    )
    maker.sheet.heading(maker.say("portfolio.declared"), 2)
    declared: list[tuple[object, ...]] = [
        (
            row["commitment"],
            row["text"],
            f"{row['registered']:.4g}",
            maker.say("programme.at_least", number=f"{row['missing']['least']:.4g}"),
        )
        for row in maker.shown(found["declared"])
    ]
    maker.table(("col.ev_id", "col.pl_declared", "col.pl_registered", "col.pl_missing"), declared)


def _money(row: Row) -> str:
    sign = "" if row["comparator"] == "=" else f"{row['comparator']} "
    return f"{sign}{row['value'] / 1e6:,.0f} M {row['currency']}".replace(",", "\u202f")


def _works(maker: _Maker, works: Docking) -> None:
    told = works.as_dict(maker.at, maker.lang)
    maker.sheet.heading(maker.say("report.works"))
    frames = Store(maker.registers.store).frames(("legs", "places"))
    places = {str(row["place"]): row for row in frames["places"].iter_rows(named=True)}
    named = [
        (str(places[key][f"name_{maker.lang}"]), places[key]["lat"], places[key]["lon"])
        for key in _NAMED
        if key in places
    ]
    by_link = {str(row["link"]): row for row in works.works if row["link"]}
    svg = network_map(frames["legs"].iter_rows(named=True), by_link, named, maker.lang)
    maker.sheet.picture(svg, maker.say("report.map"))
    maker.sheet.note(maker.say("report.map_note"))
    rows = [
        {"year": str(row["year"]), "km": row["km_high"] or row["km_low"], "class": row["class_text"]}
        for row in told["by_year"]
        if row["mode"] == "rail" and row["class"] != "repair" and (row["km_high"] or row["km_low"])
    ]
    if rows:
        maker.sheet.picture(
            bars(rows, ("year", "km", "class"), ("km", ""), height=24 * len({row["year"] for row in rows})),
            maker.say("docking.by_year"),
            "80%",
        )
        maker.sheet.note(maker.say("report.works_note"))
    titles = {row["work"]: row for row in told["works"]}
    maker.shown(told["works"])
    apart: list[tuple[object, ...]] = [
        (titles[row["work"]]["title"], f"{row['state']} → {row['border_with']}", row["why_text"])
        for row in told["undocked"]
    ]
    if apart:
        maker.sheet.heading(maker.say("docking.undocked"), 2)
        maker.table(("col.wk_work", "col.wk_border", "col.pl_reason"), apart)


def _others(maker: _Maker) -> None:
    """Barriers, trade, incidents and training: what is known, and that nothing is where nothing is."""
    frames = maker.registers.frames(
        ("barriers", *INCIDENT_TABLES, *COMPETENCE_TABLES[:2], *TRADE_TABLES, "trade")
    )
    maker.sheet.heading(maker.say("report.others"))
    barriers = Register.from_frames(frames)
    half = barriers.removal(maker.at).curve.median
    days = "–" if half.value == float("inf") else f"{half.value:.0f}"
    maker.sheet.words(maker.say("report.barriers", number=len(barriers.standing(maker.at)), days=days))
    maker.shown(dict(row) for row in barriers.standing(maker.at))
    trade = trade_report(Trade.from_frames(frames), maker.lang)
    maker.table(
        ("col.pl_declared", "col.pl_states", "col.source"),
        [(row["text"], ", ".join(row["states"]), row["source"]) for row in maker.shown(trade["declared"])],
    )
    if not trade["years"]:
        maker.sheet.note(maker.say("trade.empty"))
    incidents = Incidents.from_frames(frames).as_dict(maker.at, maker.lang)
    if not incidents["n"]:
        maker.sheet.note(maker.say("incidents.empty"))
    rates: list[tuple[object, ...]] = [
        (row["kind_text"], row["year"], row["n"], "–" if row["rate"] is None else f"{row['rate']:.3g}")
        for row in incidents["rates"]
    ]
    maker.table(("col.in_kind", "col.wk_year", "col.n", "col.in_rate"), rows=rates)
    people = Competence.from_frames(frames).as_dict(maker.lang)
    maker.shown(people["programmes"])
    maker.table(
        (
            "col.pl_state",
            "col.cp_cluster",
            "col.wk_year",
            "col.cp_places",
            "col.cp_covered",
            "col.cp_enrolled",
            "col.cp_completed",
        ),
        [
            (
                row["state"],
                row["cluster_text"],
                str(row["year"] or "–"),
                *(_people(row[name]) for name in ("places", "covered", "enrolled", "completed")),
            )
            for row in people["totals"]
        ],
    )


def _people(told: Row | None) -> str:
    if told is None:
        return "–"
    sign = "> " if told["high"] is None else "" if told["low"] == told["high"] else "≤ "
    return sign + _number(told["low"] if told["high"] is None else told["high"])


def _sources(maker: _Maker) -> None:
    """What each class means, and the sources of what was shown."""
    maker.sheet.heading(maker.say("report.sources"))
    maker.sheet.note(maker.say("report.classes"))
    rows = {str(row["source"]): row for row in maker.registers.frame("sources").iter_rows(named=True)}
    listed: list[tuple[object, ...]] = [
        (key, rows[key]["citation"], str(rows[key]["retrieved"]))
        for key in sorted(maker.sources)
        if key in rows
    ]
    maker.table(("col.source", "col.rp_citation", "col.rp_read"), listed, "(1fr, 3.4fr, auto)")
