"""What a judgement comes to, and how input that cannot be judged is refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """Outcome of a judgement."""

    PASS = "pass"  # noqa: S105
    FAIL = "fail"


@dataclass(frozen=True)
class Fault:
    """Something wrong in the input: its JSON path, what to do about it, and the figure that was perhaps meant."""

    path: str
    message: str
    meant: float | None = None


class RefusedInputError(ValueError):
    """Input that cannot be judged; `faults` holds each fault with its JSON path."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(f"{fault.path}: {fault.message}" for fault in self.faults))
