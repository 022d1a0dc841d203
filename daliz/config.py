"""Settings, built once by whoever starts the program.

Question: where are the store and the cache, and which day is today for the tables?
In and out: environment variables `DALIZ_*` in; one frozen `Settings` out.
Method: pydantic-settings, read by the doors and never on import.
Limits: nothing here is secret.
"""

from __future__ import annotations

from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict

__all__ = ["Settings"]


class Settings(BaseSettings):
    """`DALIZ_STORE`, `DALIZ_CACHE` and `DALIZ_LANG`.

    The store holds the built network; the cache holds downloaded data packages.
    """

    model_config = SettingsConfigDict(env_prefix="DALIZ_", frozen=True)

    store: Path = Path("store")
    cache: Path = Path.home() / ".cache" / "daliz"
    lang: str = "en"
