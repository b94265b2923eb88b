"""A lorry at the gate: eight slabs on its note, their tags, a reader that sees them, a worker that listens."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from uuid import UUID

import pytest
from sqlalchemy import select

import mes.kinds  # noqa: F401 - every kind of thing
from labels.llrp.emulated_tag import EmulatedTag
from labels.llrp.emulator import ReaderEmulator
from mes.core.clock import SetClock
from mes.core.commands import perform
from mes.core.database import Database
from mes.identity.models import TagReader, TagSighting
from mes.identity.queries import reader as reader_row
from mes.identity.reading import gates
from mes.identity.rules import rules
from mes.identity.service import AddReader, BindTag, add_reader, bind_tag
from mes.logistics.gate.reading import GateView, gate_view
from mes.logistics.gate.service import CheckFinished, FinishCheck, KeepReads, Read, ReadsKept, finish_check, keep_reads
from mes.logistics.models import Delivery
from mes.orders.models import Element
from tests.conftest import actor
from tests.mes.logistics.stage import Stage, add_project, build_stage

PATIENCE_SECONDS = 20
ON_NOTE = 8


def tid_of(element: Element) -> str:
    """A TID for an element's tag."""
    return f"E28011606000{element.serial:012X}"


@dataclass
class GateStage:
    """Eight of ten slabs of a project are on a lorry; one slab is of another project."""

    stage: Stage
    foreign: Element
    delivery_id: UUID

    @property
    def database(self) -> Database:
        return self.stage.database

    @property
    def on_note(self) -> list[Element]:
        return self.stage.elements[:ON_NOTE]

    @property
    def in_yard(self) -> list[Element]:
        return self.stage.elements[ON_NOTE:]

    def bind(self, *elements: Element) -> None:
        """Tags are on these elements, by the TIDs of `tid_of`."""
        for element in elements:
            command = BindTag(subject=f"element:{element.serial}", tid=tid_of(element), epc_hex=element.epc_hex)
            perform(self.database, self.stage.operator, self.stage.clock, bind_tag, command)

    def add_gate(self, port: int, code: str = "GATE-1") -> UUID:
        """A gate's reader at this port."""
        command = AddReader(code=code, name="东门", use="gate", host="127.0.0.1", port=port)
        added = perform(self.database, self.stage.planner, self.stage.clock, add_reader, command).id
        assert added is not None
        return added

    def read_by_hand(self, *epcs: str) -> ReadsKept:
        """Somebody reads these with a handheld."""
        reads = [Read(id=UUID(int=int(epc, 16)), epc_hex=epc) for epc in epcs]
        return self._perform(keep_reads, KeepReads(delivery_id=self.delivery_id, reads=reads))

    def finish(self, reader_id: UUID | None = None) -> CheckFinished:
        """The check is finished."""
        return self._perform(finish_check, FinishCheck(delivery_id=self.delivery_id, reader_id=reader_id))

    def view(self, reader_id: UUID | None = None, *, chosen: bool = False) -> GateView:
        """What the gate's screen shows."""
        with self.database.reading() as session:
            row = reader_row(session, reader_id) if reader_id else None
            delivery = session.get_one(Delivery, self.delivery_id) if chosen else None
            view = gate_view(session, self.stage.operator, self.stage.clock.now(), row, delivery)
            return view

    def reader(self, reader_id: UUID) -> TagReader:
        """The reader's row as it is now."""
        with self.database.reading() as session:
            return reader_row(session, reader_id)

    def sightings(self, reader_id: UUID) -> list[TagSighting]:
        """What a gate saw."""
        with self.database.reading() as session:
            return list(session.scalars(select(TagSighting).where(TagSighting.reader_id == reader_id)))

    def _perform(self, use, command):  # type: ignore[no-untyped-def]
        return perform(self.database, actor("operator"), self.stage.clock, use, command)


def build_gate(database: Database, clock: SetClock, *, with_plant: bool = True) -> GateStage:
    """A lorry with eight slabs at the gate of its plant, two more in the yard, one of another project."""
    if with_plant:
        stage = build_stage(database, clock, ON_NOTE + 2)
    else:
        stage = add_project(database, clock, "XM-01", ON_NOTE + 2)
        stage.slot()
        stage.store(*range(ON_NOTE + 2))
    foreign = add_project(database, clock, "XM-02", 1)
    foreign.store(0)
    delivery_id = stage.open()
    stage.load(delivery_id, *range(ON_NOTE))
    return GateStage(stage, foreign.elements[0], delivery_id)


def tag_of(element: Element, epc: str | None = None) -> EmulatedTag:
    """A tag on an element, as it answers over the air."""
    return EmulatedTag(tid_of(element), epc or element.epc_hex)


@contextmanager
def listening(database: Database, clock: SetClock) -> Iterator[None]:
    """A worker listens to the gates, and looks and tries again more often than in a plant."""
    stop, usual = threading.Event(), rules()
    quick = replace(usual, lease_seconds=1.5, look_every_seconds=0.2, write_every_seconds=0.1, retry_seconds=(0.2,))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gates, "rules", lambda: quick)
        watch = gates.start_gates(database, clock, "worker-1", stop)
        try:
            yield
        finally:
            stop.set()
            watch.join(PATIENCE_SECONDS)


def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def emulator_of(*elements: Element) -> ReaderEmulator:
    """A reader that sees the tags of these elements."""
    return ReaderEmulator(tag_of(element) for element in elements)
