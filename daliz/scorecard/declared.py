"""The ten criteria and the series by which each is judged.

Question: which figures stand behind a criterion, and which way is better?
In and out: nothing in; `CRITERIA` out.
Method: ids are those of table `evidence_criteria`, where the words of each criterion stand; a series is
named as in table `observations`.
Limits: the source article names the criteria and sets neither figures nor thresholds; the choice of series
is ours and is shown with each figure.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["CRITERIA", "Criterion", "Series"]


@dataclass(frozen=True)
class Series:
    """One figure behind a criterion: its name in `observations`, unit, better way, key of its words."""

    name: str
    unit: str
    better: str
    label: str


@dataclass(frozen=True)
class Criterion:
    """A criterion of the front page; its first series with figures speaks for it.

    `settles` is the key of what data it asks for; `breaks` the kind of incident whose changes of reporting
    cut it.
    """

    id: str
    series: tuple[Series, ...]
    settles: str
    breaks: str = ""


CRITERIA = (
    Criterion(
        "K-01",
        (
            Series("transit_p50_h", "h", "lower", "scorecard.transit_p50"),
            Series("transit_p90_h", "h", "lower", "scorecard.transit_p90"),
            Series("border_h", "h", "lower", "scorecard.border"),
        ),
        "scorecard.settles_time",
    ),
    Criterion(
        "K-02",
        (
            Series("cost_20t_500km_usd", "USD", "lower", "scorecard.cost_20t"),
            Series("cost_teu_km_usd", "USD/TEU km", "lower", "scorecard.cost_teu"),
        ),
        "scorecard.settles_cost",
    ),
    Criterion(
        "K-03",
        (Series("hva_share", "1", "higher", "scorecard.hva"),),
        "scorecard.settles_trade",
    ),
    Criterion(
        "K-04",
        (Series("localised_rd", "", "higher", "scorecard.research"),),
        "scorecard.settles_research",
    ),
    Criterion(
        "K-05",
        (
            Series("joint_training_completed", "people", "higher", "scorecard.completed"),
            Series("joint_training_enrolled", "people", "higher", "scorecard.enrolled"),
        ),
        "scorecard.settles_training",
    ),
    Criterion(
        "K-06",
        (Series("cyber_incident_rate", "", "lower", "scorecard.cyber"),),
        "scorecard.settles_cyber",
        breaks="cyber",
    ),
    Criterion(
        "K-07",
        (Series("environmental_incident_rate", "", "lower", "scorecard.environmental"),),
        "scorecard.settles_environmental",
        breaks="environmental",
    ),
    Criterion(
        "K-09",
        (
            Series("barrier_removal_median_d", "d", "lower", "scorecard.removal"),
            Series("barriers_open", "barriers", "lower", "scorecard.barriers_open"),
        ),
        "scorecard.settles_barriers",
    ),
    Criterion(
        "K-10",
        (Series("checklist_agreement", "1", "higher", "scorecard.agreement"),),
        "scorecard.settles_regime",
    ),
    Criterion(
        "K-11",
        (
            Series("hva_capital_committed", "", "higher", "scorecard.committed"),
            Series("hva_capital_disbursed", "", "higher", "scorecard.disbursed"),
            Series("hva_capital_pledged", "", "higher", "scorecard.pledged"),
        ),
        "scorecard.settles_capital",
    ),
)
"""The ten in the order of the front page."""
