"""Names of a plant with a GS1 company prefix, of several plants that share one, and back from a key to the thing."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labels.errors import (
    CharacterError,
    CompanyPrefixError,
    KeyFormatError,
    LabelError,
    ReferenceLengthError,
    SchemeError,
    SerialError,
)
from labels.keys.digital_link import NotDigitalLinkError, digital_link, parse_digital_link
from labels.keys.element_string import element_string, parse_element_string
from labels.keys.gs1 import Key
from labels.keys.naming import Named, Naming, address, identity, load_code, parse_identity
from labels.keys.urn import epc_uri, parse_epc_uri
from labels.tags.epc import decode_tag, encode_tag_uri
from tests.labels.strategies import digits, text

OWNER = "91350200MAAY4CL12K"
PLANT = Naming("0614141", OWNER)
THIRD_SITE = Naming("0614141", OWNER, 3)
TAGGED = ("element", "pallet", "mould", "load", "place", "asset")

Maker = Callable[[Naming, int, str], Key]
MAKERS: dict[str, Maker] = {
    "element": lambda naming, number, _: naming.element(0, naming.serial(number)),
    "pallet": lambda naming, number, _: naming.pallet(number),
    "mould": lambda naming, _, code: naming.mould(code),
    "load": lambda naming, number, _: naming.load(number % 10**4),
    "place": lambda naming, _, code: naming.place(code),
    "batch": lambda naming, _, code: naming.batch(code),
    "party": lambda naming, _number, _code: naming.party(),
    "asset": lambda naming, _, code: naming.asset(code),
}


@st.composite
def gs1_namings(draw: st.DrawFn) -> Naming:
    """A plant with a company prefix of any length, at any site number that it can have."""
    length = draw(st.integers(6, 12))
    return Naming(draw(digits(length)), OWNER, draw(st.integers(0, 9)) if length < 12 else 0)


numbers = st.integers(0, 10**10 - 1)
codes = text(14).filter(lambda code: code != "0")
kinds = st.sampled_from(sorted(MAKERS))


# The check digits were worked out by hand: weights 3 and 1 from the right.
@pytest.mark.parametrize(
    ("key", "expected"),
    [
        (PLANT.element(2, 17), {"01": "00614141000029", "21": "17"}),
        (PLANT.pallet(12), {"8003": "0061414100000512"}),
        (PLANT.mould("YB-3012"), {"8003": "00614141000012YB-3012"}),
        (PLANT.load(5), {"00": "006141410000000050"}),
        (PLANT.place("A-03"), {"414": "0614141000005", "254": "A-03"}),
        (PLANT.place(), {"414": "0614141000005"}),
        (PLANT.batch("C40-117"), {"01": "90614141000008", "10": "C40-117"}),
        (PLANT.party(), {"417": "0614141000005"}),
        (PLANT.asset("PLC-1"), {"8004": "0614141PLC-1"}),
    ],
)
def test_a_single_plants_names_show_no_site_number(key: Key, expected: Key) -> None:
    assert key == expected


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        (THIRD_SITE.element(2, 30000000017), {"01": "00614141000029", "21": "30000000017"}),
        (THIRD_SITE.pallet(12), {"8003": "0061414100000530000000012"}),
        (THIRD_SITE.mould("YB-3012"), {"8003": "006141410000123-YB-3012"}),
        (THIRD_SITE.load(5), {"00": "306141410000000051"}),
        (THIRD_SITE.place("A-03"), {"414": "0614141000036", "254": "A-03"}),
        (THIRD_SITE.batch("C40-117"), {"01": "90614141000039", "10": "C40-117"}),
        (THIRD_SITE.party(), {"417": "0614141000005"}),
        (THIRD_SITE.asset("PLC-1"), {"8004": "06141413-PLC-1"}),
    ],
)
def test_a_plant_that_shares_its_prefix_says_its_site_in_every_name_but_the_companys(key: Key, expected: Key) -> None:
    assert key == expected


def test_a_code_that_looks_like_a_sites_is_led_by_its_own_site() -> None:
    assert PLANT.mould("3-YB") == {"8003": "006141410000120-3-YB"}
    assert PLANT.read(PLANT.mould("3-YB")) == Named("mould", "3-YB", 0)


def test_the_largest_serial_of_the_last_site_fits_a_tag_of_96_bits() -> None:
    last = Naming("0614141", OWNER, 9)
    key = last.element(1, last.serial(10**10 - 1))
    assert key["21"] == "99999999999"
    assert decode_tag(last.epc_hex(key)).scheme == "sgtin-96"


@given(gs1_namings(), kinds, numbers, codes)
def test_a_name_is_read_back_as_what_was_named(naming: Naming, kind: str, number: int, code: str) -> None:
    key = MAKERS[kind](naming, number, code)
    expected = {
        "element": Named("element", str(naming.serial(number)), naming.site_number),
        "pallet": Named("pallet", str(number), naming.site_number),
        "load": Named("load", str(number % 10**4), naming.site_number),
        "party": Named("party", "", 0),
    }
    assert naming.read(key) == expected.get(kind, Named(kind, code, naming.site_number))  # type: ignore[arg-type]


@given(gs1_namings(), kinds, numbers, codes)
def test_a_name_is_the_same_in_every_notation(naming: Naming, kind: str, number: int, code: str) -> None:
    key = MAKERS[kind](naming, number, code)
    assert parse_digital_link(digital_link(key)) == key
    assert parse_identity(identity(key)) == key
    assert parse_identity(address(key, "https://mes.example.cn:8443/plant/")) == key
    assert parse_element_string(element_string(key)) == key
    if "(" not in code:  # a code may look like an identifier in parentheses: for people, not for machines
        assert parse_element_string(element_string(key, parentheses=True)) == key
    assert parse_epc_uri(epc_uri(key, len(naming.company_prefix))) == key


@given(gs1_namings(), st.sampled_from(TAGGED), numbers, codes)
def test_a_tag_says_the_key_it_was_written_for(naming: Naming, kind: str, number: int, code: str) -> None:
    key = MAKERS[kind](naming, number, code)
    tag = decode_tag(naming.epc_hex(key))
    assert tag.key == key
    assert tag.tag_uri is not None
    assert encode_tag_uri(tag.tag_uri) == naming.epc_hex(key)


@given(
    digits(7), st.tuples(st.integers(0, 9), st.integers(0, 9)), kinds, st.tuples(numbers, numbers),
    st.tuples(codes, codes),
)  # fmt: skip
def test_two_sites_never_give_the_same_name(
    prefix: str, sites: tuple[int, int], kind: str, running: tuple[int, int], given_codes: tuple[str, str]
) -> None:
    if sites[0] == sites[1] or kind == "party":
        return
    one, other = (Naming(prefix, OWNER, site) for site in sites)
    first, second = (MAKERS[kind](one, running[0], given_codes[0]), MAKERS[kind](other, running[1], given_codes[1]))
    assert first != second
    if kind in TAGGED:
        assert one.epc_hex(first) != other.epc_hex(second)


@given(gs1_namings(), codes, st.integers(0, 10**9))
def test_a_mould_is_never_taken_for_a_pallet(naming: Naming, code: str, number: int) -> None:
    assert naming.mould(str(number)) != naming.pallet(number)
    read = naming.read(naming.mould(code))
    assert read is not None
    assert read.kind == "mould"


@given(st.text(alphabet="0123456789A-", max_size=20), st.sampled_from(["01/00614141000029/21", "8003", "8004", "414"]))
def test_whatever_a_key_says_it_is_read_without_a_crash(value: str, path: str) -> None:
    with suppress(LabelError):
        PLANT.read(parse_identity(f"https://id.gs1.org/{path}/{value}"))


@pytest.mark.parametrize(
    "key",
    [
        {"01": "04012345123456", "21": "17"},  # another company
        {"01": "00614141000029", "21": "A17"},  # our serials are numbers
        {"01": "00614141000029", "21": "0017"},
        {"01": "00614141000029", "21": "100000000000"},  # there is no site 10
        {"01": "10614141000026", "21": "17"},  # a packaging level, which no element is
        {"01": "00614141000029"},
        {"8003": "00614141000029X"},  # asset type 2
        {"8004": "0614141"},
    ],
)
def test_a_key_that_this_company_does_not_give_is_nobodys(key: Key) -> None:
    assert PLANT.read(key) is None


def test_a_serial_of_another_site_is_refused() -> None:
    with pytest.raises(SerialError, match="30000000017 is not one of site 0"):
        PLANT.element(1, 30000000017)


@pytest.mark.parametrize("running_number", [-1, 10**10])
def test_a_running_number_beyond_ten_digits_is_refused(running_number: int) -> None:
    with pytest.raises(SerialError):
        PLANT.serial(running_number)


@pytest.mark.parametrize("site_number", [-1, 10, True])
def test_a_site_number_is_one_digit(site_number: int) -> None:
    with pytest.raises(SerialError, match="digit from 0 to 9"):
        Naming("0614141", OWNER, site_number)


@pytest.mark.parametrize("prefix", ["06141", "0614141000001", "06141A1"])
def test_a_company_prefix_has_6_to_12_digits(prefix: str) -> None:
    with pytest.raises(CompanyPrefixError):
        Naming(prefix, OWNER)


def test_a_prefix_of_twelve_digits_serves_one_site_only() -> None:
    with pytest.raises(CompanyPrefixError, match="no room for site 1"):
        Naming("061414112345", OWNER, 1)


@pytest.mark.parametrize("naming", [PLANT, THIRD_SITE, Naming("061414112345", OWNER), Naming("", OWNER, 3)])
@pytest.mark.parametrize("kind", ["mould", "batch", "asset"])
def test_nothing_is_named_by_an_empty_code(naming: Naming, kind: str) -> None:
    with pytest.raises(ReferenceLengthError):
        MAKERS[kind](naming, 0, "")


def test_a_place_cannot_be_called_0_which_means_none() -> None:
    with pytest.raises(KeyFormatError):
        PLANT.place("0")


def test_a_code_in_chinese_cannot_be_a_gs1_key() -> None:
    with pytest.raises(CharacterError, match="模"):
        PLANT.mould("模-1")


@pytest.mark.parametrize("key", [PLANT.batch("C40-117"), PLANT.party()])
def test_no_tag_carries_a_batch_or_a_company(key: Key) -> None:
    with pytest.raises(SchemeError):
        PLANT.epc_hex(key)


def test_no_tag_is_written_for_another_companys_key() -> None:
    with pytest.raises(CompanyPrefixError):
        PLANT.epc_hex({"01": "04012345123456", "21": "17"})


def test_a_tag_holds_96_bits_where_the_reference_is_a_number() -> None:
    assert decode_tag(PLANT.epc_hex(PLANT.place("17"))).scheme == "sgln-96"
    assert decode_tag(PLANT.epc_hex(PLANT.place("017"))).scheme == "sgln-195"


def test_an_address_has_the_digital_links_path_on_the_plants_own_domain() -> None:
    assert address(PLANT.element(2, 17), "http://10.0.0.5:8080/") == "http://10.0.0.5:8080/01/00614141000029/21/17"


@pytest.mark.parametrize("uri", ["https://example.cn/help", "mailto:a@b.cn", "http://[", ""])
def test_an_ordinary_address_is_no_identity(uri: str) -> None:
    with pytest.raises(NotDigitalLinkError):
        parse_identity(uri)


def test_a_load_is_known_by_its_sscc() -> None:
    key = PLANT.load(5)
    assert load_code(key) == "006141410000000050"
    assert PLANT.load_of_code("006141410000000050") == key


def test_a_material_without_its_makers_gtin_has_one_of_the_plant() -> None:
    # indicator 9, prefix 0614141, item reference 00020 (rebar, site 0): 27+0+18+1+12+1+12+1+2 = 74, check digit 6
    assert Naming("0614141", "").material_gtin("rebar") == "90614141000206"
    # counted: indicator 0, item reference 00050 (embed): 18+1+12+1+12+1+5 = 50, check digit 0
    assert Naming("0614141", "").material_gtin("embed", counted=True) == "00614141000500"
    # site 3: 27+0+18+1+12+1+12+1+2+9 = 83, check digit 7
    assert Naming("0614141", "", 3).material_gtin("rebar") == "90614141000237"


@pytest.mark.parametrize(
    ("naming", "kind"),
    [(Naming("06141410000", ""), "rebar"), (Naming("", OWNER), "rebar"), (Naming("0614141", ""), "cement")],
    ids=["no room behind the prefix", "local names", "part of concrete"],
)
def test_some_materials_have_no_gtin(naming: Naming, kind: str) -> None:
    assert naming.material_gtin(kind) == ""


def test_a_material_is_never_taken_for_the_plants_concrete_or_its_elements() -> None:
    naming = Naming("0614141", "")
    for counted in (True, False):
        assert naming.read({"01": naming.material_gtin("mesh", counted=counted), "10": "A-1"}) is None
