"""Fixtures: one built store, one atlas, one running server, the console command."""

from __future__ import annotations

import datetime as dt
import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from daliz.build import build
from daliz.config import Settings
from daliz.model.network import CURATED, DERIVED
from daliz.routing import Atlas
from daliz.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import polars as pl

ROOT = Path(__file__).parent.parent
SHARED = ROOT.parent / "shared"
DALIZ = Path(sys.executable).parent / "daliz"

settings.register_profile("daliz", deadline=None)  # a busy machine is not a wrong answer
settings.load_profile("daliz")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip tests that read ../shared where it is absent."""
    if SHARED.is_dir():
        return
    for item in items:
        if "shared" in item.keywords:
            item.add_marker(pytest.mark.skip(reason="../shared is not here"))


@pytest.fixture(scope="session")
def built_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a built store: the one of `make store` when it is there, else a fresh one."""
    folder = Path(os.environ.get("DALIZ_STORE", ROOT / "store"))
    if not Store(folder).exists:
        folder = tmp_path_factory.mktemp("network") / "store"
        build(Store(folder), Settings().cache, dt.datetime.now(dt.UTC).date())
    return folder


@pytest.fixture(scope="session")
def atlas(built_store: Path) -> Atlas:
    """The tables of the built store, ready for routes."""
    return Atlas(Store(built_store))


@pytest.fixture(scope="session")
def frames(built_store: Path) -> dict[str, pl.DataFrame]:
    """All tables of the built store."""
    return Store(built_store).frames((*CURATED, *DERIVED))


@pytest.fixture
def run_daliz(built_store: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run the console command on the built store; keyword arguments are environment variables."""

    def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("DALIZ_", "LC_", "LANG"))}
        everything = {**kept, "DALIZ_STORE": str(built_store), **environment}
        return subprocess.run(
            [str(DALIZ), *arguments], capture_output=True, text=True, env=everything, check=False, timeout=120
        )

    return run


@pytest.fixture
def ask_daliz(
    built_store: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run a command in this process, where it starts at once."""
    from click.testing import CliRunner

    from daliz.cli.group import daliz

    monkeypatch.setenv("DALIZ_STORE", str(built_store))
    for name in ("DALIZ_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        done = CliRunner().invoke(daliz, list(arguments))
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return subprocess.CompletedProcess(arguments, done.exit_code, done.stdout, done.stderr)

    return run


@pytest.fixture(scope="session")
def server_url(built_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a real server over the built store, with own figures of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    own = tmp_path_factory.mktemp("own") / "own.jsonl"
    environment = {**os.environ, "DALIZ_STORE": str(built_store), "DALIZ_OWN": str(own)}
    command = [str(DALIZ), "up", "--port", str(port), "--no-browser"]
    url = f"http://127.0.0.1:{port}"
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as server:
        try:
            _wait_until_it_answers(url, server)
            yield url
        finally:
            server.terminate()
            server.wait(timeout=20)


def _wait_until_it_answers(url: str, server: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        if server.poll() is not None:
            pytest.fail(f"the server stopped with status {server.returncode}")
        try:
            with urllib.request.urlopen(f"{url}/health", timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    pytest.fail("the server did not answer within 30 s")
