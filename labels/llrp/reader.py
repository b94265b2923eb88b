"""An RFID reader on the network, as the house uses it: who is there, what do they hold, write this and prove it.

Plain calls that block, each with a limit in time; one reader may be used from several threads, which then wait for one
another. Everything speaks version 1 of the protocol, which readers of LLRP 1.0.1 and 1.1 share.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from labels.errors import TagDataError
from labels.llrp.access import (
    Operation,
    bank_number,
    checked_results,
    hexadecimal,
    lock_parts,
    password_number,
    read_chunks,
    write_chunks,
)
from labels.llrp.codec import Parameter
from labels.llrp.connection import Connection
from labels.llrp.errors import ConnectionLostError, NoTagError, SeveralTagsError, TagMissingError, VerificationError
from labels.llrp.sightings import Seen, Tally, seen_tags, utc_now, words_hex
from labels.llrp.specs import (
    EPC_BANK,
    LOCK,
    RESERVED_BANK,
    TID_BANK,
    UNLOCK,
    USER_BANK,
    access_spec,
    keepalive,
    read_operation,
    reports_at_once,
    ro_spec,
)
from labels.tags.pc import USER_MEMORY_BIT, pc_word, read_pc, same_pc

_ALL = 0
_PC_WORD, _EPC_WORD, _ACCESS_PASSWORD_WORD = 1, 2, 2
_TID_READ = 1
_MOST_ANTENNAS = 0xFFFF
_NO_PASSWORD = "00000000"  # noqa: S105 - what a tag has before it gets one


@dataclass(frozen=True)
class Capabilities:
    """What the reader says of itself; 0 operations means that it names no limit."""

    antennas: int
    manufacturer: int
    model: int
    firmware: str
    operations_at_once: int


@dataclass(frozen=True)
class Written:
    """What a tag holds now, as read back from it; ``protocol_control`` is the word in front of its EPC."""

    tid_hex: str
    epc_hex: str
    user_hex: str
    protocol_control: int


class Reader:
    """One reader, connected between ``with`` and its end. Every method raises a ReaderError that says what is wrong."""

    def __init__(
        self,
        host: str,
        port: int = 5084,
        *,
        timeout_seconds: float = 5.0,
        keepalive_seconds: float = 10.0,
        tid_words: int = 6,
        look_seconds: float = 1.0,
        antennas: Sequence[int] = (),
    ) -> None:
        """Remember the address, and the antennas to use where a call names none (none here either: all).

        ``timeout_seconds`` is for every answer of the reader and for every access to a tag, ``look_seconds`` for
        finding the only tag in the field; ``tid_words`` is how much of the TID names a tag (6 words hold a serial).
        """
        self.host, self.port = host, port
        self._timeout, self._keepalive, self._tid_words = timeout_seconds, keepalive_seconds, tid_words
        self._look_seconds, self._antennas = look_seconds, tuple(antennas)
        self._link: Connection | None = None
        self._busy = threading.RLock()
        self._spec_id = 0

    def __enter__(self) -> Self:
        """Connect, learn what the reader can, ask for signs of life, and remove what an earlier client left."""
        self._link = Connection(self.host, self.port, self._timeout)
        try:
            self.capabilities = self._ask_capabilities()
            self._link.ask("SET_READER_CONFIG", keepalive(self._keepalive), reports_at_once(), ResetToFactoryDefault=0)
            self._link.expect_signs_of_life(self._keepalive)
            self._link.ask("DELETE_ACCESSSPEC", AccessSpecID=_ALL)
            self._link.ask("DELETE_ROSPEC", ROSpecID=_ALL)
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the connection."""
        self.close()

    def close(self) -> None:
        """End the connection; a second time does nothing."""
        link, self._link = self._link, None
        if link is not None:
            link.close()

    def inventory(self, seconds: float, antennas: Sequence[int] = ()) -> tuple[Seen, ...]:
        """Every tag seen within so many seconds on these antennas (none: all), each once."""
        tally, deadline = Tally(), time.monotonic() + seconds
        with self._busy, self._looking(antennas):
            while (left := deadline - time.monotonic()) > 0:
                self._count(tally, left)
            while self._count(tally, 0):
                pass
        return tally.take()

    def watch(
        self,
        antennas: Sequence[int],
        on_seen: Callable[[Sequence[Seen]], None],
        stop: threading.Event,
        every_seconds: float = 0.2,
    ) -> None:
        """Tell what passes, each tag once per antenna and interval, until ``stop`` is set.

        A lost connection is an error; the caller connects anew.
        """
        tally = Tally(is_by_antenna=True)
        with self._busy, self._looking(antennas, is_gate=True):
            while not stop.is_set():
                deadline = time.monotonic() + every_seconds
                while (left := deadline - time.monotonic()) > 0 and not stop.is_set():
                    self._count(tally, left)
                if seen := tally.take():
                    on_seen(seen)

    def the_only_tag(self, antennas: Sequence[int] = ()) -> Seen:
        """The one tag in the field. Raises NoTagError, SeveralTagsError, or TagMissingError if it tells no TID."""
        seen = self.inventory(self._look_seconds, antennas)
        if not seen:
            raise NoTagError("No tag lies in the reader's field")
        if len(seen) > 1:
            raise SeveralTagsError([tag.tid_hex for tag in seen])
        if not seen[0].tid_hex:
            raise TagMissingError(f"with the EPC {seen[0].epc_hex}", self._look_seconds)
        return seen[0]

    def read(self, tid_hex: str, bank: str, word: int, count: int, access_password: str = _NO_PASSWORD) -> str:
        """So many words of a bank (``reserved``, ``epc``, ``tid``, ``user``) from a word on, as hexadecimal.

        An empty TID means the only tag in the field.
        """
        operations = read_chunks(bank_number(bank), word, count, password_number(access_password))
        results = self._access(self._named(tid_hex), operations)
        return "".join(words_hex(result.words("ReadData")) for result in results)

    def write_epc(self, tid_hex: str, new_epc_hex: str, access_password: str = _NO_PASSWORD) -> None:
        """Give a tag another EPC, and the protocol control word that fits it.

        The EPC first and its length after it: where the tag is too small or leaves, it does not announce words that it
        has not. An empty TID means the only tag in the field.
        """
        self._write_epc(self._named(tid_hex), new_epc_hex, None, access_password)

    def write_user(self, tid_hex: str, user_hex: str, access_password: str = _NO_PASSWORD) -> None:
        """Write the USER bank from its first word on. An empty TID means the only tag in the field."""
        self._write(self._named(tid_hex), USER_BANK, 0, hexadecimal(user_hex), access_password)

    def write_access_password(self, tid_hex: str, new_password: str, access_password: str = _NO_PASSWORD) -> None:
        """Give a tag an access password of eight hexadecimal digits, which opens what is locked."""
        data = password_number(new_password).to_bytes(4)
        self._write(self._named(tid_hex), RESERVED_BANK, _ACCESS_PASSWORD_WORD, data, access_password)

    def lock(self, tid_hex: str, parts: Sequence[str], access_password: str) -> None:
        """Lock parts (``epc``, ``user``, ``access_password``, ``kill_password``) against writing without the password.

        Raises ValueError for the password of all zeros, with which a lock keeps nobody out.
        """
        if not password_number(access_password):
            raise ValueError("A tag without an access password cannot be locked: write one first")
        self._lock(tid_hex, LOCK, parts, access_password)

    def unlock(self, tid_hex: str, parts: Sequence[str], access_password: str) -> None:
        """Take back a lock."""
        self._lock(tid_hex, UNLOCK, parts, access_password)

    def write_and_verify(
        self, tid_hex: str, epc_hex: str, user_hex: str = "", access_password: str = _NO_PASSWORD
    ) -> Written:
        """Write a tag's EPC and, if given, its USER bank; read both back, and raise VerificationError if they differ.

        An empty TID means the only tag in the field.
        """
        epc, user = hexadecimal(epc_hex).hex().upper(), hexadecimal(user_hex).hex().upper()
        with self._busy:
            tid = self._named(tid_hex)
            if user:
                self.write_user(tid, user, access_password)
            self._write_epc(tid, epc, bool(user) or None, access_password)
            return self._verified(tid, epc, user, access_password)

    def _verified(self, tid: str, epc: str, user: str, access_password: str) -> Written:
        memory = self.read(tid, "epc", _PC_WORD, 1 + len(epc) // 4, access_password)
        word, found_epc = int(memory[:4], 16), memory[4:]
        if found_epc != epc:
            raise VerificationError(tid, "EPC", epc, found_epc)
        if not same_pc(word, wanted := pc_word(epc)):
            raise VerificationError(tid, "protocol control word", f"{wanted:04X}", f"{word:04X}")
        found_user = self.read(tid, "user", 0, len(user) // 4, access_password) if user else ""
        if found_user != user:
            raise VerificationError(tid, "USER bank", user, found_user)
        return Written(tid, epc, user, word)

    def _write_epc(self, tid: str, epc_hex: str, has_user_memory: bool | None, password: str) -> None:
        pc_word(epc_hex)  # raises for what no tag can hold, before anything is written
        with self._busy:
            old = int(self.read(tid, "epc", _PC_WORD, 1, password), 16)
            if has_user_memory is None:
                has_user_memory = read_pc(old).has_user_memory
            self._write(tid, EPC_BANK, _EPC_WORD, hexadecimal(epc_hex), password)
            new = pc_word(epc_hex, has_user_memory)
            if old & ~USER_MEMORY_BIT != new & ~USER_MEMORY_BIT or (has_user_memory and not old & USER_MEMORY_BIT):
                self._write(tid, EPC_BANK, _PC_WORD, new.to_bytes(2), password)

    def _write(self, tid: str, bank: int, word: int, data: bytes, password: str) -> None:
        self._access(tid, write_chunks(bank, word, data, password_number(password)))

    def _lock(self, tid_hex: str, privilege: int, parts: Sequence[str], access_password: str) -> None:
        self._access(self._named(tid_hex), [lock_parts(privilege, parts, password_number(access_password))])

    def _named(self, tid_hex: str) -> str:
        """The TID that was given, or that of the only tag. Raises TagDataError for one that may name several tags."""
        if not tid_hex:
            return self.the_only_tag().tid_hex
        tid = hexadecimal(tid_hex).hex().upper()
        if len(tid) < 4 * self._tid_words:
            raise TagDataError(
                f"{tid} is only the beginning of a TID, which has {self._tid_words} words: name it whole"
            )
        return tid

    def _access(self, tid: str, operations: Sequence[Operation]) -> list[Parameter]:
        """The results of operations on one tag, as many at once as the reader allows."""
        at_once = self.capabilities.operations_at_once or len(operations)
        results: list[Parameter] = []
        with self._busy:
            for start in range(0, len(operations), at_once):
                results += self._access_once(tid, operations[start : start + at_once])
        return results

    def _access_once(self, tid: str, operations: Sequence[Operation]) -> list[Parameter]:
        deadline = time.monotonic() + self._timeout
        with self._looking((), tid, [operation.parameter for operation in operations]) as spec_id:
            while (left := deadline - time.monotonic()) > 0:
                report = self._connection.next_report(left)
                for data in report.all("TagReportData") if report else ():
                    access = data.first("AccessSpecID")
                    if access and access.number("AccessSpecID") == spec_id and _has_results(data):
                        return checked_results(tid, operations, data)
        raise TagMissingError(tid, self._timeout)

    @contextmanager
    def _looking(
        self, antennas: Sequence[int], tid: str = "", operations: Sequence[Parameter] = (), is_gate: bool = False
    ) -> Iterator[int]:
        """Inventory goes on inside, and every tag (or the named one) is read (or else)."""
        antennas, link = _checked(antennas or self._antennas), self._connection
        while link.next_report(0):
            pass  # What an earlier program left in the pipe is not of this one.
        self._spec_id += 1
        spec_id = self._spec_id
        access = access_spec(
            spec_id, spec_id, tid, operations or [read_operation(_TID_READ, TID_BANK, 0, self._tid_words)]
        )
        link.ask("ADD_ROSPEC", ro_spec(spec_id, antennas, is_gate))
        try:
            link.ask("ADD_ACCESSSPEC", access)
            link.ask("ENABLE_ACCESSSPEC", AccessSpecID=spec_id)
            link.ask("ENABLE_ROSPEC", ROSpecID=spec_id)
            link.ask("START_ROSPEC", ROSpecID=spec_id)
            yield spec_id
            if not link.is_lost:
                link.ask("STOP_ROSPEC", ROSpecID=spec_id)
        finally:
            if not link.is_lost:
                link.ask("DELETE_ROSPEC", ROSpecID=spec_id)
                link.ask("DELETE_ACCESSSPEC", AccessSpecID=_ALL)

    def _count(self, tally: Tally, seconds: float) -> bool:
        report = self._connection.next_report(seconds)
        for seen in seen_tags(report, self._spec_id, _TID_READ, utc_now()) if report else ():
            tally.add(seen)
        return report is not None

    @property
    def _connection(self) -> Connection:
        if self._link is None:
            raise ConnectionLostError("The reader is not connected")
        return self._link

    def _ask_capabilities(self) -> Capabilities:
        answer = self._connection.ask("GET_READER_CAPABILITIES", RequestedData=_ALL)
        general, llrp = answer.the("GeneralDeviceCapabilities"), answer.first("LLRPCapabilities")
        return Capabilities(
            antennas=general.number("MaxNumberOfAntennaSupported"),
            manufacturer=general.number("DeviceManufacturerName"),
            model=general.number("ModelName"),
            firmware=str(general.values["ReaderFirmwareVersion"]),
            operations_at_once=llrp.number("MaxNumOpSpecsPerAccessSpec") if llrp else 0,
        )


def _checked(antennas: Sequence[int]) -> Sequence[int]:
    if wrong := [number for number in antennas if not 1 <= number <= _MOST_ANTENNAS]:
        raise ValueError(f"Antennas are numbered from 1 on, there is no antenna {wrong[0]}")
    return antennas


def _has_results(data: Parameter) -> bool:
    return any(inner.name.endswith("OpSpecResult") for inner in data.inside)
