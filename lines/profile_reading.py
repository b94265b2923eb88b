"""Device profiles from YAML, every fault reported with file and line."""

import codecs
import re
import sys
from collections.abc import Iterator
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from lines.mqtt.payload import parse_pointer, parse_topic_address
from lines.profile import Alarm, Command, Kind, Order, Point, Poll, Profile, Role, Severity, ValueType
from lines.profile_checks import check_profile
from lines.profile_maps import number_map, word_map
from lines.protocols import ProtocolNotSupportedError, ProtocolSupport, protocol_support
from lines.yaml_source import FileFaultError, Key, Source, parse_source, read_source

_OPTIONAL = {
    *("byte_order", "word_order", "max_block", "max_gap", "illegal", "poll", "commands", "alarms"),
    *("machine", "manufacturer", "model", "stale_seconds", "time_pointer", "availability"),
}
_SHARED = {"unit", "scale", "map", "encoding", "low", "high"}
_LONGEST_NAME = 60
_LONGEST_ADDRESS = 200
_LONGEST = {
    "profile": 80,
    "manufacturer": 80,
    "model": 80,
    "unit": 20,
    "code": 40,
    "time_pointer": _LONGEST_ADDRESS,
    "availability": _LONGEST_ADDRESS,
}
_OF_POINTS = {"poll", "deadband", "role", "warn_low", "warn_high", "keep_days"}
_MACHINE = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_ROLE_OF_NAME = {
    "state": Role.STATE,
    "pallet": Role.PALLET,
    "cycles": Role.COUNTER,
    "batch": Role.BATCH,
    "program": Role.PROGRAM,
    "progress_percent": Role.PROGRESS,
}
_SLOT = re.compile(r"slot_\d{2,3}_pallet")
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_SIZED = re.compile(r"(bit|string):(\d{1,3})")
_MAX_STRING_BYTES = 246  # 123 registers, the most that one Modbus request can write


class ProfileError(FileFaultError):
    """A device profile that cannot be used."""


def load_profile(path: Path | str) -> Profile:
    """Read a device profile. Raises :class:`ProfileError` naming every fault with file and line."""
    try:
        return _profile(read_source(Path(path)))
    except FileFaultError as error:
        raise ProfileError(list(error.faults)) from error


def parse_profile(text: str, name: str = "profile") -> Profile:
    """Read a device profile from YAML text. Raises :class:`ProfileError`."""
    try:
        return _profile(parse_source(text, name))
    except FileFaultError as error:
        raise ProfileError(list(error.faults)) from error


def packaged_profiles() -> tuple[str, ...]:
    """The names of the profiles that come with this package, such as ``concrete-spreader``."""
    files = resources.files("lines.profiles").iterdir()
    return tuple(sorted(file.name.removesuffix(".yaml") for file in files if file.name.endswith(".yaml")))


@cache
def packaged_profile(name: str) -> Profile:
    """A profile that comes with this package, read once. Raises :class:`ProfileError`."""
    if name not in packaged_profiles():
        raise ProfileError([f"there is no packaged profile {name!r} (there are: {', '.join(packaged_profiles())})"])
    file = resources.files("lines.profiles") / f"{name}.yaml"
    return parse_profile(file.read_text(encoding="utf-8"), f"{name}.yaml")


def parse_type(text: object) -> ValueType:
    """A value type by its name, such as ``u16`` or ``string:16``. Raises ``ValueError``."""
    if sized := _SIZED.fullmatch(str(text)):
        kind, size = Kind(sized[1]), int(sized[2])
        if kind is Kind.BIT and size > 15:
            raise ValueError("a register has the bits 0 to 15")
        if kind is Kind.STRING and not 1 <= size <= _MAX_STRING_BYTES:
            raise ValueError(f"a string has 1 to {_MAX_STRING_BYTES} bytes")
        return ValueType(kind, size)
    plain = [kind.value for kind in Kind if kind not in {Kind.BIT, Kind.STRING}]
    if text not in plain:
        raise ValueError(f"unknown type {text!r} (types: {', '.join(plain)}, bit:N, string:N)")
    return ValueType(Kind(str(text)))


