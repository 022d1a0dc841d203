"""Starting the server on this machine.

Question: how is the application put on a port, and who may not be served?
In and out: a store, a host and a port in; a running server until it is stopped.
Method: Granian, embedded, one process; loopback addresses only, since there are no accounts yet.
Limits: one machine, one process.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import threading
import time
import webbrowser
from typing import TYPE_CHECKING

from daliz.errors import BadValue, Refused

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["page_is_built", "refuse_strangers", "serve"]


def page_is_built() -> bool:
    """True when the page was built into the package."""
    from importlib.resources import files

    return files("daliz.server").joinpath("page/index.html").is_file()


def refuse_strangers(host: str, port: int) -> None:
    """Refuse to listen beyond this machine, or on a port that is taken.

    Raises
    ------
    Refused
        when the host is not a loopback address.
    BadValue
        when the port is taken.
    """
    try:
        loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise Refused("error.bind", host=host)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            raise BadValue("error.port", port=port) from None


def serve(store: Path, host: str, port: int, open_url: str | None) -> None:
    """Serve until interrupted; open `open_url` in a browser once the server answers."""
    from granian.constants import Interfaces
    from granian.server.embed import Server

    from daliz.build import warm_kernels
    from daliz.server.app import create_app

    warm_kernels()
    server = Server(
        create_app(str(store)), address="127.0.0.1" if host == "localhost" else host, port=port,
        interface=Interfaces.ASGI,
    )  # fmt: skip
    if open_url is not None:
        threading.Thread(target=_open_when_ready, args=(host, port, open_url), daemon=True).start()
    try:
        asyncio.run(server.serve())
    except KeyboardInterrupt:
        return


def _open_when_ready(host: str, port: int, url: str) -> None:
    for _ in range(100):
        with socket.socket() as probe:
            probe.settimeout(0.2)
            if probe.connect_ex((host, port)) == 0:
                webbrowser.open(url)
                return
        time.sleep(0.1)
