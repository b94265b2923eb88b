"""Which refusals are alike: the same words of a platform, whatever numbers, serials and addresses stand in them."""

from __future__ import annotations

import re

PLACE = "#"
_STATUS = re.compile(r"^(?:\d{3}:\s*)?")
_ADDRESS = re.compile(r"\b(?:https?|urn|ni):[^\s\"'<>,;，；）)]+")
_CODE = re.compile(r"(?<![0-9A-Za-z_])(?=(?:[0-9A-Za-z_./+-]*\d){3})[0-9A-Za-z_][0-9A-Za-z_./+-]*")
_NUMBER = re.compile(r"(?<![0-9A-Za-z_])[+-]?\d+(?:[.,:]\d+)*(?![0-9A-Za-z_])")


def cause_of(answer: str | None) -> str:
    """The words of a refusal without what differs from event to event; the status in front stays.

    Addresses, words with three digits or more (serials, codes, dates) and bare numbers become one sign. A field's
    name stays, so that two fields are two causes: `weight2` has but one digit.
    """
    text = answer or ""
    status = _STATUS.match(text)
    start = status.end() if status else 0
    said = text[start:]
    for pattern in (_ADDRESS, _CODE, _NUMBER):
        said = pattern.sub(PLACE, said)
    return text[:start] + said