def _profile(source: Source) -> Profile:
    content = source.mapping((), source.content, {"profile", "protocol", "points"}, _OPTIONAL)
    support = _protocol(source, content)
    reader = _EntryReader(source, support)
    fast, slow = _poll(source, content.get("poll", {}))
    profile = Profile(
        name=reader.text((), content, "profile", ""),
        protocol=str(content.get("protocol")),
        points=tuple(reader.point(("points", i), entry) for i, entry in _entries(source, content, "points")),
        commands=tuple(reader.command(("commands", i), entry) for i, entry in _entries(source, content, "commands")),
        byte_order=_order(source, content, "byte_order"),
        word_order=_order(source, content, "word_order"),
        max_block=_whole(source, content, "max_block", 100, 1, 125),
        fast_seconds=fast,
        slow_seconds=slow,
        machine=reader.machine(content),
        manufacturer=reader.text((), content, "manufacturer", ""),
        model=reader.text((), content, "model", ""),
        alarms=tuple(reader.alarm(("alarms", i), entry) for i, entry in _entries(source, content, "alarms", "code")),
        max_gap=_whole(source, content, "max_gap", 32, 0, 125),
        illegal=tuple(reader.illegal(content)),
        stale_seconds=reader.bounded((), content, "stale_seconds", 0.0, 0.0, 86_400.0),
        time_pointer=reader.of_json(content, "time_pointer"),
        availability=reader.of_json(content, "availability"),
    )
    check_profile(source, profile)
    source.raise_faults()
    return profile


def _protocol(source: Source, content: dict[str, Any]) -> ProtocolSupport | None:
    try:
        return protocol_support(str(content["protocol"])) if "protocol" in content else None
    except ProtocolNotSupportedError as error:
        source.fault(("protocol",), str(error))
        return None


def _entries(source: Source, content: dict[str, Any], key: str, name_key: str = "name") -> list[tuple[int, Any]]:
    entries = content.get(key, [])
    if not isinstance(entries, list) or (key == "points" and "points" in content and not entries):
        source.fault((key,), f"{key} must be a list with at least one entry")
        return []
    names: set[object] = set()
    for index, entry in enumerate(entries):
        name = entry.get(name_key) if isinstance(entry, dict) else None
        if isinstance(name, str) and name in names:
            source.fault((key, index, name_key), f"the {name_key} {name!r} is used twice")
        if isinstance(name, str):
            names.add(name)
    return list(enumerate(entries))


def _order(source: Source, content: dict[str, Any], key: str) -> Order:
    order = content.get(key, "big")
    if order not in {"big", "little"}:
        source.fault((key,), f"{key} is big or little, not {order!r}")
        return Order.BIG
    return Order(order)


def _whole(source: Source, content: dict[str, Any], key: str, default: int, low: int, high: int) -> int:
    size = content.get(key, default)
    if not isinstance(size, int) or isinstance(size, bool) or not low <= size <= high:
        source.fault((key,), f"{key} is {low} to {high} registers, not {size!r}")
        return default
    return size


def _poll(source: Source, poll: Any) -> tuple[float, float]:
    poll = source.mapping(("poll",), poll, set(), {"fast", "slow"})
    intervals = {"fast": 0.2, "slow": 5.0} | poll
    for name in ("fast", "slow"):
        if not _is_number(intervals[name]) or not 0.01 <= intervals[name] <= 3600:
            source.fault(("poll", name), f"poll {name} is 0.01 to 3600 seconds, not {intervals[name]!r}")
            intervals[name] = 1.0
    return float(intervals["fast"]), float(intervals["slow"])


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= sys.float_info.max


