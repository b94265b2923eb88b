"""What the fields of a label say."""

from __future__ import annotations

from dataclasses import replace

import pytest

from labels.errors import CheckDigitError
from labels.layout.contents import (
    badge_content,
    batch_content,
    element_content,
    load_content,
    mould_content,
    pallet_content,
    readable_key,
    slot_content,
)
from labels.layout.records import BadgeLabel, BatchLabel, LoadLabel, MouldLabel, PalletLabel, SlotLabel
from tests.labels.records import ELEMENT, LOAD, MIXED_AT


def test_measures_have_their_units_and_needless_zeros_are_left_out() -> None:
    fields = element_content(replace(ELEMENT, weight_kg=12000.0, length_mm=3520.0, width_mm=1200.5)).fields
    assert (fields["weight"], fields["dimensions"]) == ("12,000 kg", "3520 × 1200.5 × 60")


def test_what_is_not_known_is_a_dash() -> None:
    fields = element_content(replace(ELEMENT, weight_kg=None, thickness_mm=None, produced_on=None, floor="")).fields
    assert (fields["weight"], fields["produced_on"], fields["floor"]) == ("–", "–", "–")
    assert fields["dimensions"] == "3520 × 1200"


@pytest.mark.parametrize(
    ("identity_url", "readable", "is_gs1"),
    [
        ("https://mes.example/01/06901234001235/21/17", "(01)06901234001235(21)17", True),
        ("https://id.gs1.org/414/6901234000016/254/A-03", "(414)6901234000016(254)A-03", True),
        ("https://mes.example/id/913301/slot/A%2D03", "913301 / slot / A-03", False),
        ("S:A-03", "S:A-03", False),
    ],
)
def test_a_key_is_readable_and_known_for_gs1_or_not(identity_url: str, readable: str, is_gs1: bool) -> None:
    assert readable_key(identity_url) == (readable, is_gs1)


def test_a_company_code_stands_in_where_no_identity_is_given() -> None:
    assert pallet_content(PalletLabel("12")).fields["identity_url"] == "P:12"
    assert slot_content(SlotLabel("A-03")).fields["identity_url"] == "S:A-03"
    assert batch_content(BatchLabel("HNT-1")).fields["identity_url"] == "B:HNT-1"
    assert badge_content(BadgeLabel("王", "0137")).fields["identity_url"] == "U:0137"


def test_plain_text_is_what_was_given_or_the_most_telling_field() -> None:
    assert element_content(ELEMENT).fields["plain_text"] == "2026110017"
    assert element_content(replace(ELEMENT, plain_text=("YB-1", "3#12F"))).fields["plain_text"] == "YB-1\n3#12F"


def test_words_are_in_the_language_asked_for() -> None:
    mould = MouldLabel("M1", "M1", casts_between_maintenance=200)
    assert mould_content(mould, "zh").fields["maintenance"] == "每 200 次"
    assert mould_content(mould, "en").fields["maintenance"] == "every 200 casts"
    assert mould_content(mould, "en").fields["local_note"] == "PLANT CODE\nNOT GS1"


def test_a_batch_tells_the_minute_it_was_mixed() -> None:
    assert batch_content(BatchLabel("HNT-1", produced_at=MIXED_AT)).fields["produced_on"] == "2026-11-21 08:30"


def test_a_load_has_its_sscc_in_groups_and_as_an_element_string() -> None:
    fields = load_content(LOAD).fields
    assert (fields["sscc"], fields["gs1_128"]) == ("3 6901 2340 0000 4711 1", "00369012340000047111")
    assert fields["identity_url"] == "https://id.gs1.org/00/369012340000047111"
    assert fields["local_note"] == ""


def test_a_load_of_a_plant_without_gs1_is_named_by_its_delivery_note() -> None:
    fields = load_content(LoadLabel("", "P", delivery_note="FH-7")).fields
    assert (fields["sscc"], fields["gs1_128"], fields["identity_url"]) == ("", "", "FH-7")
    assert fields["local_note"]


def test_a_wrong_sscc_is_refused() -> None:
    with pytest.raises(CheckDigitError):
        load_content(replace(LOAD, sscc="369012340000047112"))


def test_what_goes_into_the_tag_stays_as_it_is() -> None:
    content = element_content(replace(ELEMENT, user_memory_hex="01FF"))
    assert (content.epc_hex, content.user_memory_hex) == (ELEMENT.epc_hex, "01FF")
    assert content.fields["epc_hex"] == "3015 A537 C800 1EC0 78C3 FC41"
