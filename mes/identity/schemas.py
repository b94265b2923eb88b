"""Shapes of the room's REST routes."""

from __future__ import annotations

from datetime import datetime
from typing import Self
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field

from mes.identity.models import Tag
from mes.identity.things import Thing


class TidPath(BaseModel):
    """A tag's TID, hexadecimal."""

    tid: str = Field(max_length=64)


class TagBody(BaseModel):
    """A tag to put on a thing: named by its `subject` (element:42), or by anything that is scanned of it (`code`).

    `verified`: the device read the EPC back from this tag. `replace_reason` (broken, lost, misread or wrong) puts it in
    the place of the tag that the thing wears.
    """

    command_id: UUID
    occurred_at: AwareDatetime | None = None
    subject: str = Field(default="", max_length=80)
    code: str = Field(default="", max_length=2000)
    tid: str = Field(max_length=200)
    epc_hex: str = Field(max_length=300)
    verified: bool = False
    replace_reason: str = Field(default="", max_length=20)


class TagShape(BaseModel):
    """A tag on a thing, or one that was; `ended_at` is null for the one it wears."""

    subject: str
    kind: str
    number: str
    tid: str
    epc_hex: str
    verified: bool
    bound_at: datetime
    bound_by: str
    ended_at: datetime | None
    end_reason: str | None

    @classmethod
    def of(cls, tag: Tag, thing: Thing) -> Self:
        """The shape of a tag on a thing."""
        return cls(
            subject=tag.subject,
            kind=thing.kind,
            number=thing.number,
            tid=tag.tid,
            epc_hex=tag.epc_hex,
            verified=tag.verified,
            bound_at=tag.bound_at,
            bound_by=tag.bound_by,
            ended_at=tag.ended_at,
            end_reason=tag.end_reason,
        )


class TagHistory(BaseModel):
    """What a tag is on and was on, the present or last first."""

    items: list[TagShape]
