"""Values between OPC UA's types and ours."""

import math
from datetime import UTC, datetime

import pytest
from asyncua import ua
from hypothesis import given
from hypothesis import strategies as st

from lines import Command, Kind, Point, Role, Value, ValueType
from lines.opcua.samples import sample_of, shows, variant_of
from lines.values import EncodeError

WHOLE = {
    Kind.U16: (ua.VariantType.UInt16, 0, 0xFFFF),
    Kind.S16: (ua.VariantType.Int16, -0x8000, 0x7FFF),
    Kind.U32: (ua.VariantType.UInt32, 0, 0xFFFFFFFF),
    Kind.S32: (ua.VariantType.Int32, -0x80000000, 0x7FFFFFFF),
    Kind.U64: (ua.VariantType.UInt64, 0, 0xFFFFFFFFFFFFFFFF),
}
TIME = datetime(2026, 11, 23, 8, 0, 0, 120_000, tzinfo=UTC)


def point(kind: Kind, size: int = 0, **more: object) -> Point:
    return Point("a", "i=1", ValueType(kind, size), **more)  # type: ignore[arg-type]


def command(kind: Kind, size: int = 0, **more: object) -> Command:
    return Command("a", "i=1", ValueType(kind, size), **more)  # type: ignore[arg-type]


def there_and_back(value: Value, kind: Kind, variant_type: ua.VariantType, size: int = 0, **more: object) -> object:
    """The sample that a server gives which took a command and shows it, over the wire's own bytes."""
    variant = variant_of(command(kind, size, **more), value, variant_type)
    wire = ua.ua_binary.variant_from_binary(ua.utils.Buffer(ua.ua_binary.variant_to_binary(variant)))
    sample = sample_of(point(kind, size, **more), ua.DataValue(wire))
    assert sample.error is None
    return sample.value


@given(st.sampled_from(sorted(WHOLE)), st.data())
def test_whole_numbers_come_back_as_they_went(kind: Kind, data: st.DataObject) -> None:
    variant_type, low, high = WHOLE[kind]
    value = data.draw(st.integers(low, high))
    assert there_and_back(value, kind, variant_type) == value


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_doubles_come_back_as_they_went(value: float) -> None:
    assert there_and_back(value, Kind.F64, ua.VariantType.Double) == value


@given(st.decimals(min_value=-99_999, max_value=99_999, places=1))
def test_decimals_come_back_from_a_32_bit_float_as_they_were_written(value: object) -> None:
    number = float(value)  # type: ignore[arg-type]
    assert there_and_back(number, Kind.F32, ua.VariantType.Float) == number


@given(st.text(max_size=20).filter(lambda text: len(text.encode(errors="ignore")) <= 60 and "\0" not in text))
def test_texts_come_back_from_each_type_that_holds_text(text: str) -> None:
    if text.encode(errors="ignore").decode() != text:
        return  # lone surrogates are no text
    for variant_type in (ua.VariantType.String, ua.VariantType.LocalizedText, ua.VariantType.ByteString):
        assert there_and_back(text, Kind.STRING, variant_type, 60) == text


@given(st.booleans())
def test_a_flag_comes_back_also_from_a_number(value: bool) -> None:
    for variant_type in (ua.VariantType.Boolean, ua.VariantType.Byte, ua.VariantType.Int32):
        assert there_and_back(value, Kind.BOOL, variant_type) is value


def test_scale_and_map_are_applied_both_ways() -> None:
    assert there_and_back(-12.5, Kind.S16, ua.VariantType.Int16, scale=0.1) == -12.5
    assert there_and_back("execute", Kind.U16, ua.VariantType.Byte, map={4: "idle", 6: "execute"}) == "execute"


def test_a_character_that_the_machine_cut_is_left_out() -> None:
    program = ua.Variant("预制".encode("gb18030")[:3], ua.VariantType.ByteString)
    assert sample_of(point(Kind.STRING, 16, encoding="gb18030"), ua.DataValue(program)).value == "预"


def test_bytes_are_read_in_the_profiles_encoding() -> None:
    told = ua.DataValue(ua.Variant("叠合板".encode("gb18030") + b"\0\0", ua.VariantType.ByteString))
    assert sample_of(point(Kind.STRING, 20, encoding="gb18030"), told).value == "叠合板"


