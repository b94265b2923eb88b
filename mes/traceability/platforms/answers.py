"""What a platform's answers mean for delivery, and how a request is remembered."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

ErrorBehaviour = Literal["rollback", "proceed"]


@dataclass(frozen=True)
class CaptureJob:
    """Where to ask for an accepted document. `behaviour` tells what a failure of the job means."""

    url: str
    behaviour: ErrorBehaviour = "rollback"


@dataclass(frozen=True)
class RefusedEvent:
    """One event the platform will not have, with its words; either of `index` and `event_id` may be unknown."""

    reason: str
    index: int | None = None
    event_id: str | None = None


@dataclass(frozen=True)
class Delivered:
    """The platform has the events. `duplicate`: it had them before; `confirmed`: it showed them to us then."""

    duplicate: bool = False
    confirmed: bool = True


@dataclass(frozen=True)
class Accepted:
    """Not stored yet: `poll` the job. Without a job (the platform named none), ask with `find` later."""

    job: CaptureJob | None


@dataclass(frozen=True)
class DataRefused:
    """The content is refused. With `nothing_stored` the batch can be halved to find the culprit; otherwise some of
    it may be stored, and each event is sent singly again."""

    reason: str
    refused: tuple[RefusedEvent, ...] = ()
    nothing_stored: bool = True


@dataclass(frozen=True)
class Retry:
    """It may work later; `after_seconds` is the platform's own wish, if it had one. Whether anything was stored is
    unknown, so the same IDs go again."""

    reason: str
    after_seconds: float | None = None


@dataclass(frozen=True)
class PauseCredentials:
    """The platform does not know us or forbids it: a person looks at the credentials, nothing more is sent."""

    reason: str


@dataclass(frozen=True)
class PauseConfiguration:
    """Address, format or version do not fit: a person looks at the settings, nothing more is sent."""

    reason: str


@dataclass(frozen=True)
class TooLarge:
    """Halve the batch, and remember the limits, if named."""

    reason: str
    limits: CaptureLimits


@dataclass(frozen=True)
class Disabled:
    """The platform has gone for good: disable the connector and tell a person."""

    reason: str


Answer = Delivered | Accepted | DataRefused | Retry | PauseCredentials | PauseConfiguration | TooLarge | Disabled


@dataclass(frozen=True)
class CaptureLimits:
    """What a platform takes at once; None where it does not say."""

    events: int | None = None
    file_size_bytes: int | None = None

    @property
    def safe_events(self) -> int | None:
        """One below the named number, for some platforms refuse at the limit already."""
        return None if self.events is None else max(1, self.events - 1)


@dataclass(frozen=True)
class Capabilities:
    """What OPTIONS /capture told; empty where the platform does not answer it."""

    limits: CaptureLimits = CaptureLimits()
    error_behaviours: frozenset[str] = frozenset()
    epcis_version: str | None = None
    cbv_version: str | None = None
    vendor_version: str | None = None


@dataclass(frozen=True)
class Exchange:
    """One request and its answer as the screen shows them: the beginning of each, secrets masked.

    `clock_skew_seconds` is the platform's clock minus ours, where the answer carried a time.
    """

    method: str
    url: str
    sent_bytes: int
    status: int | None
    seconds: float
    excerpt: str
    request: str = ""
    clock_skew_seconds: float | None = None


@dataclass(frozen=True)
class Submission:
    """What became of one request."""

    answer: Answer
    exchange: Exchange


@dataclass(frozen=True)
class Discovery(Submission):
    """What became of OPTIONS; a platform without it has empty capabilities and may still be sent to."""

    capabilities: Capabilities = field(default_factory=Capabilities)


@dataclass(frozen=True)
class Lookup(Submission):
    """Whether the platform has an event: True, False, or None where it does not tell."""

    found: bool | None = None
