"""Code words of QR symbols, against those of an independent library."""

from __future__ import annotations

import qrcode
from hypothesis import given, settings
from hypothesis import strategies as st
from qrcode.util import QRData, create_data

from labels.symbols.qr_words import code_words

DIGITS = st.text("0123456789", min_size=1, max_size=40).map(lambda text: QRData(text.encode(), 1))
CAPITALS = st.text("ABCXYZ019 $%*+-./:", min_size=1, max_size=40).map(lambda text: QRData(text.encode(), 2))
BYTES = st.binary(min_size=1, max_size=120).map(lambda data: QRData(data, 4))


@settings(max_examples=120, deadline=None)
@given(st.lists(st.one_of(DIGITS, CAPITALS, BYTES), min_size=1, max_size=6), st.sampled_from([0, 1, 2, 3]))
def test_code_words_are_those_that_another_library_finds(parts: list[QRData], error_correction: int) -> None:
    code = qrcode.QRCode(error_correction=error_correction)
    code.data_list = parts
    version = code.best_fit()
    assert code_words(version, error_correction, parts).tolist() == create_data(version, error_correction, parts)
