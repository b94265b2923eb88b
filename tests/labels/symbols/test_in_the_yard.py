"""What happens to symbols on a yard, and where level H ends.

Dirt is made in ``tests/labels/symbols/dirt.py``: round blots of one size, placed by chance, whose union covers a share
of the symbol's area (quiet zone not counted); the finder patterns with the format information beside them stay clean.
Of 100 seeds, the element's link (37 modules, 30 mm, 203 dpi) was read with 15 % covered by

    1 blot 100, 3 blots 94 to 97, 5 blots 77 to 85, 10 blots 34 to 47

and with 5 % by one to ten blots, or 10 % by three, always. Level H mends code words, not area: many small blots touch
many more of them than one large blot. Where a finder pattern may be hit as well, one blot of 15 % leaves about half.
"""

from __future__ import annotations

import random
from functools import cache

import numpy as np
import pytest
from PIL import Image, ImageFilter

from labels.symbols.qr import qr_matrix
from tests.labels.symbols.dirt import (
    BLACK,
    GREY,
    WHITE,
    blotted,
    code128_picture,
    faded,
    qr_picture,
    read,
    scratched,
    turned,
)

LINK = "https://id.gs1.org/01/06901234001235/21/2026110017"
OWN_LINK = "https://mes.xiaoshan-pc.example/01/06901234001235/21/2026110017"
SSCC = "00369012340000047112"
NOTE = "FH-20261121-007"
SEEDS = range(24)
SHADES = (BLACK, GREY, WHITE)
picture = cache(qr_picture)


@pytest.mark.parametrize("text", [LINK, "P:12"])
def test_a_qr_symbol_is_read_at_every_angle(text: str) -> None:
    for degrees in range(0, 360, 12):
        assert read(turned(picture(text).image, degrees)) == [text], degrees


def test_a_qr_symbol_out_of_focus_is_read() -> None:
    whole = picture(LINK)
    assert read(whole.image.filter(ImageFilter.GaussianBlur(0.5 * whole.dots))) == [LINK]
    for degrees in range(0, 360, 24):
        assert read(turned(whole.image, degrees).filter(ImageFilter.GaussianBlur(0.3 * whole.dots))) == [LINK], degrees


@pytest.mark.parametrize(("dark", "light"), [(60, 120), (100, 130), (200, 255), (0, 40), (255, 0), (140, 100)])
def test_a_faint_or_inverted_qr_symbol_is_read(dark: int, light: int) -> None:
    assert read(faded(picture(LINK).image, dark, light)) == [LINK]


@pytest.mark.parametrize("shade", SHADES)
@pytest.mark.parametrize("text", [LINK, OWN_LINK])
def test_a_blot_on_15_percent_of_a_qr_symbol_never_hides_it(text: str, shade: int) -> None:
    for seed in SEEDS:
        assert read(blotted(picture(text), seed, 0.15, 1, shade)) == [text], seed


@pytest.mark.parametrize(("share", "blots"), [(0.05, 1), (0.05, 5), (0.05, 10), (0.1, 3)])
def test_less_dirt_may_lie_anywhere_beside_the_finder_patterns(share: float, blots: int) -> None:
    for seed in SEEDS:
        assert read(blotted(picture(LINK), seed, share, blots, SHADES[seed % 3])) == [LINK], seed


def test_most_symbols_are_read_with_15_percent_under_several_blots() -> None:
    counts = {
        blots: sum(read(blotted(picture(LINK), seed, 0.15, blots, SHADES[seed % 3])) == [LINK] for seed in SEEDS)
        for blots in (3, 5)
    }
    assert counts[3] >= 0.8 * len(SEEDS)
    assert counts[5] >= 0.6 * len(SEEDS)


def test_a_short_code_stands_a_blot_as_well() -> None:
    # In the smallest symbol of all, of 21 modules, 1 in 20 was read: why ours have 29 at least.
    read_back = sum(read(blotted(qr_picture("P:12", 42), seed, 0.15, 1, BLACK)) == ["P:12"] for seed in SEEDS)
    assert read_back >= 0.8 * len(SEEDS)


