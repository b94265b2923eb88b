"""The modules of QR symbols: read back by an independent decoder, weighed as an independent library weighs them."""

from __future__ import annotations

import numpy as np
import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from qrcode.util import lost_point

from labels.symbols.qr import qr_matrix
from labels.symbols.qr_modules import penalties


def decoded(text: str) -> list[str]:
    dark = np.pad(np.asarray(qr_matrix(text)), 4)
    picture = np.kron(np.where(dark, 0, 255), np.ones((3, 3))).astype(np.uint8)
    return [code.text for code in zxingcpp.read_barcodes(picture)]


@pytest.mark.parametrize("length", [1, 7, 8, 44, 45, 64, 98, 99, 230, 700, 1273])
def test_symbols_of_every_size_are_read(length: int) -> None:
    text = ("https://id.gs1.org/01/" * 60)[:length]
    assert decoded(text) == [text]


@settings(max_examples=40, deadline=None)
@given(st.text(alphabet=st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1, max_size=60))
def test_any_text_is_read(text: str) -> None:
    dark = np.pad(np.asarray(qr_matrix(text)), 4)
    picture = np.kron(np.where(dark, 0, 255), np.ones((3, 3))).astype(np.uint8)
    assert [code.bytes for code in zxingcpp.read_barcodes(picture)] == [text.encode()]


@pytest.mark.parametrize("size", [21, 25, 45])
def test_masks_are_weighed_as_the_standard_says(size: int) -> None:
    symbols = np.random.default_rng(size).integers(0, 2, (8, size, size), dtype=np.uint8)
    assert penalties(symbols).tolist() == [lost_point(symbol.astype(bool).tolist()) for symbol in symbols]


def test_a_symbol_all_dark_has_the_penalty_worked_out_by_hand() -> None:
    # 42 lines of 21 alike: 3 + 16 each; 20 × 20 blocks of 3; dark 50 % too much: 10 × 10.
    assert penalties(np.ones((1, 21, 21), dtype=np.uint8)).tolist() == [42 * 19 + 1200 + 100]
