"""What no sound machine tells, made harmless, so that it stops nothing that comes after it."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated

from pydantic import AwareDatetime, Field

LARGEST = 1e100  # of a number; sums of such numbers are still numbers
LARGEST_PALLET = 2**31 - 1
LONGEST_TEXT = 500
UNKEPT = re.compile("[\0\ud800-\udfff]")  # what a database keeps in no text

PossibleTime = Annotated[AwareDatetime, Field(ge=datetime(1970, 1, 1, tzinfo=UTC), le=datetime(9000, 1, 1, tzinfo=UTC))]
"""A time that may be moved to another zone without leaving the calendar."""

Told = bool | int | float | str | None


def sound_value(value: Told, *, is_pallet: bool) -> Told:
    """The value as it can be kept: a text legible and of bearable length, no number that means nothing (None)."""
    if isinstance(value, str):
        return UNKEPT.sub("\ufffd", value[:LONGEST_TEXT])
    if value is None or isinstance(value, bool):
        return value
    return value if abs(value) <= (LARGEST_PALLET if is_pallet else LARGEST) else None
