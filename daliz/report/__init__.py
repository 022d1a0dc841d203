"""The monitoring report: one paper about plans, projects, works and the ten criteria.

Question: how does all that is monitored come on paper, in Kazakh, Russian or English?
In and out: a store and a day in; a `Sheet` out, which becomes a PDF.
Method: see the modules of this folder: content, drawings, typeset.
Limits: the packages of the extra `report` make it; without them it says how to install them.
"""

from daliz.report.content import monitoring_report
from daliz.report.typeset import Sheet

__all__ = ["Sheet", "monitoring_report"]
