"""The one form in which an event's content is hashed: sorted keys, no blanks, UTF-8, no floats that are whole."""

from __future__ import annotations

import hashlib
import json
from typing import Any


def canonical_json(content: Any) -> bytes:
    """Canonical bytes of a JSON value.

    Whole floats become integers, because PostgreSQL's JSONB and SQLite's text give them back differently.

    Raises:
        ValueError: NaN or infinity.
    """
    return json.dumps(
        _settled(content), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode()


def content_hash(content: Any) -> str:
    """SHA-256 of the canonical bytes, lower-case hex."""
    return hashlib.sha256(canonical_json(content)).hexdigest()


def _settled(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _settled(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_settled(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value
