"""Which steps of a procedure concern which service.

Question: does this row of the table `procedures` apply to a shipment on this service?
In and out: a row and a service class in; yes or no out.
Method: a step with service * concerns every service; a step for one cargo class concerns the services
that carry it; steps for perishable or dangerous goods concern ordinary cargo never.
Limits: cargo classes follow from the service; goods that need their own checks are not told apart yet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from daliz.schema import Row

__all__ = ["concerns"]

_CONTAINER = frozenset({"block_train", "feeder", "deep_sea"})
_GENERAL = frozenset({"wagonload"})


def concerns(row: Row, service: str) -> bool:
    """Whether the step applies to a shipment on `service` (* stands for road of any kind)."""
    if row["service"] not in ("*", service):
        return False
    if row["cargo_class"] == "container":
        return service not in _GENERAL
    if row["cargo_class"] == "general":
        return service not in _CONTAINER
    return bool(row["cargo_class"] == "any")
