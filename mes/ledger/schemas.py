"""Shapes of the ledger's API."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field

from mes.core.paging import Page, PageQuery


class EventShape(BaseModel):
    """An event as it stands in the ledger."""

    sequence: int
    id: UUID
    kind: str
    event_time: AwareDatetime
    recorded_time: AwareDatetime
    content: dict[str, Any]
    hash: str


class EventQuery(PageQuery):
    """Events of one subject only, such as `element:100042`."""

    subject: str | None = Field(None, max_length=80)


class EventPage(Page[EventShape]):
    """Events in ledger order."""
