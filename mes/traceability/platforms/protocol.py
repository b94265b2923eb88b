"""What every kind of platform offers: rendering, which is pure, and sending, which says what became of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any, Protocol

from mes.traceability.platforms.answers import CaptureJob, Discovery, Lookup, Submission


@dataclass(frozen=True)
class Rendition:
    """An event of the ledger as it goes to one platform. Made once, kept with the receipt, sent on every attempt.

    `ids` are what the platform drops repeats by (CBV hash ids, or ids of the kind's own), in the order of the events
    in `body`. `body` is the content as it is sent; what changes with an attempt (signature, time stamp, nonce, the
    envelope around several events) is not part of it. `identifiers` is what it is about – every EPC, parent, load and
    batch that it names: events that share one keep their order. An event may be passed over where one of its
    `loose_identifiers` (a pallet that goes round) was refused, though never while it merely waits.
    """

    ids: tuple[str, ...]
    body: bytes
    identifiers: tuple[str, ...]
    loose_identifiers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Original(Rendition):
    """What a platform was sent of the event that a correction names; and the ids there of those that hold instead."""

    corrective_ids: tuple[str, ...] = ()


class Platform(Protocol):
    """An open door to one platform. It sends once and says what happened; it never repeats, sleeps or keeps a state.

    One thread uses it. Requests and answers in what it returns are masked already.
    """

    def discover(self) -> Discovery:
        """What the platform takes at once; a platform that tells nothing answers `Delivered` with empty limits."""

    def send(self, renditions: Sequence[Rendition]) -> Submission:
        """Send these together, in this order. At most `PlatformKind.most_together` of them."""

    def poll(self, job: CaptureJob) -> Submission:
        """Ask what became of an accepted document."""

    def find(self, event_id: str) -> Lookup:
        """Ask whether the platform has the event with this id; `found` is None where it does not tell."""

    def find_day(self, day: str, zone: tzinfo) -> frozenset[str] | None:
        """The ids that the platform has of a day (YYYY-MM-DD) in the plant's zone; None where it does not tell."""

    def close(self) -> None:
        """Close what is kept open."""


class PlatformKind(Protocol):
    """A kind of platform, such as EPCIS capture. Stateless; one object per kind."""

    name: str

    def read_settings(self, given: Mapping[str, Any]) -> Any:
        """The kind's settings, checked.

        Raises:
            InvalidInput: with the place of each fault.
        """

    def check_address(self, url: str) -> None:
        """Whether such a platform can be at this address.

        Raises:
            InvalidInput: it cannot.
        """

    def most_together(self, settings: Any) -> int:
        """Most events of the ledger in one `send`; 1 for platforms that take them singly."""

    def kinds_told(self, settings: Any) -> frozenset[str]:
        """Kinds of the ledger's events that the platform may hear of; of the others nothing is ever sent."""

    def render(self, content: Mapping[str, Any], settings: Any, original: Rendition | None = None) -> Rendition | None:
        """An event's form for the platform; None for a kind of event that it does not hear of. Pure.

        `original` is the rendition of the event that a correction names, where this connector has one.

        Raises:
            RenderError: the content holds what the form cannot say; the message is for a person.
        """

    def connect(self, url: str, settings: Any) -> Platform:
        """A door to the platform, its secrets read now.

        Raises:
            SecretMissing: a secret is not where the settings say.
        """


class RenderError(Exception):
    """An event cannot be rendered for a platform; says which fact is missing or wrong."""
