"""Events on their way: a parcel is one event of the ledger, a document is what goes out together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from mes.traceability.platforms import DataRefused, Rendition, Submission


@dataclass(frozen=True)
class Parcel:
    """An event at one connector, without its bytes. `keys` are all its identifiers, the loose ones too."""

    sequence: int
    keys: tuple[str, ...]
    ids: tuple[str, ...]
    attempts: int
    first_attempt_at: datetime | None


@dataclass(frozen=True)
class Document:
    """What goes out together, in ledger order. `probe`: it asks whether the platform is well again."""

    parcels: tuple[Parcel, ...]
    renditions: tuple[Rendition, ...] = ()
    probe: bool = False

    @property
    def sequences(self) -> list[int]:
        """The events' places in the ledger."""
        return [parcel.sequence for parcel in self.parcels]

    @property
    def keys(self) -> Iterable[str]:
        """Everything that the document is about."""
        return (key for parcel in self.parcels for key in parcel.keys)


def named_parcels(answer: DataRefused, parcels: Sequence[Parcel]) -> dict[int, str]:
    """The events that the platform names, with its words, by their sequence."""
    owners = [(parcel.sequence, event_id.partition("#")[0]) for parcel in parcels for event_id in parcel.ids]
    by_id = {event_id: sequence for sequence, event_id in reversed(owners)}
    reasons: dict[int, str] = {}
    for refused in answer.refused:
        plain = (refused.event_id or "").partition("#")[0]
        known = refused.index is not None and 0 <= refused.index < len(owners)
        at_index = owners[refused.index] if known and refused.index is not None else None
        if at_index is not None and plain in ("", at_index[1]):
            reasons.setdefault(at_index[0], refused.reason)
        elif plain in by_id:
            reasons.setdefault(by_id[plain], refused.reason)
    return reasons


def answer_words(submission: Submission) -> str:
    """A request and its answer in a line; secrets are masked already."""
    exchange = submission.exchange
    return f"{exchange.method} {exchange.status or 'no answer'}: {exchange.excerpt[:300]}".strip(": ")
