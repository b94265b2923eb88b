"""Faults on command: what can be wrong with a simulated machine or the way to it, and what is wrong now."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

_MODBUS = frozenset({"modbus-tcp", "modbus-rtu"})
_TCP = frozenset({"modbus-tcp", "opcua", "mqtt", "sparkplug"})
_ALL = _MODBUS | _TCP
_TELLS_TIME = frozenset({"opcua", "mqtt", "sparkplug"})


class FaultKind(StrEnum):
    """What is wrong; :data:`FAULTS` says what each means and for which protocols it is there."""

    CUT = "cut"
    REFUSED = "refused"
    FLAPPING = "flapping"
    HANGING = "hanging"
    SLOW = "slow"
    TOO_SLOW = "too-slow"
    TRICKLING = "trickling"
    HALF = "half"
    HALF_AND_CUT = "half-and-cut"
    GARBAGE = "garbage"
    DOUBLED = "doubled"
    WRONG_TRANSACTION = "wrong-transaction"
    WRONG_UNIT = "wrong-unit"
    WRONG_FUNCTION = "wrong-function"
    WRONG_LENGTH = "wrong-length"
    WRONG_CHECKSUM = "wrong-checksum"
    NOISE = "noise"
    ILLEGAL_FUNCTION = "illegal-function"
    ILLEGAL_ADDRESS = "illegal-address"
    ILLEGAL_VALUE = "illegal-value"
    DEVICE_FAILURE = "device-failure"
    BUSY = "busy"
    GATEWAY_PATH = "gateway-path"
    GATEWAY_TARGET = "gateway-target"
    IMPOSSIBLE_VALUES = "impossible-values"
    UNKNOWN_STATE = "unknown-state"
    FROZEN = "frozen"
    RESTARTED = "restarted"
    ALL_ONES = "all-ones"
    ALL_ZERO = "all-zero"
    CHATTERING = "chattering"
    COUNTING_BACK = "counting-back"
    WRONG_TYPES = "wrong-types"
    CLOCK_WRONG = "clock-wrong"
    CLOCK_AHEAD = "clock-ahead"


@dataclass(frozen=True, slots=True)
class FaultWords:
    """What a fault is, in Chinese and English, and the protocols that can have it."""

    zh: str
    en: str
    protocols: frozenset[str]


FAULTS: Mapping[FaultKind, FaultWords] = {
    FaultKind.CUT: FaultWords("一通信即断开连接", "connections are cut as soon as something is asked", _TCP),
    FaultKind.REFUSED: FaultWords("拒绝连接", "nobody listens: connections are refused", _TCP),
    FaultKind.FLAPPING: FaultWords("反复断开又恢复", "connections are cut again and again", _TCP),
    FaultKind.HANGING: FaultWords("接受连接但从不应答", "accepts, and never answers", _ALL),
    FaultKind.SLOW: FaultWords("应答慢，未超时", "answers late, within the time-out", _ALL),
    FaultKind.TOO_SLOW: FaultWords("应答慢，已超时", "answers too late", _ALL),
    FaultKind.TRICKLING: FaultWords("逐字节应答", "answers byte by byte", _TCP),
    FaultKind.HALF: FaultWords("只应答一半", "half an answer, then silence", _ALL),
    FaultKind.HALF_AND_CUT: FaultWords("应答一半后断开", "half an answer, then the connection is cut", _TCP),
    FaultKind.GARBAGE: FaultWords("应答乱码", "random bytes instead of answers", _ALL),
    FaultKind.DOUBLED: FaultWords("每个应答发送两次", "every answer comes twice", _MODBUS),
    FaultKind.WRONG_TRANSACTION: FaultWords(
        "事务号错误", "answers carry another transaction", frozenset({"modbus-tcp"})
    ),
    FaultKind.WRONG_UNIT: FaultWords("从站号错误", "answers come from another unit", _MODBUS),
    FaultKind.WRONG_FUNCTION: FaultWords("功能码错误", "answers are for another function", _MODBUS),
    FaultKind.WRONG_LENGTH: FaultWords("长度错误", "answers have one register too few", _MODBUS),
    FaultKind.WRONG_CHECKSUM: FaultWords("校验和错误", "the checksum is wrong", frozenset({"modbus-rtu"})),
    FaultKind.NOISE: FaultWords("线路噪声", "noise on the line before each answer", frozenset({"modbus-rtu"})),
    FaultKind.ILLEGAL_FUNCTION: FaultWords("异常码 1：非法功能", "exception 1: illegal function", _MODBUS),
    FaultKind.ILLEGAL_ADDRESS: FaultWords("异常码 2：非法地址", "exception 2: illegal address", _MODBUS),
    FaultKind.ILLEGAL_VALUE: FaultWords("异常码 3：非法数值", "exception 3: illegal value", _MODBUS),
    FaultKind.DEVICE_FAILURE: FaultWords("异常码 4：设备故障", "exception 4: device failure", _MODBUS),
    FaultKind.BUSY: FaultWords("异常码 6：设备忙", "exception 6: device busy", _MODBUS),
    FaultKind.GATEWAY_PATH: FaultWords("异常码 10：网关路径不可用", "exception 10: gateway path unavailable", _MODBUS),
    FaultKind.GATEWAY_TARGET: FaultWords(
        "异常码 11：目标无响应", "exception 11: gateway target gives no answer", _MODBUS
    ),
    FaultKind.IMPOSSIBLE_VALUES: FaultWords("不可能的数值", "values outside of what is possible", _ALL),
    FaultKind.UNKNOWN_STATE: FaultWords("未知状态号", "a state number that the profile does not know", _ALL),
    FaultKind.FROZEN: FaultWords("数值冻结", "values stay as they are", _ALL),
    FaultKind.RESTARTED: FaultWords("重启，计数归零", "restarts, and counts from zero", _ALL),
    FaultKind.ALL_ONES: FaultWords("所有数值满量程", "every value has all bits set", _ALL),
    FaultKind.ALL_ZERO: FaultWords("所有数值为零", "every value is zero", _ALL),
    FaultKind.CHATTERING: FaultWords("状态抖动", "the state flickers", _ALL),
    FaultKind.COUNTING_BACK: FaultWords("计数倒退", "counters have gone back", _ALL),
    FaultKind.WRONG_TYPES: FaultWords(
        "数据类型错误", "texts instead of numbers, numbers instead of texts", _TELLS_TIME
    ),
    FaultKind.CLOCK_WRONG: FaultWords("设备时钟错误", "the machine's clock is a year behind", _TELLS_TIME),
    FaultKind.CLOCK_AHEAD: FaultWords("设备时钟超前", "the machine's clock is an hour ahead", _TELLS_TIME),
}

EXCEPTIONS: Mapping[FaultKind, int] = {
    FaultKind.ILLEGAL_FUNCTION: 1,
    FaultKind.ILLEGAL_ADDRESS: 2,
    FaultKind.ILLEGAL_VALUE: 3,
    FaultKind.DEVICE_FAILURE: 4,
    FaultKind.BUSY: 6,
    FaultKind.GATEWAY_PATH: 10,
    FaultKind.GATEWAY_TARGET: 11,
}
"""The faults that a Modbus machine answers with an exception code."""


class FaultRefusedError(ValueError):
    """A fault that cannot be made: an unknown machine, or a kind that its protocol does not have."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault of a machine; ``ends_at`` on the board's clock, None where it lasts until it is ended."""

    kind: FaultKind
    ends_at: float | None


