"""Checklists as files: what an officer writes comes in as meant, and a mistake is told by its line."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from regime_made import DAY, checklist, frames, item, recognition

from daliz.errors import BadTable, BadValue
from daliz.i18n import LANGUAGES
from daliz.regime import Regime
from daliz.regime.sheet import read

PROPERTY = settings(deadline=None, derandomize=True, max_examples=60)

GOOD = """\
# Road post of Aa, entering
checklist: aa-post-road-in-own-1
place: aa-post
mode: road
direction: in
version: 1
valid_from: 2025-01-01
total_sla_h: 3
calendar: Mo-Fr 09:00-18:00; Sa 09:00-13:00
closed_on_holidays: yes
source: s
quality: published
items:
  - code: border_security
    party: border_guard
    mandatory: mandatory
  - code: customs_clearance
    party: customs
    mandatory: mandatory
    after: [border_security]
    hs: [0201, "0702"]
    sla_h: 1.5
    stops:
      - waiting_queue
    quality: assumed
---
recognition: aa-bb-vet
country: AA
partner: BB
partner_code: veterinary
code: veterinary
valid_from: 2025-01-01
status: in_force
source: s
quality: published
"""


def write(folder: Path, text: str | bytes, name: str = "own.yaml") -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def test_a_checklist_is_read_as_it_is_meant(tmp_path: Path) -> None:
    """`yes` stays a word, 0201 keeps its nought, dates are days, and what follows is filled in."""
    own = Regime.from_file(write(tmp_path, GOOD))
    one = own.valid("aa-post", "road", "in", DAY)
    assert one is not None
    assert one.row["closed_on_holidays"] == "yes"
    assert one.row["valid_from"] == dt.date(2025, 1, 1)
    assert one.row["service"] == "*"
    first, second = one.items
    assert (first["item"], first["seq"], first["source"], first["quality"]) == (
        "aa-post-road-in-own-1-border_security", 1, "s", "published",
    )  # fmt: skip
    assert (second["hs"], second["after"], second["stops"]) == (
        ["0201", "0702"], ["border_security"], ["waiting_queue"],
    )  # fmt: skip
    assert second["quality"] == "assumed"
    assert [row["recognition"] for row in own.recognitions] == ["aa-bb-vet"]


def test_what_is_written_is_read_back_the_same(tmp_path: Path) -> None:
    """Reading, writing and reading again gives the same tables."""
    own = Regime.from_file(write(tmp_path, GOOD))
    again = Regime.from_file(write(tmp_path, own.to_yaml(), "again.yml"))
    for name, frame in own.to_tables().items():
        assert again.to_tables()[name].equals(frame)


words = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=12)
GOODS = st.lists(st.sampled_from(["01", "0702"]))
hours = st.none() | st.floats(0.01, 2000, allow_nan=False)


@st.composite
def _regimes(draw: st.DrawFn) -> Regime:
    lists: list[dict[str, Any]] = []
    items: list[dict[str, Any]] = []
    for number in range(draw(st.integers(1, 3))):
        key = f"c{number}"
        lists.append(
            checklist(key, draw(st.integers(1, 99)), total_sla_h=draw(hours), note=draw(st.none() | words),
                      calendar=draw(st.sampled_from(["24/7", "Mo-Fr 09:00-18:00"])),
                      closed_on_holidays=draw(st.sampled_from(["yes", "no"])))
        )  # fmt: skip
        codes = draw(st.lists(st.sampled_from(["customs_clearance", "veterinary", "escort"]), unique=True))
        for seq, code in enumerate(codes, start=1):
            own = draw(st.booleans())
            items.append(
                item(key, seq * 3 if own else seq, code, sla_h=draw(hours), hs=draw(GOODS),
                     item=f"own-{key}-{seq}" if own else f"{key}-{code}", note=draw(st.none() | words),
                     escalate_to=draw(st.none() | words),
                     quality=draw(st.sampled_from(["published", "assumed"])))
            )  # fmt: skip
    rows = [recognition("r", "veterinary", status=draw(st.sampled_from(["signed", "in_force"])))]
    return Regime.from_tables(frames(checklists=lists, checklist_items=items, recognitions=rows))


@PROPERTY
@given(_regimes())
def test_any_regime_survives_yaml(tmp_path_factory: pytest.TempPathFactory, regime: Regime) -> None:
    """Whatever words, numbers, dates and lists stand in the tables come back from the file."""
    path = write(tmp_path_factory.mktemp("yaml"), regime.to_yaml())
    again = Regime.from_file(path)
    for name, frame in regime.to_tables().items():
        assert again.to_tables()[name].equals(frame)


def test_csv_tables_are_read_too(tmp_path: Path) -> None:
    """A folder of CSV files, or the checklists.csv in it, is the same regime."""
    own = Regime.from_file(write(tmp_path, GOOD))
    for name, frame in own.to_tables().items():
        rows = [
            {key: ";".join(value) if isinstance(value, list) else value for key, value in row.items()}
            for row in frame.iter_rows(named=True)
        ]
        import polars as pl

        pl.DataFrame(rows, infer_schema_length=None).write_csv(tmp_path / f"{name}.csv")
    for path in (tmp_path, tmp_path / "checklists.csv"):
        again = Regime.from_file(path).to_tables()
        assert all(again[name].equals(frame) for name, frame in own.to_tables().items())


LIST, ITEM = "aa-post-road-in-own-1", "aa-post-road-in-own-1-customs_clearance"
WRONG = [
    ("valid_from: 2025-01-01\ntotal", "valid_from: 2025-02-30\ntotal", f"own.yaml:7:{LIST}:valid_from"),
    ("mode: road\n", "mode: raod\n", f"own.yaml:4:{LIST}:mode"),
    ("version: 1\n", "version: first\n", f"own.yaml:6:{LIST}:version"),
    ("version: 1\n", "version: 1\nversion: 2\n", "own.yaml:7::version"),
    ("place: aa-post\n", "", f"own.yaml:2:{LIST}:place"),
    ("total_sla_h: 3", "total_h: 3", f"own.yaml:8:{LIST}:total_h"),
    ("Mo-Fr 09:00-18:00; ", "Mo-Fr 9-18; ", f"own.yaml:9:{LIST}:calendar"),
    ("    party: customs\n", "    party: clerk\n", f"own.yaml:18:{ITEM}:party"),
    ("after: [border_security]", "after: [[a]]", f"own.yaml:20:{ITEM}:after"),
    ("    sla_h: 1.5", "    sla_h: soon", f"own.yaml:22:{ITEM}:sla_h"),
    ("  - code: border_security\n    party: border_guard\n    mandatory: mandatory\n", "  - guards\n",
     f"own.yaml:14:{LIST}/1:"),
    ("status: in_force", "status: maybe", "own.yaml:33:aa-bb-vet:status"),
    ("recognition: aa-bb-vet", "agreement: aa-bb-vet", "own.yaml:27::"),
]  # fmt: skip


@pytest.mark.parametrize(("right", "wrong", "where"), WRONG)
def test_a_mistake_is_told_with_file_line_item_and_column(
    tmp_path: Path, right: str, wrong: str, where: str
) -> None:
    """One finding at the very place, with a repair in three languages, and no other."""
    assert right in GOOD
    _, findings = read(write(tmp_path, GOOD.replace(right, wrong, 1)))
    assert [finding.row for finding in findings] == [where]
    for lang in LANGUAGES:
        told = findings[0].as_dict(lang)
        assert "{" not in str(told["message"]) + str(told["repair"])
        assert "finding." not in str(told["message"])
        assert "repair." not in str(told["repair"])
    with pytest.raises(BadTable):
        Regime.from_file(tmp_path / "own.yaml")


def test_an_id_said_twice_and_an_item_of_no_checklist_are_told(tmp_path: Path) -> None:
    """Two documents of one id: the second is named with the line of the first; CSV items need their list."""
    _, findings = read(write(tmp_path, GOOD.partition("---")[0] + "---\n" + GOOD.partition("---")[0]))
    assert {finding.message for finding in findings} == {"finding.duplicate"}
    assert "own.yaml:2:" in str(findings[0].values["other"])
    lost = write(tmp_path, "item,checklist,seq,code,party,mandatory,source,quality\n"
                 "x,nowhere,1,customs_clearance,customs,mandatory,s,published\n",
                 "checklist_items.csv")  # fmt: skip
    _, findings = read(lost)
    assert [(finding.message, finding.row) for finding in findings] == [
        ("finding.dangling", "checklist_items.csv:2:checklist")
    ]


@pytest.mark.parametrize(
    ("name", "text", "key"),
    [
        ("own.yaml", "checklist: a\n  place: [", "error.regime_yaml"),
        ("own.yaml", b"checklist: \xff\xfe", "error.regime_yaml"),
        ("own.yaml", "a: &a [x]\nb: *nothing\n", "error.regime_yaml"),
        ("own.yaml", "[" * 5000, "error.regime_yaml"),
        ("own.yaml", "\n# nothing\n", "error.regime_empty"),
        ("own.txt", GOOD, "error.regime_file"),
    ],
)
def test_a_file_that_is_none_is_refused(tmp_path: Path, name: str, text: str | bytes, key: str) -> None:
    """Broken YAML names its line; other files and empty ones are refused with what to give instead."""
    with pytest.raises(BadValue) as refused:
        Regime.from_file(write(tmp_path, text, name))
    assert refused.value.key == key
    for lang in LANGUAGES:
        assert "{" not in refused.value.text(lang)


def test_a_file_that_is_not_there_or_too_long_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Absent, an empty folder, or beyond the limit: one sentence each."""
    for path, key in ((tmp_path / "no.yaml", "error.regime_read"), (tmp_path, "error.regime_file")):
        with pytest.raises(BadValue) as refused:
            Regime.from_file(path)
        assert refused.value.key == key
    monkeypatch.setattr("daliz.regime.sheet.MOST_BYTES", 10)
    with pytest.raises(BadValue) as refused:
        Regime.from_file(write(tmp_path, GOOD))
    assert refused.value.key == "error.regime_large"


def test_aliases_that_multiply_do_not_fill_the_memory(tmp_path: Path) -> None:
    """Nine levels of tenfold aliases are refused as no list of words, at once."""
    pairs = zip("abcdefgh", "bcdefghi", strict=True)
    levels = [f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]\n" for before, name in pairs]
    bomb = "a: &a [x, x]\n" + "".join(levels)
    _, findings = read(write(tmp_path, f"checklist: c\nplace: p\n{bomb}after: *i\n"))
    assert "finding.unknown_column" in {finding.message for finding in findings}


def test_the_files_of_the_walk_through_are_read(tmp_path: Path) -> None:
    """Every YAML block of the page on checklists is a regime without a misfit."""
    page = Path(__file__).parents[2] / "docs" / "adding" / "checklist.md"
    blocks = re.findall(r"^```yaml\n(.*?)^```$", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    own = Regime.from_file(write(tmp_path, "---\n".join(blocks)))
    assert own.check() == []
    assert [one.row["total_sla_h"] for one in own.checklists] == [3.0]
    assert [row["hs"] for row in own.recognitions] == [["0201"]]
