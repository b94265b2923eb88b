"""Text is made smaller or wrapped, never cut. Helvetica: every face reportlab knows serves here."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reportlab.pdfbase.pdfmetrics import stringWidth

from labels.errors import TextOverflowError
from labels.layout.text_fit import LINE_HEIGHT, FittedText, fit_text


def fit(text: str, width: float, height: float, lines: int, smallest_pt: float = 5) -> FittedText:
    return fit_text(text, "Helvetica", width, height, size_pt=20, smallest_pt=smallest_pt, lines=lines)


def test_a_short_text_keeps_its_size() -> None:
    assert fit("YB-1", 200, 24, 1) == FittedText(("YB-1",), 20)


def test_a_longer_text_is_made_smaller_before_it_is_wrapped() -> None:
    fitted = fit("DBS1-67-3612-22", 120, 60, 2)
    assert fitted.lines == ("DBS1-67-3612-22",)
    assert 12 < fitted.size_pt < 20


def test_a_long_text_is_wrapped_at_a_hyphen() -> None:
    assert fit("DBS1-67-3612-22-LEFT-VARIANT", 120, 60, 2).lines == ("DBS1-67-3612-22-", "LEFT-VARIANT")


def test_a_word_is_broken_only_where_nothing_else_helps() -> None:
    assert fit("W" * 40, 100, 100, 4).lines == tuple(["W" * 10] * 4)


def test_a_given_line_break_is_kept() -> None:
    assert fit("3015 A537\n78C3 FC41", 200, 60, 2).lines == ("3015 A537", "78C3 FC41")


def test_chinese_is_wrapped_between_characters_but_not_before_a_full_stop() -> None:
    wrapped = fit_text("一二三四。五", "Helvetica", 37, 60, size_pt=20, smallest_pt=15, lines=3).lines
    assert "".join(wrapped) == "一二三四。五"
    assert not any(line.startswith("。") for line in wrapped)


def test_what_fits_in_no_way_is_an_error() -> None:
    with pytest.raises(TextOverflowError, match="shorten"):
        fit("W" * 400, 100, 30, 4)


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet="AWil 1-/构件，。", max_size=60))
def test_nothing_is_lost_and_nothing_overflows(text: str) -> None:
    try:
        fitted = fit(text, 90, 40, 3)
    except TextOverflowError:
        return
    assert "".join("".join(fitted.lines).split()) == "".join(text.split())
    assert all(stringWidth(line, "Helvetica", fitted.size_pt) <= 90.01 for line in fitted.lines)
    assert len(fitted.lines) * fitted.size_pt * LINE_HEIGHT <= 40.02
