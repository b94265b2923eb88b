"""What the worker does for the ledger: checkpoints at intervals, and checking the whole when somebody asks."""

from __future__ import annotations

import threading
from typing import Any

import structlog
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from mes.config import Settings
from mes.core.actor import Actor
from mes.core.clock import Clock
from mes.core.commands import Command, Done, Work, use_case
from mes.core.database import Database
from mes.core.errors import MesError
from mes.core.jobs import Job, RunningJob, enqueue, handles
from mes.core.tending import Rounds
from mes.core.text import N_
from mes.ledger.checkpoints import MakeCheckpoint, is_recent, latest, make_all
from mes.ledger.kept import KeptCheckpoints
from mes.ledger.keys import LedgerKeys
from mes.ledger.queries import last_sequence
from mes.ledger.verification import verify
from mes.ledger.witnesses import all_witnesses

log = structlog.get_logger(__name__)

LOOK_EVERY_SECONDS = 30.0
HOUSE = Actor("system:ledger", "precast-mes", "system", "precast-mes", frozenset({"ledger:checkpoint"}), kind="program")
VERIFY_JOB = "ledger.verify"


class VerifyLedger(Command):
    """Check the whole ledger."""


@use_case("ledger:verify")
def ask_for_verification(work: Work, command: VerifyLedger) -> Done:
    """Have the worker check the whole ledger; one that is asked for already is not asked for again."""
    last = latest_verification(work.session)
    if last is not None and last.state in ("queued", "running"):
        return Done(id=last.id)
    return Done(id=enqueue(work, VERIFY_JOB, N_("Check the whole ledger"), {}))


def latest_verification(session: Session) -> Job | None:
    """The newest check of the whole ledger that somebody asked for."""
    query = select(Job).where(Job.kind == VERIFY_JOB).order_by(Job.requested_at.desc(), Job.id.desc()).limit(1)
    return session.scalars(query).first()


_keys: list[LedgerKeys] = []


def use_keys(keys: LedgerKeys) -> None:
    """The keys with which this process checks signatures."""
    _keys[:] = [keys]


@handles(VERIFY_JOB)
def check_ledger(job: RunningJob) -> dict[str, Any]:
    """Check the ledger and every checkpoint; may be run again at any time."""
    kept, faults = KeptCheckpoints(_keys[0]).read() if _keys else ([], [])
    with job.database.reading() as session:
        found = verify(
            session,
            keys=_keys[0].public() if _keys else None,
            against=kept,
            unreadable=faults,
            witnesses=all_witnesses(),
        )
    return {
        "events": found.events,
        "subjects": found.subjects,
        "checkpoints": found.checkpoints,
        "fault_sequence": found.fault_sequence,
        "fault": found.fault.as_json() if found.fault else None,
    }


def is_due(session: Session, clock: Clock, minutes: int) -> bool:
    """Whether something was recorded since the last checkpoint, and that is long enough ago."""
    last = latest(session)
    if last is None:
        return last_sequence(session) > 0
    return last.last_sequence < last_sequence(session) and not is_recent(last, clock, minutes)


class CheckpointKeeping(Rounds):
    """Makes checkpoints until `stop_event` is set. Of several workers, the one that is first makes each."""

    def __init__(self, database: Database, clock: Clock, settings: Settings, stop_event: threading.Event) -> None:
        self._database, self._clock, self._minutes = database, clock, settings.checkpoint_minutes
        self._keys = LedgerKeys(settings.data)
        self._kept = KeptCheckpoints(self._keys)
        self._told = ""
        use_keys(self._keys)
        super().__init__("checkpoints", LOOK_EVERY_SECONDS, self.keep, stop_event)

    def keep(self) -> None:
        """Make a checkpoint if one is due. What stands in the way is told once, and tried again at each look."""
        try:
            with self._database.reading() as session:
                self._kept.keep_newest(session)
                if not self._minutes or not is_due(session, self._clock, self._minutes):
                    return
            self._make(self._minutes)
            self._told = ""
        except (MesError, OSError) as error:
            if str(error) != self._told:
                log.error("no checkpoint of the ledger could be made", reason=str(error))
            self._told = str(error)

    def sign_off(self) -> None:
        """Sign what was recorded since the last checkpoint: nobody else may look after it until the next start."""
        if self._minutes:
            try:
                self._make(0)
            except (MesError, OSError, SQLAlchemyError) as error:
                log.error("no last checkpoint of the ledger could be made", reason=str(error))

    def _make(self, minutes: int) -> None:
        command = MakeCheckpoint(not_before_minutes=minutes)
        make_all(self._database, HOUSE, self._clock, self._keys, command)
