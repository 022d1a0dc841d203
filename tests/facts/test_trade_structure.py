"""The structure of trade by hand: lists, short codes, mirror gaps, concentration, what was declared."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from daliz.errors import BadTable, BadValue
from daliz.schema import table
from daliz.trade import Trade, read, report
from daliz.trade.structure import _member

SHARED = Path(__file__).parents[3] / "shared"


def flow(
    reporter: str, partner: str, hs: str, value: float, kind: str = "export", **more: Any
) -> dict[str, Any]:
    """A simulated flow of 2024."""
    return {
        "trade": f"{reporter}{partner}{hs}{kind}{more}",
        "year": 2024,
        "reporter": reporter,
        "partner": partner,
        "flow": kind,
        "hs": hs,
        "value_usd": value,
        "source": "s",
        "quality": "simulated",
        **more,
    }


def book(frames: dict[str, pl.DataFrame], rows: list[dict[str, Any]]) -> Trade:
    """These rows with the shipped lists."""
    return Trade.from_frames({**frames, "trade": table("trade").frame(rows)})


def test_two_lists_give_two_labelled_results(frames: dict[str, pl.DataFrame]) -> None:
    """A tractor (8701) is in the list of machinery only; a medicine in that of high technology only."""
    held = book(
        frames,
        [flow("KZ", "RU", "8701", 60.0), flow("KZ", "RU", "3004", 30.0), flow("KZ", "RU", "1001", 10.0)],
    )
    found = {row["list"]: row for row in report(held, "kk")["hva"]}
    assert found["hva-machinery-1"]["low"] == found["hva-machinery-1"]["high"] == 0.6
    assert found["hva-high-tech-1"]["low"] == 0.3
    assert all(row["version"] and row["name"] and row["hs_revision"] for row in found.values())
    assert {row["subject"] for row in held.observations(dt.date(2026, 1, 1))} == set(found)


def test_a_code_too_short_to_tell_makes_an_interval(frames: dict[str, pl.DataFrame]) -> None:
    """Chapter 28 holds natural uranium, which is raw, and chemicals, which are not."""
    held = book(frames, [flow("KZ", "RU", "28", 50.0), flow("KZ", "RU", "27", 50.0)])
    (row,) = [row for row in report(held, "en")["raw"] if row["list"] == "raw-primary-1"]
    assert (row["low"], row["high"]) == (0.5, 1.0)


def test_a_longer_prefix_takes_out_again(frames: dict[str, pl.DataFrame]) -> None:
    """Ordinary cable (854442) is taken out of 8544, and natural uranium out of 2844."""
    prefixes = book(frames, []).items["hva-high-tech-1"]
    assert _member("854470", prefixes) == (True, True)
    assert _member("854442", prefixes) == (False, False)
    assert _member("284410", prefixes) == (False, False)
    assert _member("284420", prefixes) == (True, True)
    assert _member("8544", prefixes) == (False, True)


codes = st.sampled_from(
    ["", "84", "8401", "840110", "28", "2844", "284410", "85", "8544", "854442", "01", "99"]
)


@given(codes, st.dictionaries(codes.filter(bool), st.booleans(), max_size=6))
def test_sure_members_may_be_members(code: str, prefixes: dict[str, bool]) -> None:
    """What is surely in a list may be in it; a code of full length is never in doubt."""
    sure, may = _member(code, prefixes)
    assert may or not sure
    if len(code) == 6:
        assert sure == may


def test_the_mirror_gap_is_over_matched_goods_only(frames: dict[str, pl.DataFrame]) -> None:
    """KZ reports 100 of wheat, RU 110: a gap of 10 per cent; what only one reports stands apart."""
    rows = [
        flow("KZ", "RU", "1001", 100.0),
        flow("RU", "KZ", "1001", 110.0, "import"),
        flow("KZ", "RU", "2601", 40.0),
        flow("RU", "KZ", "7108", 5.0, "import"),
    ]
    (row,) = book(frames, rows).mirror(2024)
    assert (row["from"], row["to"], row["matched"]) == ("KZ", "RU", 1)
    assert row["gap_share"] == pytest.approx(0.1)
    assert (row["only_export_usd"], row["only_import_usd"]) == (40.0, 5.0)


def test_the_matrix_takes_the_buyer_where_the_seller_is_silent(frames: dict[str, pl.DataFrame]) -> None:
    """TM does not report: what RU imports from it stands in the matrix and is said to be an import."""
    rows = [
        flow("KZ", "RU", "27", 10.0),
        flow("RU", "KZ", "27", 11.0, "import"),
        flow("RU", "TM", "27", 3.0, "import"),
    ]
    found = {(row["from"], row["to"]): row for row in book(frames, rows).matrix()}
    assert (found["KZ", "RU"]["value_usd"], found["KZ", "RU"]["by"]) == (10.0, "export")
    assert (found["TM", "RU"]["value_usd"], found["TM", "RU"]["by"]) == (3.0, "import")


def test_concentration_and_currencies_by_hand(frames: dict[str, pl.DataFrame]) -> None:
    """Partners of .9 and .1 have an HHI of .82; a third of what is known is in tenge."""
    rows = [
        flow("KZ", "RU", "27", 60.0, currency="USD"),
        flow("KZ", "RU", "28", 30.0, currency="KZT"),
        flow("KZ", "CN", "27", 10.0),
    ]
    held = book(frames, rows)
    by_partner = next(row for row in held.concentration(2024) if row["by"] == "partner")
    assert by_partner["hhi"] == pytest.approx(0.82)
    found = {row["currency"]: row["share"] for row in held.currencies(2024)}
    assert found["KZT"] == pytest.approx(1 / 3)
    assert found[None] is None


def test_dependence_is_not_the_same_on_both_sides(frames: dict[str, pl.DataFrame]) -> None:
    """All trade of KG is with KZ, a quarter of that of KZ with KG: an asymmetry of three quarters."""
    rows = [flow("KZ", "KG", "27", 10.0), flow("KZ", "RU", "27", 30.0)]
    found = {(row["a"], row["b"]): row for row in book(frames, rows).dependence(2024)}
    assert found["KG", "KZ"]["b_in_a"] == 1.0
    assert found["KG", "KZ"]["a_in_b"] == 0.25
    assert found["KG", "KZ"]["asymmetry"] == 0.75


def test_declared_turnovers_stand_side_by_side(frames: dict[str, pl.DataFrame]) -> None:
    """Over 50, over 45 and 44.7 of one year; Kazakhstan's 28 is below 56 per cent of the first."""
    found = {row["commitment"]: row for row in report(book(frames, []), "kk")["declared"]}
    assert (found["C-03"]["value"], found["C-03-P1"]["value"], found["C-03-P2"]["value"]) == (50, 45, 44.7)
    share = next(one for one in found["C-04"]["share_of"] if one["commitment"] == "C-03")
    assert share["at_most"] == pytest.approx(0.56)
    assert share["strict"]


