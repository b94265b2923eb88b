"""Shapes of the ledger's API."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

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


class CheckpointShape(BaseModel):
    """A checkpoint: how many events it covers, the tree's root, and the key that signed it."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    events: int
    last_sequence: int
    root: str
    made_at: AwareDatetime
    made_by: str
    key_id: str


class CheckpointPage(Page[CheckpointShape]):
    """Checkpoints, oldest first."""


class CheckpointPath(BaseModel):
    """Which checkpoint."""

    checkpoint_id: UUID


class CheckpointFile(BaseModel):
    """A checkpoint as others keep it, see docs/contracts/ledger.md."""

    format: str
    version: int
    note: str
    public_key: str


class ElementPath(BaseModel):
    """Which element."""

    serial: int = Field(ge=1)


class ProofQuery(BaseModel):
    """In which checkpoint, by its number of events; without it the newest."""

    events: int | None = Field(None, ge=1)


class ProvedEvent(BaseModel):
    """An event of a story: the very text that is hashed, its links, and its way to the tree's root."""

    content: str
    hash: str
    ordinal: int
    previous: str | None
    leaf: int
    path: list[str]


class StoryProof(BaseModel):
    """An element's story and its proof, see docs/contracts/ledger.md."""

    format: str
    version: int
    subject: str
    checkpoint: CheckpointFile
    events: list[ProvedEvent]
    later_events: int


class ConsistencyQuery(BaseModel):
    """Two checkpoints by their numbers of events."""

    older: int = Field(ge=1)
    newer: int = Field(ge=1)


class ConsistencyProof(BaseModel):
    """That one checkpoint continues another, see docs/contracts/ledger.md."""

    format: str
    version: int
    older: CheckpointFile
    newer: CheckpointFile
    path: list[str]
