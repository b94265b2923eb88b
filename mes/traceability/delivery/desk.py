"""The deliverer's way to the database: what it writes is written only while the lease on the connector is its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from mes.accounts.service import SYSTEM
from mes.core.clock import Clock
from mes.core.commands import Work
from mes.core.database import Database
from mes.traceability.models import Connector
from mes.traceability.service import receipts

LEASE_SECONDS = 180
"""Longer than the longest request; renewed at every step around one."""


class LeaseLost(Exception):
    """Another worker delivers to this connector now."""


class Desk:
    """Transactions about one connector, as one worker."""

    def __init__(self, database: Database, clock: Clock, connector_id: UUID, owner: str) -> None:
        self.database, self.clock, self.connector_id, self.owner = database, clock, connector_id, owner
        self.is_new_here = True
        """Whether the lease was somebody else's, or nobody's, before it was taken last."""

    def now(self) -> datetime:
        """The present moment."""
        return self.clock.now()

    def seconds_until(self, moment: datetime | None) -> float:
        """How long until a moment; 0 for none."""
        return (moment - self.clock.now()).total_seconds() if moment else 0

    def take_lease(self) -> Connector | None:
        """The connector, if this worker may deliver now; a lease that is fresh is not written again.

        Raises:
            NotFound: the connector is gone.
        """
        with self.database.reading() as session:
            row = receipts.connector_of(session, self.connector_id)
        left = self.seconds_until(row.lease_until)
        self.is_new_here = row.lease_owner != self.owner
        if row.lease_owner == self.owner and left > LEASE_SECONDS / 2:
            return row
        with self.database.writing() as session:
            return receipts.take_lease(self._work(session), self.connector_id, self.owner, LEASE_SECONDS)

    def release(self) -> None:
        """Let another worker deliver."""
        with self.database.writing() as session:
            receipts.release_lease(self._work(session), self.connector_id, self.owner)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session for reading."""
        with self.database.reading() as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[tuple[Work, Connector]]:
        """A transaction with the connector's row, locked and ours; the lease is renewed by it.

        Raises:
            LeaseLost: another worker has it.
        """
        with self.database.writing() as session:
            work = self._work(session)
            row = receipts.locked_connector(work, self.connector_id)
            if row.lease_owner != self.owner:
                raise LeaseLost
            row.lease_until = work.now() + timedelta(seconds=LEASE_SECONDS)
            yield work, row

    def _work(self, session: Session) -> Work:
        return Work(session, SYSTEM, self.clock)
