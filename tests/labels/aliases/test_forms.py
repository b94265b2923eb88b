"""Other names in their schemes: normal forms, errors that say where, and what a text may be."""

from __future__ import annotations

from datetime import date
from string import ascii_letters, ascii_uppercase, digits

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labels.aliases.forms import AliasError, build, fields_of, normal_form, recognise
from labels.aliases.schemes import UnknownAliasSchemeError, scheme_named, scheme_names, schemes

FUJIAN = "01020300YB261121007K"
CAPITALS = digits + ascii_uppercase


@st.composite
def fujian_fields(draw: st.DrawFn) -> dict[str, str]:
    def some(alphabet: str, count: int) -> str:
        return draw(st.text(alphabet=alphabet, min_size=count, max_size=count))

    day = draw(st.dates(date(2000, 1, 1), date(2068, 12, 31)))
    return {
        "region": some(digits, 2),
        "county": some(digits, 2),
        "maker": some(CAPITALS, 2),
        "reserved": some(CAPITALS, 2),
        "class": some(CAPITALS, 2),
        "made_on": f"{day:%y%m%d}",
        "serial": some(digits, 3),
        "check": some(CAPITALS, 1),
    }


def test_a_fujian_code_has_twenty_characters_in_eight_fields() -> None:
    assert fields_of("fujian", FUJIAN) == {
        "region": "01",
        "county": "02",
        "maker": "03",
        "reserved": "00",
        "class": "YB",
        "made_on": "261121",
        "serial": "007",
        "check": "K",
    }


@pytest.mark.parametrize(
    "written", [" 01020300yb261121007k ", "0102-0300-YB-261121-007-K", "０１０２０３００ＹＢ２６１１２１００７Ｋ"]
)
def test_a_fujian_code_is_the_same_however_it_is_written(written: str) -> None:
    assert normal_form("fujian", written) == FUJIAN


@given(fujian_fields())
def test_a_fujian_code_is_divided_as_it_was_put_together(fields: dict[str, str]) -> None:
    code = build("fujian", fields)
    assert len(code) == 20
    assert fields_of("fujian", code) == fields
    assert ("fujian", code) in recognise(code)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("01X20300YB261121007K", "position 3, in the county, must be a digit, not 'X'"),
        (
            "01020300YB261131007K",
            "date of production at position 11 must be a day of the calendar, which 261131",
        ),
        ("01020300YB261121007", "check character at position 20 must have 1 character, it has 0"),
        ("01020300YB261121007K9", "'9' from position 21 is more than the scheme has"),
        ("01020300YB", "date of production at position 11 must have 6 characters, it has 0"),
        ("", "region at position 1 must have 2 characters"),
        ("01020300Y部261121007K", "position 10, in the class"),
    ],
)
def test_a_wrong_fujian_code_is_refused_with_field_and_position(text: str, what: str) -> None:
    with pytest.raises(AliasError) as refused:
        normal_form("fujian", text)
    assert what in str(refused.value)


def test_the_check_character_of_fujian_is_wanted_but_never_made_up() -> None:
    fields = fields_of("fujian", FUJIAN)
    del fields["check"]
    with pytest.raises(AliasError, match="needs the field check"):
        build("fujian", fields)
    scheme = scheme_named("fujian")
    assert not scheme.verified
    assert any("not checked" in note for note in scheme.notes)


def test_a_field_that_the_scheme_has_not_is_refused() -> None:
    with pytest.raises(AliasError, match="has no field colour"):
        build("fujian", fields_of("fujian", FUJIAN) | {"colour": "grey"})


def test_a_handle_has_a_prefix_of_three_numbers_and_a_suffix() -> None:
    assert fields_of("handle", "88.118.8/JXDY2106023") == {
        "country": "88",
        "second_level": "118",
        "enterprise": "8",
        "suffix": "JXDY2106023",
    }


dotted = st.text(alphabet=digits + ascii_letters, min_size=1, max_size=20)
suffixes = st.text(alphabet=[chr(code) for code in range(0x21, 0x7F)], min_size=1, max_size=70)


