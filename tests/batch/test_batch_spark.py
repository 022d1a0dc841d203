"""Spark computes the same rows as one process."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING, Any

import pytest

from daliz.batch import Question, read_scenarios, run
from daliz.model.frozen import Cargo
from daliz.routing.many import Pair

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A local Spark with two cores and nothing but what it needs; its workers are this Python."""
    if shutil.which("java") is None:
        pytest.skip("Java is not here")
    monkeypatch.setenv("PYSPARK_PYTHON", sys.executable)
    sql = pytest.importorskip("pyspark.sql", reason="pyspark is not here")
    builder = sql.SparkSession.builder.master("local[2]").appName("daliz-tests")
    for name, value in {"spark.ui.enabled": "false", "spark.ui.showConsoleProgress": "false"}.items():
        builder = builder.config(name, value)
    made = builder.getOrCreate()
    made.sparkContext.setLogLevel("ERROR")
    yield made
    made.stop()


@pytest.mark.spark
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_spark_gives_the_rows_of_one_process(session: Any, built_store: Path, tmp_path: Path) -> None:
    """The file of a real local Spark and that of one process are the same bytes."""
    from daliz.batch.cluster import over_spark

    scenarios = tmp_path / "s.csv"
    scenarios.write_text(
        "scenario,edit,action,target,factor\nshut,e1,close,Altynkol,\nslow,e1,slow,KZ,1.2\n"
        "bad,e1,close,Atlantis,\n",
        encoding="utf-8",
    )
    pairs = [Pair("Altynkol", "Poti", 2), Pair("Almaty", "Moscow", 3)]
    asked = Question(built_store.absolute(), read_scenarios(scenarios), pairs, Cargo())
    one, two = tmp_path / "one.parquet", tmp_path / "two.parquet"
    first, second = run(asked, one), run(asked, two, by=over_spark(session))
    assert one.read_bytes() == two.read_bytes()
    assert first.counts == second.counts == {"no_way": 1, "ok": 5, "refused_edit": 2}
    assert first.findings == second.findings
