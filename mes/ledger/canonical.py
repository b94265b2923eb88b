"""The one form in which an event's content is kept and hashed: sorted keys, no blanks, UTF-8, no whole floats.

docs/contracts/ledger.md says it exactly enough for others to make the same bytes.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from sqlalchemy import Dialect, Text
from sqlalchemy.types import TypeDecorator

_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode


def canonical_text(content: Any) -> str:
    """Canonical text of a JSON value. Whole floats become integers, so that 5 and 5.0 have one form.

    Raises:
        ValueError: NaN or infinity.
    """
    return _encode(_settled(content))


def canonical_json(content: Any) -> bytes:
    """Canonical bytes of a JSON value: the canonical text in UTF-8.

    Raises:
        ValueError: NaN or infinity, or half of a surrogate pair.
    """
    return canonical_text(content).encode()


def content_hash(content: Any) -> str:
    """SHA-256 of the canonical bytes, lower-case hex."""
    return hashlib.sha256(canonical_json(content)).hexdigest()


class CanonicalJson(TypeDecorator[Any]):
    """A JSON value kept as its canonical text: the very bytes that are hashed, on both databases."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else canonical_text(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return None if value is None else json.loads(value)


def _settled(value: Any) -> Any:
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return {str(key): _settled(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_settled(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value
