"""REST routes of the room, under /api/v1."""

from __future__ import annotations

from typing import Any

from flask_openapi3 import APIBlueprint, Tag
from sqlalchemy import select

from mes.core import web
from mes.core.paging import PageQuery, paged
from mes.ledger import proofs, queries
from mes.ledger.checkpoints import CheckpointMade, MakeCheckpoint, checkpoint_of, making
from mes.ledger.keys import LedgerKeys
from mes.ledger.models import Checkpoint, LedgerEvent, LedgerSubject
from mes.ledger.schemas import (
    CheckpointFile,
    CheckpointPage,
    CheckpointPath,
    CheckpointShape,
    ConsistencyProof,
    ConsistencyQuery,
    ElementPath,
    EventPage,
    EventQuery,
    EventShape,
    ProofQuery,
    StoryProof,
)

api = APIBlueprint(
    "ledger_api",
    __name__,
    url_prefix="/api/v1",
    abp_tags=[Tag(name="ledger")],
    abp_security=[{"token": []}, {"session": []}],
)


@api.get("/ledger/events", responses={200: EventPage})
@web.permission("ledger:read")
def list_events(query: EventQuery) -> dict[str, object]:
    """Events in ledger order."""
    queries.require_whole_plant(web.actor())
    asked = select(LedgerEvent)
    if query.subject:
        asked = asked.join(LedgerSubject).where(LedgerSubject.subject == query.subject)
    rows, further = paged(web.reading(), asked, LedgerEvent.sequence, query)
    items = [EventShape.model_validate(row, from_attributes=True) for row in rows]
    return EventPage(items=items, next=further).model_dump(mode="json")


@api.get("/ledger/checkpoints", responses={200: CheckpointPage})
@web.permission("ledger:read")
def list_checkpoints(query: PageQuery) -> dict[str, object]:
    """Checkpoints, oldest first."""
    queries.require_whole_plant(web.actor())
    rows, further = paged(web.reading(), select(Checkpoint), Checkpoint.events, query)
    items = [CheckpointShape.model_validate(row) for row in rows]
    return CheckpointPage(items=items, next=further).model_dump(mode="json")


@api.get("/ledger/checkpoints/<uuid:checkpoint_id>", responses={200: CheckpointFile})
@web.permission("ledger:read")
def read_checkpoint(path: CheckpointPath) -> dict[str, Any]:
    """A checkpoint as a file: the signed note and the public key."""
    queries.require_whole_plant(web.actor())
    return proofs.export_checkpoint(checkpoint_of(web.reading(), path.checkpoint_id), keys())


@api.post("/ledger/checkpoints", responses={200: CheckpointMade})
@web.permission("ledger:checkpoint")
def make_checkpoint(body: MakeCheckpoint) -> dict[str, Any]:
    """Sign what the ledger holds; where `events_left` is true, ask again with a new command id."""
    queries.require_whole_plant(web.actor())
    return web.perform(making(keys()), body).model_dump(mode="json")


@api.get("/ledger/consistency", responses={200: ConsistencyProof})
@web.permission("ledger:read")
def prove_consistency(query: ConsistencyQuery) -> dict[str, Any]:
    """The proof that the newer checkpoint continues the older one."""
    queries.require_whole_plant(web.actor())
    session = web.reading()
    older, newer = checkpoint_of(session, query.older), checkpoint_of(session, query.newer)
    return proofs.prove_consistency(session, older, newer, keys())


@api.get("/ledger/elements/<int:serial>/proof", responses={200: StoryProof})
@web.permission("ledger:read")
def prove_element(path: ElementPath, query: ProofQuery) -> dict[str, Any]:
    """An element's story, with the proof that it stands in a checkpoint."""
    queries.require_whole_plant(web.actor())
    session = web.reading()
    row = queries.newest_checkpoint(session) if query.events is None else checkpoint_of(session, query.events)
    return proofs.prove_story(session, f"element:{path.serial}", row, keys())


def keys() -> LedgerKeys:
    """The keys of the running application."""
    return LedgerKeys(web.settings().data)
