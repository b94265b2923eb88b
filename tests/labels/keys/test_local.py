"""Names of a plant without GS1 membership: visibly not GS1, on paper, in addresses and on tags."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labels.errors import (
    CharacterError,
    KeyFormatError,
    LabelError,
    ReferenceLengthError,
    SchemeError,
    SerialError,
    TagDataError,
)
from labels.keys.credit_code import CreditCodeError
from labels.keys.local import (
    LocalTag,
    NoLocalKeyError,
    is_local_tag,
    key_of_path,
    local_key,
    local_kinds,
    local_name,
    local_tag_hex,
    owner_hash,
    read_local_tag,
)
from labels.keys.naming import Named, Naming, address, identity, load_code, parse_identity
from labels.tags.epc import decode_tag
from labels.tags.pc import pc_word, read_pc

OWNER = "91350200MAAY4CL12K"
OTHER = "91350200MATH3BJ1XE"
PLANT = Naming("", OWNER)
SECOND_SITE = Naming("", OWNER, 1)

references = st.text(
    alphabet="-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz~", min_size=1, max_size=38
).filter(lambda reference: reference.strip("."))
kinds_with_codes = st.sampled_from(["mould", "place", "batch", "asset"])


@pytest.mark.parametrize(
    ("key", "reference"),
    [
        (PLANT.element(2, 17), "element/17"),
        (PLANT.pallet(12), "pallet/12"),
        (PLANT.mould("YB-3012"), "mould/YB-3012"),
        (PLANT.load(5), "load/L00000000000000005"),
        (PLANT.place("A-03"), "place/A-03"),
        (PLANT.place(), "place/0-"),
        (PLANT.batch("C40-117"), "batch/C40-117"),
        (PLANT.party(), "party/0"),
        (PLANT.asset("PLC-1"), "asset/PLC-1"),
        (SECOND_SITE.element(2, 10000000017), "element/10000000017"),
        (SECOND_SITE.pallet(12), "pallet/10000000012"),
        (SECOND_SITE.mould("YB-3012"), "mould/1-YB-3012"),
        (SECOND_SITE.load(5), "load/L10000000000000005"),
        (SECOND_SITE.place("A-03"), "place/1-A-03"),
        (SECOND_SITE.batch("C40-117"), "batch/1-C40-117"),
    ],
)
def test_a_local_name_is_owner_kind_and_reference(key: dict[str, str], reference: str) -> None:
    assert key == {"local": f"{OWNER}/{reference}"}


def test_a_local_identity_is_on_this_projects_domain_and_an_address_on_the_plants() -> None:
    key = PLANT.element(2, 17)
    assert identity(key) == f"https://precast-mes.org/id/{OWNER}/element/17"
    assert address(key, "http://mes.local:8080/") == f"http://mes.local:8080/id/{OWNER}/element/17"


def test_a_family_has_no_gtin_in_the_local_scheme() -> None:
    assert PLANT.gtin(2) == ""


@given(kinds_with_codes, references, st.sampled_from([PLANT, SECOND_SITE]))
def test_a_local_code_comes_back_from_its_address(kind: str, code: str, naming: Naming) -> None:
    makers = {"mould": naming.mould, "place": naming.place, "batch": naming.batch, "asset": naming.asset}
    key = makers[kind](code)
    assert parse_identity(address(key, "https://mes.example.cn")) == key
    assert parse_identity(identity(key)) == key
    assert naming.read(key) == Named(kind, code, naming.site_number)  # type: ignore[arg-type]


@given(kinds_with_codes, references, references)
def test_two_sites_of_one_owner_never_share_a_local_name(kind: str, code: str, other_code: str) -> None:
    assert getattr(PLANT, kind)(code) != getattr(SECOND_SITE, kind)(other_code)


@given(st.integers(0, 9), st.integers(0, 10**10 - 1))
def test_numbers_are_read_back_with_their_site(site_number: int, number: int) -> None:
    naming = Naming("", OWNER, site_number)
    serial = naming.serial(number)
    assert naming.read(naming.element(1, serial)) == Named("element", str(serial), site_number)
    assert naming.read(naming.pallet(number)) == Named("pallet", str(number), site_number)
    assert naming.read(naming.load(number)) == Named("load", str(number), site_number)


def test_the_plant_and_the_company_are_read_back_too() -> None:
    assert SECOND_SITE.read(SECOND_SITE.place()) == Named("place", "", 1)
    assert SECOND_SITE.read(SECOND_SITE.party()) == Named("party", "", 0)


@pytest.mark.parametrize(
    "reference", ["element/007", "element/100000000000", "element/A1", "load/17", "party/1", "pallet/1.5"]
)
def test_a_name_this_plant_does_not_give_is_nobodys(reference: str) -> None:
    assert PLANT.read({"local": f"{OWNER}/{reference}"}) is None


def test_names_of_other_schemes_and_owners_are_nobodys() -> None:
    assert PLANT.read(Naming("", OTHER).element(1, 17)) is None
    assert PLANT.read({"01": "00614141000029", "21": "17"}) is None
    assert Naming("0614141", OWNER).read(PLANT.element(1, 17)) is None


def test_a_load_has_18_characters_that_no_scanner_takes_for_an_sscc() -> None:
    code = load_code(PLANT.load(5))
    assert code == "L00000000000000005"
    assert len(code) == 18
    assert PLANT.load_of_code(code) == PLANT.load(5)
    with pytest.raises(KeyFormatError):
        load_code(PLANT.element(1, 17))


@pytest.mark.parametrize(
    ("owner", "what"),
    [
        ("91350200MAAY4CL12", "18 characters"),
        ("91350200MAAY4CL12X", "K was expected"),
        ("91350200MAAY4CI12K", "Character 15"),
        ("", "18 characters"),
    ],
)
def test_the_owner_is_a_credit_code_with_its_check_character(owner: str, what: str) -> None:
    with pytest.raises(CreditCodeError, match=what):
        Naming("", owner)


@pytest.mark.parametrize("code", ["模-1", "A 1", "A/1", "A%1", "..", "x\n"])
def test_a_reference_that_an_address_would_change_is_refused(code: str) -> None:
    with pytest.raises(CharacterError):
        PLANT.mould(code)


def test_a_reference_has_1_to_40_characters() -> None:
    assert PLANT.mould("M" * 40)
    with pytest.raises(ReferenceLengthError, match="it has 41"):
        PLANT.mould("M" * 41)
    with pytest.raises(ReferenceLengthError):
        PLANT.batch("")


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(KeyFormatError, match="'lorry' is no kind"):
        local_key(OWNER, "lorry", "1")


@pytest.mark.parametrize("path", ["/", "/id/x", f"/id/{OWNER}/lorry/1", f"/{OWNER}/element/1", "/orders/id/a/b"])
def test_another_path_is_no_local_key(path: str) -> None:
    with pytest.raises(NoLocalKeyError):
        key_of_path(path)


def test_a_path_with_a_mistyped_owner_is_refused_not_passed_over() -> None:
    with pytest.raises(CreditCodeError, match="wrong check character"):
        parse_identity("https://mes.example.cn/id/91350200MAAY4CL12X/element/17")


def test_an_owner_in_small_letters_is_the_same_owner() -> None:
    assert parse_identity(f"https://precast-mes.org/id/{OWNER.lower()}/element/17/") == PLANT.element(1, 17)


@pytest.mark.parametrize("key", [{"local": "x"}, {"local": "a/b"}, {"01": "1"}, {}, {"local": "a/b/c", "21": "1"}])
def test_what_is_no_local_key_is_refused(key: dict[str, str]) -> None:
    with pytest.raises(LabelError):
        local_name(key)


def test_a_local_tag_is_laid_out_as_documented() -> None:
    """Header 1D, kind 1 in 4 bits, 30 bits of the owner's SHA-256, 17 in 38 bits, CRC-16 of those ten bytes."""
    owner = int(sha256(OWNER.encode()).hexdigest(), 16) >> 226
    first_80 = 0x1D << 72 | 1 << 68 | owner << 38 | 17
    assert owner_hash(OWNER) == owner
    crc = 0xFFFF  # bit by bit, as the air interface's annex draws it
    for position in range(79, -1, -1):
        carried = (crc >> 15) ^ (first_80 >> position & 1)
        crc = (crc << 1 & 0xFFFF) ^ (0x1021 if carried else 0)
    assert PLANT.epc_hex(PLANT.element(1, 17)) == f"{first_80:020X}{crc ^ 0xFFFF:04X}"


