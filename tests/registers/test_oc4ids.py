"""OC4IDS: the published example and our own projects, out and back, valid by the published schema."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from daliz.errors import BadValue
from daliz.io import oc4ids
from daliz.model.registers import cells
from daliz.schema import table

if TYPE_CHECKING:
    import polars as pl

SHARED = Path(__file__).parents[3] / "shared"
NOW = dt.datetime(2026, 11, 26, 12, tzinfo=dt.UTC)

FOREIGN = {
    "id": "oc4ids-xx-1",
    "title": "A bridge",
    "status": "implementation",
    "sector": ["transport", "transport.road"],
    "period": {"startDate": "2025-01-01T00:00:00Z", "endDate": "2026-12-31T00:00:00Z", "durationInDays": 730},
    "budget": {
        "amount": {"amount": 120.5, "currency": "EUR"},
        "approvalDate": "2024-05-01T00:00:00Z",
        "finance": [
            {"id": "1", "value": {"amount": 100, "currency": "EUR"}, "financingParty": {"name": "A bank"}}
        ],
    },
    "parties": [{"id": "x", "name": "A ministry", "roles": ["publicAuthority"]}],
    "locations": [{"id": "1", "address": {"countryCode": "KG"}}],
    "metrics": [{"id": "m", "title": "length"}],
}


def package(tmp_path: Path, *projects: Any) -> Path:
    """A package of projects."""
    path = tmp_path / "projects.json"
    path.write_text(json.dumps({"version": "0.9", "projects": projects}), encoding="utf-8")
    return path


def test_a_foreign_project_becomes_rows(tmp_path: Path) -> None:
    """Stage, sector, days, states, sponsors, budget and finance; the rest is carried."""
    taken = oc4ids.read(package(tmp_path, FOREIGN), "x")
    (row,) = taken.rows["projects"]
    assert (row["stage"], row["sector"], row["states"], row["sponsors"]) == (
        "construction",
        "road",
        ["KG"],
        ["A ministry"],
    )
    assert row["end_planned"] == dt.date(2026, 12, 31)
    assert [(one["kind"], one["value"], one["financier"]) for one in taken.rows["project_amounts"]] == [
        ("estimate", 120.5, None),
        ("committed", 100.0, "A bank"),
    ]


def test_a_foreign_project_goes_out_as_it_came_and_keeps_the_rest_when_changed(tmp_path: Path) -> None:
    """Not changed: equal JSON. With a new stage: the new status, and still its metrics."""
    taken = oc4ids.read(package(tmp_path, FOREIGN), "x")
    assert _written(tmp_path, taken) == [FOREIGN]
    taken.rows["projects"][0]["stage"] = "completed"
    (again,) = _written(tmp_path, taken)
    assert again["status"] == "completion"
    assert again["metrics"] == FOREIGN["metrics"]
    assert again["id"] == FOREIGN["id"]


def _written(tmp_path: Path, taken: Any) -> list[Any]:
    frames = {name: table(name).frame(rows) for name, rows in taken.rows.items()}
    path = tmp_path / "out.json"
    oc4ids.write(frames, path, NOW, carried={key: word for (_, key), word in taken.carried.items()})
    projects: list[Any] = json.loads(path.read_text())["projects"]
    return projects


def test_the_shipped_projects_go_out_and_come_back_the_same(
    frames: dict[str, pl.DataFrame], tmp_path: Path
) -> None:
    """Every column of every project and amount."""
    path = tmp_path / "all.json"
    oc4ids.write(frames, path, NOW)
    taken = oc4ids.read(path, "x")
    assert taken.refused == []
    for name in oc4ids.TABLES:
        before = sorted(str(cells(name, row)) for row in frames[name].iter_rows(named=True))
        assert sorted(str(cells(name, row)) for row in taken.rows[name]) == before


@pytest.mark.shared
def test_the_published_example_goes_out_as_it_came(tmp_path: Path) -> None:
    """The example of the standard, read and written: equal project by project."""
    example = SHARED / "data/oc4ids/example.json"
    taken = oc4ids.read(example, "x")
    assert taken.refused == []
    assert _written(tmp_path, taken) == json.loads(example.read_text())["projects"]


@pytest.mark.shared
def test_what_goes_out_is_valid_by_the_published_schema(
    frames: dict[str, pl.DataFrame], tmp_path: Path
) -> None:
    """Zero errors for every shipped project against the project schema."""
    import jsonschema

    schema = json.loads((SHARED / "data/oc4ids/project-schema.json").read_text())
    validator = jsonschema.validators.validator_for(schema)(schema)
    path = tmp_path / "all.json"
    oc4ids.write(frames, path, NOW)
    errors = [
        f"{project['id']}: {error.message}"
        for project in json.loads(path.read_text())["projects"]
        for error in validator.iter_errors(project)
    ]
    assert errors == []


def test_strangers_are_refused(tmp_path: Path) -> None:
    """No JSON and no list are refusals; a project without an id, or of wrong form, is quarantined."""
    path = tmp_path / "x.json"
    path.write_text("{")
    with pytest.raises(BadValue, match="JSON"):
        oc4ids.read(path, "x")
    path.write_text('{"a": 1}')
    with pytest.raises(BadValue, match="projects"):
        oc4ids.read(path, "x")
    taken = oc4ids.read(package(tmp_path, {"title": "x"}, {"id": "a", "period": [1]}, FOREIGN), "x")
    assert [one.message for one in taken.refused] == ["finding.oc4ids_id", "finding.oc4ids_shape"]
    assert len(taken.rows["projects"]) == 1
