"""What a user hands in over HTTP: edits, own figures, remarks; and who may not write."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from daliz.server.app import create_app

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

HERE = "http://127.0.0.1:8000"
TRIP = {"origin": "Altynkol", "destination": "Brest", "mode": "rail"}
CLOSE = {"edit": "no-dostyk", "action": "close", "target": "kz-ru-semiglavy-mar-ozinki-rail"}
SEA = {"origin": "Altynkol", "destination": "Poti", "via": ["Aktau port", "Alat port"]}


@pytest.fixture
def ask(built_store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., httpx.Response]:
    """Questions to an application over the built store, with a fresh file of own figures."""
    monkeypatch.setenv("DALIZ_OWN", str(tmp_path / "own.jsonl"))
    app = create_app(str(built_store), ahead=False)

    def send(method: str, path: str, base: str = HERE, **asked: Any) -> httpx.Response:
        async def once() -> httpx.Response:
            transport = httpx.ASGITransport(app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url=base) as client:
                return await client.request(method, path, **asked)

        return asyncio.run(once())

    return send


def crossed(ask: Callable[..., httpx.Response]) -> tuple[dict[str, Any], str]:
    """The fastest way of the trip today, and its first border."""
    option = ask("POST", "/routes", json=TRIP).json()["options"][0]
    return option, option["borders"][0]["crossing"]


def test_a_scenario_answers_what_the_command_answers(
    ask: Callable[..., httpx.Response],
    run_daliz: Callable[..., subprocess.CompletedProcess[str]],
    tmp_path: Path,
) -> None:
    """`POST /scenarios` and `daliz scenario apply --json` give the same difference for the same edits."""
    _, border = crossed(ask)
    edits = [CLOSE | {"target": border}]
    file = tmp_path / "edits.json"
    file.write_text(json.dumps(edits), encoding="utf-8")
    by_http = ask("POST", "/scenarios", json={"edits": edits, "route": TRIP})
    by_command = run_daliz(
        "scenario", "apply", str(file), "--from", "Altynkol", "--to", "Brest", "--mode", "rail", "--json"
    )
    assert by_http.status_code == 200
    assert by_http.json() == json.loads(by_command.stdout)
    (fastest,) = [row for row in by_http.json()["differences"] if "fastest" in row["label"]]
    assert fastest["difference"]["time_mean_h"] > 0
    assert fastest["borders_lost"]


def test_a_route_on_an_edited_network_keeps_off_what_is_closed(ask: Callable[..., httpx.Response]) -> None:
    """`POST /routes` with `scenario` routes on the edited network; the next question is about today again."""
    today, border = crossed(ask)
    edited = ask("POST", "/routes", json=TRIP | {"scenario": [CLOSE | {"target": border}]}).json()
    for option in edited["options"]:
        assert border not in {found["crossing"] for found in option["borders"]}
    assert edited["options"][0]["time_mean_h"] > today["time_mean_h"]
    assert crossed(ask) == (today, border)


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        ({"edit": "x", "action": "close", "target": "Atlantis"}, "Atlantis"),
        ({"edit": "x", "action": "fly", "target": "Altynkol"}, "fly"),
        ({"edit": "x", "action": "slow", "target": "KZ"}, "factor"),
        ({"colour": "red"}, "colour"),
    ],
)  # fmt: skip
def test_edits_that_do_not_fit_are_refused_with_their_row(
    ask: Callable[..., httpx.Response], edit: dict[str, str], said: str
) -> None:
    """A misfit in `scenario` of a route is 422 with table, row and column, in each language."""
    for lang in ("kk", "ru", "en"):
        found = ask("POST", "/routes", json=TRIP | {"scenario": [edit], "lang": lang})
        assert found.status_code == 422
        assert said in found.json()["error"]["message"]


def test_an_edit_that_cannot_act_is_listed_and_the_others_act(ask: Callable[..., httpx.Response]) -> None:
    """In `POST /scenarios` an unknown target is a refusal beside the difference that the other edit makes."""
    _, border = crossed(ask)
    edits = [CLOSE | {"target": border}, {"edit": "lost", "action": "close", "target": "Atlantis"}]
    found = ask("POST", "/scenarios", json={"edits": edits, "route": TRIP}).json()
    assert [refusal["row"] for refusal in found["refusals"]] == ["scenario_edits:2:target"]
    assert found["changes"]
    assert found["differences"]


def test_the_same_edit_twice_is_refused(ask: Callable[..., httpx.Response]) -> None:
    """Two edits of one name are a finding, as in a file."""
    found = ask("POST", "/scenarios", json={"edits": [CLOSE, CLOSE], "route": TRIP})
    assert found.status_code == 422
    assert "no-dostyk" in found.json()["error"]["message"]


def test_an_own_figure_counts_when_asked_and_is_taken_back(ask: Callable[..., httpx.Response]) -> None:
    """Aktau – Alat in 200 h: listed beside ours, counted with `own`, not without, gone when taken back."""
    figure = {
        "op": "add", "kind": "sailing", "target": "aktau-alat-feeder", "quantity": "sailing_h",
        "value": 200.0, "note": "our captain", "author": "A. Reader", "date": "2026-11-20",
    }  # fmt: skip
    before = ask("POST", "/routes", json=SEA | {"own": True}).json()
    key = ask("POST", "/own", json=figure).json()["id"]
    (listed,) = ask("GET", "/own").json()["figures"]
    assert (listed["id"], listed["value"], listed["ours"][0]["value"]) == (key, 200.0, 21.0)
    without = ask("POST", "/routes", json=SEA).json()
    counted = ask("POST", "/routes", json=SEA | {"own": True}).json()
    assert without == before
    assert counted != before
    assert ask("POST", "/own", json={"op": "remove", "id": key}).json() == {"id": key}
    assert ask("GET", "/own").json()["figures"] == []
    assert ask("POST", "/routes", json=SEA | {"own": True}).json() == before


def test_a_remark_that_a_row_is_wrong_is_kept(ask: Callable[..., httpx.Response]) -> None:
    """`op: wrong` leaves a note with author and day; an unknown row, table or id is refused."""
    remark = {"op": "wrong", "table": "places", "row": "kz-almaty", "note": "moved", "author": "A. Reader"}
    assert ask("POST", "/own", json=remark).status_code == 200
    (listed,) = ask("GET", "/own").json()["remarks"]
    assert (listed["row"], listed["note"], listed["author"]) == ("kz-almaty", "moved", "A. Reader")
    assert listed["date"]
    for wrong, status in (
        (remark | {"row": "kz-atlantis"}, 404), (remark | {"table": "legs"}, 422),
        (remark | {"table": "clouds"}, 422), ({"op": "remove", "id": "own-99"}, 404),
        (remark | {"op": "burn"}, 422),
    ):  # fmt: skip
        found = ask("POST", "/own", json=wrong)
        assert (found.status_code, set(found.json())) == (status, {"error"}), wrong


@pytest.mark.parametrize(
    ("base", "headers"),
    [
        (HERE, {"Origin": "https://evil.example"}),
        ("http://rebound.example:8000", {}),
        (HERE, {"Origin": "null"}),
    ],
)  # fmt: skip
def test_pages_of_other_sites_may_not_write(
    ask: Callable[..., httpx.Response], base: str, headers: dict[str, str]
) -> None:
    """A write of a foreign page, or to a name that is not this machine, is refused and not written."""
    remark = {"op": "wrong", "table": "places", "row": "kz-almaty", "note": "moved", "author": "A. Reader"}
    found = ask("POST", "/own", base=base, json=remark, headers=headers)
    assert (found.status_code, found.json()["error"]["key"]) == (403, "error.other_page")
    assert ask("GET", "/own").json()["remarks"] == []


def test_a_form_is_not_a_write(ask: Callable[..., httpx.Response]) -> None:
    """A body that is not declared as JSON, as any page may send one, is refused."""
    body = json.dumps({"op": "wrong", "table": "places", "row": "kz-almaty", "note": "x", "author": "y"})
    found = ask("POST", "/own", content=body.encode(), headers={"Content-Type": "text/plain"})
    assert found.status_code == 422
    assert ask("GET", "/own").json()["remarks"] == []


def test_shipments_of_the_day_are_told_over_http(ask: Callable[..., httpx.Response]) -> None:
    """With a due time and four shipments the answer holds the chance of all, below that of one."""
    asked = TRIP | {"depart": "2026-12-01", "arrive_by": "2026-12-10", "shipments": 4}
    answer = ask("POST", "/routes", json=asked).json()
    assert answer["shipments"] == 4
    for option in answer["options"]:
        assert 0 <= option["all_on_time"] <= option["on_time"] <= 1
