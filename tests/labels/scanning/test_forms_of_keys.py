"""Every key in every written form is the same key; a digit misread makes no other thing of it."""

from __future__ import annotations

from contextlib import suppress
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from labels.errors import CheckDigitError, LabelError, UriError
from labels.keys.digital_link import digital_link
from labels.keys.element_string import FNC1, element_string
from labels.keys.gs1 import Key
from labels.keys.local import local_key, local_tag_hex
from labels.keys.naming import identity
from labels.keys.urn import epc_uri
from labels.scanning.memory import LOCAL_TAG
from labels.scanning.scan import Scan, kind_of_key, parse, with_owner
from labels.tags.epc import encode_tag
from tests.labels.strategies import keys, number_below, text

OWNER = "91350200MA2XN0XH64"
KINDS = ("sgtin", "lgtin", "sscc", "sgln", "pgln", "grai", "giai")
WORDS = {"01": "gtin", "21": "ser", "10": "lot", "00": "sscc", "414": "gln", "254": "glnx"} | {
    "417": "party",
    "8003": "grai",
    "8004": "giai",
}
FULL_WIDTH = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
SPELLED = ("^]", "{GS}", "[GS]", "\\x1d", "\\u001D", "␝", FNC1)


def written_forms(key: Key, gcp_length: int, spelled: str) -> list[str]:
    """A key as cameras, hand scanners and people's systems write it."""
    bare = element_string(key)
    link = digital_link(key, "https://trace.example.cn/e")
    worded = "/".join(quote(part, safe="") for ai, value in key.items() for part in (WORDS[ai], value))
    return [
        link,
        f"]Q1{link}?lang=zh&x=1\r\n",
        link.replace("https://trace.example.cn", "HTTPS://Trace.Example.CN"),
        link.replace("https://trace.example.cn", "https：／／trace.example.cn"),
        f"http://10.0.0.5:8000/{worded}",
        element_string(key, parentheses=True),
        "]C1" + bare,
        "]d2" + FNC1 + bare + FNC1 + "11261121",
        "]Q3" + "11261121" + bare,
        "]d2" + "37" + "12" + spelled + bare,
        f"[)>\x1e05\x1d{bare}\x1e\x04",
        epc_uri(key, gcp_length),
        epc_uri(key, gcp_length) + "\t",
    ]


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data(), kind=st.sampled_from(KINDS), gcp_length=st.integers(6, 12), spelled=st.sampled_from(SPELLED))
def test_every_written_form_of_a_key_is_the_same_key(
    data: st.DataObject, kind: str, gcp_length: int, spelled: str
) -> None:
    key = data.draw(keys(kind, text(16), gcp_length))
    for form in written_forms(key, gcp_length, spelled):
        found = parse(form)
        assert (found.key, found.kind, found.digital_link) == (key, kind_of_key(key), digital_link(key)), form


@settings(deadline=None, max_examples=150)
@given(data=st.data(), gcp_length=st.integers(6, 12), filter_value=st.integers(0, 7))
def test_a_tags_memory_is_the_same_key_however_a_reader_writes_it(
    data: st.DataObject, gcp_length: int, filter_value: int
) -> None:
    scheme, kind, serials = data.draw(
        st.sampled_from(
            [
                ("sgtin-96", "sgtin", number_below(1 << 38)),
                ("sgtin-198", "sgtin", text(20)),
                ("sscc-96", "sscc", text(1)),
                ("grai-96", "grai", number_below(1 << 38)),
                ("sgln-96", "sgln", number_below(1 << 41)),
                ("sgtin+", "sgtin", text(20)),
            ]
        )
    )
    key = data.draw(keys(kind, serials, gcp_length))
    memory = encode_tag(scheme, key, filter_value=filter_value, gcp_length=gcp_length)
    pairs = [memory[at : at + 2] for at in range(0, len(memory), 2)]
    for form in (memory, memory.lower(), f"0x{memory}", " ".join(pairs), "-".join(pairs).lower(), f"{memory}\r\n"):
        assert parse(form).key == key
    assert parse(memory.translate(FULL_WIDTH)).key == key
    assert parse(memory).tag_digits == memory


