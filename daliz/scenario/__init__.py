"""What if: a table of edits, applied to the network, and what it changes for a trip.

Question: what happens to hours, dollars and emissions when a port closes, a draught falls, a step goes?
In and out: a file of edits (`schema/scenario_edits.csv`) and the frames of a store in; new frames, a list
of every cell changed and of every edit refused out; the router works on them by `Atlas.with_frames`.
Method: `edits` reads and checks the file, `target` finds what a name means, `roads` closes, slows and
sets hours, `steps` removes and adds steps and adds capacity, `ships` changes draughts and prices,
`compare` asks the router before and after.
Limits: an edit acts on declared tables, never on the base graph; loads do not move to other ways, so
a port that takes over the traffic of a closed one is no busier for it.
"""

from __future__ import annotations

from daliz.scenario.bench import Edited
from daliz.scenario.compare import compare, differences, under
from daliz.scenario.edits import checked, checked_rows, load, parse, read
from daliz.scenario.run import apply

__all__ = [
    "Edited", "apply", "checked", "checked_rows", "compare", "differences", "load", "parse", "read", "under",
]  # fmt: skip
