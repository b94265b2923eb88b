"""Use cases at the gate: reads by hand are kept, a check is finished, what was read is put aside."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from mes.core.commands import Answer, Command, Done, Moment, Work, use_case
from mes.core.errors import Conflict
from mes.core.text import N_, Text
from mes.identity import queries as identity_queries
from mes.identity.hexadecimal import require_epc, require_tid
from mes.identity.models import TagReader
from mes.identity.service.sightings import HandRead, drop_hand_reads, keep_hand_reads
from mes.ledger.service import record
from mes.logistics.gate.comparing import AT_THE_GATE, Comparison, compare
from mes.logistics.gate.reading import sightings_at
from mes.logistics.gate.recognising import recognise
from mes.logistics.models import Delivery
from mes.logistics.service.consignment import (
    delivery_facts,
    delivery_subject,
    lock_delivery,
    plant_of,
    require_state,
)

MOST_READS = 2000


class NothingRead(Conflict):
    """No tag was read for this delivery: there is nothing to check."""


class Read(BaseModel):
    """A tag that a handheld read; `id` is the device's own for this read, so that it may send it again."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: UUID
    epc_hex: str = Field(max_length=300)
    tid: str = Field(default="", max_length=200)
    read_at: Moment | None = None
    rssi_dbm: int | None = Field(default=None, ge=-128, le=127)


class KeepReads(Command):
    """Tags that somebody read for a delivery with a handheld, typed or pasted."""

    delivery_id: UUID
    reads: list[Read] = Field(max_length=MOST_READS)


class ReadsKept(Answer):
    """How many reads were new and how many were kept before, and how the note stands beside them."""

    delivery: str
    taken: int
    repeated: int
    on_note: int
    read: int
    differences: int


class FinishCheck(Command):
    """The check of a delivery is finished: what was read so far counts. `reader_id`: of the gate it stands in."""

    delivery_id: UUID
    reader_id: UUID | None = None


class CheckFinished(Answer):
    """What was found."""

    delivery: str
    on_note: int
    read: int
    differences: int


class DropReads(Command):
    """Forget what was read by hand for a delivery; it is read anew."""

    delivery_id: UUID


@use_case("gate:check")
def keep_reads(work: Work, command: KeepReads) -> ReadsKept:
    """Keep what was read by hand for a delivery; reads that were kept before change nothing.

    Raises:
        NoSuchDelivery: there is none, or it is not this actor's to see.
        WrongDeliveryState: it is not at the plant any more.
        InvalidInput: an EPC or TID cannot be right; nothing is kept then.
    """
    delivery = _delivery(work, command.delivery_id)
    now = work.event_time(command)
    reads = [
        HandRead(
            id=one.id,
            epc_hex=require_epc(one.epc_hex),
            tid=require_tid(one.tid) if one.tid.strip() else "",
            read_at=min(one.read_at or now, now),
            rssi_dbm=one.rssi_dbm,
        )
        for one in command.reads
    ]
    taken = keep_hand_reads(work, delivery_subject(delivery), reads)
    stands = _comparison(work, delivery, None)
    return ReadsKept(
        delivery=delivery.number,
        taken=taken,
        repeated=len(reads) - taken,
        on_note=len(stands.on_note),
        read=stands.read,
        differences=stands.differences,
    )


@use_case("gate:check")
def finish_check(work: Work, command: FinishCheck) -> CheckFinished:
    """Record how a delivery's note and what was read of it agree; the gate's screen begins anew.

    Raises:
        NoSuchDelivery: there is none, or it is not this actor's to see.
        WrongDeliveryState: it is not at the plant any more.
        NotFound: there is no such reader.
        NothingRead: no tag was read.
    """
    delivery = _delivery(work, command.delivery_id)
    reader = identity_queries.reader(work.session, command.reader_id) if command.reader_id else None
    stands = _comparison(work, delivery, reader)
    if not stands.read and not stands.extra and not stands.other_project:
        raise NothingRead(Text(N_("No tag of an element was read; there is nothing to record")))
    record(
        work,
        "delivery.gate_checked",
        [delivery_subject(delivery)],
        event_time=work.event_time(command),
        where=plant_of(work, delivery.project),
        data={**delivery_facts(delivery), **check_facts(stands), "reader": _reader_facts(reader)},
    )
    drop_hand_reads(work, delivery_subject(delivery))
    if reader is not None:
        reader.look_from = work.now()
    work.session.flush()
    return CheckFinished(
        delivery=delivery.number, on_note=len(stands.on_note), read=stands.read, differences=stands.differences
    )


@use_case("gate:check")
def drop_reads(work: Work, command: DropReads) -> Done:
    """Forget what was read by hand for a delivery.

    Raises:
        NoSuchDelivery: there is none, or it is not this actor's to see.
    """
    delivery = lock_delivery(work, command.delivery_id)
    drop_hand_reads(work, delivery_subject(delivery))
    return Done(id=delivery.id)


def check_facts(stands: Comparison) -> dict[str, Any]:
    """What the ledger keeps of a comparison."""
    return {
        "on_note": len(stands.on_note),
        "read": stands.read,
        "differences": stands.differences,
        "missing": [one.item.element.serial for one in stands.missing],
        "stopped": [one.item.element.serial for one in stands.stopped],
        "extra": [one.element.serial for one in stands.extra],
        "other_project": [one.element.serial for one in stands.other_project],
        "ended_tags": [f"{tag.tid} ({tag.subject})" for _, tag, _ in stands.ended],
        "unknown_tags": [one.epc_hex for one in stands.unknown],
    }


def _delivery(work: Work, delivery_id: UUID) -> Delivery:
    delivery = lock_delivery(work, delivery_id)
    require_state(delivery, *AT_THE_GATE)
    return delivery


def _comparison(work: Work, delivery: Delivery, reader: TagReader | None) -> Comparison:
    return compare(
        work.session, delivery, recognise(work.session, sightings_at(work.session, work.now(), reader, delivery))
    )


def _reader_facts(reader: TagReader | None) -> dict[str, str] | None:
    return {"code": reader.code, "name": reader.name} if reader is not None else None