def test_comtrade_files_are_read_and_totals_left_out(tmp_path: Path) -> None:
    """Three-letter states and flow letters become ours; TOTAL and World rows would count twice."""
    path = tmp_path / "comtrade.csv"
    path.write_text(
        "reporterISO,partnerISO,flowCode,cmdCode,primaryValue,refYear,netWgt\n"
        "KAZ,RUS,X,8701,60,2024,2000\nKAZ,W00,X,8701,99,2024,\nKAZ,RUS,X,TOTAL,99,2024,\nRUS,KAZ,M,8701,66,2024,\n"
    )
    frame = read(path)
    assert frame.select("reporter", "partner", "flow", "hs", "value_usd", "tonnes").rows() == [
        ("KZ", "RU", "export", "8701", 60.0, 2.0),
        ("RU", "KZ", "import", "8701", 66.0, None),
    ]


def test_a_broken_cell_names_file_row_column_and_repair(tmp_path: Path) -> None:
    """A flow that is none is refused in words; so are a missing file and bytes that are no text."""
    path = tmp_path / "bad.csv"
    path.write_text("reporterISO,partnerISO,flowCode,cmdCode,primaryValue,refYear\nKAZ,RUS,Q,8701,60,2024\n")
    with pytest.raises(BadTable, match=r"bad\.csv:2:flowCode"):
        read(path)
    with pytest.raises(BadValue, match="nowhere"):
        read(tmp_path / "nowhere.csv")
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadValue, match=r"bad\.csv"):
        read(path)


@pytest.mark.shared
def test_real_flows_of_2006_have_both_mirrors(frames: dict[str, pl.DataFrame]) -> None:
    """The shared bilateral flows give a matrix of the region without holes or negative values."""
    lines = pl.read_csv(
        SHARED / "data/trade_gravity2006/bilateral_flows_2006_eurasia.csv", null_values=["NA"]
    )
    rows = [
        flow(row["iso_o"], row["iso_d"], "", float(row["flow"]), year=2006)
        for row in lines.iter_rows(named=True)
        if row["flow"] and row["iso_o"] != row["iso_d"]
    ]
    found = {(row["from"], row["to"]): row["value_usd"] for row in book(frames, rows).matrix()}
    assert len(found) > 300
    assert all(value > 0 for value in found.values())


def test_the_command(ask_daliz: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """`daliz trade FILE --among KZ,RU --json` gives shares by list; without rows it says how to begin."""
    monkeypatch.setenv("DALIZ_REGISTERS", str(tmp_path / "none"))
    path = tmp_path / "trade.csv"
    table("trade").frame([flow("KZ", "RU", "8701", 6.0), flow("KZ", "CN", "2709", 94.0)]).write_csv(path)
    found = json.loads(ask_daliz("trade", str(path), "--among", "KZ,RU", "--json").stdout)
    assert next(row for row in found["hva"] if row["list"] == "hva-machinery-1")["low"] == 1.0
    assert "UN Comtrade" in ask_daliz("trade").stdout
