"""Scenario batches: a table of scenarios times a table of pairs, one table of results.

Question: what do many scenarios do to many trips, and which corridor does each trip take then?
In and out: a file of scenarios (`schema/scenario_edits.csv` with a column `scenario`) and one of pairs in;
a table of `schema/batch_results.csv` out, and the scenarios with refused edits apart, to be mended.
Method: `reading` makes scenarios of rows, `work` computes one scenario over one block of pairs and
`reuse` says what of today still holds in it, `run` spreads the work over processes and keeps finished
parts so that a stopped run goes on, `cluster` spreads it over Spark, `quarantine` writes what was refused.
Limits: the rows of one scenario are those of `daliz scenario apply` and `daliz matrix`: the best way by one
criterion on the reference date, loads do not move to other ways.
"""

from __future__ import annotations

from daliz.batch.reading import Scenario, read_scenarios
from daliz.batch.run import Done, Event, Question, run, stopped_at

__all__ = ["Done", "Event", "Question", "Scenario", "read_scenarios", "run", "stopped_at"]
