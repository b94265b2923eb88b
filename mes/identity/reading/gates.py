"""The worker listens to the plant's gates: a thread for each, which finds its way back by itself."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Sequence
from contextlib import suppress
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from labels.llrp.errors import ReaderError
from labels.llrp.sightings import Seen
from mes.accounts.service import SYSTEM
from mes.core.clock import Clock
from mes.core.commands import Work
from mes.core.database import Database
from mes.core.tending import Tending
from mes.identity.models import TagReader
from mes.identity.reading.link import Address, connection, trouble_words
from mes.identity.rules import rules
from mes.identity.service import readers
from mes.identity.service.sightings import Passages, forget_old_sightings, write_passages

log = structlog.get_logger(__name__)

FORGET_EVERY_LOOKS = 300
RENEWALS_IN_A_LEASE = 3


class GateListener:
    """Listens to one gate for as long as this worker holds its lease. One thread uses it."""

    def __init__(
        self, database: Database, clock: Clock, reader_id: UUID, owner: str, stop_event: threading.Event
    ) -> None:
        self._database, self._clock, self._reader_id, self._owner = database, clock, reader_id, owner
        self._stop = stop_event
        self._passages = Passages()
        self._lock = threading.Lock()
        self._failures = 0
        self._is_database_away = False

    def run(self) -> None:
        """Listen until `stop_event` is set, the reader is no active gate any more, or another worker has it."""
        while not self._stop.is_set():
            address = self._leased()
            if address is None:
                break
            try:
                self._listen(address)
            except (ReaderError, OSError) as error:
                self._failed(error, address)
                self._wait_patiently(address)
            except Exception:
                # Whatever went wrong, the gate is not given up, and its reader not run down with connections.
                log.exception("listening to a gate failed; tried again soon", reader=str(address))
                self._wait_patiently(address)
        with suppress(SQLAlchemyError), self._database.writing() as session:
            readers.release_lease(Work(session, SYSTEM, self._clock), self._reader_id, self._owner)

    def _leased(self) -> Address | None:
        try:
            with self._database.writing() as session:
                work = Work(session, SYSTEM, self._clock)
                row = readers.take_lease(work, self._reader_id, self._owner, rules().lease_seconds)
                address = Address.of(row) if row is not None else None
        except SQLAlchemyError:
            self._database_away()
            return None
        self._is_database_away = False
        return address

    def _listen(self, address: Address) -> None:
        """One connection: sightings are gathered by a thread of its own and written by this one."""
        over = threading.Event()
        trouble: list[Exception] = []

        def gather() -> None:
            try:
                reader.watch(address.antennas, self._see, over, every_seconds=rules().write_every_seconds / 2)
            except Exception as error:  # noqa: BLE001 - raised again by the thread that waits for this one
                trouble.append(error)
            finally:
                over.set()

        with connection(address) as reader:
            self._answers(address)
            gatherer = threading.Thread(target=gather, name=f"gate-{self._reader_id}-reader", daemon=True)
            gatherer.start()
            try:
                self._write_while(address, over)
            finally:
                over.set()
                gatherer.join(rules().bench_timeout_seconds * 2)
        self._write()
        if trouble:
            raise trouble[0]

    def _write_while(self, address: Address, over: threading.Event) -> None:
        """Write what comes, keep the lease, until the connection is over or ought to be."""
        every = rules().write_every_seconds
        looks = max(1, round(rules().lease_seconds / RENEWALS_IN_A_LEASE / every))
        turn = 0
        while not over.wait(every) and not self._stop.is_set():
            self._write()
            turn += 1
            if turn % looks == 0 and not self._is_still(address):
                return

    def _is_still(self, address: Address) -> bool:
        """Whether the lease is ours and the reader where it was; without a database things go on as they are."""
        leased = self._leased()
        return self._is_database_away if leased is None else leased == address

    def _see(self, seen: Sequence[Seen]) -> None:
        """The times are the house's: readers' clocks are often wrong."""
        now, longest = self._clock.now(), rules().epc_digits[1]
        with self._lock:
            for one in (one for one in seen if len(one.epc_hex) <= longest):  # no tag holds more: a broken reader
                self._passages.see(one.epc_hex, one.tid_hex, now, one.peak_rssi_dbm, one.count)

    def _write(self) -> None:
        with self._lock:
            changed = self._passages.take_changed(self._clock.now())
        if not changed:
            return
        try:
            with self._database.writing() as session:
                work = Work(session, SYSTEM, self._clock)
                write_passages(work, self._reader_id, changed)
                readers.note_answer(work, self._reader_id)
        except SQLAlchemyError:
            self._database_away()
            with self._lock:
                self._passages.put_back(changed)
            return
        self._is_database_away = False
        for one in changed:
            one.written = True

    def _database_away(self) -> None:
        if not self._is_database_away:
            log.exception("a gate's sightings wait for the database", reader=str(self._reader_id))
        self._is_database_away = True

    def _answers(self, address: Address) -> None:
        if self._failures:
            log.info("a gate's reader answers again", reader=str(address))
        self._failures = 0
        with suppress(SQLAlchemyError), self._database.writing() as session:
            readers.note_answer(Work(session, SYSTEM, self._clock), self._reader_id)

    def _failed(self, error: ReaderError | OSError, address: Address) -> None:
        if not self._failures:
            log.warning(
                "a gate's reader does not answer; tried again until it does", reader=str(address), why=str(error)
            )
        with suppress(SQLAlchemyError), self._database.writing() as session:
            readers.note_fault(Work(session, SYSTEM, self._clock), self._reader_id, trouble_words(error, address))

    def _wait_patiently(self, address: Address) -> None:
        """Longer after each failure, but no longer when the reader's address was changed meanwhile."""
        pauses = rules().retry_seconds
        left = pauses[min(self._failures, len(pauses) - 1)]
        self._failures += 1
        while left > 0 and not self._stop.wait(min(left, rules().look_every_seconds)):
            left -= rules().look_every_seconds
            if self._leased() not in (address, None):
                return


def start_gates(database: Database, clock: Clock, owner: str, stop_event: threading.Event) -> Tending:
    """Start listening to every gate; ends when `stop_event` is set."""
    listeners: dict[UUID, GateListener] = {}  # one keeps what the database could not take yet, also after trouble
    looks = itertools.count()

    def listen(reader_id: UUID) -> None:
        if reader_id not in listeners:
            listeners[reader_id] = GateListener(database, clock, reader_id, owner, stop_event)
        listeners[reader_id].run()

    def forget() -> None:
        if next(looks) % FORGET_EVERY_LOOKS == 0:
            with database.writing() as session:
                forget_old_sightings(Work(session, SYSTEM, clock))

    gates = select(TagReader.id).where(TagReader.use == "gate", TagReader.active.is_(True))
    watch = Tending(
        "gates",
        database,
        lambda session: session.scalars(gates),
        listen,
        stop_event,
        look_seconds=rules().look_every_seconds,
        beside=forget,
    )
    watch.start()
    return watch
