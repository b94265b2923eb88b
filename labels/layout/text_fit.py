"""Fitting text into a field: first smaller, then in more lines, never cut."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from reportlab.pdfbase.pdfmetrics import stringWidth

from labels.errors import TextOverflowError

LINE_HEIGHT = 1.2
_STEP_PT = 0.25
# Before another line is begun, one line may shrink to this share of its wished size.
_SHRINK_BEFORE_WRAP = 0.62
_ROUNDING = 1e-9
_CLOSING = "，。、；：！？）】》」’”"
# Lines may end after a blank, a hyphen, a stroke, before an opening bracket, and between Chinese characters.
_PIECES = re.compile(
    rf"\s+|\(*[^\s(\u2e80-\uffef\-/_]+[-/_]*|\(+|[-/_]+|[\u2e80-\uffef][{_CLOSING}]*",
)


@dataclass(frozen=True)
class FittedText:
    """The lines to draw and their size in points."""

    lines: tuple[str, ...]
    size_pt: float


@dataclass(frozen=True)
class _Piece:
    """What is not broken: its text, and widths in parts of the type size, with and without blanks around it."""

    text: str
    width: float
    width_at_end: float
    width_alone: float


@lru_cache(maxsize=8192)
def fit_text(
    text: str, font: str, width: float, height: float, *, size_pt: float, smallest_pt: float, lines: int
) -> FittedText:
    """The largest setting of the text in a field of this width and height (points).

    Prefers few lines, then large type. Words are only broken inside where nothing else helps. Raises
    TextOverflowError where the smallest size in the allowed number of lines is still too large.
    """
    for count in range(1, lines + 1):
        floor = smallest_pt if count == lines else max(smallest_pt, size_pt * _SHRINK_BEFORE_WRAP)
        for inside_words in (False, True) if count == lines else (False,):
            paragraphs = [_pieces(paragraph, font, inside_words) for paragraph in text.split("\n")]
            for size in _sizes(size_pt, floor):
                wrapped = _wrap(paragraphs, width / size)
                if wrapped is None or len(wrapped) > count or len(wrapped) * size * LINE_HEIGHT > height + 0.01:
                    continue
                return FittedText(tuple(wrapped), size)
    raise TextOverflowError(
        f"{text!r} does not fit its field on the label, not even in {lines} lines of {smallest_pt:g} pt: shorten it"
    )


def _sizes(largest: float, smallest: float) -> Iterator[float]:
    size = largest
    while size > smallest:
        yield size
        size -= _STEP_PT
    yield min(smallest, largest)


@lru_cache(maxsize=8192)
def _pieces(paragraph: str, font: str, inside_words: bool) -> tuple[_Piece, ...]:
    texts = list(paragraph) if inside_words else _PIECES.findall(paragraph)
    return tuple(_Piece(text, *(stringWidth(part, font, 1) for part in _parts(text))) for text in texts)


def _parts(text: str) -> tuple[str, str, str]:
    return text, text.rstrip(), text.strip()


def _wrap(paragraphs: Sequence[Sequence[_Piece]], width: float) -> list[str] | None:
    """The lines of the text in a field of this width in parts of the type size; None where a piece is wider."""
    lines: list[str] = []
    for pieces in paragraphs:
        wrapped = _wrap_paragraph(pieces, width)
        if wrapped is None:
            return None
        lines += wrapped
    return lines


def _wrap_paragraph(pieces: Sequence[_Piece], width: float) -> list[str] | None:
    lines, line, used = [], "", 0.0
    for piece in pieces:
        if used + piece.width_at_end <= width + _ROUNDING:
            line += piece.text
            used += piece.width
            continue
        if piece.width_alone > width + _ROUNDING:
            return None
        lines.append(line.rstrip())
        line = piece.text.lstrip()
        used = piece.width - piece.width_at_end + piece.width_alone
    return [*lines, line.rstrip()]
