"""One worker's deliverer to one connector: rounds of enrolling, asking for what is on its way, and sending."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random, SystemRandom
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import func, select

from mes.core.clock import Clock
from mes.core.database import Database
from mes.core.errors import InvalidInput
from mes.traceability.delivery import breaker
from mes.traceability.delivery.choosing import choose
from mes.traceability.delivery.desk import Desk, LeaseLost
from mes.traceability.delivery.documents import Document, Parcel
from mes.traceability.delivery.enrolment import Enroller, Kinds
from mes.traceability.delivery.flights import Flights
from mes.traceability.delivery.settling import Door, Settler, door_of
from mes.traceability.delivery.sizes import Sizes
from mes.traceability.delivery.upkeep import Upkeep
from mes.traceability.models import Connector, Receipt
from mes.traceability.platforms import Accepted, Delivered, Platform, PlatformKind, Rendition, kind_named
from mes.traceability.renditions import inflated
from mes.traceability.service import receipts
from mes.traceability.settings import SecretMissing

MOST_FLIGHTS = 4
"""Documents that a platform works on at once."""


@dataclass(frozen=True)
class Outcome:
    """What one round did, and after how many seconds the next is worth it."""

    state: Literal["worked", "idle", "holding", "paused", "elsewhere"]
    wait_seconds: float
    sent: int = 0
    polled: int = 0


class _TakenBackError(Exception):
    """A person paused the connector, or took an event back, since the document was chosen."""


class Deliverer:
    """Delivers to one connector. One thread uses it; `owner` is the worker's stable name."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        connector_id: UUID,
        *,
        kinds: Kinds = kind_named,
        owner: str = "worker-1",
        random: Random | None = None,
        upkeep: Upkeep | None = None,
    ) -> None:
        self._desk = Desk(database, clock, connector_id, owner)
        self._kinds, self._random = kinds, random or SystemRandom()
        self._enroller = Enroller(database, clock, connector_id, kinds)
        self._upkeep = upkeep or Upkeep()
        self._platform: Platform | None = None
        self._platform_of: Door | None = None
        self._forget()

    def _forget(self) -> None:
        """Know nothing of what is on its way."""
        self._known = False
        self._sizes = Sizes()
        self._settler = Settler(self._desk, self._sizes, self._random)
        self._flights = Flights(self._desk, self._settler)

    def deliver_once(self) -> Outcome:
        """One round: enrol new events, ask for accepted documents, send the next documents.

        Raises:
            NotFound: the connector is gone.
        """
        try:
            return self._round()
        except LeaseLost:
            self._forget()
            return Outcome("elsewhere", 5)

    def close(self) -> None:
        """Give the lease back and close the connection."""
        self._desk.release()
        self._hang_up()

    def _round(self) -> Outcome:
        row = self._desk.take_lease()
        if row is None:
            self._forget()
            return Outcome("elsewhere", 5)
        if self._desk.is_new_here:
            self._forget()
        declared = self._declared(row)
        if declared is None:
            return Outcome("paused", 2)
        enrolled = self._enroller.enrol()
        self._remember()
        if row.state != "running":
            self._hang_up()  # who resumes it may have changed a secret: it is read again then
            return Outcome("worked" if enrolled else "paused", 0 if enrolled else 2)
        gate = breaker.gate(row, self._desk.now())
        if gate == "open":
            wait = min(self._desk.seconds_until(row.retry_at), 5)
            return Outcome("worked", 0) if enrolled else Outcome("holding", max(wait, 0.05))
        kind, settings = declared
        platform = self._connected(row, kind, settings)
        if platform is None:
            return Outcome("paused", 2)
        if gate == "probe":
            return self._probe(row, platform, kind.most_together(settings))
        return self._work(row, platform, kind.most_together(settings), enrolled)

    def _declared(self, row: Connector) -> tuple[PlatformKind, Any] | None:
        """The connector's kind and settings; None where this release cannot read them, which is written down."""
        try:
            kind = self._kinds(row.kind)
            return kind, kind.read_settings(row.settings)
        except (InvalidInput, KeyError, ModuleNotFoundError) as error:
            if row.state == "running":
                self._settler.pause("configuration", _why(error))
            return None

    def _remember(self) -> None:
        """What an earlier worker left: sent but not answered, accepted, and without a rendition yet."""
        if not self._known:
            with self._desk.writing() as (work, row):
                receipts.waits_again(work, row.id)
            self._flights.recall()
            self._complete()
            self._known = True

    def _complete(self) -> None:
        while self._enroller.complete():
            pass

    def _connected(self, row: Connector, kind: PlatformKind, settings: Any) -> Platform | None:
        """A door to the connector's present address; None after trouble with it, which is written down."""
        wanted = door_of(row)
        if self._platform_of != wanted or self._platform is None:
            self._hang_up()
            try:
                self._platform = kind.connect(row.url, settings)
            except SecretMissing as error:
                self._settler.pause("secret", str(error))
                return None
            if self._platform_of is not None and self._platform_of.url != wanted.url:
                self._flights.recall()  # nothing that the former address has accepted is among it
            self._platform_of, self._sizes.limits = wanted, None
        self._settler.asks_at(row)
        return self._platform

    def _hang_up(self) -> None:
        if self._platform is not None:
            self._platform.close()
        self._platform = None

    # A round of a platform that is well.

    def _work(self, row: Connector, platform: Platform, most_together: int, enrolled: int) -> Outcome:
        polled = self._flights.poll(platform)
        sent, goes_on = 0, self._runs()
        if goes_on and self._sizes.limits is None:
            goes_on = self._discover(platform)
        if goes_on and len(self._flights) < MOST_FLIGHTS:
            sent = self._send_all(platform, self._next_documents(row, most_together))
        if sent or polled or enrolled or not goes_on:
            return Outcome("worked", 0, sent=sent, polled=polled)
        if self._upkeep.done(self._desk, platform):
            return Outcome("worked", 0)
        return Outcome("idle", self._idle_seconds())

    def _runs(self) -> bool:
        with self._desk.reading() as session:
            row = receipts.connector_of(session, self._desk.connector_id)
        return row.state == "running" and breaker.gate(row, self._desk.now()) == "closed"

    def _discover(self, platform: Platform) -> bool:
        """Learn what the platform takes at once."""
        found = platform.discover()
        self._settler.platform_said(found, "discover")
        if isinstance(found.answer, Delivered):
            self._sizes.limits = found.capabilities.limits
            named = found.capabilities.error_behaviours
            self._sizes.apart = bool(named) and "rollback" not in named
        return self._sizes.limits is not None

    def _next_documents(self, row: Connector, most_together: int, *, probe: bool = False) -> list[Document]:
        free = MOST_FLIGHTS - len(self._flights)
        room = self._sizes.room(row, most_together, free, self._flights.keys, probe=probe)
        with self._desk.reading() as session:
            chosen = choose(session, row.id, self._desk.now(), room)
        return [Document(tuple(parcels), probe=probe) for parcels in chosen]

    def _send_all(self, platform: Platform, documents: Sequence[Document]) -> int:
        sent = 0
        for document in documents:
            loaded = self._loaded(document)
            if loaded is None:
                self._complete()
                return sent + 1
            if not self._send(platform, loaded):
                return sent + len(loaded.parcels)
            sent += len(loaded.parcels)
        return sent

    def _loaded(self, document: Document) -> Document | None:
        """The document with its events' bytes, as many of them as the platform takes at once; None where one has no
        bytes yet, because an earlier release sent it."""
        bodies = self._bodies(document.sequences)
        if len(bodies) < len(document.parcels):
            return None
        room, parcels, renditions = self._sizes.most_bytes, list[Parcel](), list[Rendition]()
        for parcel in document.parcels:
            body = bodies[parcel.sequence]
            room -= len(body) + 1
            if parcels and room < 0:
                break
            parcels.append(parcel)
            renditions.append(Rendition(parcel.ids, body, parcel.keys))
        return Document(tuple(parcels), tuple(renditions), document.probe)

    def _bodies(self, sequences: Sequence[int]) -> dict[int, bytes]:
        query = select(Receipt.event_sequence, Receipt.body).where(
            Receipt.connector_id == self._desk.connector_id, Receipt.event_sequence.in_(sequences)
        )
        with self._desk.reading() as session:
            return {sequence: inflated(body) for sequence, body in session.execute(query) if body is not None}

    def _send(self, platform: Platform, document: Document) -> bool:
        """Send one document; False where nothing more is to be sent in this round."""
        try:
            with self._desk.writing() as (work, row):
                if document.probe:
                    row.breaker = "half_open"
                if row.state != "running" or not receipts.mark_sending(work, row.id, document.sequences):
                    raise _TakenBackError
        except _TakenBackError:
            return False
        submission = platform.send(document.renditions)
        if isinstance(submission.answer, Accepted):
            self._flights.add(document, submission, submission.answer.job)
            return not document.probe
        return self._settler.settle(document, submission, "send")

    # A round of a platform that was ill.

    def _probe(self, row: Connector, platform: Platform, most_together: int) -> Outcome:
        """One request: an event, or where there is none, an accepted document."""
        documents = self._next_documents(row, most_together, probe=True)
        if documents:
            return Outcome("worked", 0, sent=self._send_all(platform, documents))
        with self._desk.writing() as (_, locked):
            locked.breaker = "half_open"
        if self._flights.poll(platform, 1):
            return Outcome("worked", 0, polled=1)
        return Outcome("idle", self._idle_seconds())

    def _idle_seconds(self) -> float:
        now = self._desk.now()
        waiting = (Receipt.connector_id == self._desk.connector_id) & (Receipt.state == "waiting")
        with self._desk.reading() as session:
            later = select(func.min(Receipt.next_attempt_at)).where(waiting, Receipt.next_attempt_at > now)
            due = session.scalar(later)
        moments = [moment for moment in (due, self._flights.next_due) if moment is not None]
        return min(1.0, max(0.02, self._desk.seconds_until(min(moments)))) if moments else 1.0


def _why(error: Exception) -> str:
    """What this release cannot read of a connector, for a person."""
    if not isinstance(error, InvalidInput):
        return f"this release has no such kind of platform: {error}"
    faults = "; ".join(f"{fault.where}: {fault.reason}" for fault in error.faults)
    return f"{error}: {faults}" if faults else str(error)
