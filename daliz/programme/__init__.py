"""Plans and measures: what was promised, what is late, and what shows that it was done.

Question: which measures of a joint plan are late, which have evidence, who carries them, when will they end?
In and out: frames of the register in; a `Plan` and its `PlanStatus` on a day out.
Method: see the modules of this folder: register, calendar, rules, targets, status, answer.
Limits: a register knows what was entered; declared totals stand beside it and fill nothing in.
"""

from daliz.programme.register import TABLES, Plan
from daliz.programme.rules import STATUSES
from daliz.programme.status import PlanStatus

__all__ = ["STATUSES", "TABLES", "Plan", "PlanStatus"]
