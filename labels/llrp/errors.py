"""Named errors of readers and of the tags in front of them; each message says what a person can do about it."""

from __future__ import annotations

from collections.abc import Sequence


class ReaderError(Exception):
    """Anything that went wrong with a reader; the base of every error below."""


class UnreachableReaderError(ReaderError):
    """No connection came about: the address is wrong, or the reader is off."""


class ReaderBusyError(ReaderError):
    """The reader took the connection and refused the client, mostly because another one is connected."""


class ReaderTimeoutError(ReaderError):
    """The reader did not answer in time; the connection is given up, since what it will do is not known."""


class ConnectionLostError(ReaderError):
    """The connection ended, or the reader fell silent."""


class MalformedMessageError(ReaderError):
    """Bytes that are no message of the protocol: cut, oversized or against its tables."""


class UnexpectedMessageError(ReaderError):
    """A message that is well formed and out of place."""


class ReaderStatusError(ReaderError):
    """The reader refused a request; ``status`` is the protocol's name for why."""

    def __init__(self, request: str, code: int, status: str, description: str) -> None:
        """Keep the parts for those who want to act on them."""
        super().__init__(f"The reader refused {request}: {status} ({code}){': ' * bool(description)}{description}")
        self.request, self.code, self.status, self.description = request, code, status, description


class TagError(ReaderError):
    """What was asked of a tag did not come about."""


class NoTagError(TagError):
    """No tag lies in the reader's field."""


class SeveralTagsError(TagError):
    """More tags than one lie in the field, and none was named."""

    def __init__(self, tids: Sequence[str]) -> None:
        """Name them, so that one can be taken away or chosen."""
        named = ", ".join(tid or "one that gives no TID" for tid in tids)
        super().__init__(f"{len(tids)} tags lie in the field, name one by its TID or take the others away: {named}")
        self.tids = tuple(tids)


class TagMissingError(TagError):
    """The named tag did not answer; it left the field, or is another one."""

    def __init__(self, tid_hex: str, seconds: float) -> None:
        """Keep which tag it was."""
        super().__init__(
            f"The tag {tid_hex} did not answer within {seconds:g} s: hold it closer, or look whether it is this one"
        )
        self.tid_hex = tid_hex


class TagAccessError(TagError):
    """A tag answered with an error, or broke off; ``result`` is the protocol's name for why.

    After a write the tag may hold a part of the new data: it is still known by its TID, and may be written again.
    """

    def __init__(self, tid_hex: str, operation: str, result: str) -> None:
        """Keep the parts for those who want to act on them."""
        super().__init__(f"The tag {tid_hex} failed to {operation}: {result}")
        self.tid_hex, self.operation, self.result = tid_hex, operation, result


class VerificationError(TagError):
    """What was read back is not what was written."""

    def __init__(self, tid_hex: str, what: str, wanted: str, found: str) -> None:
        """Keep both sides."""
        super().__init__(f"The tag {tid_hex} reads back another {what} than was written: {found} instead of {wanted}")
        self.tid_hex, self.what, self.wanted, self.found = tid_hex, what, wanted, found
