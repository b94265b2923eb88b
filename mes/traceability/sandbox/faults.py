"""A script of faults that the platform plays, to try how a sender bears them.

A YAML list, played in order; each entry is used `times` times (default 1, or `always`):

    - {on: capture, answer: 503, times: 3, retry_after: 2}   # any status from 400 to 599
    - {on: capture, answer: lose-answer}      # takes the document in, then breaks the connection
    - {on: capture, answer: delay, seconds: 5}
    - {on: capture, answer: accept-twice}     # two jobs of one document
    - {on: job, answer: job-fails, contains: DBS-007}   # only for documents that contain this text
    - {on: job, answer: delay, seconds: 60}   # accepted, but not stored for a while
    - {on: events, answer: 429, retry_after: 1}
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

_PLACES = {
    "capture": {"lose-answer", "delay", "accept-twice"},
    "events": {"lose-answer", "delay"},
    "job": {"delay", "job-fails"},
}
_KEYS = {"on", "answer", "times", "retry_after", "seconds", "contains"}


class FaultScriptError(ValueError):
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


class FaultScript:
    """The faults still to come; any thread may take the next."""

    def __init__(self, faults: Sequence[Fault] = ()) -> None:
        self._lock = threading.Lock()
        self._left = [[fault, fault.times] for fault in faults]

    def next(self, on: str, text: str) -> Fault | None:
        """The next fault for this place and document, used up by one."""
        with self._lock:
            for entry in self._left:
                fault, left = entry
                if isinstance(fault, Fault) and fault.on == on and left != 0 and fault.contains in text:
                    entry[1] = None if left is None else int(str(left)) - 1
                    return fault
        return None


def read_faults(file: Path) -> list[Fault]:
    """The faults of a script file.

    Raises:
        FaultScriptError: the file cannot be read, or an entry is not understood.
    """
    try:
        entries = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise FaultScriptError(f"cannot read {file}: {error}") from error
    if not isinstance(entries, list):
        raise FaultScriptError(f"{file}: a list of faults is expected")
    return [_fault(entry, number) for number, entry in enumerate(entries, 1)]


def _fault(entry: Any, number: int) -> Fault:
    if isinstance(entry, Mapping):
        entry = {"on" if key is True else key: value for key, value in entry.items()}  # YAML 1.1 reads on as true
    if not isinstance(entry, Mapping) or not {"on", "answer"} <= set(entry) <= _KEYS:
        raise FaultScriptError(f"fault {number}: expected on and answer, and of {', '.join(sorted(_KEYS))}")
    on, answer = entry["on"], entry["answer"]
    status = isinstance(answer, int) and 400 <= answer <= 599 and on != "job"
    if on not in _PLACES or not (status or answer in _PLACES[on]):
        raise FaultScriptError(f"fault {number}: {answer} on {on} is not known")
    times = None if entry.get("times") == "always" else int(entry.get("times", 1))
    retry_after = entry.get("retry_after")
    return Fault(
        on,
        answer,
        times,
        None if retry_after is None else str(retry_after),
        float(entry.get("seconds", 1)),
        str(entry.get("contains", "")),
    )
