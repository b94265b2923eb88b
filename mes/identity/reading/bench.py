"""At the bench: what lies on the reader, and writing a tag, with an outcome that says no more than is known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from threading import Lock
from typing import Literal

from sqlalchemy.orm import Session

from labels.errors import LabelError
from labels.llrp.errors import ReaderError, TagAccessError, VerificationError
from labels.llrp.reader import Reader
from labels.llrp.sightings import Seen
from mes.core.errors import InvalidInput
from mes.core.text import N_, Text
from mes.identity import queries, things
from mes.identity.models import Tag
from mes.identity.reading.link import Address, ReaderTrouble, connection, trouble_words
from mes.identity.rules import rules
from mes.identity.things import Thing

_taking_turns: dict[Address, Lock] = {}
"""A reader serves one client: requests of this web server wait for one another."""

State = Literal["verified", "not_verified", "unknown"]


@dataclass(frozen=True)
class LyingTag:
    """A tag on the bench, what the house knows of it, and whose its EPC is."""

    tid: str
    epc_hex: str
    rssi_dbm: int | None
    on: Thing | None
    epc_of: Thing | None


@dataclass(frozen=True)
class TagWritten:
    """How writing a tag ended.

    `state`: "verified": EPC and user memory were read back as written; "not_verified": something was written and
    reads back otherwise, or was not written wholly; "unknown": the reader or the tag was lost on the way.
    `epc_now` is what the tag's EPC memory held when it was looked at last; empty: it could not be read any more.
    """

    state: State
    tid: str
    epc_now: str
    reason: Text | None = None


def lying_tags(session: Session, seen: Sequence[Seen]) -> list[LyingTag]:
    """Tags before the reader, the strongest first, with what the house knows of them."""
    nearest = sorted(seen, key=lambda one: -(one.peak_rssi_dbm if one.peak_rssi_dbm is not None else -999))
    return [_lying(session, one) for one in nearest]


def _lying(session: Session, one: Seen) -> LyingTag:
    bound: Tag | None = queries.bound_by_tid(session, one.tid_hex) if one.tid_hex else None
    on = things.of_subject(session, bound.subject) if bound else None
    return LyingTag(one.tid_hex, one.epc_hex, one.peak_rssi_dbm, on, queries.thing_of_epc(session, one.epc_hex))


def look(address: Address) -> tuple[Seen, ...]:
    """What lies before a reader now.

    Raises:
        ReaderTrouble: the reader does not answer; says why.
    """
    try:
        with _turn(address), connection(address) as reader:
            return reader.inventory(rules().bench_read_seconds, address.antennas)
    except (ReaderError, OSError) as error:
        raise ReaderTrouble(trouble_words(error, address)) from error


def write_tag(address: Address, tid: str, epc_hex: str, user_memory_hex: str) -> TagWritten:
    """Write a tag and read it back. Whatever goes wrong after the first word, the tag is looked at once more.

    Raises:
        ReaderTrouble: no connection came about: nothing was written.
        InvalidInput: what is to be written fits no tag: nothing was written.
    """
    opened = ExitStack()
    try:
        opened.enter_context(_turn(address))
        reader = opened.enter_context(connection(address))
    except (ReaderError, OSError) as error:
        opened.close()
        raise ReaderTrouble(trouble_words(error, address)) from error
    with opened:
        return _written(reader, address, tid, epc_hex, user_memory_hex)


@contextmanager
def _turn(address: Address) -> Iterator[None]:
    lock = _taking_turns.setdefault(address, Lock())
    if not lock.acquire(timeout=2 * rules().bench_timeout_seconds):
        raise ReaderTrouble(Text(N_("The reader at %(address)s is in use at another desk"), {"address": str(address)}))
    try:
        yield
    finally:
        lock.release()


def _written(reader: Reader, address: Address, tid: str, epc_hex: str, user_memory_hex: str) -> TagWritten:
    try:
        done = reader.write_and_verify(tid, epc_hex, user_memory_hex)
    except LabelError as error:
        raise InvalidInput(Text(N_("This cannot be written to a tag: %(reason)s"), {"reason": str(error)})) from error
    except (VerificationError, TagAccessError) as error:
        return TagWritten("not_verified", tid, _epc_now(reader, tid), trouble_words(error, address))
    except (ReaderError, OSError) as error:
        return TagWritten("unknown", tid, _epc_now(reader, tid), trouble_words(error, address))
    return TagWritten("verified", done.tid_hex, done.epc_hex)


def _epc_now(reader: Reader, tid: str) -> str:
    """What the tag says now; empty where it says nothing any more."""
    with suppress(ReaderError, OSError):
        return next((one.epc_hex for one in reader.inventory(rules().bench_read_seconds) if one.tid_hex == tid), "")
    return ""
