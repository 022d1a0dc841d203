"""The evidence pack: what the source articles declare, and what the public record says beside it.

Question: which systems, commitments, risks, criteria and positions stand behind the work, how exactly
was each said, and who stands for it?
In and out: the curated tables `evidence_*` in; an `Evidence` with its `Quantity` values and its `Matrix` out.
Method: numbers keep their comparator and are compared as intervals; conflicting sources stay side by side.
Limits: glosses in our own words with a locator; the articles themselves are not shipped.
"""

from __future__ import annotations

from daliz.evidence.holder import REGISTERS, TABLES, Evidence
from daliz.evidence.matrix import Matrix
from daliz.model.quantity import Quantity

__all__ = ["REGISTERS", "TABLES", "Evidence", "Matrix", "Quantity"]