@given(dotted, dotted, suffixes)
def test_a_handle_is_divided_as_it_was_put_together(second_level: str, enterprise: str, suffix: str) -> None:
    fields = {"country": "88", "second_level": second_level, "enterprise": enterprise, "suffix": suffix}
    handle = build("handle", fields)
    assert handle == f"88.{second_level}.{enterprise}/{suffix}"
    assert fields_of("handle", handle) == fields


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("86.118.8/X", "national node at position 1 must be 88, not 86"),
        ("88.118/X", "position 7, in the second-level node, must be a digit or a letter, not '/'"),
        ("88.118", "'.' is expected at position 7, before the enterprise"),
        ("88.118.8", "'/' is expected at position 9, before the suffix"),
        ("88..8/X", "second-level node at position 4 must have 1 to 20 characters"),
        ("88.118.8/", "suffix at position 10 must have 1 to 70 characters"),
        ("88.118.8/构件", "position 10, in the suffix"),
    ],
)
def test_a_wrong_handle_is_refused_with_field_and_position(text: str, what: str) -> None:
    with pytest.raises(AliasError) as refused:
        normal_form("handle", text)
    assert what in str(refused.value)


def test_the_parts_of_an_ecode_are_not_divided_before_their_lengths_are_known() -> None:
    assert fields_of("ecode", "1 0064 0123456789") == {"version": "1", "system_and_main_code": "00640123456789"}
    assert not scheme_named("ecode").verified


def test_an_earlier_tag_is_hexadecimal_in_whole_words() -> None:
    assert normal_form("earlier-tag", "e280 1160 6000 0204") == "E280116060000204"
    with pytest.raises(AliasError, match="multiple of 4"):
        normal_form("earlier-tag", "E28011606000020")
    with pytest.raises(AliasError, match="position 2"):
        normal_form("earlier-tag", "EX801160")


@given(st.text(max_size=140), st.sampled_from(scheme_names()))
def test_a_normal_form_is_its_own_normal_form(text: str, scheme: str) -> None:
    try:
        once = normal_form(scheme, text)
    except AliasError:
        return
    assert normal_form(scheme, once) == once
    assert build(scheme, fields_of(scheme, once)) == once
    assert 1 <= len(once) <= 120  # what the house keeps


def test_a_plants_own_number_may_be_anything_that_can_be_printed() -> None:
    assert normal_form("plant", "  3号楼　YKB-12 左 ") == "3号楼 YKB-12 左"
    with pytest.raises(AliasError):
        normal_form("plant", "")
    with pytest.raises(AliasError, match="position 2"):
        normal_form("plant", "a\x00b")
    with pytest.raises(AliasError, match="it has 61"):
        normal_form("plant", "x" * 61)


def test_the_strictest_scheme_that_a_text_fits_comes_first() -> None:
    assert [scheme for scheme, _ in recognise(FUJIAN)] == ["fujian", "ecode", "plant"]
    assert recognise("88.118.8/JXDY2106023")[0] == ("handle", "88.118.8/JXDY2106023")
    assert recognise("e2801160")[0] == ("earlier-tag", "E2801160")
    assert recognise("3号楼")[0] == ("plant", "3号楼")
    assert recognise(" ") == []


def test_an_unknown_scheme_is_refused() -> None:
    with pytest.raises(UnknownAliasSchemeError, match="'gs1'"):
        normal_form("gs1", "1")


@pytest.mark.parametrize("scheme", schemes(), ids=lambda scheme: scheme.name)
def test_a_scheme_says_where_it_comes_from_in_both_languages(scheme: object) -> None:
    described = scheme_named(scheme.name)  # type: ignore[attr-defined]
    assert described.source
    assert set(described.title) == {"zh", "en"}
    assert all(set(field.title) == {"zh", "en"} for field in described.fields)
    assert len(described.name) <= 30  # what the house keeps
