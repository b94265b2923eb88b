"""A script of faults that the platform plays, to try how a sender bears them.

A YAML list, played in order; each entry is used `times` times (default 1, or `always`), after letting `skip` fitting
requests pass. `contains` restricts it to requests with this text.

    - {on: capture, answer: 503, times: 3, retry_after: 2}   # any status from 400 to 599
    - {on: capture, answer: 429, retry_after: date+30}       # Retry-After as a date, 30 s from now
    - {on: capture, answer: lose-answer}      # takes the document in, then closes without an answer
    - {on: capture, answer: delay, seconds: 5}               # takes it in, answers late
    - {on: capture, answer: accept-twice}     # two jobs of one document
    - {on: capture, answer: error-code, code: 4001}          # HTTP 200 with an error code in the body
    - {on: capture, answer: reset-answer}     # takes it in, sends half of the answer, resets the connection
    - {on: capture, answer: reset-request}    # resets the connection while it receives the request
    - {on: capture, answer: restart}          # ends the process before anything is taken in
    - {on: capture, answer: restart-after}    # ends the process after taking in, before answering
    - {on: poll, answer: processing, times: 2}               # not yet decided, whatever it is
    - {on: job, answer: job-fails, contains: DBS-007}
    - {on: job, answer: delay, seconds: 60}   # accepted, but not stored for a while
    - {on: job, answer: restart}              # ends the process in the middle of a job
    - {behave: {minutes_off: 12, location: bare}}            # see `behaviour.py`; holds until told otherwise

Besides `capture`, `on` may be `events` (POST /events), `signed` (uploads of signed JSON), `webhook`, `poll` (asking
for a job or a result) and `query` (reading back).
"""

from __future__ import annotations

import re
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import yaml

from mes.traceability.sandbox.behaviour import Behaviour, BehaviourError
from mes.traceability.sandbox.problems import UnusableFileError

_OF_A_CALL = {"lose-answer", "delay", "error-code", "reset-answer", "reset-request", "restart", "restart-after"}
PLACES: Mapping[str, set[str]] = {
    "capture": _OF_A_CALL | {"accept-twice"},
    "events": _OF_A_CALL,
    "signed": _OF_A_CALL | {"accept-twice"},
    "webhook": _OF_A_CALL,
    "poll": _OF_A_CALL | {"processing"},
    "query": _OF_A_CALL,
    "job": {"delay", "job-fails", "restart"},
}
_KEYS = {"on", "answer", "times", "retry_after", "seconds", "contains", "code", "skip"}
_RETRY_AFTER = re.compile(r"(date\+)?\d+$")


class FaultScriptError(UnusableFileError):
    """The script of faults cannot be used; the message names the entry."""


@dataclass(frozen=True)
class Fault:
    """One scripted misbehaviour; `answer` is an HTTP status or a name from the module's text."""

    on: str
    answer: int | str
    times: int | None = 1
    retry_after: str | None = None
    seconds: float = 1.0
    contains: str = ""
    code: int = 5000
    skip: int = 0


@dataclass
class _Entry:
    fault: Fault
    left: int | None
    to_skip: int

    def fits(self, on: str, text: str) -> bool:
        return self.fault.on == on and self.left != 0 and self.fault.contains in text


