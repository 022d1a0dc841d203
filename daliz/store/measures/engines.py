"""Engines: the same expression on DuckDB inside the program, on Spark beyond one machine, on PostgreSQL.

Question: who adds the numbers up?
In and out: a log (frame or Parquet files) and small tables in; frames of results out.
Method: Ibis writes the SQL of the engine; relations that several measures need are made once and kept
(a temporary table, a cached view). Sessions keep UTC. Nothing is downloaded.
Limits: a Spark session is given by the caller and never stopped here; PostgreSQL gets text alone
(`sql_of`), since its tables are the caller's.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol

import ibis

from daliz.store.measures.relations import INPUTS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import polars as pl

    Events = pl.DataFrame | pl.LazyFrame | Sequence[Path]

__all__ = ["Duck", "Engine", "Spark", "sql_of"]

_DUCK = {"string": "VARCHAR", "float64": "DOUBLE", "int64": "BIGINT", "date": "DATE"}


class Engine(Protocol):
    """What runs expressions over tables that it knows by name."""

    def keep(self, name: str, expression: Any) -> Any:
        """Make a relation once under `name`; returns it as a table to build on."""

    def fetch(self, expression: Any) -> pl.DataFrame:
        """The rows of an expression."""

    def close(self) -> None:
        """Give back what was taken."""


def sql_of(expression: Any, dialect: str) -> str:
    """The SQL of an expression for `duckdb`, `pyspark` or `postgres`."""
    return _written(expression.op(), dialect)


@lru_cache(maxsize=256)
def _written(operation: Any, dialect: str) -> str:
    """The same expression is written once: writing it takes longer than running it on a small log."""
    if dialect == "pyspark":
        _ = ibis.pyspark  # its options are registered when it is named
    return str(ibis.to_sql(operation.to_expr(), dialect=dialect))


def _wanted(events: Events) -> pl.DataFrame | Sequence[Path]:
    """A lazy frame with the declared columns only, collected; anything else as it is."""
    import polars as pl

    if isinstance(events, pl.LazyFrame):
        return events.select(list(INPUTS["events"])).collect()
    return events


class Duck:
    """DuckDB in memory; the default."""

    def __init__(self, events: Events, small: Mapping[str, pl.DataFrame]) -> None:
        import duckdb
        import polars as pl

        self._connection = duckdb.connect()
        self._connection.execute("SET TimeZone = 'UTC'")
        self._held: list[Any] = []
        for name, frame in {**small, "events": _wanted(events)}.items():
            if isinstance(frame, pl.DataFrame):
                self._held.append(frame.to_arrow())
                self._connection.register(name, self._held[-1])
            else:
                files = [str(path) for path in frame]
                self._connection.read_parquet(files).create_view(name)

    def keep(self, name: str, expression: Any) -> Any:
        """Make a temporary table; whole numbers are kept as such."""
        schema = expression.schema()
        columns = ", ".join(
            f'CAST("{column}" AS {_DUCK[str(kind)]}) AS "{column}"' if str(kind) in _DUCK else f'"{column}"'
            for column, kind in schema.items()
        )
        rows = f"SELECT {columns} FROM ({sql_of(expression, 'duckdb')})"  # noqa: S608 - Ibis wrote it
        self._connection.execute(f'CREATE OR REPLACE TEMP TABLE "{name}" AS {rows}')
        return ibis.table(schema, name=name)

    def fetch(self, expression: Any) -> pl.DataFrame:
        """The rows, with the types that the expression declares."""
        import polars as pl

        found = pl.DataFrame(self._connection.execute(sql_of(expression, "duckdb")).pl())
        return _typed(found, expression)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


@dataclass
class Spark:
    """A Spark session of the caller; `events` may be Parquet files that no single machine holds."""

    session: Any
    events: Events
    small: Mapping[str, pl.DataFrame]
    _views: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Name the tables."""
        import polars as pl

        for name, frame in {**self.small, "events": _wanted(self.events)}.items():
            if isinstance(frame, pl.DataFrame):
                rows = self.session.createDataFrame(
                    [tuple(row) for row in frame.iter_rows()], _spark_schema(name)
                )
            else:
                rows = self.session.read.parquet(*[str(path) for path in frame])
            rows.createOrReplaceTempView(name)
            self._views.append(name)

    def keep(self, name: str, expression: Any) -> Any:
        """Make a cached view."""
        self.session.sql(sql_of(expression, "pyspark")).cache().createOrReplaceTempView(name)
        self._views.append(name)
        return ibis.table(expression.schema(), name=name)

    def fetch(self, expression: Any) -> pl.DataFrame:
        """The rows, with the types that the expression declares."""
        import polars as pl

        rows = self.session.sql(sql_of(expression, "pyspark")).collect()
        names = list(expression.schema())
        data = {name: [row[at] for row in rows] for at, name in enumerate(names)}
        return _typed(pl.DataFrame(data, strict=False), expression)

    def close(self) -> None:
        """Forget the views; the session stays."""
        for name in self._views:
            self.session.catalog.dropTempView(name)


_POLARS = {"string": "String", "float64": "Float64", "int64": "Int64"}
_SPARK = {"string": "string", "float64": "double", "int64": "bigint", "date": "date"}


def _typed(found: pl.DataFrame, expression: Any) -> pl.DataFrame:
    import polars as pl

    kinds = {name: _POLARS.get(str(kind)) for name, kind in expression.schema().items()}
    return found.with_columns(
        pl.col(name).cast(getattr(pl, kind)) for name, kind in kinds.items() if kind is not None
    )


def _spark_schema(name: str) -> str:
    return ", ".join(f"`{column}` {_SPARK.get(kind, 'timestamp')}" for column, kind in INPUTS[name].items())
