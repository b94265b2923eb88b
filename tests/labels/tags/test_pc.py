"""The protocol control word: length, and whether the numbering is GS1's."""

from __future__ import annotations

import pytest

from labels.errors import TagDataError
from labels.keys.naming import Naming
from labels.tags.pc import ProtocolControl, pc_word, read_pc, same_pc

SGTIN_96 = "3074257BF7194E4000001A85"


@pytest.mark.parametrize(
    ("epc_hex", "has_user_memory", "word"),
    [
        (SGTIN_96, False, 0x3000),  # 6 words: 00110 0 0 0 00000000
        (SGTIN_96, True, 0x3400),  # the sixth bit: there is user memory
        ("F73795211411234538566CB0AFC40000", False, 0x4000),  # 8 words: 01000
        ("3674257BF6B7A659B2C2BF1".ljust(52, "0"), False, 0x6800),  # 13 words: 01101
        ("1D1000000000000000000000", False, 0x3103),  # a local tag: toggle, and the family of closed systems
    ],
)
def test_the_word_says_the_length_and_whose_numbering_it_is(epc_hex: str, has_user_memory: bool, word: int) -> None:
    assert pc_word(epc_hex, has_user_memory) == word


def test_a_local_tag_is_never_announced_as_one_of_gs1() -> None:
    naming = Naming(company_prefix="", owner="91350200MAAY4CL12K")
    assert not read_pc(pc_word(naming.epc_hex(naming.element(1, 17)))).is_gs1


def test_a_tag_of_a_company_prefix_is_announced_as_one_of_gs1() -> None:
    naming = Naming(company_prefix="6901234", owner="91350200MAAY4CL12K")
    assert read_pc(pc_word(naming.epc_hex(naming.element(1, 17)))).is_gs1


def test_the_word_is_read_back() -> None:
    assert read_pc(0x3503) == ProtocolControl(epc_words=6, has_user_memory=True, is_gs1=False, family=3)


def test_bits_that_tags_work_out_themselves_make_no_difference() -> None:
    assert same_pc(0x3000, 0x3600)
    assert not same_pc(0x3000, 0x3100)


@pytest.mark.parametrize("epc_hex", ["", "30", "307425", "30" * 64, "30XX"])
def test_an_epc_that_no_word_can_announce_is_refused(epc_hex: str) -> None:
    with pytest.raises(TagDataError):
        pc_word(epc_hex)
