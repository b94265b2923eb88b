"""A reader of the ledger made of docs/contracts/ledger.md alone, with a canonical text of its own."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal
from typing import Any

WIDE = Context(prec=1200, Emin=-9999, Emax=9999)  # enough digits for every binary64 as it is
ESCAPED = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def written(value: Any) -> str:
    """The canonical text of a JSON value, as the contract has it under «Events»."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return number(value)
    if isinstance(value, str):
        return string(value)
    if isinstance(value, list):
        return "[" + ",".join(map(written, value)) + "]"
    keys = sorted(value, key=lambda key: [ord(letter) for letter in key])
    return "{" + ",".join(f"{string(key)}:{written(value[key])}" for key in keys) + "}"


def string(words: str) -> str:
    return '"' + "".join(ESCAPED.get(one) or (f"\\u{ord(one):04x}" if ord(one) < 32 else one) for one in words) + '"'


def number(value: float) -> str:
    """Without fractional part an integer; else the fewest digits that read back as the same binary64."""
    if value == int(value):
        return str(int(value))
    sign, digits, exponent = shortest(value).normalize().as_tuple()
    written, exponent = "".join(map(str, digits)), int(exponent)
    minus = "-" if sign else ""
    if abs(value) < 0.0001:
        power = exponent + len(written) - 1
        return f"{minus}{written[0]}{'.' + written[1:] if written[1:] else ''}e-{-power:02d}"
    if -exponent < len(written):
        return f"{minus}{written[:exponent]}.{written[exponent:]}"
    return f"{minus}0.{'0' * (-exponent - len(written))}{written}"


def shortest(value: float) -> Decimal:
    """The decimal number of the fewest digits that reads back, of several the nearest."""
    exact = Decimal(value)
    for digits in range(1, 18):
        place = Decimal(1).scaleb(exact.adjusted() - digits + 1)
        near = [exact.quantize(place, rounding, WIDE) for rounding in (ROUND_FLOOR, ROUND_CEILING)]
        if fitting := [one for one in near if float(one) == value]:
            return min(fitting, key=lambda one: abs(WIDE.subtract(one, exact)))
    raise AssertionError("seventeen digits are always enough")


def faults(rows: Iterable[tuple[int, str, str]]) -> list[tuple[int, str]]:
    """What does not fit in sequence, content and hash of every event: its text, its hash, the chains."""
    found, last = [], None
    ends: dict[str, str] = {}
    for sequence, content, digest in rows:
        event = json.loads(content)
        if written(event) != content:
            found.append((sequence, "text"))
        if hashlib.sha256(written(event).encode()).hexdigest() != digest:
            found.append((sequence, "hash"))
        if event["after"] != last:
            found.append((sequence, "after"))
        if any(ends.get(subject) != before for subject, before in event["previous"].items()):
            found.append((sequence, "previous"))
        last = digest
        ends |= dict.fromkeys(event["previous"], digest)
    return found


def tree_root(hashes: list[bytes]) -> bytes:
    """MTH of RFC 9162, section 2.1.1, written as it stands there."""
    if len(hashes) == 1:
        return hashlib.sha256(b"\0" + hashes[0]).digest()
    half = 1
    while half * 2 < len(hashes):
        half *= 2
    return hashlib.sha256(b"\1" + tree_root(hashes[:half]) + tree_root(hashes[half:])).digest()
