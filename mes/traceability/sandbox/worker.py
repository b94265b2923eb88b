"""The background thread that turns accepted capture jobs into stored events, one job after the other."""

from __future__ import annotations

import json
import logging
import sqlite3
import threading
from collections.abc import Mapping
from typing import Any

from mes.traceability.sandbox.faults import FaultScript
from mes.traceability.sandbox.problems import problem
from mes.traceability.sandbox.store import CaptureJob, Store, Writer
from mes.traceability.sandbox.validation import event_faults, events_of

_log = logging.getLogger(__name__)


class _RollBackError(Exception):
    """Ends a job's transaction under `rollback`; carries the errors out."""

    def __init__(self, errors: list[dict[str, Any]]) -> None:
        self.errors = errors


class CaptureWorker:
    """Stores jobs in the order in which they were accepted. What it had not finished when the process died, it
    finds again in the database at its next start."""

    def __init__(self, store: Store, faults: FaultScript) -> None:
        self._store = store
        self._faults = faults
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="capture-worker", daemon=True)

    def start(self) -> None:
        """Begin, with what an earlier process left behind."""
        self._thread.start()

    def wake(self) -> None:
        """Say that there is a new job."""
        self._wake.set()

    @property
    def alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread.is_alive()

    def stop(self) -> None:
        """Finish the job in hand and end."""
        self._stopping.set()
        self._wake.set()
        self._thread.join(timeout=10)

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._wake.clear()
            try:
                self._work_off_all()
            except sqlite3.Error:
                _log.exception("the database did not let a job through; it is tried again")
            self._wake.wait(timeout=1)

    def _work_off_all(self) -> None:
        while not self._stopping.is_set() and (waiting := self._store.next_job()) is not None:
            self._work_off(*waiting)

    def _work_off(self, job: CaptureJob, document: Mapping[str, Any]) -> None:
        fault = self._faults.next("job", json.dumps(document, ensure_ascii=False))
        if fault is not None and fault.answer == "delay" and self._stopping.wait(fault.seconds):
            return
        if fault is not None and fault.answer == "job-fails":
            self._fail(job, [problem("ImplementationException", "The job failed as the fault script says", 500)])
            return
        try:
            with self._store.writing() as writer:
                writer.finish_job(job, _store_events(writer, job, document))
        except _RollBackError as refused:
            self._fail(job, refused.errors)

    def _fail(self, job: CaptureJob, errors: list[dict[str, Any]]) -> None:
        _log.warning("capture job %s failed with %d errors", job.capture_id, len(errors))
        with self._store.writing() as writer:
            writer.finish_job(job, errors)


def _store_events(writer: Writer, job: CaptureJob, document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Store what is valid and return the errors; under `rollback` any error undoes all."""
    errors: list[dict[str, Any]] = []
    for index, event in enumerate(events_of(document)):
        refused = event_problem(event, document.get("@context"), index)
        if refused is None:
            writer.take_in(event, document.get("@context"))
        else:
            errors.append(refused)
    if errors and job.error_behaviour == "rollback":
        raise _RollBackError(errors)
    return errors


def event_problem(event: Any, context: Any, index: int) -> dict[str, Any] | None:
    """The problem document of an event that breaks rules, naming its place in the document and its ID."""
    faults = event_faults(event, context)
    if not faults:
        return None
    event_id = event.get("eventID") if isinstance(event, Mapping) else None
    detail = "; ".join(f"{fault.path}: {fault.message}" for fault in faults[:10])
    known = {"eventID": event_id} if isinstance(event_id, str) else {}
    listed = [{"path": fault.path, "message": fault.message} for fault in faults[:50]]
    return problem("ValidationException", "The event is not valid", 400, detail) | {
        "eventIndex": index,
        **known,
        "faults": listed,
    }
