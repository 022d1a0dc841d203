"""The application factory and its endpoints.

Question: how does a page or a program ask Daliz over HTTP?
In and out: JSON in and out, described by OpenAPI 3.1 at /openapi.json.
Method: an endpoint is parse, call, answer; refusals are `DalizError`s, mapped to statuses in one place
and worded in the language asked for. Layers are encoded once per store and language and carry an ETag.
Limits: no accounts, so it is served on loopback only (`daliz.server.serve`), and the one thing that it
writes, the user's own figures, is taken from pages of this machine only.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import gzip
import hashlib
import json
import mimetypes
from functools import lru_cache
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Annotated, Any, Literal
from urllib.parse import urlsplit

from fastapi import FastAPI, Header, Query, Request, Response
from fastapi import Path as ApiPath
from fastapi.exceptions import RequestValidationError
from fastapi.middleware.gzip import GZipMiddleware
from fastapi.responses import JSONResponse
from fastapi.staticfiles import StaticFiles
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from daliz import __version__, own, routing, scenario, views
from daliz.errors import DalizError, Refused, UnknownPlace
from daliz.explain import compare, term, terms
from daliz.i18n import LANGUAGES, catalogue, glossary, text
from daliz.model.frozen import Cargo
from daliz.routing.request import MOST_SHIPMENTS
from daliz.server.asked import Lang
from daliz.server.monitoring import monitoring
from daliz.server.networks import Networks
from daliz.store import Store
from daliz.tiles import LAST_ZOOM, Tiles

if TYPE_CHECKING:
    from starlette.types import Scope

MVT = "application/vnd.mapbox-vector-tile"
MOST_TILES_KEPT = 4096
PAGE = Path(__file__).parent / "page"


Edit = dict[str, str | float | int | list[str] | None]
"""One row of `scenario_edits` by column."""


class RouteRequest(BaseModel):
    """A question for `POST /routes`; the words are those of `daliz route`."""

    model_config = ConfigDict(extra="forbid")

    origin: str = Field(min_length=1, max_length=200, examples=["Altynkol"])
    destination: str = Field(min_length=1, max_length=200, examples=["Poti"])
    mode: Literal["any", "rail", "road", "sea"] = "any"
    service: str | None = Field(default=None, max_length=60)
    via: list[Annotated[str, Field(max_length=200)]] = Field(default_factory=list, max_length=10)
    avoid: list[Annotated[str, Field(max_length=200)]] = Field(default_factory=list, max_length=20)
    close: list[Annotated[str, Field(max_length=200)]] = Field(default_factory=list, max_length=20)
    depart: str | None = Field(default=None, max_length=40)
    arrive_by: str | None = Field(default=None, max_length=40)
    teu: float = Field(default=2.0, gt=0, le=1e6)
    tonnes: float | None = Field(default=None, gt=0, le=1e8)
    value_usd: float | None = Field(default=None, gt=0, lt=1e9)
    hs: str | None = Field(default=None, max_length=10)
    ground: Literal["published", "measured", "sla"] = Field(default="published", alias="with")
    vintage: int | None = Field(default=None, ge=1990, le=2100)
    planned: bool = False
    by_year: int | None = Field(default=None, ge=1990, le=2100, description="Planned lines open by this year")
    seed: int = Field(default=0, ge=0, le=2**31)
    alternatives: int = Field(default=0, ge=0, le=8)
    lang: Literal["kk", "ru", "en"] = "en"
    shipments: int | None = Field(default=None, ge=1, le=MOST_SHIPMENTS)
    own: bool = Field(default=False, description="Whether the user's own figures count")
    scenario: list[Edit] = Field(
        default_factory=list, max_length=200, description="Edits, rows of table scenario_edits"
    )
    geometry: bool = False
    explain: bool = False

    def asked(self) -> routing.Request:
        """The request as the router takes it."""
        cargo = Cargo(
            self.teu, self.tonnes, self.value_usd, self.hs, self.mode, self.service, self.ground,
            self.vintage, self.planned, by_year=self.by_year,
        )  # fmt: skip
        return routing.Request(
            self.origin, self.destination, tuple(self.via), tuple(self.avoid), tuple(self.close),
            self.depart, self.arrive_by, cargo, self.seed, self.alternatives, self.lang, self.shipments,
        )  # fmt: skip


class ScenarioRequest(BaseModel):
    """A question for `POST /scenarios`: edits, and the trip to compare with today."""

    model_config = ConfigDict(extra="forbid")

    edits: list[Edit] = Field(min_length=1, max_length=200, description="Rows of table scenario_edits")
    route: RouteRequest


class OwnFigure(BaseModel):
    """A figure of the user about one row of ours."""

    model_config = ConfigDict(extra="forbid")

    op: Literal["add"]
    kind: str = Field(max_length=60)
    target: str = Field(min_length=1, max_length=300)
    quantity: str = Field(max_length=60)
    value: float
    note: str = Field(min_length=1, max_length=2000)
    author: str = Field(min_length=1, max_length=300)
    date: dt.date | None = None


class OwnRemark(BaseModel):
    """A note that one row of ours is wrong."""

    model_config = ConfigDict(extra="forbid")

    op: Literal["wrong"]
    table: str = Field(max_length=60)
    row: str = Field(min_length=1, max_length=300)
    note: str = Field(min_length=1, max_length=2000)
    author: str = Field(min_length=1, max_length=300)
    date: dt.date | None = None


class TakenBack(BaseModel):
    """A figure or remark that no longer holds."""

    model_config = ConfigDict(extra="forbid")

    op: Literal["remove"]
    id: str = Field(max_length=60)


class Refusal(BaseModel):
    """What an error answer holds."""

    error: dict[str, str]


REFUSALS: dict[int | str, dict[str, Any]] = {
    status: {"model": Refusal} for status in (400, 403, 404, 409, 422, 503)
}


def create_app(store_folder: str, *, ahead: bool = True) -> FastAPI:
    """The application over one store.

    `ahead` makes in the background what the first readers will ask for.

    Raises
    ------
    MissingStore
        when the store is not built.
    """
    store = Store(Path(store_folder))
    atlas = routing.Atlas(store)
    networks = Networks(atlas, store)
    app = FastAPI(
        title="Daliz", version=__version__, docs_url=None, redoc_url=None, responses=REFUSALS,
        description="Freight corridors with the procedures of every border.",
    )  # fmt: skip
    app.add_middleware(GZipMiddleware, minimum_size=1000)
    app.add_exception_handler(DalizError, _refuse)
    app.add_exception_handler(RequestValidationError, _misunderstood)
    app.add_exception_handler(HTTPException, _no_such_path)
    _about(app, atlas)
    _places(app, atlas)
    _layers(app, atlas)
    tiles = Tiles(atlas, store)
    _tiles(app, atlas, tiles)
    if ahead:
        # A thread of its own: the first reader should not wait for the network to be made, kernels to be
        # read, zooms to be cut and corridors to be walked.
        Thread(target=_prepare, args=(atlas, tiles), daemon=True).start()
    monitoring(app, Path(store_folder))

    @app.post("/routes", summary="Options from one place to another")
    def routes(asked: RouteRequest, request: Request) -> dict[str, Any]:
        request.state.lang = asked.lang
        network = networks.asked(asked.asked(), asked.own, asked.scenario)
        return routing.route(network, asked.asked()).as_dict(geometry=asked.geometry, explain=asked.explain)

    @app.post("/scenarios", summary="What edits do to a trip, against today")
    def scenarios(asked: ScenarioRequest, request: Request) -> dict[str, Any]:
        request.state.lang = asked.route.lang
        network = networks.asked(asked.route.asked(), asked.route.own, asked.route.scenario)
        networks.named(asked.route.asked())
        edited = scenario.apply(network.frames, scenario.checked(asked.edits))
        compared = scenario.compare(network, edited, asked.route.asked())
        touched = views.touched(network, edited, asked.route.lang)
        return edited.as_dict(asked.route.lang) | compared.as_dict() | touched

    _lines(app, networks)
    _own(app, networks)
    if PAGE.is_dir():
        app.mount("/", Page(directory=PAGE, html=True), name="page")
    return app


def _lines(app: FastAPI, networks: Networks) -> None:
    @app.get("/lines", summary="Lines over every rail and road between two points, without clocks")
    def lines(
        request: Request,
        origin: Annotated[str, Query(min_length=1, max_length=200, description="Place, or `lat,lon`")],
        destination: Annotated[str, Query(min_length=1, max_length=200, description="Place, or `lat,lon`")],
        close: Annotated[
            list[Annotated[str, Field(max_length=200)]],
            Query(default_factory=list, max_length=20, description="What is shut: legs, crossings, places"),
        ],
        by: Annotated[Literal["km", "hours", "usd", "co2e"], Query(description="What is least")] = "hours",
        mode: Literal["any", "rail", "road"] = "any",
        alternatives: Annotated[int, Query(ge=0, le=9)] = 0,
        geometry: bool = False,
        lang: Lang = "en",
    ) -> dict[str, Any]:
        request.state.lang = lang
        found = networks.ground(mode, by).lines(origin, destination, by, alternatives + 1, close)
        rows = [views.line_row(line, networks.built, lang, geometry) for line in found]
        return {"by": by, "mode": mode, "lines": rows}


def _own(app: FastAPI, networks: Networks) -> None:
    @app.get("/own", summary="The user's own figures beside ours, and remarks")
    def listed(request: Request, lang: Lang = "en") -> dict[str, Any]:
        request.state.lang = lang
        return own.as_dict(networks.book(), networks.tables(), lang)

    @app.post("/own", summary="Add a figure, note that a row is wrong, or take one of them back")
    def written(
        asked: Annotated[OwnFigure | OwnRemark | TakenBack, Field(discriminator="op")],
        request: Request,
        lang: Lang = "en",
    ) -> dict[str, str]:
        request.state.lang = lang
        _refuse_other_pages(request)
        book = networks.book()
        if isinstance(asked, TakenBack):
            book.remove(asked.id)
            return {"id": asked.id}
        fields = asked.model_dump(exclude={"op"}) | {"date": asked.date or dt.datetime.now(dt.UTC).date()}
        if isinstance(asked, OwnFigure):
            return {"id": book.add(own.Figure.read(fields), networks.tables()).id}
        return {"id": book.remark(own.Remark.read(fields), networks.tables()).id}


def _refuse_other_pages(request: Request) -> None:
    """Refuse a write that a page of another site makes a browser send, by name or by a name that points here.

    Raises
    ------
    Refused
        when the host asked for, or the page that asks, is not this machine.
    """
    origin = request.headers.get("origin")
    for address in (str(request.url), *([] if origin is None else [origin])):
        if urlsplit(address).hostname not in ("localhost", "127.0.0.1", "::1"):
            raise Refused("error.other_page", page=address)


def _about(app: FastAPI, atlas: routing.Atlas) -> None:
    @app.get("/health", summary="Whether the server answers, and over which network")
    def health() -> dict[str, Any]:
        return {
            "status": "ok", "version": __version__, "reference_date": atlas.reference_date.isoformat(),
            "counts": atlas.manifest["rows"],
        }  # fmt: skip

    @app.get("/meta", summary="Attribution, border policy, reference date")
    def meta(lang: Lang = "en") -> dict[str, Any]:
        return {
            "attribution": atlas.manifest["attribution"], "border_policy": text("policy.borders", lang),
            "reference_date": atlas.reference_date.isoformat(),
        }  # fmt: skip

    @app.get("/words/{lang}", summary="Catalogue of words of one language")
    def words(lang: Literal["kk", "ru", "en"]) -> dict[str, Any]:
        return {"words": catalogue(lang), "glossary": {k: row[lang] for k, row in glossary().items()}}

    @app.get("/sources", summary="Source cards by key")
    def sources() -> dict[str, Any]:
        return {"sources": views.sources(atlas)}

    @app.get("/sources/{key}", summary="One source card")
    def source(key: str, request: Request, lang: Lang = "en") -> dict[str, Any]:
        request.state.lang = lang
        found = views.sources(atlas, [key])
        if not found:
            raise UnknownPlace("error.unknown_source", name=key)
        return {"sources": found}

    @app.get("/codes", summary="Activity codes of procedures, by name")
    def codes(lang: Lang = "en") -> dict[str, Any]:
        rows = atlas.codes.values()
        return {
            "codes": [{"code": row["code"], "name": row[f"name_{lang}"], "mode": row["mode"]} for row in rows]
        }

    @app.get("/terms", summary="Every term, those with a definition first")
    def all_terms(lang: Lang = "en") -> dict[str, Any]:
        return {"terms": [one.as_dict(lang) for one in terms().values()]}

    @app.get("/terms/{word}", summary="A term: definition, formula, unit, source, code place")
    def one_term(word: str, request: Request, lang: Lang = "en") -> dict[str, Any]:
        request.state.lang = lang
        return term(word).as_dict(lang)

    @app.get("/compare", summary="Two to four corridors side by side")
    def compared(
        request: Request,
        corridor: Annotated[list[str], Query(min_length=2, max_length=4)],
        vintage: Annotated[int | None, Query(ge=1990, le=2100, description="Figures as of this year")] = None,
        lang: Lang = "en",
    ) -> dict[str, Any]:
        request.state.lang = lang
        sides = compare(atlas, corridor, Cargo(vintage=vintage), 0).as_dict(lang)
        return sides | {"vintages": views.vintages(atlas)}

    @app.get("/countries", summary="States of the network")
    def countries(lang: Lang = "en") -> dict[str, Any]:
        rows = atlas.gazetteer.countries.values()
        return {"countries": [{"country": r["country"], "name": r[f"name_{lang}"]} for r in rows]}


def _places(app: FastAPI, atlas: routing.Atlas) -> None:
    @app.get("/places", summary="Places by name, for a search box")
    def places(
        q: Annotated[str, Query(max_length=200)] = "",
        lang: Lang = "en",
        limit: Annotated[int, Query(ge=1, le=50)] = 8,
    ) -> dict[str, Any]:
        return {"places": views.place_hits(atlas, q, lang, limit)}

    @app.get("/places/{name}", summary="Everything known of one place")
    def place(name: str, request: Request, lang: Lang = "en") -> dict[str, Any]:
        request.state.lang = lang
        return views.place_card(atlas, name, lang)

    @app.get("/legs/{leg}", summary="One leg of the network")
    def leg(leg: str, request: Request, lang: Lang = "en") -> dict[str, Any]:
        request.state.lang = lang
        return views.leg_card(atlas, leg, lang)

    @app.get("/corridors", summary="Named corridors")
    def corridors(
        request: Request, lang: Lang = "en", name: Annotated[str | None, Query(max_length=200)] = None
    ) -> dict[str, Any]:
        request.state.lang = lang
        return {"corridors": views.corridor_list(atlas, lang, name)}


def _layers(app: FastAPI, atlas: routing.Atlas) -> None:
    @lru_cache(maxsize=len(views.LAYERS) * 3)
    def encoded(name: str, lang: str) -> tuple[bytes, str]:
        body = json.dumps(views.layer(atlas, name, lang), ensure_ascii=False, separators=(",", ":")).encode()
        return body, f'"{hashlib.sha256(body).hexdigest()[:20]}"'

    @app.get(
        "/features/{name}", summary="A map layer as GeoJSON", response_class=Response,
        responses={200: {"content": {"application/geo+json": {}}}, 304: {"description": "Not modified"}},
    )  # fmt: skip
    def features(
        name: Literal["legs", "places", "crossings", "corridors"], request: Request, lang: Lang = "en",
        if_none_match: Annotated[str | None, Header()] = None,
    ) -> Response:  # fmt: skip
        request.state.lang = lang
        body, tag = encoded(name, lang)
        headers = {"ETag": tag, "Cache-Control": "no-cache"}
        if if_none_match == tag:
            return Response(status_code=304, headers=headers)
        return Response(body, media_type="application/geo+json", headers=headers)


def _tiles(app: FastAPI, atlas: routing.Atlas, tiles: Tiles) -> None:
    @app.get("/legs", summary="The leg nearest to a point")
    def leg_at(
        lat: Annotated[float, Query(ge=-85, le=85)],
        lon: Annotated[float, Query(ge=-180, le=180)],
        mode: Literal["rail", "road", "sea"],
        request: Request,
        lang: Lang = "en",
    ) -> dict[str, Any]:
        request.state.lang = lang
        number = tiles.leg_at(lon, lat, mode)
        return views.leg_card(atlas, "" if number is None else str(number), lang)

    @lru_cache(maxsize=MOST_TILES_KEPT)
    def packed(sheet: str, zoom: int, column: int, row: int) -> tuple[bytes, str]:
        body = tiles.tile(sheet, zoom, column, row)
        return gzip.compress(body, 5, mtime=0), f'"{hashlib.sha256(body).hexdigest()[:20]}"'

    @app.get(
        "/tiles/{sheet}/{zoom}/{column}/{row}", summary="The network of one tile as a Mapbox Vector Tile",
        response_class=Response,
        responses={200: {"content": {MVT: {}}}, 304: {"description": "Not modified"}},
    )  # fmt: skip
    def tile(
        sheet: Literal["network", "legs"],
        zoom: Annotated[int, ApiPath(ge=0, le=LAST_ZOOM)],
        column: Annotated[int, ApiPath(ge=0)],
        row: Annotated[int, ApiPath(ge=0)],
        request: Request,
        lang: Lang = "en",
        if_none_match: Annotated[str | None, Header()] = None,
    ) -> Response:
        request.state.lang = lang
        body, tag = packed(sheet, zoom, column, row)
        headers = {"ETag": tag, "Cache-Control": "no-cache", "Content-Encoding": "gzip"}
        if if_none_match == tag:
            return Response(status_code=304, headers={"ETag": tag, "Cache-Control": "no-cache"})
        return Response(body, media_type=MVT, headers=headers)


def _prepare(atlas: routing.Atlas, tiles: Tiles) -> None:
    """Ask for a short way, so that what every question needs is there; then for tiles and corridors."""
    for leg in atlas.frames["legs"].head(1).iter_rows(named=True):
        with contextlib.suppress(DalizError):
            routing.route(atlas, routing.Request(leg["from_place"], leg["to_place"]))
    tiles.prepare()
    views.corridor_list(atlas, "en")


class Page(StaticFiles):
    """The built page. What was compressed when it was built is sent so to who can read it.

    Names of assets carry a hash of what is in them, so they may be kept for good; the page itself is asked
    for again each time.
    """

    async def get_response(self, path: str, scope: Scope) -> Response:
        """One file, compressed where that helps."""
        asset = path.startswith("assets")
        readable = dict(scope["headers"]).get(b"accept-encoding", b"").decode("latin-1")
        packed = asset and "br" in [word.split(";")[0].strip() for word in readable.split(",")]
        if packed and self.lookup_path(f"{path}.br")[1] is not None:
            response = await super().get_response(f"{path}.br", scope)
            response.headers["Content-Encoding"] = "br"
            kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
            response.headers["Content-Type"] = kind
        else:
            response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if asset else "no-cache"
        response.headers["Vary"] = "Accept-Encoding"
        return response


def _refusal(status: int, key: str, message: str) -> JSONResponse:
    return JSONResponse({"error": {"key": key, "message": message}}, status_code=status)


async def _refuse(request: Request, error: Exception) -> Response:
    """A refusal in the language of the request."""
    lang = getattr(request.state, "lang", request.query_params.get("lang", "en"))
    if not isinstance(error, DalizError):
        raise error
    return _refusal(error.http_status, error.key, error.text(lang))


async def _misunderstood(request: Request, error: Exception) -> Response:
    """A request that does not fit the schema, said like any other refusal."""
    if not isinstance(error, RequestValidationError):
        raise error
    first = error.errors()[0]
    reason = f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
    lang = _language(request, error.body)
    return _refusal(422, "error.request", text("error.request", lang, reason=reason))


async def _no_such_path(request: Request, error: Exception) -> Response:
    """An unknown path or method, or a body that is not JSON, said like any other refusal."""
    if not isinstance(error, HTTPException):
        raise error
    message = text("error.request", _language(request, None), reason=str(error.detail))
    return _refusal(error.status_code, "error.request", message)


def _language(request: Request, body: object) -> str:
    """Language asked for in the address or in the body, else English."""
    asked = body.get("lang") if isinstance(body, dict) else None
    for lang in (request.query_params.get("lang"), asked):
        if lang in LANGUAGES:
            return str(lang)
    return "en"