def bank(memory: str) -> tuple[str, str]:
    """The protocol control word and the CRC-16 that stand around this EPC (ISO/IEC 18000-63, annex F: bit by bit)."""
    pc = f"{len(memory) // 4 << 11:04X}"
    register = 0xFFFF
    for bit in f"{int('1' + pc + memory, 16):b}"[1:]:
        carry = (register >> 15) ^ int(bit)
        register = (register << 1) & 0xFFFF
        if carry:
            register ^= 0x1021
    return pc, f"{register ^ 0xFFFF:04X}"


@settings(deadline=None, max_examples=100)
@given(data=st.data(), gcp_length=st.integers(6, 12))
def test_the_words_around_an_epc_are_read_over(data: st.DataObject, gcp_length: int) -> None:
    key = data.draw(keys("sgtin", number_below(1 << 38), gcp_length))
    memory = encode_tag("sgtin-96", key, gcp_length=gcp_length)
    pc, crc = bank(memory)
    assert parse(crc + pc + memory).key == key
    assert parse(pc + memory + crc).key == key
    with suppress(LabelError):  # two readings are possible where the serial ends in a word of zeros
        assert parse(pc + memory).key == key


def test_an_epc_that_can_be_read_in_two_ways_is_refused() -> None:
    memory = encode_tag("sgtin-96", {"01": "00000000000017", "21": "65536"}, gcp_length=12)
    assert memory == "300000000000040000010000"
    with pytest.raises(LabelError, match="with and without"):
        parse("3000" + memory)


@settings(deadline=None)
@given(kind=st.sampled_from(["element", "pallet", "mould", "load", "batch", "place"]), number=st.integers(0, 10**11))
def test_local_names_are_read_from_addresses_and_tags(kind: str, number: int) -> None:
    key = local_key(OWNER, kind, str(number))
    for form in (identity(key), f"HTTP://MES.EXAMPLE:8000/ID/{OWNER}/{kind.upper()}/{number}?lang=zh"):
        assert (parse(form).key, parse(form).kind) == (key, kind)
    tag = parse(f"0x{local_tag_hex(key).lower()}")
    assert (tag.kind, tag.digital_link) == (kind, "")
    assert with_owner(tag.key, OWNER) == key
    assert parse("3100" + local_tag_hex(key)).key == {LOCAL_TAG: local_tag_hex(key)}


def test_a_raw_uri_that_tells_another_length_was_cut_off_and_is_refused() -> None:
    for bits in (92, 104, 208):
        with pytest.raises(UriError, match="24 digits"):
            parse(f"urn:epc:raw:{bits}.x3074257BF7194E4000001A85")


def test_a_local_tag_is_read_from_a_raw_uri_with_and_without_its_application_family() -> None:
    tag = local_tag_hex(local_key(OWNER, "element", "42"))
    for scanned in (f"urn:epc:raw:96.x{tag}", f"urn:epc:raw:96.x03.x{tag}"):
        found = parse(scanned)
        assert (found.kind, found.key, found.digital_link) == ("element", {LOCAL_TAG: tag}, "")


def test_what_another_application_family_says_is_no_epc() -> None:
    assert parse("urn:epc:raw:96.xA2.x3074257BF7194E4000001A85").kind == "unknown"


def test_a_local_tag_that_was_misread_is_refused() -> None:
    digits = local_tag_hex(local_key(OWNER, "element", "42"))
    for at in range(2, len(digits)):
        wrong = digits[:at] + ("0" if digits[at] != "0" else "1") + digits[at + 1 :]
        with pytest.raises(LabelError, match="check value"):
            parse(wrong)