Watcher = Callable[[str, FaultKind | None], None]


class FaultBoard:
    """What is wrong now, by the machine's name. One fault at a time for each machine.

    ``watch`` is told of the beginning and end of each, with None for the end; an end by time is told when somebody
    next looks.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._protocols: dict[str, str] = {}
        self._faults: dict[str, Fault] = {}
        self._watchers: list[Watcher] = []

    def add(self, machine: str, protocol: str) -> None:
        """Make a machine known."""
        self._protocols[machine] = protocol

    def watch(self, watcher: Watcher) -> None:
        """Tell of every change from now on."""
        self._watchers.append(watcher)

    def machines(self) -> Mapping[str, str]:
        """The protocols of all machines, by name."""
        return dict(self._protocols)

    def begin(self, machine: str, kind: FaultKind, seconds: float | None = None) -> None:
        """Make a fault, for some seconds or until it is ended. Raises :class:`FaultRefusedError`."""
        if machine not in self._protocols:
            raise FaultRefusedError(f"there is no machine {machine!r} (there are: {', '.join(self._protocols)})")
        protocol = self._protocols[machine]
        if protocol not in FAULTS[kind].protocols:
            raise FaultRefusedError(f"{machine} speaks {protocol}, which cannot have the fault {kind}")
        self.end(machine)
        self._faults[machine] = Fault(kind, None if seconds is None else self._clock() + seconds)
        self._tell(machine, kind)

    def end(self, machine: str) -> None:
        """End a machine's fault, if there is one."""
        if self._faults.pop(machine, None) is not None:
            self._tell(machine, None)

    def of(self, machine: str) -> FaultKind | None:
        """The fault of a machine."""
        fault = self._faults.get(machine)
        if fault is not None and fault.ends_at is not None and fault.ends_at <= self._clock():
            self.end(machine)
            return None
        return fault.kind if fault else None

    def now(self) -> Iterator[tuple[str, FaultKind]]:
        """Every fault there is."""
        for machine in list(self._faults):
            kind = self.of(machine)
            if kind is not None:
                yield machine, kind

    def _tell(self, machine: str, kind: FaultKind | None) -> None:
        for watcher in self._watchers:
            watcher(machine, kind)


def faults_of(protocol: str) -> tuple[FaultKind, ...]:
    """The kinds of fault that a protocol can have."""
    return tuple(kind for kind, words in FAULTS.items() if protocol in words.protocols)
