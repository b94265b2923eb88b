"""A reader's row as a connection, and its errors in words of either language."""

from __future__ import annotations

from dataclasses import dataclass

from labels.llrp import errors
from labels.llrp.errors import ReaderError
from labels.llrp.reader import Reader
from mes.core.errors import Unavailable
from mes.core.text import N_, Text
from mes.identity.models import TagReader
from mes.identity.rules import rules

_WORDS: dict[type[ReaderError], str] = {
    errors.UnreachableReaderError: N_("No connection to the reader at %(address)s: is it on, is the address right?"),
    errors.ReaderBusyError: N_("The reader at %(address)s serves another program"),
    errors.ReaderTimeoutError: N_("The reader at %(address)s does not answer in time"),
    errors.ConnectionLostError: N_("The connection to the reader at %(address)s was lost"),
    errors.MalformedMessageError: N_("What is at %(address)s does not speak LLRP as a reader does"),
    errors.UnexpectedMessageError: N_("What is at %(address)s does not speak LLRP as a reader does"),
    errors.ReaderStatusError: N_("The reader at %(address)s refused: %(reason)s"),
    errors.NoTagError: N_("No tag lies before the reader"),
    errors.SeveralTagsError: N_("Several tags lie before the reader; take the others away or choose one"),
    errors.TagMissingError: N_("The tag does not answer; hold it closer to the reader"),
    errors.TagAccessError: N_("The tag refused: %(reason)s"),
    errors.VerificationError: N_("The tag reads back something else than was written: %(reason)s"),
}


class ReaderTrouble(Unavailable):
    """A reader does not do what was asked of it."""


@dataclass(frozen=True)
class Address:
    """Where a reader is, and with which antennas it looks."""

    host: str
    port: int
    antennas: tuple[int, ...]

    @classmethod
    def of(cls, row: TagReader) -> Address:
        """The address of a reader's row."""
        return cls(row.host, row.port, tuple(int(one) for one in row.antennas.split(",") if one))

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


def connection(address: Address) -> Reader:
    """A reader to be entered with `with`; each of its answers is waited for as long as a bench waits."""
    return Reader(address.host, address.port, timeout_seconds=rules().bench_timeout_seconds)


def trouble_words(error: ReaderError | OSError, address: Address) -> Text:
    """What went wrong, for people."""
    message = next(
        (_WORDS[kind] for kind in type(error).__mro__ if kind in _WORDS), N_("The reader at %(address)s: %(reason)s")
    )
    return Text(message, {"address": str(address), "reason": str(error)[:160]})
