"""Files of claims, indicators and text: what is read, what is refused, and what the command says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import pytest

import daliz
from daliz.auditor import Claims, audit, audit_file
from daliz.errors import BadTable, BadValue, DalizError
from daliz.i18n import LANGUAGES
from daliz.schema import table

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

    Run = Callable[..., subprocess.CompletedProcess[str]]

PUBLISHED = Path(daliz.__file__).parent / "data" / "published_times"
CLAIMS = (
    "claim,indicator,value,year,base,stated_change_pct\na,tfi1_h,57.2,2021,,\nb,tfi1_h,67.4,2022,a,15.7\n"
)
CPMM = (
    "country_code,transport_mode,bcp_name,year,tfi1_inbound_average,tfi1_outbound_average,"
    "tfi1_overall_average,tfi4_overall_average,swod_overall_average,remarks\n"
    "KZ,Rail,Dostyk,2021,61.8,11.4,70.0,49.9,28.6,x\nKZ,Rail,Dostyk,2022,n/a,6.8,,51.1,31.2,\n"
)


def put(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def fired(path: Path) -> list[str]:
    return [remark.rule.id for remark in audit_file(path).remarks if remark.rule.level != "note"]


def test_claims_are_read_alike_from_csv_json_and_yaml(tmp_path: Path) -> None:
    """The same claims in four forms give the same finding; JSON and YAML keep the zeros of 57.20."""
    rows = [
        {"claim": "a", "indicator": "tfi1_h", "value": 57.2, "year": 2021},
        {
            "claim": "b",
            "indicator": "tfi1_h",
            "value": 67.4,
            "year": 2022,
            "base": "a",
            "stated_change_pct": 15.7,
        },
    ]
    yaml = "claims:\n" + "".join(
        "- {" + ", ".join(f"{name}: {value}" for name, value in row.items()) + "}\n" for row in rows
    )
    files = [
        put(tmp_path, "a.csv", CLAIMS), put(tmp_path, "b.csv", CLAIMS.replace(",", ";")),
        put(tmp_path, "c.json", json.dumps({"claims": rows})), put(tmp_path, "d.yaml", yaml),
        put(tmp_path, "e.tsv", CLAIMS.replace(",", "\t")),
    ]  # fmt: skip
    found = [audit_file(path).as_dict()["findings"] for path in files]
    assert [one["rule"] for one in found[0]] == ["growth", "sample_unstated"]
    assert all(one == found[0] for one in found)
    exact = put(tmp_path, "f.json", '[{"claim": "a", "indicator": "x", "value": 57.20}]')
    assert audit_file(exact).claims.all[0].value == "57.20"


def test_the_cpmm_form_is_read_wide(tmp_path: Path) -> None:
    """Each value column is a claim with its direction; tfi4 is SWD; blanks are counted, columns named."""
    found = audit_file(put(tmp_path, "cpmm.csv", CPMM))
    claims = found.claims
    assert len(claims.all) == 8
    assert claims.blank == 2
    assert claims.ignored == ("remarks",)
    first = claims.all[0]
    assert (first.indicator, first.value, first.get("direction"), first.get("mode")) == (
        "tfi1_h",
        "61.8",
        "in",
        "rail",
    )
    assert (first.get("subject"), first.get("within"), first.year) == ("Dostyk", "KZ", 2021)
    assert {remark.rule.id for remark in found.remarks} >= {"swapped_speeds", "mean_outside_parts"}


def test_years_may_be_columns(tmp_path: Path) -> None:
    """A column a year, with the indicator in the row."""
    path = put(tmp_path, "wide.csv", "indicator,country,2020,2021,2022\ntfi1,KZ,8.6,8.2,516\n")
    assert [(c.indicator, c.year, c.value) for c in audit_file(path).claims.all] == [
        ("tfi1_h", 2020, "8.6"), ("tfi1_h", 2021, "8.2"), ("tfi1_h", 2022, "516")
    ]  # fmt: skip


def test_our_own_published_table_is_audited_whole() -> None:
    """No error stands in it; what remains are true remarks that its notes or its sources bear out."""
    found = audit_file(PUBLISHED)
    assert len(found.claims.all) > 200
    assert found.claims.ignored == ()
    assert found.ok
    remarks = {(remark.rule.id, frozenset(claim.id for claim in remark.claims)) for remark in found.remarks}
    for rule, *ids in (
        # equals the road value to the decimal
        ("identical", "carec-road-both-swod-kmh-2021", "carec-rail-both-swod-kmh-2021"),
        # 50.1 h where the country's lorries take 2.1 h outbound
        ("implied_share", "kg-torugart-road-out-tfi1-h-2022", "kg-road-out-tfi1-h-2022"),
        # 23.0 h to 51.9 h: another sample
        ("jump", "carec-rail-both-tfi1-h-2020", "carec-rail-both-tfi1-h-2021"),
        # 42.2, 41.6, then 53.9 km/h
        ("jump", "carec-rail-both-swod-kmh-2021", "carec-rail-both-swod-kmh-2022"),
        # in 9.3 and out 20.1 h, where other years have more in than out
        ("swapped_directions", "mn-rail-in-tfi1-h-2022", "mn-rail-out-tfi1-h-2022"),
        # with and without transfer under one key: only the note tells them apart
        ("said_twice", "by-brest-rail-with-transfer-2019", "by-brest-rail-without-transfer-2019"),
    ):
        assert (rule, frozenset(ids)) in remarks
    unstated = found.of("sample_unstated")
    assert sum(len(remark.claims) for remark in unstated) > 200
    assert {remark.rule.id for remark in found.remarks} == {
        "identical", "implied_share", "jump", "swapped_directions", "said_twice", "sample_unstated"
    }  # fmt: skip


def test_a_corrupted_copy_of_our_table_is_caught(tmp_path: Path) -> None:
    """Swapping SWOD and SWD of one state and year gives an error where there was none."""
    text = (PUBLISHED / "east.csv").read_text(encoding="utf-8")
    swapped = text.replace("swd_kmh,22.3,2021", "swd_kmh,78.8,2021").replace(
        "swod_kmh,78.8,2021", "swod_kmh,22.3,2021"
    )
    assert swapped != text
    assert "swapped_speeds" not in fired(PUBLISHED / "east.csv")
    assert "swapped_speeds" in fired(put(tmp_path, "east.csv", swapped))


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("claim,indicator,value\na,x,many\n", "f.csv:2:value"),
        ("claim,indicator,value\na,x,1e5\n", "f.csv:2:value"),
        ("claim,indicator,value\na,x,\n", "f.csv:2:value"),
        ("claim,indicator,value,year\na,x,3,soon\n", "f.csv:2:year"),
        ("claim,indicator,value,mode\na,x,3,pipe\n", "f.csv:2:mode"),
        ("claim,indicator,value,wrong\na,x,3,4\n", "f.csv:1:wrong"),
        ("claim,indicator,value\na,x,3,4\n", "f.csv:2:"),
        ("claim,indicator,value\na,x,3\na,x,4\n", "f.csv:3:claim"),
        ("claim,indicator,value,base\na,x,3,z\n", "f.csv:2:base"),
        ("claim,indicator,value,parts\na,x,3,b;c\n", "f.csv:2:parts"),
        ("claim,indicator,value,parts\na,x,3,a\n", "f.csv:2:parts"),
        ("claim,indicator,value,n\na,x,3,0\n", "f.csv:2:n"),
        ("claim;indicator;value\na;x;much\n", "f.csv:2:value"),
        ("bcp_name,year,tfi1_overall_average\nA,2020,4.2\nB,2020,4;2\n", "f.csv:3:value"),
        ("bcp_name,year,tfi1_overall_average\nA,2020,4.2,9\n", "f.csv:2:"),
        ("year,year,tfi1\n2020,2020,3\n", "f.csv:1:year"),
    ],
)
def test_a_cell_that_does_not_fit_is_refused_with_its_place(tmp_path: Path, text: str, where: str) -> None:
    """File, row and column are named, with a repair, in three languages."""
    with pytest.raises(BadTable) as refused:
        audit_file(put(tmp_path, "f.csv", text))
    finding = refused.value.findings[0]
    assert finding.row.endswith(where)
    assert len({finding.text(lang) for lang in LANGUAGES}) == 3
    assert not any("{" in finding.text(lang) for lang in LANGUAGES)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("f.csv", ""), ("f.csv", "claim,indicator,value\n"), ("f.csv", "a,b\n1,2\n"), ("f.json", "{"),
        ("f.json", "[1, 2]"), ("f.json", '{"other": []}'), ("f.json", "[" * 100_000), ("f.yaml", "a: [1"),
        ("f.yaml", "a: &x [1]\nb: *x\n"), ("f.yaml", "!!python/object/apply:os.getcwd []"), ("f.xlsx", "PK"),
        ("f.csv", 'claim,indicator,value\na,x,"3\n'),
        ("f.csv", "claim,indicator,value\na,x," + "3" * 200_000),
    ],
)  # fmt: skip
def test_a_file_that_is_no_table_is_refused(tmp_path: Path, name: str, text: str) -> None:
    """Empty, truncated, nested without end, unfolding or of another kind: one sentence in each language."""
    with pytest.raises(DalizError) as refused:
        audit_file(put(tmp_path, name, text))
    assert len({refused.value.text(lang) for lang in LANGUAGES}) == 3
    assert refused.value.exit_status == 2


def test_a_file_that_is_not_utf8_is_refused_with_its_line(tmp_path: Path) -> None:
    """Windows Cyrillic in row 2."""
    path = tmp_path / "f.csv"
    path.write_bytes("claim,indicator,value\nа,х,3\n".encode("cp1251"))
    with pytest.raises(BadTable, match=r"f\.csv:2"):
        audit_file(path)


def measured(**cells: object) -> pl.DataFrame:
    row = {"indicator": "tfi1_h", "subject": "kz-dostyk", "mode": "rail", "direction": "in", "year": 2022,
           "value": 60.0, "low": 55.0, "high": 66.0, "n": 412}  # fmt: skip
    return pl.DataFrame([row | cells])


def published(value: str, **cells: object) -> Claims:
    columns = table("claims").columns
    row = {column.name: None if column.required else column.parse("") for column in columns}
    given = {"claim": "a", "indicator": "tfi1_h", "value": value, "subject": "kz-dostyk", "mode": "rail",
             "direction": "in", "year": 2022, "n": 99}  # fmt: skip
    return Claims.of([row | given | cells])


def test_figures_stand_beside_what_is_measured() -> None:
    """66.04 rounds from within 66.0; 76 lies outside; 3,600 are minutes; another year has no measure."""
    for value, inside in (("66", 1), ("66.0", 1), ("54.6", 0), ("76", 0)):
        found = audit(published(value), measured())
        assert (found.inside, len(found.of("against_measured"))) == (inside, 1 - inside)
    minutes = audit(published("3600"), measured()).of("against_measured")[0]
    assert "factor of 60" in minutes.text("en")
    assert "n = 412" in minutes.text("en")
    turned = pl.concat([measured(), measured(direction="out", value=8.0, low=7.0, high=9.0)])
    assert "other direction" in audit(published("8.1"), turned).of("against_measured")[0].text("en")
    assert audit(published("76", year=2021), measured()).alone == 1


def test_a_measured_row_that_does_not_fit_is_refused() -> None:
    """A missing end, a word and an interval out of order are refused with the row."""
    for cells in ({"low": None}, {"low": 70.0}, {"value": 90.0}):
        with pytest.raises(BadValue, match="row 1"):
            audit(published("60"), measured(**cells))


def test_the_command_prints_findings_and_exits_by_level(tmp_path: Path, run_daliz: Run) -> None:
    """1 with an error, 0 with warnings only, 2 when refused; JSON has rule, claims, stated, follows, off."""
    done = run_daliz("audit", str(put(tmp_path, "c.csv", CLAIMS)), "--json")
    assert done.returncode == 1
    report = json.loads(done.stdout)
    assert report["counts"] == {"error": 1, "warning": 0, "note": 1}
    first = report["findings"][0]
    assert (first["rule"], first["claims"], first["stated"]) == (
        "growth",
        ["a", "b"],
        {"low": 15.65, "high": 15.75},
    )
    assert first["off"] == pytest.approx(1.8919, abs=1e-4)
    table_run = run_daliz("audit", str(PUBLISHED), "--lang", "kk")
    assert table_run.returncode == 0
    assert "41.6 км/сағ" in table_run.stdout
    refused = run_daliz("audit", str(put(tmp_path, "f.csv", "a,b\n1,2\n")), "--lang", "ru")
    assert refused.returncode == 2
    assert "нет колонки значений" in refused.stderr
    assert run_daliz("audit").returncode == 2


def test_the_command_reads_text_and_measures(tmp_path: Path, run_daliz: Run) -> None:
    """Sentences not understood are shown with their place; --against counts what lies inside."""
    text = put(tmp_path, "t.txt", "In 2022 TFI1 in Kazakhstan was 8.6 h. Some 12 trains wait.")
    against = put(tmp_path, "m.csv", "indicator,subject,year,value,low,high\ntfi1_h,KZ,2022,8.5,8.1,8.9\n")
    done = run_daliz("audit", str(text), "--against", str(against))
    assert done.returncode == 0
    assert "inside 1" in done.stdout
    assert "“Some 12 trains wait”" in done.stdout
    assert "39–58" not in done.stderr
    said = run_daliz("audit", str(put(tmp_path, "claims.csv", "SWD is 3 h.")), "--as", "text", "--json")
    assert json.loads(said.stdout)["sentences"]["counts"]["understood"] == 1
    listed = run_daliz("audit", "--rules", "--json")
    assert {rule["rule"] for rule in json.loads(listed.stdout)} >= {"growth", "swapped_speeds", "unit_slip"}
