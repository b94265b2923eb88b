"""Shapes of the room's API."""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field

from mes.core.paging import PageQuery


class ConnectorShape(BaseModel):
    """A connector and how it stands; secrets are never part of it."""

    id: UUID
    name: str
    kind: str
    url: str
    state: Literal["running", "paused", "disabled"]
    paused_reason: str | None
    cursor: int = Field(description="ledger sequence up to which every event has a receipt")
    backlog: int = Field(description="events the platform does not have yet, refused ones apart")
    refused: int
    skipped: int
    delivered: int
    delivered_today: int
    oldest_undelivered_at: AwareDatetime | None
    last_success_at: AwareDatetime | None
    last_error: str | None
    failures: int = Field(description="in a row")


class ConnectorList(BaseModel):
    """All connectors."""

    items: list[ConnectorShape]


class ConnectorPath(BaseModel):
    """A connector by its name."""

    name: str = Field(max_length=60)


class OpenEventShape(BaseModel):
    """An event that the platform does not have."""

    receipt_id: UUID
    sequence: int
    kind: str
    state: str
    attempts: int
    identifiers: list[str]
    event_ids: list[str]
    waits_for: int | None = Field(description="ledger sequence of the event that holds this one back")
    next_attempt_at: AwareDatetime | None
    answer: str | None


class ConnectorDetail(ConnectorShape):
    """A connector with the events its platform does not have, refused ones first."""

    open_events: list[OpenEventShape]


class EpcisQuery(PageQuery):
    """Events recorded since a time, a page of the ledger at a time."""

    since: AwareDatetime | None = Field(None, description="events recorded at this time or later")
    format: Literal["document", "ndjson"] = Field("document", description="one EPCIS document, or an event a line")


class ElementPath(BaseModel):
    """An element by its serial number."""

    serial: int = Field(ge=1, le=2**38)


class EpcisDocument(BaseModel):
    """An EPCIS 2.0 document."""

    context: list[Any] = Field(alias="@context")
    type: Literal["EPCISDocument"]
    schemaVersion: str  # noqa: N815 - the standard's name
    creationDate: str  # noqa: N815 - the standard's name
    epcisBody: dict[str, Any]  # noqa: N815 - the standard's name
