"""Projects: stage, money promised, bound and paid, delay and concentration, beside the declared totals.

Question: what became of the projects that states announced, and who pays?
In and out: frames of the register in; a `Portfolio` and its report out.
Method: see the modules of this folder: holder, money, answer.
Limits: a register knows what was entered; declared totals stand beside it and fill nothing in.
"""

from daliz.portfolio.answer import report
from daliz.portfolio.holder import KINDS, STAGES, TABLES, Portfolio

__all__ = ["KINDS", "STAGES", "TABLES", "Portfolio", "report"]
