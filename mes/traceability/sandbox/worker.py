"""Turning accepted documents into stored events: at once where nothing stands in the way, else in the background."""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mes.traceability.sandbox.behaviour import Behaviour
from mes.traceability.sandbox.checks import ValidationFault
from mes.traceability.sandbox.faults import FaultScript
from mes.traceability.sandbox.intake import Writer
from mes.traceability.sandbox.problems import problem
from mes.traceability.sandbox.reading import Received, read_document
from mes.traceability.sandbox.store import Store, WaitingJob
from mes.traceability.sandbox.validation import event_faults, judge_of

_log = logging.getLogger(__name__)


class CaptureWorker:
    """Stores jobs in the order in which they were accepted. What it had not finished when the process died, it
    finds again in the database at its next start."""

    def __init__(
        self, store: Store, faults: FaultScript, behaviour: Behaviour, end_process: Callable[[], None]
    ) -> None:
        self._store = store
        self._faults = faults
        self._behaviour = behaviour
        self._end_process = end_process
        self._changed = threading.Condition()
        self._news = True
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="capture-worker", daemon=True)

    def start(self) -> None:
        """Begin, with what an earlier process left behind."""
        self._thread.start()

    def wake(self) -> None:
        """Say that there is a new job."""
        with self._changed:
            self._news = True
            self._changed.notify()

    @property
    def alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread.is_alive()

    def stop(self) -> None:
        """Finish the job in hand and end."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
        self._thread.join(timeout=10)

    def settle_now(
        self, writer: Writer, job: int, behaviour: str, document: Mapping[str, Any], received: Sequence[Received],
        first_reception: int,
    ) -> list[dict[str, Any]]:  # fmt: skip
        """Store a document's events and close its job within the transaction that accepted it; returns the errors."""
        errors = self._store_events(writer, behaviour, document, received, first_reception)
        writer.finish_job(job, errors)
        return errors

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._news or self._stopping)
                if self._stopping:
                    return
                self._news = False
            self._work_off_all()

    def _work_off_all(self) -> None:
        while not self._stopping:
            try:
                waiting = self._store.next_job()
                if waiting is None:
                    return
                self._work_off(waiting)
            except sqlite3.Error:
                _log.exception("the database did not let a job through; it is tried again")
                with self._changed:
                    self._changed.wait_for(lambda: self._stopping, timeout=1)

    def _work_off(self, waiting: WaitingJob) -> None:
        fault = self._faults.next("job", waiting.text)
        if fault is not None and fault.answer == "delay":
            with self._changed:
                if self._changed.wait_for(lambda: self._stopping, timeout=fault.seconds):
                    return
        document, received = read_document(waiting.text)
        with self._store.writing() as writer:
            if fault is not None and fault.answer == "job-fails":
                text = "The job failed as the fault script says"
                errors = [problem("ImplementationException", text, 500)]
            else:
                behaviour = waiting.job.error_behaviour
                errors = self._store_events(writer, behaviour, document, received, waiting.first_reception)
            if fault is not None and fault.answer == "restart":
                self._end_process()
            writer.finish_job(waiting.job.id, errors)
        if errors:
            _log.warning("capture job %s failed with %d errors", waiting.job.capture_id, len(errors))

    def _store_events(
        self, writer: Writer, behaviour: str, document: Mapping[str, Any], received: Sequence[Received],
        first_reception: int,
    ) -> list[dict[str, Any]]:  # fmt: skip
        """Store what is valid and return the errors; under `rollback` any error undoes all."""
        context = document.get("@context")
        judge = judge_of(context)
        judged = [_problem(event.body, judge(event.body), index) for index, event in enumerate(received)]
        errors = [refused for refused in judged if refused is not None]
        if not errors or behaviour != "rollback":
            valid = [
                (first_reception + index, event)
                for index, (event, refused) in enumerate(zip(received, judged, strict=True))
                if refused is None
            ]
            writer.take_in(valid, context, store_duplicates=self._behaviour.store_duplicates)
        return errors


def event_problem(event: Any, context: Any, index: int) -> dict[str, Any] | None:
    """The problem document of an event that breaks rules, naming its place in the document and its ID."""
    return _problem(event, event_faults(event, context), index)


def _problem(event: Any, faults: Sequence[ValidationFault], index: int) -> dict[str, Any] | None:
    if not faults:
        return None
    event_id = event.get("eventID") if isinstance(event, Mapping) else None
    detail = "; ".join(f"{fault.path}: {fault.message}" for fault in faults[:10])
    known = {"eventID": event_id} if isinstance(event_id, str) else {}
    listed = [{"path": fault.path, "message": str(fault.message)} for fault in faults[:50]]
    return problem("ValidationException", "The event is not valid", 400, detail) | {
        "eventIndex": index,
        **known,
        "faults": listed,
    }
