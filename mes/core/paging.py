"""Cursor pagination: rows in order of a unique key, `next` naming the last one seen."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, Field
from sqlalchemy import BigInteger, Select
from sqlalchemy.orm import InstrumentedAttribute, Session

from mes.core.errors import Fault, InvalidInput
from mes.core.text import N_, Text

T = TypeVar("T")


class PageQuery(BaseModel):
    """What a caller may ask of a list: `limit` rows after `cursor`."""

    cursor: str | None = Field(None, max_length=200, description="`next` of the page before")
    limit: int = Field(50, ge=1, le=500, description="rows a page")


class Page(BaseModel, Generic[T]):
    """A page of a list; `next` is null on the last one."""

    items: list[T]
    next: str | None = None


def paged(
    session: Session,
    query: Select[Any],
    key: InstrumentedAttribute[Any],
    asked: PageQuery,
    *,
    read_key: Callable[[Any], Any] = lambda value: value,
) -> tuple[Sequence[Any], str | None]:
    """Rows of a page in ascending order of `key`, and the cursor of the next page.

    Raises:
        InvalidInput: the cursor is not one of ours.
    """
    if asked.cursor:
        query = query.where(key > _last_seen(key, asked.cursor, read_key))
    rows = session.scalars(query.order_by(key).limit(asked.limit + 1)).all()
    more = len(rows) > asked.limit
    rows = rows[: asked.limit]
    return rows, _encode(getattr(rows[-1], key.key)) if more else None


def _last_seen(key: InstrumentedAttribute[Any], cursor: str, read_key: Callable[[Any], Any]) -> Any:
    try:
        value = read_key(_decode(cursor))
    except (TypeError, ValueError, AttributeError) as error:
        raise _bad_cursor() from error
    whole = type(value) is int
    if type(value) is not key.type.python_type or (whole and not 0 <= value <= _largest(key)):
        raise _bad_cursor()
    return value


def _largest(key: InstrumentedAttribute[Any]) -> int:
    return 2**63 - 1 if isinstance(key.type, BigInteger) else 2**31 - 1


def _encode(value: Any) -> str:
    plain = value if isinstance(value, int) else str(value)
    return base64.urlsafe_b64encode(json.dumps(plain).encode()).decode().rstrip("=")


def _decode(cursor: str) -> Any:
    try:
        value = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError) as error:
        raise _bad_cursor() from error
    if not isinstance(value, int | str):
        raise _bad_cursor()
    return value


def _bad_cursor() -> InvalidInput:
    reason = Text(N_("This cursor is not one of ours"))
    return InvalidInput(reason, [Fault("cursor", reason)])
