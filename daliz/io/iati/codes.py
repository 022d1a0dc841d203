"""Which of our tables and columns stand behind which parts and codes of IATI.

Question: what is an activity, a status, a date of IATI in our tables?
In and out: nothing in; maps out.
Method: the codes are those of the code lists ActivityStatus and ActivityDateType of IATI 2.03.
Limits: several of our stages share one status of IATI.
"""

from __future__ import annotations

__all__ = ["DATES", "OWNED", "STAGE_OF", "STATUS_OF"]

OWNED = {
    "measures": ("measure", ("measure_links:successor", "milestones:measure", "measure_progress:measure",
                             "measure_evidence:measure")),
    "programmes": ("programme", ("measure_progress:programme",)),
    "projects": ("project", ("project_amounts:project",)),
}  # fmt: skip
"""Tables with activities of their own, their key, and tables (with column) whose rows go with them."""

STAGE_OF = {"1": "preparation", "2": "construction", "3": "construction", "4": "completed", "5": "cancelled",
            "6": "suspended"}  # fmt: skip
"""IATI activity status to the stage of a project."""

STATUS_OF = {
    "idea": "1", "preparation": "1", "procurement": "1", "construction": "2", "operation": "4",
    "completed": "4", "suspended": "6", "cancelled": "5", "not_started": "1", "under_way": "2", "done": "4",
}  # fmt: skip
"""Stage of a project or status of a measure to the IATI activity status."""

DATES = {
    "projects": {"1": "start_planned", "2": "start_actual", "3": "end_planned", "4": "end_actual"},
    "measures": {"1": "start", "2": "started", "3": "due", "4": "done"},
}
"""IATI activity dates to our columns."""