class _EntryReader:
    """Reads the entries of ``points`` and ``commands``, noting faults in the source."""

    def __init__(self, source: Source, support: ProtocolSupport | None) -> None:
        self.source = source
        self.support = support

    def point(self, key: Key, content: Any) -> Point:
        entry = self.source.mapping(key, content, {"name", "address", "type"}, _SHARED | _OF_POINTS)
        poll = entry.get("poll", "slow")
        if poll not in {"fast", "slow"}:
            self.source.fault((*key, "poll"), f"poll is fast or slow, not {poll!r}")
            poll = "slow"
        deadband = self._number(key, entry, "deadband", 0.0)
        if deadband < 0:
            self.source.fault((*key, "deadband"), "a dead-band is not negative")
        shared = self._shared(key, entry, writable=False)
        return Point(
            poll=Poll(poll),
            deadband=deadband,
            role=self._role(key, entry, shared["type"]),
            warn_low=self._limit(key, entry, "warn_low"),
            warn_high=self._limit(key, entry, "warn_high"),
            keep_days=int(self.bounded(key, entry, "keep_days", 90, 1, 36_500)),
            **shared,
        )

    def command(self, key: Key, content: Any) -> Command:
        entry = self.source.mapping(key, content, {"name", "address", "type"}, _SHARED | {"verify", "shown_by"})
        verify = entry.get("verify", False)
        if not isinstance(verify, bool):
            self.source.fault((*key, "verify"), f"verify is true or false, not {verify!r}")
        shown_by = self.text(key, entry, "shown_by", "")
        return Command(verify=verify is True, shown_by=shown_by, **self._shared(key, entry, writable=True))

    def text(self, key: Key, entry: dict[str, Any], part: str, default: str) -> str:
        value = entry.get(part, default)
        if part in entry and (not isinstance(value, str) or not value.strip()):
            self.source.fault((*key, part), f"{part} must be text, not {value!r}")
        elif len(value) > _LONGEST.get(part, _LONGEST_NAME):
            self.source.fault((*key, part), f"{part} has {_LONGEST.get(part, _LONGEST_NAME)} characters at most")
        return str(value)

    def machine(self, content: dict[str, Any]) -> str:
        """The class of machine."""
        machine = self.text((), content, "machine", "")
        if machine and not _MACHINE.fullmatch(machine):
            self.source.fault(("machine",), f"{machine!r} is no class of machine: lower case words joined by hyphens")
        return machine

    def of_json(self, content: dict[str, Any], part: str) -> str:
        """``time_pointer`` or ``availability``: where machines that publish JSON tell it."""
        value = self.text((), content, part, "")
        if not value:
            return ""
        try:
            if content.get("protocol") != "mqtt":
                raise ValueError(f"only a machine that speaks mqtt has {part}")
            (parse_pointer if part == "time_pointer" else parse_topic_address)(value)
        except ValueError as error:
            self.source.fault((part,), str(error))
        return value

    def illegal(self, content: dict[str, Any]) -> Iterator[str]:
        """Addresses, or spans of them, that no request may touch."""
        given = content.get("illegal", [])
        if not isinstance(given, list):
            self.source.fault(("illegal",), "illegal is a list of addresses such as holding:40 or holding:40-49")
            return
        for index, span in enumerate(given):
            try:
                if self.support is not None:
                    self.support.check_illegal(str(span))
                yield str(span)
            except ValueError as error:
                self.source.fault(("illegal", index), str(error))

    def alarm(self, key: Key, content: Any) -> Alarm:
        """One alarm."""
        entry = self.source.mapping(key, content, {"code", "point", "text"}, {"value", "severity"})
        severity = entry.get("severity", "fault")
        if severity not in set(Severity):
            self.source.fault((*key, "severity"), f"severity is {' or '.join(Severity)}, not {severity!r}")
            severity = "fault"
        text = entry.get("text", {})
        if "text" in entry and (not isinstance(text, dict) or not {"zh", "en"} <= text.keys()):
            self.source.fault((*key, "text"), "text holds zh and en")
            text = {}
        return Alarm(
            code=self.text(key, entry, "code", ""),
            point=self.text(key, entry, "point", ""),
            text={str(language): str(words) for language, words in text.items()},
            value=entry.get("value", True),
            severity=Severity(severity),
        )

    def bounded(self, key: Key, entry: dict[str, Any], part: str, default: float, low: float, high: float) -> float:
        """A number from ``low`` to ``high``."""
        value = self._number(key, entry, part, default)
        if not low <= value <= high:
            self.source.fault((*key, part), f"{part} is {low:g} to {high:g}, not {value:g}")
            return default
        return value

    def _role(self, key: Key, entry: dict[str, Any], value_type: ValueType) -> Role:
        """As given, else by the usual names, else by the type."""
        given = entry.get("role")
        if given is not None and given not in set(Role):
            self.source.fault((*key, "role"), f"role is one of {', '.join(Role)}, not {given!r}")
        elif given is not None:
            return Role(given)
        name = str(entry.get("name"))
        if _SLOT.fullmatch(name):
            return Role.PALLET
        usual = Role.FLAG if value_type.kind in {Kind.BOOL, Kind.BIT} else Role.MEASUREMENT
        return _ROLE_OF_NAME.get(name, usual)

    def _limit(self, key: Key, entry: dict[str, Any], part: str) -> float | None:
        return self._number(key, entry, part, 0.0) if part in entry else None

    def _shared(self, key: Key, entry: dict[str, Any], *, writable: bool) -> dict[str, Any]:
        value_type = self._type(key, entry)
        self._address(key, entry, value_type, writable)
        return {
            "name": self._name(key, entry),
            "address": str(entry.get("address", "")),
            "type": value_type or ValueType(Kind.U16),
            "unit": self.text(key, entry, "unit", "") or None,
            "scale": self._scale(key, entry, value_type),
            "map": number_map(self.source, key, entry, value_type),
            "words": word_map(self.source, key, entry, value_type),
            "encoding": self._encoding(key, entry),
            "low": self._limit(key, entry, "low"),
            "high": self._limit(key, entry, "high"),
        }

    def _name(self, key: Key, entry: dict[str, Any]) -> str:
        name = entry.get("name", "")
        if "name" in entry and (not isinstance(name, str) or not _NAME.fullmatch(name)):
            self.source.fault((*key, "name"), f"{name!r} is no name: lower case letters, digits and _")
        elif len(str(name)) > _LONGEST_NAME:
            self.source.fault((*key, "name"), f"a name has {_LONGEST_NAME} characters at most")
        return str(name)

    def _type(self, key: Key, entry: dict[str, Any]) -> ValueType | None:
        try:
            return parse_type(entry["type"]) if "type" in entry else None
        except ValueError as error:
            self.source.fault((*key, "type"), str(error))
            return None

    def _address(self, key: Key, entry: dict[str, Any], value_type: ValueType | None, writable: bool) -> None:
        if "address" not in entry or self.support is None:
            return
        try:
            self.support.check_address(str(entry["address"]), value_type or ValueType(Kind.BOOL), writable)
        except ValueError as error:
            self.source.fault((*key, "address"), str(error))

    def _number(self, key: Key, entry: dict[str, Any], part: str, default: float) -> float:
        value = entry.get(part, default)
        if not _is_number(value):
            self.source.fault((*key, part), f"{part} must be a number, not {value!r}")
            return default
        return float(value)

    def _scale(self, key: Key, entry: dict[str, Any], value_type: ValueType | None) -> float | None:
        if "scale" not in entry:
            return None
        scale = self._number(key, entry, "scale", 1.0)
        if scale == 0:
            self.source.fault((*key, "scale"), "a scale of 0 makes every value 0")
        if value_type and not value_type.is_numeric:
            self.source.fault((*key, "scale"), f"a {value_type} cannot be scaled")
        if "map" in entry:
            self.source.fault((*key, "scale"), "a value is either scaled or mapped, not both")
        return scale or 1.0

    def _encoding(self, key: Key, entry: dict[str, Any]) -> str:
        encoding = self.text(key, entry, "encoding", "utf-8")
        try:
            codecs.lookup(encoding)
            if "A1".encode(encoding) != b"A1":
                self.source.fault((*key, "encoding"), f"{encoding!r} does not write ASCII as single bytes")
        except LookupError:
            self.source.fault((*key, "encoding"), f"unknown encoding {encoding!r}")
        return encoding


__all__ = [
    "ProfileError",
    "load_profile",
    "packaged_profile",
    "packaged_profiles",
    "parse_profile",
    "parse_type",
]