GTIN, LOAD, GRAI, GLN = "80614141123458", "106141412345678908", "00614141123452", "0614141123452"
FORMS_WITH_A_CHECK_DIGIT = [
    (GTIN, "(01)@(21)6789"),
    (GTIN, "01@216789"),
    (GTIN, "]d201@216789"),
    (GTIN, "(01)@(10)L1"),
    (GTIN, "(01)@"),
    (GTIN, "https://id.gs1.org/01/@/21/6789"),
    (GTIN, "https://x.cn/gtin/@/ser/6789"),
    (GTIN, "https://x.cn/01/@"),
    (LOAD, "(00)@"),
    (LOAD, "00@"),
    (LOAD, "]C100@"),
    (LOAD, "https://id.gs1.org/00/@"),
    (LOAD, "https://x.cn/sscc/@"),
    (GRAI, "(8003)@X1"),
    (GRAI, "https://id.gs1.org/8003/@X1"),
    (GLN, "(414)@(254)A-03"),
    (GLN, "https://id.gs1.org/414/@/254/A-03"),
    (GLN, "(417)@"),
]
"""Forms in which a number says that it is a GS1 key, so that a wrong digit must be refused."""


@pytest.mark.parametrize(("number", "form"), FORMS_WITH_A_CHECK_DIGIT, ids=lambda part: part)
def test_each_single_wrong_digit_is_refused(number: str, form: str) -> None:
    assert parse(form.replace("@", number)).key
    for at, digit in enumerate(number):
        for other in "0123456789".replace(digit, ""):
            wrong = form.replace("@", number[:at] + other + number[at + 1 :])
            with pytest.raises(LabelError):
                parse(wrong)


@pytest.mark.parametrize("number", [GTIN, LOAD, GLN, "061414112345", "96385074"])
def test_a_bare_number_with_a_wrong_digit_is_plain_text(number: str) -> None:
    for at, digit in enumerate(number):
        for other in "0123456789".replace(digit, ""):
            wrong = number[:at] + other + number[at + 1 :]
            assert parse(wrong) == Scan("unknown", {}, "", wrong)


CODE_LIKE = "0123456789ABCDEFabcdef()[]{}^<>:/.?&=%#-_ \t\n\r\x1d\x1e\x04　：／０１项目楼栋层编号|;，"
BEGINS_LIKE_A_CODE = (
    r"\A(\][A-Za-z][0-9])?(https?://x/|\(?(01|00|414|8003|21)\)?|urn:epc:(id|tag|raw):)[0-9A-Fx./()%]{0,60}\Z"
)
MARKED = ["(01)80614141123458(21)6789", "0180614141123458216789", "]C100106141412345678908", "(414)0614141123452"]


@pytest.mark.parametrize("form", MARKED)
def test_any_single_wrong_digit_never_makes_a_thing_of_another_kind(form: str) -> None:
    """Identifiers have no check digit of their own: what a wrong one leaves is refused or names nothing.

    The exception is (8003) read as (8004): a GIAI has no check digit anywhere.
    """
    right = parse(form).kind
    for at, digit in enumerate(form):
        if not digit.isdigit():
            continue
        for other in "0123456789".replace(digit, ""):
            with suppress(LabelError):
                found = parse(form[:at] + other + form[at + 1 :])
                assert found.kind in (right, "unknown"), found


@settings(deadline=None, max_examples=300)
@given(st.text() | st.text(alphabet=CODE_LIKE, max_size=80) | st.from_regex(BEGINS_LIKE_A_CODE))
@example("http://[")
@example("https://x/id/a/element/\ud800")
@example("https://id.gs1.org/abcdefgh?\ud800")
@example("https://[::1/01/80614141123458")
@example("{" * 3000)
@example("[)>\x1e05\x1d")
@example("项目：" * 900)
@example("编" * 4000)
@example("0x" * 1000)
def test_no_text_raises_anything_but_the_engines_own_errors(scanned: str) -> None:
    with suppress(LabelError):
        found = parse(scanned)
        assert found.kind == "unknown" or found.key


def test_a_wrong_check_digit_says_what_was_expected() -> None:
    with pytest.raises(CheckDigitError, match="8 was expected"):
        parse("(01)80614141123457(21)6789")
