"""Events against checklists and time standards; every breach with its events.

Question: which stays at places kept to the checklist of their day, which steps were late, left out, repeated,
out of order or unknown, whose they were, and what was lost?
In and out: events (a frame of the table), a `Regime` and the frames of a network in; a `Conformance` out:
tables
`visits`, `visit_steps`, `breaches`, attainment and losses by group, changes, next steps.
Method: see the modules of this folder: `log` cuts and chooses, `engine.align` aligns, `judge` clocks,
`deadlines` judges promises, `measures` adds up.
Limits: what is open is censored: never counted as done, its hours a lower bound.
"""

from daliz.conformance.ahead import NextStep
from daliz.conformance.answer import Conformance
from daliz.conformance.deadlines import case_ends
from daliz.conformance.log import Options, Window
from daliz.conformance.run import conform, conform_parts

__all__ = ["Conformance", "NextStep", "Options", "Window", "case_ends", "conform", "conform_parts"]
