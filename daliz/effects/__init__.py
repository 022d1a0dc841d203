"""Did it work: the effect of a measure on an indicator, measured and expected.

Question: which measures moved transit time or cost, by how much and how surely?
In and out: a store with its registers and its log, and a question in; an `Answer` out.
Method: see the modules of this folder: series, judge, expected, answer.
Limits: it says plainly when it cannot be judged, and what would settle it.
"""

from daliz.effects.answer import Answer, Question, effect_of
from daliz.effects.judge import Effect, judge_effect
from daliz.effects.series import Monthly

__all__ = ["Answer", "Effect", "Monthly", "Question", "effect_of", "judge_effect"]
