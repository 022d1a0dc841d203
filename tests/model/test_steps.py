"""Which steps concern which service."""

from __future__ import annotations

import pytest

from daliz.model.steps import concerns


@pytest.mark.parametrize(
    ("step_service", "cargo_class", "services"),
    [
        ("*", "any", {"*", "wagonload", "block_train", "feeder", "ro_ro"}),
        ("block_train", "any", {"block_train"}),
        ("*", "container", {"*", "block_train", "feeder", "ro_ro"}),
        ("*", "general", {"*", "wagonload", "ro_ro"}),
        ("wagonload", "container", set()),
        ("*", "perishable", set()),
        ("*", "dangerous", set()),
    ],
)
def test_a_step_concerns_the_services_of_its_cargo(
    step_service: str, cargo_class: str, services: set[str]
) -> None:
    """A step binds its own service, or all; container and general steps bind those that carry such cargo."""
    row = {"service": step_service, "cargo_class": cargo_class}
    asked = ("*", "wagonload", "block_train", "feeder", "ro_ro")
    assert {service for service in asked if concerns(row, service)} == services
