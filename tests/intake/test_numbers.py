"""Check digits of containers and wagons, by numbers that are painted on real ones and by property."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daliz.intake.numbers import bare, container_digit, kind_of, right_digit, wagon_digit


@pytest.mark.parametrize("number", ["CSQU3054383", "MSKU9070323", "TGHU7599330"])
def test_real_container_numbers_pass(number: str) -> None:
    """CSQU 305438 3 is the worked example of ISO 6346; the others are painted on boxes of two lines."""
    assert kind_of(number) == "container"
    assert right_digit(number) == int(number[-1])


def test_a_container_by_hand() -> None:
    """C13 S30 Q28 U32 3 0 5 4 3 8 times 1, 2, 4, ... 512 add up to 6185 = 562 * 11 + 3."""
    values = (13, 30, 28, 32, 3, 0, 5, 4, 3, 8)
    assert sum(value * 2**place for place, value in enumerate(values)) == 6185
    assert container_digit("CSQU305438") == 3


def test_a_wagon_by_hand() -> None:
    """5412336: 10, 4, 2, 2, 6, 3, 12 have the digit sum 21, so the digit is 9."""
    assert wagon_digit("5412336") == 9
    assert right_digit("54123369") == 9


@settings(deadline=None, derandomize=True)
@given(st.text("0123456789", min_size=7, max_size=7), st.integers(0, 6), st.integers(1, 9))
def test_one_wrong_digit_of_a_wagon_is_always_found(seven: str, at: int, shift: int) -> None:
    """The rule of alternating weights finds every single wrong digit."""
    wrong = seven[:at] + str((int(seven[at]) + shift) % 10) + seven[at + 1 :]
    assert wagon_digit(seven) != wagon_digit(wrong)


def test_other_numbers_have_no_digit() -> None:
    """Lorries and vessels are taken as they are; signs and blanks do not count."""
    assert right_digit("123ABC02") is None
    assert right_digit("KZ 123") is None
    assert bare("csqu 305438-3") == "CSQU3054383"
