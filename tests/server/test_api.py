"""The server: OpenAPI 3.1, the same answers as the command, refusals in the reader's language."""

from __future__ import annotations

import asyncio
import itertools
import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode

from daliz.server.app import create_app
from daliz.views import LAYERS

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from typing import Any

    from fastapi import FastAPI

LANGUAGES = ("kk", "ru", "en")
EXAMPLES = 8


@pytest.fixture(scope="module")
def app(built_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    """The application over the built store, with a file of own figures of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DALIZ_OWN", str(tmp_path_factory.mktemp("own") / "own.jsonl"))
        yield create_app(str(built_store), ahead=False)


class Client:
    """Questions to an application in this process, one at a time."""

    def __init__(self, app: FastAPI) -> None:
        self._transport = httpx.ASGITransport(app, raise_app_exceptions=False)

    def ask(self, method: str, path: str, **asked: Any) -> httpx.Response:
        """One request and its answer."""

        async def send() -> httpx.Response:
            async with httpx.AsyncClient(transport=self._transport, base_url="http://localhost") as client:
                return await client.request(method, path, **asked)

        return asyncio.run(send())

    def get(self, path: str, **asked: Any) -> httpx.Response:
        """GET."""
        return self.ask("GET", path, **asked)

    def post(self, path: str, **asked: Any) -> httpx.Response:
        """POST."""
        return self.ask("POST", path, **asked)

    def options(self, path: str, **asked: Any) -> httpx.Response:
        """OPTIONS."""
        return self.ask("OPTIONS", path, **asked)


@pytest.fixture(scope="module")
def client(app: FastAPI) -> Client:
    """A client of the application in this process."""
    return Client(app)


@pytest.fixture(scope="module")
def described(app: FastAPI) -> Any:
    """The interface as its own description tells it."""
    return schemathesis.openapi.from_asgi("/openapi.json", app)


OPERATIONS = (
    ("GET", "/health"),
    ("GET", "/meta"),
    ("GET", "/words/{lang}"),
    ("GET", "/sources"),
    ("GET", "/sources/{key}"),
    ("GET", "/countries"),
    ("GET", "/places"),
    ("GET", "/places/{name}"),
    ("GET", "/corridors"),
    ("GET", "/features/{name}"),
    ("POST", "/routes"),
    ("GET", "/terms/{word}"),
    ("GET", "/terms"),
    ("GET", "/codes"),
    ("GET", "/legs/{leg}"),
    ("GET", "/legs"),
    ("GET", "/incidents"),
    ("GET", "/lines"),
    ("GET", "/tiles/{sheet}/{zoom}/{column}/{row}"),
    ("GET", "/compare"),
    ("POST", "/scenarios"),
    ("GET", "/own"),
    ("POST", "/own"),
    ("GET", "/scorecard"),
    ("GET", "/plan"),
    ("GET", "/projects"),
    ("GET", "/works"),
)


@pytest.mark.parametrize("kind", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["fitting", "unfit"])
@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_the_server_keeps_to_its_description(
    described: Any, method: str, path: str, kind: GenerationMode
) -> None:
    """Whatever fits the description, and what does not, gets a described answer and never a crash."""
    operation = described[path][method]

    @settings(
        max_examples=EXAMPLES, deadline=None, derandomize=True, database=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=operation.as_strategy(generation_mode=kind))
    def ask(case: Any) -> None:
        case.call_and_validate(timeout=120)  # the first question of some kinds compiles or walks

    try:
        ask()
    except Unsatisfiable:
        assert kind is GenerationMode.NEGATIVE, "an operation without parameters has no unfit question"


def test_no_operation_is_left_out(described: Any) -> None:
    """Every operation of the description is asked by the test above."""
    paths = described.raw_schema["paths"]
    assert {(method.upper(), path) for path, found in paths.items() for method in found} == set(OPERATIONS)


def test_the_description_is_openapi_31(client: Client) -> None:
    """`/openapi.json` is OpenAPI 3.1 and describes the paths that others build on."""
    found = client.get("/openapi.json").json()
    assert found["openapi"].startswith("3.1")
    assert {"/health", "/routes", "/places", "/places/{name}", "/corridors", "/features/{name}"} <= set(
        found["paths"]
    )
    assert set(found["paths"]["/routes"]) == {"post"}


def test_health_answers(client: Client, atlas: Any) -> None:
    """`GET /health` says that the server is well and over which network."""
    found = client.get("/health")
    assert found.status_code == 200
    assert found.json()["status"] == "ok"
    assert found.json()["reference_date"] == atlas.reference_date.isoformat()
    assert found.json()["counts"]["places"] >= 350


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        ((), {"origin": "Altynkol", "destination": "Brest"}),
        (
            ("--mode", "rail", "--via", "Almaty", "--close", "Dostyk", "--seed", "4", "--with", "sla",
             "--lang", "kk", "--teu", "6", "--vintage", "2022", "--alternatives", "1",
             "--depart", "2027-02-01"),
            {"origin": "Altynkol", "destination": "Brest", "mode": "rail", "via": ["Almaty"],
             "close": ["Dostyk"], "seed": 4, "with": "sla", "lang": "kk", "teu": 6, "vintage": 2022,
             "alternatives": 1, "depart": "2027-02-01"},
        ),
    ],
)  # fmt: skip
def test_routes_answers_what_the_command_answers(
    client: Client,
    run_daliz: Callable[..., subprocess.CompletedProcess[str]],
    words: tuple[str, ...],
    asked: dict[str, object],
) -> None:
    """`POST /routes` and `daliz route --json` give the same answer to the same question."""
    by_http = client.post("/routes", json=asked)
    by_command = run_daliz("route", str(asked["origin"]), str(asked["destination"]), *words, "--json")
    assert by_http.status_code == 200
    assert by_http.json() == json.loads(by_command.stdout)


def test_geometry_is_given_when_asked_for(client: Client) -> None:
    """With `geometry` every moving leg carries a line from its first to its last place as lon, lat."""
    asked = {"origin": "Altynkol", "destination": "Almaty", "geometry": True}
    legs = client.post("/routes", json=asked).json()["options"][0]["legs"]
    lines = [leg["geometry"] for leg in legs if leg["distance_km"] > 0]
    assert lines
    assert lines[0][0] == pytest.approx([80.298, 44.168], abs=0.2)
    assert lines[-1][-1] == pytest.approx([76.94, 43.26], abs=0.3)
    assert all(len(line) >= 2 for line in lines)


REFUSED = (
    ({"origin": "Atlantis", "destination": "Brest"}, 404, "error.unknown_place"),
    ({"origin": "Almaty", "destination": "Алматы"}, 422, "error.same_place"),
    ({"origin": "Druzhba", "destination": "Brest"}, 409, "error.ambiguous_place"),
    ({"origin": "Almaty", "destination": "Brest", "depart": "soon"}, 422, "error.instant"),
    ({"origin": "Almaty", "destination": "Brest", "service": "rocket"}, 422, "error.unknown_service"),
    ({"origin": "Almaty", "destination": "Brest", "mode": "air"}, 422, "error.request"),
    ({"origin": "Almaty", "destination": "Brest", "teu": 0}, 422, "error.request"),
    ({"origin": "Almaty", "destination": "Brest", "colour": "red"}, 422, "error.request"),
    ({"destination": "Brest"}, 422, "error.request"),
)


@pytest.mark.parametrize(("asked", "status", "key"), REFUSED)
def test_refusals_have_a_key_and_words_in_the_language_asked_for(
    client: Client, asked: dict[str, object], status: int, key: str
) -> None:
    """Every refusal is {"error": {"key", "message"}}, worded in kk, ru or en as the question was."""
    said = set()
    for lang in LANGUAGES:
        found = client.post("/routes", json=asked | {"lang": lang})
        assert found.status_code == status
        assert set(found.json()) == {"error"}
        error = found.json()["error"]
        assert set(error) == {"key", "message"}
        assert error["key"] == key
        assert error["message"] != key
        assert "{" not in error["message"]
        said.add(error["message"])
    assert len(said) == len(LANGUAGES)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/places/Atlantis", 404), ("/sources/hearsay", 404), ("/features/clouds", 422),
        ("/corridors?name=Atlantis", 404),
    ],
)  # fmt: skip
def test_lookups_are_refused_in_the_language_asked_for(client: Client, path: str, status: int) -> None:
    """Unknown places, sources, layers and corridors are refusals in three languages."""
    said = set()
    for lang in LANGUAGES:
        joint = "&" if "?" in path else "?"
        found = client.get(f"{path}{joint}lang={lang}")
        assert found.status_code == status
        said.add(found.json()["error"]["message"])
    assert len(said) == len(LANGUAGES)


def test_unknown_paths_are_refused_like_any_other(client: Client) -> None:
    """A path that is not there has the same kind of refusal, not another shape."""
    found = client.get("/nowhere")
    assert found.status_code == 404
    assert set(found.json()["error"]) == {"key", "message"}


def test_broken_json_is_refused(client: Client) -> None:
    """A body that is not JSON is a refusal with a key, not a crash."""
    found = client.post("/routes", content=b"{", headers={"Content-Type": "application/json"})
    assert found.status_code == 422
    assert found.json()["error"]["key"] == "error.request"


@pytest.mark.parametrize("layer", LAYERS)
def test_layers_are_sent_once(client: Client, layer: str) -> None:
    """A layer carries an ETag, and asked for again with it is 304 without a body; languages differ."""
    first = client.get(f"/features/{layer}", params={"lang": "kk"})
    assert first.status_code == 200
    assert first.headers["content-type"].startswith("application/geo+json")
    tag = first.headers["etag"]
    again = client.get(f"/features/{layer}", params={"lang": "kk"}, headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    other = client.get(f"/features/{layer}", params={"lang": "ru"}, headers={"If-None-Match": tag})
    assert other.status_code == 200
    assert other.headers["etag"] != tag


@pytest.mark.parametrize("layer", LAYERS)
def test_layers_are_geojson_with_attribution(client: Client, layer: str) -> None:
    """Each layer is a feature collection of lon, lat positions with the attribution of its data."""
    found = client.get(f"/features/{layer}").json()
    assert found["type"] == "FeatureCollection"
    assert "OpenStreetMap" in found["attribution"]
    assert found["features"]
    for feature in found["features"][:50]:
        numbers = json.dumps(feature["geometry"]["coordinates"])
        assert set(numbers) <= set("[]-., 0123456789e")
        assert feature["properties"]["id"]


def test_no_other_site_may_read_the_answers(client: Client) -> None:
    """There are no CORS headers: a page of another site cannot use the server of this machine."""
    headers = {"Origin": "https://elsewhere.example"}
    for found in (
        client.get("/health", headers=headers),
        client.post("/routes", json={"origin": "Almaty", "destination": "Astana"}, headers=headers),
        client.options("/routes", headers=headers | {"Access-Control-Request-Method": "POST"}),
    ):
        assert [name for name in found.headers if name.lower().startswith("access-control-")] == []


def test_places_are_found_while_typing(client: Client) -> None:
    """The search box finds a place by its first letters in three scripts, named in the language asked for."""
    for query in ("Altyn", "Алтынк", "алтынкө"):
        hits = client.get("/places", params={"q": query, "lang": "kk"}).json()["places"]
        assert "Алтынкөл" in [hit["name"] for hit in hits]
    assert client.get("/places", params={"q": ""}).json() == {"places": []}


def test_every_source_that_an_answer_names_has_a_card(client: Client) -> None:
    """Each source of an option, a leg and a step can be looked up, with citation and licence."""
    option = client.post("/routes", json={"origin": "Altynkol", "destination": "Poti"}).json()["options"][0]
    cards = client.get("/sources").json()["sources"]
    keys = {step["source"] for leg in option["legs"] for step in leg["steps"]}
    keys |= {leg["source"] for leg in option["legs"]} | set(option["sources"])
    assert keys <= set(cards)
    assert all(cards[key]["citation"] and cards[key]["licence"] for key in keys)


def test_a_real_server_answers(server_url: str) -> None:
    """The server that `daliz up` starts answers over a real socket as the one in this process does."""
    assert httpx.get(f"{server_url}/health", timeout=10).json()["status"] == "ok"
    asked = {"origin": "Алматы", "destination": "Ташкент", "lang": "kk"}
    found = httpx.post(f"{server_url}/routes", json=asked, timeout=30)
    assert found.status_code == 200
    assert found.json()["origin"]["name"] == "Алматы"


def test_lines_are_those_of_the_command_from_many_threads(
    client: Client, ask_daliz: Callable[..., Any]
) -> None:
    """`GET /lines` asked eight times at once, with and without a closure, answers as `daliz line` does."""
    asked = {"origin": "Almaty", "destination": "43.3,45.7", "by": "km", "alternatives": 1}
    shut = {**asked, "close": "kz-altynkol"}
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda at: client.get("/lines", params=shut if at % 2 else asked), range(8)))
    told = ask_daliz("line", "Almaty", "43.3,45.7", "--by", "km", "--alternatives", "1", "--json")
    assert {found.status_code for found in answers} == {200}
    lines = json.loads(told.stdout)["lines"]
    assert all(found.json()["lines"] == lines for found in answers[::2])
    assert all(found.json() == answers[1].json() for found in answers[1::2])


def test_lines_are_drawn_and_refused(client: Client) -> None:
    """With `geometry` stretches follow one another; a point at sea is refused in the language asked for."""
    asked = {"origin": "Dostyk", "destination": "Aktau", "mode": "rail", "by": "hours", "geometry": True}
    (line,) = client.get("/lines", params=asked).json()["lines"]
    drawn = [stretch["geometry"] for stretch in line["stretches"]]
    for one, two in itertools.pairwise(drawn):
        assert one[-1] == pytest.approx(two[0], abs=0.2)
    assert sum(stretch["km"] for stretch in line["stretches"]) == pytest.approx(line["km"], abs=0.1)
    lost = client.get("/lines", params={"origin": "41.5,50.5", "destination": "Aktau", "lang": "kk"})
    assert lost.status_code == 404
    assert "41.5,50.5" in lost.json()["error"]["message"]
