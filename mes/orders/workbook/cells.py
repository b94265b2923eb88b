"""One cell's value, read as what its column means. Each reader returns the value or raises CellError."""

from __future__ import annotations

import math
import re
import unicodedata
from datetime import date, datetime
from decimal import Decimal

from mes.core.text import N_, Text

_WHOLE = re.compile(r"[+-]?\d{1,12}(?:\.0+)?")
_DECIMAL = re.compile(r"[+-]?\d{1,12}(?:\.\d+)?")
_DATE = re.compile(r"(\d{4})(?:-(\d{1,2})-(\d{1,2})|/(\d{1,2})/(\d{1,2})|年(\d{1,2})月(\d{1,2})日?)")
_GRADE = re.compile(r"(?:C|LC)\d{2}(?:/\d{2,3})?")


class CellError(ValueError):
    """The cell does not hold what its column asks for; `reason` says why."""

    def __init__(self, reason: Text) -> None:
        super().__init__(str(reason))
        self.reason = reason


def is_blank(value: object) -> bool:
    """Whether a cell holds nothing, or only blanks."""
    return value is None or (isinstance(value, str) and not tidy(value))


def tidy(text: str) -> str:
    """Text with full-width characters made plain and blanks around it taken off."""
    return unicodedata.normalize("NFKC", text).strip()


def text_of(value: object, max_characters: int) -> str:
    """A code or mark, full-width characters made plain; a number counts as its digits (building “1”)."""
    return tidy(prose_of(value, max_characters))


def prose_of(value: object, max_characters: int) -> str:
    """Free text as it was typed, with its Chinese punctuation, without blanks around it."""
    if isinstance(value, bool):
        raise CellError(Text(N_("text is expected here, not true or false")))
    if isinstance(value, (date, datetime)):
        raise CellError(Text(N_("Excel turned this into a date; format the cell as text and type it again")))
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = str(value).strip()
    if len(text) > max_characters:
        raise CellError(Text(N_("longer than %(limit)s characters"), {"limit": max_characters}))
    if any(unicodedata.category(character) == "Cc" and character not in "\n\r\t" for character in text):
        raise CellError(Text(N_("holds characters that cannot be printed")))
    return text


def whole_number_of(value: object, minimum: int, maximum: int) -> int:
    """A whole number within limits; digits stored as text count, anything else does not."""
    if isinstance(value, str) and _WHOLE.fullmatch(tidy(value)):
        value = float(tidy(value))
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise CellError(Text(N_("a whole number is expected here")))
    if not math.isfinite(value) or value != int(value):
        raise CellError(Text(N_("a whole number is expected here")))
    return int(_within(int(value), minimum, maximum))


def decimal_of(value: object, minimum: float, maximum: float) -> float:
    """A number within limits; digits with a decimal point stored as text count, “1,200” or “3 m” do not."""
    if isinstance(value, str) and _DECIMAL.fullmatch(tidy(value)):
        value = float(Decimal(tidy(value)))
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise CellError(Text(N_("a number is expected here, without unit or thousands separator")))
    return float(_within(value, minimum, maximum))


def _within(value: float, minimum: float, maximum: float) -> float:
    if not minimum <= value <= maximum:
        raise CellError(
            Text(
                N_("must be from %(minimum)s to %(maximum)s"),
                {"minimum": f"{minimum:,}", "maximum": f"{maximum:,}"},
            )
        )
    return value


def date_of(value: object) -> date:
    """A date cell, or one of the clear texts 2026-12-05, 2026/12/5 and 2026年12月5日."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        raise CellError(Text(N_("a number, not a date; format the cell as a date")))
    match = _DATE.fullmatch(tidy(str(value)))
    if match is None:
        raise CellError(Text(N_("a date such as 2026-12-05 is expected here")))
    year, month, day = (int(part) for part in match.groups() if part is not None)
    try:
        return date(year, month, day)
    except ValueError as error:
        raise CellError(Text(N_("there is no such day"))) from error


def concrete_grade_of(value: object) -> str:
    """A strength grade such as C30 (GB/T 50107), C30/37 (EN 206) or LC30 (lightweight)."""
    grade = text_of(value, 10).upper()
    if not _GRADE.fullmatch(grade):
        raise CellError(Text(N_("a concrete grade such as C30 is expected here")))
    return grade
