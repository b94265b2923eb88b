"""REST route of the gate: what handhelds read."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask_openapi3 import APIBlueprint, Tag
from pydantic import AwareDatetime, BaseModel, Field

from mes.core import web
from mes.logistics import queries
from mes.logistics.gate.service import MOST_READS, KeepReads, Read, ReadsKept, keep_reads

api = APIBlueprint(
    "gate_api",
    __name__,
    url_prefix="/api/v1",
    abp_tags=[Tag(name="gate")],
    abp_security=[{"token": []}, {"session": []}],
)


class ReadsBody(BaseModel):
    """Tags that were read of a delivery's lorry; each read has an id of the device's own, and counts once."""

    command_id: UUID
    occurred_at: AwareDatetime | None = None
    delivery: str = Field(max_length=40, description="the delivery note's number")
    reads: list[Read] = Field(max_length=MOST_READS)


@api.post("/gate-reads", responses={200: ReadsKept})
@web.permission("gate:check")
def send_reads(body: ReadsBody) -> dict[str, Any]:
    """Keep what a handheld read, and say how the note stands beside it."""
    delivery = queries.delivery_by_number(web.reading(), web.actor(), body.delivery)
    facts = {"command_id": body.command_id, "occurred_at": body.occurred_at}
    command = KeepReads(delivery_id=delivery.id, reads=body.reads, **facts)  # type: ignore[arg-type]
    return web.perform(keep_reads, command).model_dump(mode="json")