@pytest.mark.parametrize(("scratches", "width_modules"), [(1, 2), (2, 1)])
def test_scratches_right_across_a_qr_symbol_do_not_hide_it(scratches: int, width_modules: float) -> None:
    for seed in SEEDS:
        dirt = scratched(picture(LINK), seed, scratches, width_modules, SHADES[seed % 3])
        assert read(dirt) == [LINK], seed


def places_of_code_words() -> list[list[tuple[int, int]]]:
    """Version 5 (37 modules): row and column of each code word's eight modules (ISO/IEC 18004, 7.7.3)."""
    size = 37
    taken = np.zeros((size, size), dtype=bool)
    taken[:9, :9] = taken[:9, -8:] = taken[-8:, :9] = True
    taken[6, :] = taken[:, 6] = taken[28:33, 28:33] = True
    columns = [column for column in range(size - 1, 0, -1) if column != 6]
    pairs = [right if right > 6 else right - 1 for right in range(size - 1, 0, -2)]
    assert sorted(column for right in pairs for column in (right, right - 1)) == sorted({*columns, 0} - {6})
    places = []
    for number, right in enumerate(pairs):
        rows = range(size) if number % 2 else range(size - 1, -1, -1)
        places += [(row, column) for row in rows for column in (right, right - 1) if not taken[row, column]]
    return [places[start : start + 8] for start in range(0, 134 * 8, 8)]


def block_of(code_word: int) -> int:
    """Version 5-H: blocks of 11, 11, 12 and 12 code words of data, then 22 each to mend; taken in turn (table 9)."""
    if code_word < 44:
        return code_word % 4
    return code_word - 42 if code_word < 46 else (code_word - 46) % 4


@pytest.mark.parametrize("seed", range(12))
def test_a_third_of_all_code_words_may_be_wrong_in_every_module(seed: int) -> None:
    # 22 code words mend 11 in each of four blocks: 44 of 134, or 352 of the symbol's 1369 modules (26 %).
    chance, places = random.Random(seed), places_of_code_words()
    modules = np.array(qr_matrix(LINK))
    for block in range(4):
        for code_word in chance.sample([word for word in range(134) if block_of(word) == block], 11):
            for row, column in places[code_word]:
                modules[row, column] ^= True
    assert (modules != np.array(qr_matrix(LINK))).sum() == 352
    shades = np.kron(np.where(np.pad(modules, 4), BLACK, WHITE), np.ones((5, 5)))
    assert read(Image.fromarray(shades.astype(np.uint8))) == [LINK]


@pytest.mark.parametrize(("text", "gs1"), [(SSCC, True), (NOTE, False)])
def test_a_bar_code_is_read_from_each_side_and_a_little_askew(text: str, gs1: bool) -> None:
    bars = code128_picture(text, 2, 120, gs1=gs1)
    for side in (0, 90, 180, 270):
        for degrees in (-6, -3, 0, 3, 6):
            assert read(turned(bars, side + degrees)) == [text], side + degrees


@pytest.mark.parametrize(("text", "gs1"), [(SSCC, True), (NOTE, False)])
def test_a_bar_code_out_of_focus_or_faint_is_read(text: str, gs1: bool) -> None:
    bars = code128_picture(text, gs1=gs1)
    assert read(bars.filter(ImageFilter.GaussianBlur(0.5 * 2))) == [text]
    assert read(faded(bars, 60, 120)) == [text]


@pytest.mark.parametrize("shade", SHADES)
def test_a_bar_code_is_read_beside_dirt_on_15_percent_of_its_height(shade: int) -> None:
    bars = code128_picture(SSCC, gs1=True)
    for top in range(20, 88, 8):
        dirt = bars.copy()
        dirt.paste(shade, (0, top, bars.width, top + 12))
        assert read(dirt) == [SSCC], top