class FaultScript:
    """The faults still to come; any thread may take the next, add or clear."""

    def __init__(self, faults: Sequence[Fault] = ()) -> None:
        self._lock = threading.Lock()
        self._entries: list[_Entry] = []
        self._played: deque[Fault] = deque(maxlen=1000)
        self.add(faults)

    def add(self, faults: Sequence[Fault]) -> None:
        """Append to the script."""
        with self._lock:
            self._entries += [_Entry(fault, fault.times, fault.skip) for fault in faults]

    def clear(self) -> None:
        """Forget what was not played yet."""
        with self._lock:
            self._entries.clear()

    def next(self, on: str, text: str) -> Fault | None:
        """The next fault for this place and request, used up by one."""
        with self._lock:
            for entry in self._entries:
                if entry.fits(on, text) and not self._skips(entry):
                    return self._play(entry)
        return None

    def next_before_reading(self, on: str) -> Fault | None:
        """The next fault for this place if it strikes before the request is read."""
        with self._lock:
            first = next((entry for entry in self._entries if entry.fits(on, "")), None)
            strikes = first is not None and first.fault.answer == "reset-request" and first.to_skip == 0
            return self._play(first) if first is not None and strikes else None

    def awaits(self, on: str, text: str) -> bool:
        """Whether a fault for this place and request is left; nothing is used up."""
        with self._lock:
            return any(entry.fits(on, text) for entry in self._entries)

    def left(self) -> list[dict[str, Any]]:
        """The entries that are still to be played, as a script has them."""
        with self._lock:
            return [_entry(one.fault, one.left, max(0, one.to_skip)) for one in self._entries if one.left != 0]

    def told(self) -> dict[str, Any]:
        """What is left and what was played last, for people."""
        with self._lock:
            left = [asdict(entry.fault) | {"left": entry.left} for entry in self._entries if entry.left != 0]
            return {"left": left, "played": [asdict(fault) for fault in self._played]}

    def _play(self, entry: _Entry) -> Fault:
        entry.left = None if entry.left is None else entry.left - 1
        self._played.append(entry.fault)
        return entry.fault

    @staticmethod
    def _skips(entry: _Entry) -> bool:
        entry.to_skip -= 1
        return entry.to_skip >= 0


def read_faults(file: Path, behaviour: Behaviour | None = None) -> list[Fault]:
    """The faults of a script file; its `behave` entries change `behaviour`.

    Raises:
        FaultScriptError: the file cannot be read, or an entry is not understood.
    """
    try:
        entries = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise FaultScriptError(f"cannot read {file}: {error}") from error
    if not isinstance(entries, list):
        raise FaultScriptError(f"{file}: a list of faults is expected")
    return understood(entries, behaviour)


def understood(entries: Sequence[Any], behaviour: Behaviour | None = None) -> list[Fault]:
    """Faults from plain data.

    Raises:
        FaultScriptError: an entry is not understood.
    """
    faults, changes = [], []
    for number, entry in enumerate(entries, 1):
        if isinstance(entry, Mapping) and set(entry) == {"behave"}:
            changes.append((number, entry["behave"]))
        else:
            faults.append(_fault(entry, number))
    for number, change in changes:
        try:
            (behaviour or Behaviour()).change(change)
        except BehaviourError as error:
            raise FaultScriptError(f"fault {number}: {error}") from error
    return faults


def _entry(fault: Fault, left: int | None, to_skip: int) -> dict[str, Any]:
    told = asdict(fault) | {"times": "always" if left is None else left, "skip": to_skip}
    return {name: value for name, value in told.items() if value not in (None, "")}


def _fault(entry: Any, number: int) -> Fault:
    if isinstance(entry, Mapping):
        entry = {"on" if key is True else key: value for key, value in entry.items()}  # YAML 1.1 reads on as true
    if not isinstance(entry, Mapping) or not {"on", "answer"} <= set(entry) <= _KEYS:
        raise FaultScriptError(f"fault {number}: expected on and answer, and of {', '.join(sorted(_KEYS))}")
    on, answer = entry["on"], entry["answer"]
    status = isinstance(answer, int) and 400 <= answer <= 599 and on != "job"
    if on not in PLACES or not (status or answer in PLACES[on]):
        raise FaultScriptError(f"fault {number}: {answer} on {on} is not known")
    if answer == "reset-request" and "contains" in entry:
        raise FaultScriptError(f"fault {number}: reset-request strikes before the text is read, so no contains")
    return _filled(entry, number)


def _filled(entry: Mapping[str, Any], number: int) -> Fault:
    retry_after = entry.get("retry_after")
    if retry_after is not None and not _RETRY_AFTER.match(str(retry_after)):
        raise FaultScriptError(f"fault {number}: retry_after is seconds, or date+seconds")
    try:
        return Fault(
            entry["on"],
            entry["answer"],
            None if entry.get("times") == "always" else int(entry.get("times", 1)),
            None if retry_after is None else str(retry_after),
            float(entry.get("seconds", 1)),
            str(entry.get("contains", "")),
            int(entry.get("code", 5000)),
            int(entry.get("skip", 0)),
        )
    except (TypeError, ValueError) as error:
        raise FaultScriptError(f"fault {number}: {error}") from error
