"""How large the next document may be: what the platform says, and what it was found to bear."""

from __future__ import annotations

from collections.abc import Sequence

from mes.traceability.delivery.choosing import Room
from mes.traceability.delivery.documents import Document
from mes.traceability.models import Connector
from mes.traceability.platforms import CaptureLimits

UNKNOWN_BYTES = 4_000_000
"""Where the platform names no limit."""
ENVELOPE_BYTES = 2000
PROBE_HEADS = 200


class Sizes:
    """Limits of one platform while this worker delivers to it. Events of a document that was refused as a whole are
    suspects: they go out in ever smaller groups of their own, until one is left."""

    def __init__(self) -> None:
        self.limits: CaptureLimits | None = None
        self.apart = False  # the platform stores the rest of a document of which it refuses some
        self._learned: CaptureLimits | None = None
        self._suspects: dict[int, int] = {}
        self._groups = 0

    @property
    def most_bytes(self) -> int:
        """Of the events of one document."""
        named = [each.file_size_bytes for each in (self.limits, self._learned) if each and each.file_size_bytes]
        return max(1, min(named, default=UNKNOWN_BYTES) - ENVELOPE_BYTES)

    def room(self, row: Connector, most_together: int, documents: int, flying: Sequence[str], *, probe: bool) -> Room:
        """What may go out now."""
        if probe:
            return Room(1, PROBE_HEADS, None, flying, probe=True)
        named = [each.safe_events for each in (self.limits, self._learned) if each and each.safe_events]
        events = min(most_together, row.most_events or most_together)
        return Room(documents, events, min(named, default=None), flying, self._suspects, apart=self.apart)

    def learn(self, limits: CaptureLimits, document: Document) -> bool:
        """What a platform named when a document was too large; False where that was no news."""
        events = sum(len(parcel.ids) for parcel in document.parcels)
        size = sum(len(rendition.body) for rendition in document.renditions)
        most, most_bytes = limits.safe_events, limits.file_size_bytes
        news = (most is not None and events > most) or (most_bytes is not None and size > most_bytes - ENVELOPE_BYTES)
        if news:
            self._learned = limits if self._learned is None else _narrower(limits, self._learned)
        return news

    def part(self, sequences: Sequence[int], *, singly: bool = False) -> None:
        """Send these in two halves from now on, or each alone."""
        step = 1 if singly else max(1, (len(sequences) + 1) // 2)
        for start in range(0, len(sequences), step):
            self._groups += 1
            self._suspects.update(dict.fromkeys(sequences[start : start + step], self._groups))

    def clear(self, sequences: Sequence[int]) -> None:
        """These are no suspects any more."""
        for sequence in sequences:
            self._suspects.pop(sequence, None)


def _narrower(one: CaptureLimits, other: CaptureLimits) -> CaptureLimits:
    """What both allow; a platform may name one limit at a time."""
    return CaptureLimits(_least(one.events, other.events), _least(one.file_size_bytes, other.file_size_bytes))


def _least(*numbers: int | None) -> int | None:
    return min((number for number in numbers if number is not None), default=None)
