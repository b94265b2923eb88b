"""Fitting text into a field: first smaller, then in more lines, never cut."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from reportlab.pdfbase.pdfmetrics import stringWidth

from labels.errors import TextOverflowError

LINE_HEIGHT = 1.2
_STEP_PT = 0.25
# Before another line is begun, one line may shrink to this share of its wished size.
_SHRINK_BEFORE_WRAP = 0.62
_CLOSING = "，。、；：！？）】》」’”"
_PIECES = re.compile(
    rf"\s+|[^\s\u2e80-\uffef\-/_]+[-/_]*|[-/_]+|[\u2e80-\uffef][{_CLOSING}]*",
)


@dataclass(frozen=True)
class FittedText:
    """The lines to draw and their size in points."""

    lines: tuple[str, ...]
    size_pt: float


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
            for size in _sizes(size_pt, floor):
                wrapped = _wrap(text, font, size, width, inside_words=inside_words)
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


def _wrap(text: str, font: str, size: float, width: float, *, inside_words: bool) -> list[str] | None:
    """The lines of the text, or None where a piece is wider than the field."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        wrapped = _wrap_paragraph(paragraph, font, size, width, inside_words=inside_words)
        if wrapped is None:
            return None
        lines += wrapped
    return lines


def _wrap_paragraph(paragraph: str, font: str, size: float, width: float, *, inside_words: bool) -> list[str] | None:
    pieces = list(paragraph) if inside_words else _PIECES.findall(paragraph)
    lines, line = [], ""
    for piece in pieces:
        if stringWidth((line + piece).rstrip(), font, size) <= width:
            line += piece
            continue
        if stringWidth(piece.strip(), font, size) > width:
            return None
        lines.append(line.rstrip())
        line = piece.lstrip()
    return [*lines, line.rstrip()]
