"""The ten success criteria: value, interval, trend and target of each, or why it cannot be judged.

Question: on the front page, where does each criterion stand and how surely?
In and out: observations of every topic, baselines and targets in; a `Scorecard` out.
Method: see the modules of this folder: declared series, figures gathered, one judged, all on a card.
Limits: a criterion without a declared baseline is not judged, whatever its figures.
"""

from daliz.scorecard.assemble import scorecard_of
from daliz.scorecard.card import Scorecard, score
from daliz.scorecard.declared import CRITERIA

__all__ = ["CRITERIA", "Scorecard", "score", "scorecard_of"]
