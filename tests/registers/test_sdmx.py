"""SDMX: observations out and back, read by another library, and foreign files."""

from __future__ import annotations

import datetime as dt
import io
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daliz.errors import BadValue
from daliz.io import sdmx
from daliz.schema import table

if TYPE_CHECKING:
    from pathlib import Path

NOW = dt.datetime(2026, 11, 26, 12, tzinfo=dt.UTC)

words = (
    st.text(
        st.characters(codec="utf-8", categories=["L", "N"], include_characters=" -_&<\"'"),
        min_size=1,
        max_size=12,
    )
    .map(str.strip)
    .filter(lambda word: word and word != "_Z")
)
rows = st.lists(
    st.fixed_dictionaries(
        {
            "observation": words,
            "series": words,
            "subject": st.none() | words,
            "on": st.dates(dt.date(1990, 1, 1), dt.date(2100, 1, 1)),
            "value": st.floats(allow_nan=False, allow_infinity=False),
            "unit": st.none() | words,
            "n": st.none() | st.integers(0, 10**9),
            "low": st.none() | st.floats(-1e9, 1e9),
            "high": st.none(),
            "vintage": st.none() | st.dates(dt.date(1990, 1, 1), dt.date(2100, 1, 1)),
            "source": words,
            "quality": st.sampled_from(["measured", "published", "simulated"]),
        }
    ),
    min_size=1,
    max_size=8,
    unique_by=lambda row: row["observation"],
)


@settings(max_examples=60, deadline=None)
@given(rows)
def test_observations_go_out_and_come_back_the_same(
    tmp_path_factory: Any, rows: list[dict[str, Any]]
) -> None:
    """Any observations, every column, through a generic data message."""
    frame = table("observations").frame(rows)
    path = tmp_path_factory.mktemp("sdmx") / "data.xml"
    assert sdmx.write({"observations": frame}, path, NOW) == frame.height
    taken = sdmx.read(path, "x")
    assert taken.refused == []
    again = table("observations").frame(taken.rows["observations"])
    assert again.sort("observation").equals(frame.sort("observation"))


def test_another_library_reads_structure_and_data(tmp_path: Path) -> None:
    """sdmx1 finds the data structure with its dimensions and the same values by series."""
    other = pytest.importorskip("sdmx")
    frame = table("observations").frame(
        [
            {
                "observation": "a",
                "series": "hva_share",
                "subject": "list-1",
                "on": dt.date(2025, 12, 31),
                "value": 0.25,
                "unit": "1",
                "n": 7,
                "source": "s",
                "quality": "derived",
            },
            {
                "observation": "b",
                "series": "hva_share",
                "subject": "list-1",
                "on": dt.date(2024, 12, 31),
                "value": 0.2,
                "unit": "1",
                "source": "s",
                "quality": "derived",
            },
        ]
    )
    sdmx.write({"observations": frame}, tmp_path / "data.xml", NOW)
    sdmx.write_structure(tmp_path / "structure.xml", NOW)
    structure = other.read_sdmx(io.BytesIO((tmp_path / "structure.xml").read_bytes()))
    (shape,) = structure.structure.values()
    names = [one.id for one in shape.dimensions.components]
    assert names == ["SERIES", "SUBJECT", "UNIT_MEASURE", "TIME_PERIOD"]
    message = other.read_sdmx(io.BytesIO((tmp_path / "data.xml").read_bytes()), structure=shape)
    found = {str(one.dimension): float(one.value) for one in message.data[0].obs}
    assert sorted(found.values()) == [0.2, 0.25]


def test_foreign_csv_keeps_dimensions_we_do_not_know_apart(tmp_path: Path) -> None:
    """INDICATOR, REF_AREA and TIME_PERIOD are known; SEX becomes part of the subject."""
    path = tmp_path / "x.csv"
    path.write_text(
        "DATAFLOW,INDICATOR,REF_AREA,SEX,TIME_PERIOD,OBS_VALUE\n"
        "X:Y(1.0),EMP,KZ,F,2025-Q3,10\nX:Y(1.0),EMP,KZ,M,2025-Q3,11\nX:Y(1.0),EMP,KZ,M,late,11\n"
    )
    taken = sdmx.read(path, "x")
    assert [
        (row["series"], row["subject"], row["on"], row["value"]) for row in taken.rows["observations"]
    ] == [
        ("EMP", "KZ,SEX=F", dt.date(2025, 9, 30), 10.0),
        ("EMP", "KZ,SEX=M", dt.date(2025, 9, 30), 11.0),
    ]
    (one,) = taken.refused
    assert (one.at, one.message) == ("4", "finding.sdmx_period")


def test_structure_specific_data_is_read(tmp_path: Path) -> None:
    """Series and observations as attributes, as agencies publish them."""
    path = tmp_path / "x.xml"
    path.write_text(
        '<m:StructureSpecificData xmlns:m="http://www.sdmx.org/resources/sdmxml/schemas/v2_1/message">'
        "<m:DataSet>"
        '<Series INDICATOR="EMP" REF_AREA="KZ" UNIT_MEASURE="PS">'
        '<Obs TIME_PERIOD="2025" OBS_VALUE="5"/></Series>'
        "</m:DataSet></m:StructureSpecificData>"
    )
    (row,) = sdmx.read(path, "x").rows["observations"]
    assert (row["series"], row["subject"], row["unit"], row["on"], row["value"]) == (
        "EMP",
        "KZ",
        "PS",
        dt.date(2025, 12, 31),
        5.0,
    )


@pytest.mark.parametrize(
    ("period", "day"),
    [
        ("2025", "2025-12-31"),
        ("2024-02", "2024-02-29"),
        ("2025-Q1", "2025-03-31"),
        ("2025-S1", "2025-06-30"),
        ("2025-11-26", "2025-11-26"),
        ("2025-M04", "2025-04-30"),
    ],
)
def test_a_period_is_its_last_day(period: str, day: str) -> None:
    """Years, half-years, quarters, months and days."""
    assert sdmx.last_day(period) == dt.date.fromisoformat(day)
    assert sdmx.last_day(period + "x") is None


def test_strangers_are_refused(tmp_path: Path) -> None:
    """Another XML, damaged XML, and what is neither: refused in words."""
    path = tmp_path / "x.xml"
    for text, word in (("<a/>", "SDMX"), ("<GenericData><a>", "damaged"), ("hello", "SDMX")):
        path.write_text(text)
        with pytest.raises(BadValue, match=word):
            sdmx.read(path, "x")


def test_an_empty_frame_is_a_message_without_series(tmp_path: Path) -> None:
    """Nothing to tell is told as nothing."""
    path = tmp_path / "x.xml"
    assert sdmx.write({"observations": pl.DataFrame(table("observations").empty())}, path, NOW) == 0
    assert sdmx.read(path, "x").rows == {}
