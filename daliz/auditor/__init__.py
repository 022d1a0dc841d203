"""Published figures checked against arithmetic and against what is measured.

Question: which published figures cannot all be true, by how much, and what would mend them?
In and out: claims (a file, a table of indicators, or sentences in kk, ru, en) in; an `Audit` of remarks out.
Method: exact intervals for the rounding of printed digits; rules declared once in `rules.csv`.
Limits: it finds contradiction and doubt, not truth.
"""

from __future__ import annotations

from daliz.auditor.audit import Audit, audit, audit_file
from daliz.auditor.claims import Claims
from daliz.auditor.rules import Remark, rules
from daliz.auditor.sentences import hear

__all__ = ["Audit", "Claims", "Remark", "audit", "audit_file", "hear", "rules"]