@pytest.mark.parametrize("text", ["Execute", "EXECUTE", "execute"])
def test_a_state_may_be_told_as_text(text: str) -> None:
    assert sample_of(point(Kind.STRING, 20, role=Role.STATE), ua.DataValue(ua.Variant(text))).value == "execute"


@pytest.mark.parametrize(
    ("kind", "given_value", "error"),
    [
        (Kind.U16, ua.Variant(-1, ua.VariantType.Int16), "the device gives -1, which is no u16"),
        (Kind.U16, ua.Variant(1.5, ua.VariantType.Double), "the device gives 1.5, which is no u16"),
        (Kind.F64, ua.Variant(math.nan, ua.VariantType.Double), "the device gives nan, which is no f64"),
        (Kind.F64, ua.Variant("12", ua.VariantType.String), "the device gives '12', which is no f64"),
        (Kind.U16, ua.Variant([1, 2], ua.VariantType.UInt16), "the device gives [1, 2], which is no u16"),
        (Kind.BOOL, ua.Variant(2, ua.VariantType.Byte), "the device gives 2, which is no bool"),
    ],
)
def test_a_value_of_another_kind_is_garbage(kind: Kind, given_value: ua.Variant, error: str) -> None:
    sample = sample_of(point(kind), ua.DataValue(given_value, SourceTimestamp=TIME))
    assert (sample.value, sample.error, sample.is_garbage, sample.time) == (None, error, True, TIME)


def test_a_structure_is_garbage_and_its_message_short() -> None:
    sample = sample_of(point(Kind.U16), ua.DataValue(ua.Variant(ua.ServerStatusDataType())))
    assert sample.is_garbage
    assert len(sample.error or "") < 130


def test_a_state_that_is_no_packml_state_is_garbage() -> None:
    sample = sample_of(point(Kind.STRING, 20, role=Role.STATE), ua.DataValue(ua.Variant("Dancing")))
    assert (sample.error, sample.is_garbage) == ("'Dancing' is no PackML state", True)


def test_a_status_that_is_not_good_is_bad_but_no_garbage() -> None:
    for code in ("BadWaitingForInitialData", "UncertainSubNormal"):
        status = ua.StatusCode(getattr(ua.StatusCodes, code))
        sample = sample_of(point(Kind.U16), ua.DataValue(ua.Variant(1, ua.VariantType.UInt16), status, TIME))
        assert (sample.value, sample.error, sample.time) == (None, f"the server says {code}", TIME)
        assert not sample.is_garbage


def test_a_good_status_without_a_value_is_bad() -> None:
    sample = sample_of(point(Kind.U16), ua.DataValue())
    assert (sample.error, sample.is_garbage) == ("the server gives no value", False)


def test_a_time_of_the_year_1601_is_none() -> None:
    told = ua.DataValue(ua.Variant(1, ua.VariantType.UInt16), SourceTimestamp=ua.get_win_epoch())
    assert sample_of(point(Kind.U16), told).time is None


@pytest.mark.parametrize(
    ("kind", "value", "variant_type"),
    [
        (Kind.U32, 70_000, ua.VariantType.UInt16),
        (Kind.S16, -1, ua.VariantType.Byte),
        (Kind.F64, 0.5, ua.VariantType.Int32),
        (Kind.U16, 2, ua.VariantType.Boolean),
        (Kind.U16, 2, ua.VariantType.String),
        (Kind.U16, 2, ua.VariantType.DateTime),
        (Kind.U16, "two", ua.VariantType.UInt16),
    ],
)
def test_nothing_is_cut_to_fit_a_node(kind: Kind, value: Value, variant_type: ua.VariantType) -> None:
    with pytest.raises(EncodeError):
        variant_of(command(kind), value, variant_type)


def test_a_node_shows_a_float_within_its_precision() -> None:
    written = ua.Variant(0.1, ua.VariantType.Float)
    assert shows(command(Kind.F32), written, ua.DataValue(ua.Variant(0.10000000149011612, ua.VariantType.Float)))
    assert not shows(command(Kind.F32), written, ua.DataValue(ua.Variant(0.2, ua.VariantType.Float)))
