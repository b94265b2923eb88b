"""Operations on the memory of one tag: cut to what readers take at once, and judged by what they report."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from labels.errors import TagDataError
from labels.llrp.codec import Parameter
from labels.llrp.errors import MalformedMessageError, TagAccessError, UnexpectedMessageError
from labels.llrp.specs import BANKS, LOCK, LOCK_FIELDS, lock_operation, read_operation, write_operation
from labels.llrp.tables import result_name

_WORDS_AT_ONCE = 16
_WORD_ADDRESSES = 1 << 16
_NAMES = {number: name for name, number in BANKS.items()}


@dataclass(frozen=True)
class Operation:
    """One operation, and in words what it does."""

    parameter: Parameter
    words: str


def bank_number(bank: str) -> int:
    """The number of a bank by its name; raises TagDataError for a name that is none."""
    if bank not in BANKS:
        raise TagDataError(f"A tag's banks are {', '.join(BANKS)}, not {bank!r}")
    return BANKS[bank]


def hexadecimal(text: str) -> bytes:
    """Whole 16-bit words from hexadecimal; raises TagDataError for anything else."""
    if not re.fullmatch("([0-9A-Fa-f]{4})*", text):
        raise TagDataError(f"{text!r} is not hexadecimal in words of four digits")
    return bytes.fromhex(text)


def password_number(password: str) -> int:
    """A password of eight hexadecimal digits; raises TagDataError for anything else, without telling it."""
    if not re.fullmatch("[0-9A-Fa-f]{8}", password):
        raise TagDataError("A tag's password has eight hexadecimal digits")
    return int(password, 16)


def lock_parts(privilege: int, parts: Sequence[str], password: int) -> Operation:
    """The operation that locks or unlocks parts. Raises TagDataError for a part that cannot be locked."""
    if not parts or set(parts) - set(LOCK_FIELDS):
        raise TagDataError(f"What can be locked is {', '.join(LOCK_FIELDS)}, not {', '.join(parts) or 'nothing'}")
    words = f"{'lock' if privilege == LOCK else 'unlock'} {', '.join(parts)}"
    return Operation(lock_operation(1, privilege, parts, password), words)


def read_chunks(bank: int, word: int, count: int, password: int) -> list[Operation]:
    """Operations that read so many words. Raises TagDataError where no bank has such words."""
    if word < 0 or count < 1 or word + count > _WORD_ADDRESSES:
        raise TagDataError(f"No bank has {count} words from word {word} on")
    return [
        Operation(
            read_operation(number, bank, start, min(_WORDS_AT_ONCE, word + count - start), password),
            f"read {_NAMES[bank].upper()} from word {start}",
        )
        for number, start in enumerate(range(word, word + count, _WORDS_AT_ONCE), 1)
    ]


def write_chunks(bank: int, word: int, data: bytes, password: int) -> list[Operation]:
    """Operations that write these words. Raises TagDataError if there are none."""
    if not data:
        raise TagDataError("There is nothing to write")
    step = 2 * _WORDS_AT_ONCE
    return [
        Operation(
            write_operation(number, bank, word + start // 2, data[start : start + step], password),
            f"write {_NAMES[bank].upper()} from word {word + start // 2}",
        )
        for number, start in enumerate(range(0, len(data), step), 1)
    ]


def checked_results(tid_hex: str, operations: Sequence[Operation], data: Parameter) -> list[Parameter]:
    """The results in a tag's report, in the order of the operations; raises TagAccessError for the first failure."""
    by_number = {inner.number("OpSpecID"): inner for inner in data.inside if inner.name.endswith("OpSpecResult")}
    results = []
    for operation in operations:
        result = by_number.get(operation.parameter.number("OpSpecID"))
        if result is None:
            raise TagAccessError(tid_hex, operation.words, "it was not tried")
        if result.name != f"{operation.parameter.name}OpSpecResult":
            raise UnexpectedMessageError(f"The reader reports {result.name} where it was to {operation.words}")
        if code := result.number("Result"):
            raise TagAccessError(tid_hex, operation.words, result_name(result.name, code))
        _check_count(tid_hex, operation, result)
        results.append(result)
    return results


def _check_count(tid_hex: str, operation: Operation, result: Parameter) -> None:
    asked = operation.parameter
    if asked.name == "C1G2Write" and result.number("NumWordsWritten") != len(asked.words("WriteData")):
        told = f"{result.number('NumWordsWritten')} of {len(asked.words('WriteData'))} words were written"
        raise TagAccessError(tid_hex, operation.words, told)
    if asked.name == "C1G2Read" and len(result.words("ReadData")) != asked.number("WordCount"):
        raise MalformedMessageError(f"{len(result.words('ReadData'))} words came for {asked.number('WordCount')}")
