"""The corridor regime: which steps a place asks for on a day, whose they are and by when they must be done.

Question: which checklist is in force here today, how long may each step take on its own clock, and which
checks of the neighbour stand for ours?
In and out: the declared tables `checklists`, `checklist_items` and `recognitions` in; a frozen `Regime` out,
and from it checklists by day, spans of clocks, differences and duplicate controls.
Method: see the modules of this folder.
Limits: a rule that no source tells is not made up: a step without a published norm has none.
"""

from daliz.regime.baseline import baseline
from daliz.regime.clocks import spans_s
from daliz.regime.difference import diff
from daliz.regime.holder import Checklist, Regime
from daliz.regime.recognition import duplicates, waived

__all__ = ["Checklist", "Regime", "baseline", "diff", "duplicates", "spans_s", "waived"]
