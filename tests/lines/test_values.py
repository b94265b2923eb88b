"""Values of protocols that know types themselves: what they may be, and what is said of those that may not."""

import pytest

from lines import Kind, Point, ValueType
from lines.told import Told
from lines.values import DecodeError, native, to_value

TEXT = ValueType(Kind.STRING, 10)


def shown(point: Point, given: object) -> object:
    told = Told([point])
    told.tell(point.name, given, None)
    return told.shown(point.name)


def test_a_number_that_its_scale_makes_infinite_is_none() -> None:
    with pytest.raises(DecodeError, match="no number"):
        to_value(1e307, Point("load", "a", ValueType(Kind.F64), scale=1000.0))


def test_a_text_is_as_long_as_its_bytes_in_its_own_encoding() -> None:
    program = "预制构件一"  # ten bytes in GB18030, fifteen in UTF-8
    assert shown(Point("program", "a", TEXT, encoding="gb18030"), program) == program
    assert shown(Point("program", "a", TEXT), program) is None
    assert shown(Point("program", "a", TEXT, encoding="ascii"), "é") is None


def test_the_nuls_with_which_a_machine_fills_its_field_are_no_text() -> None:
    assert shown(Point("program", "a", TEXT), "P1\0\0\0") == "P1"


def test_a_text_with_a_nul_is_no_value() -> None:
    with pytest.raises(DecodeError, match="no string:10"):
        native("P1\0", TEXT)


@pytest.mark.parametrize("given", ["x" * 200_000, {"x": "y" * 200_000}, ["x"] * 200_000])
def test_what_is_said_of_a_wrong_value_is_short(given: object) -> None:
    with pytest.raises(DecodeError) as error:
        native(given, ValueType(Kind.U16))
    assert len(str(error.value)) < 200