@given(st.sampled_from(local_kinds()), st.integers(0, 2**38 - 1))
def test_a_local_tag_tells_kind_number_and_owner(kind: str, number: int) -> None:
    key = local_key(OWNER, kind, str(number))
    tag = read_local_tag(local_tag_hex(key))
    assert tag == LocalTag(owner_hash(OWNER), kind, number)
    assert tag.belongs_to(OWNER)
    assert not tag.belongs_to(OTHER)
    assert tag.key(OWNER) == key
    with pytest.raises(TagDataError):
        tag.key(OTHER)


@given(st.integers(0, 2**38 - 1))
def test_no_decoder_of_epcs_takes_a_local_tag_for_gs1(number: int) -> None:
    with pytest.raises(TagDataError, match="1D belongs to no tag scheme"):
        decode_tag(local_tag_hex(local_key(OWNER, "element", str(number))))


@given(st.integers(0, 2**38 - 1), st.integers(1, 2**88 - 1))
def test_a_misread_local_tag_is_hardly_ever_believed(number: int, flipped: int) -> None:
    written = local_tag_hex(local_key(OWNER, "element", str(number)))
    misread = f"{int(written, 16) ^ (1 << flipped % 88):024X}"
    with pytest.raises(TagDataError, match="check value"):
        read_local_tag(misread)


@pytest.mark.parametrize("reference", ["YB-3012", "007", "274877906944"])
def test_a_local_tag_refuses_a_reference_it_would_change(reference: str) -> None:
    with pytest.raises(SerialError):
        local_tag_hex(local_key(OWNER, "mould", reference))


@pytest.mark.parametrize("text", ["", "1D", "3014257BF400008000000011", "zz" * 12, "1D132E273342540BE411CBC0F"])
def test_other_tags_are_no_local_tags(text: str) -> None:
    assert not is_local_tag(text)
    with pytest.raises(TagDataError):
        read_local_tag(text)


def test_a_local_tag_of_an_unknown_kind_is_refused() -> None:
    with pytest.raises(TagDataError, match="check value"):
        read_local_tag("1DF" + "0" * 21)


def test_the_protocol_word_says_six_words_that_are_no_epc() -> None:
    word = read_pc(pc_word(PLANT.epc_hex(PLANT.element(1, 17))))
    assert word.epc_words == 6
    assert not word.is_gs1


def test_a_local_plant_writes_no_gs1_tag() -> None:
    with pytest.raises(LabelError):
        PLANT.epc_hex({"01": "00614141000029", "21": "17"})
    with pytest.raises(SchemeError):
        Naming("0614141", OWNER).epc_hex({"417": "0614141000005"})
