"""Shapes of the room's API."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, Field

from mes.core.paging import PageQuery


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
