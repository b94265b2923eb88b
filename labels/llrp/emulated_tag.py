"""A Gen2 tag as the emulator holds it: four banks, their locks and passwords, in a reader's field."""

from __future__ import annotations

from collections.abc import Sequence

from labels.errors import TagDataError
from labels.llrp.access import hexadecimal, password_number
from labels.llrp.specs import EPC_BANK, RESERVED_BANK, TID_BANK, USER_BANK
from labels.tags.pc import pc_word, read_pc

OVERRUN, LOCKED, WRONG_PASSWORD = "memory overrun", "memory locked", "incorrect password"
_PC_WORD, _EPC_WORD = 1, 2
_BANK_LOCKS = {EPC_BANK: "epc", USER_BANK: "user"}
_LOCKABLE = ("kill_password", "access_password", "epc", "user")
_DAMAGE = 0x0001


class TagRefusal(Exception):
    """The tag answers with an error; ``result`` is the protocol's name for it."""

    def __init__(self, result: str) -> None:
        """Keep the name."""
        super().__init__(result)
        self.result = result


class EmulatedTag:
    """One tag; its memory may be written while it lies in the field."""

    def __init__(
        self,
        tid: str,
        epc: str = "000000000000000000000000",
        user: str = "",
        *,
        epc_words: int = 8,
        user_words: int = 32,
        access_password: str = "00000000",  # noqa: S107 - what a tag has before it gets one
        locked: Sequence[str] = (),
        antenna: int = 1,
        rssi_dbm: int = -50,
    ) -> None:
        """Make a tag; ``epc_words`` and ``user_words`` are the sizes of its banks (0: it has no USER bank).

        Raises TagDataError for memory that does not fit.
        """
        self.tid_hex = hexadecimal(tid).hex().upper()
        if not self.tid_hex:
            raise TagDataError("A tag needs a TID")
        if unknown := set(locked) - set(_LOCKABLE):
            raise TagDataError(f"What can be locked is {', '.join(_LOCKABLE)}, not {', '.join(sorted(unknown))}")
        self.antenna, self.rssi_dbm, self.locked = antenna, rssi_dbm, set(locked)
        self.damages_writes = False
        self.leaves_after_words: int | None = None
        word = pc_word(epc, bool(user))
        self._banks = {
            RESERVED_BANK: _words(f"00000000{password_number(access_password):08X}", 4),
            EPC_BANK: _words(f"0000{word:04X}{epc}", _EPC_WORD + epc_words),
            TID_BANK: _words(self.tid_hex, len(self.tid_hex) // 4),
            USER_BANK: _words(user, user_words),
        }

    @property
    def epc_hex(self) -> str:
        """The EPC as it is sent over the air: as many words as the protocol control word says."""
        words = self._banks[EPC_BANK]
        return _hex(words[_EPC_WORD : _EPC_WORD + read_pc(words[_PC_WORD]).epc_words])

    @property
    def protocol_control(self) -> int:
        """The word in front of the EPC."""
        return self._banks[EPC_BANK][_PC_WORD]

    @property
    def user_hex(self) -> str:
        """The whole USER bank."""
        return _hex(self._banks[USER_BANK])

    def matches(self, bank: int, pointer: int, count: int, mask: bytes, data: bytes) -> bool:
        """Whether the bits of a bank from a pointer on are these, where the mask has a one."""
        memory = self._banks[bank]
        if pointer + count > 16 * len(memory):
            return False
        bits = int(_hex(memory) or "0", 16) >> 16 * len(memory) - pointer - count
        wanted, care = (int.from_bytes(part) >> 8 * len(part) - count for part in (data, mask))
        return (bits ^ wanted) & care & (1 << count) - 1 == 0

    def read(self, bank: int, word: int, count: int, password: int) -> tuple[int, ...]:
        """Words of a bank; a count of 0 is all to its end. Raises TagRefusal."""
        self._require_password(password)
        memory = self._banks[bank]
        count = count or len(memory) - word
        if word + count > len(memory) or count <= 0:
            raise TagRefusal(OVERRUN)
        if bank == RESERVED_BANK and not self._is_open(password) and self._reserved_locks(word, count) & self.locked:
            raise TagRefusal(LOCKED)
        return tuple(memory[word : word + count])

    def write(self, bank: int, word: int, data: Sequence[int], password: int) -> int:
        """Write words one after another; the number written, less than asked where the tag left. Raises TagRefusal."""
        self._require_password(password)
        memory = self._banks[bank]
        locks = self._reserved_locks(word, len(data)) if bank == RESERVED_BANK else {_BANK_LOCKS.get(bank, "")}
        if bank == TID_BANK or (locks & self.locked and not self._is_open(password)):
            raise TagRefusal(LOCKED)
        if word + len(data) > len(memory):
            raise TagRefusal(OVERRUN)
        for number, value in enumerate(data):
            if self.leaves_after_words == number:
                self.leaves_after_words = 0
                return number
            memory[word + number] = value ^ (_DAMAGE if self.damages_writes else 0)
        if self.leaves_after_words is not None:
            self.leaves_after_words -= len(data)
        return len(data)

    def lock(self, privileges: Sequence[tuple[str, bool]], password: int) -> None:
        """Lock or unlock parts. Raises TagRefusal without the right password."""
        self._require_password(password)
        if not self._is_open(password):
            raise TagRefusal(WRONG_PASSWORD)
        for part, is_locked in privileges:
            (self.locked.add if is_locked else self.locked.discard)(part)

    def _require_password(self, password: int) -> None:
        if password and password != self._access_password():
            raise TagRefusal(WRONG_PASSWORD)

    def _is_open(self, password: int) -> bool:
        """Whether the tag is in its secured state: it has no password, or was given it."""
        return password == self._access_password()

    def _access_password(self) -> int:
        high, low = self._banks[RESERVED_BANK][2:4]
        return high << 16 | low

    @staticmethod
    def _reserved_locks(word: int, count: int) -> set[str]:
        return {("kill_password", "access_password")[at // 2] for at in range(word, word + count) if at < 4}


def _words(text: str, count: int) -> list[int]:
    data = hexadecimal(text)
    if len(data) > 2 * count:
        raise TagDataError(f"{text} does not fit a bank of {count} words")
    data = data.ljust(2 * count, b"\0")
    return [int.from_bytes(data[at : at + 2]) for at in range(0, 2 * count, 2)]


def _hex(words: Sequence[int]) -> str:
    return "".join(f"{word:04X}" for word in words)
