"""Device profiles from YAML, every fault reported with file and line."""

import codecs
import re
from importlib import resources
from pathlib import Path
from typing import Any

from lines.profile import Command, Kind, Order, Point, Poll, Profile, ValueType
from lines.protocols import ProtocolNotSupportedError, ProtocolSupport, protocol_support
from lines.states import MachineState
from lines.yaml_source import FileFaultError, Key, Source, parse_source, read_source

_OPTIONAL = {"byte_order", "word_order", "max_block", "poll", "commands"}
_SHARED = {"unit", "scale", "map", "encoding"}
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


def packaged_profile(name: str) -> Profile:
    """A profile that comes with this package. Raises :class:`ProfileError`."""
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
        max_block=_max_block(source, content),
        fast_seconds=fast,
        slow_seconds=slow,
    )
    source.raise_faults()
    return profile


def _protocol(source: Source, content: dict[str, Any]) -> ProtocolSupport | None:
    try:
        return protocol_support(str(content["protocol"])) if "protocol" in content else None
    except ProtocolNotSupportedError as error:
        source.fault(("protocol",), str(error))
        return None


def _entries(source: Source, content: dict[str, Any], key: str) -> list[tuple[int, Any]]:
    entries = content.get(key, [])
    if not isinstance(entries, list) or (key == "points" and "points" in content and not entries):
        source.fault((key,), f"{key} must be a list with at least one entry")
        return []
    names: set[object] = set()
    for index, entry in enumerate(entries):
        name = entry.get("name") if isinstance(entry, dict) else None
        if isinstance(name, str) and name in names:
            source.fault((key, index, "name"), f"the name {name!r} is used twice")
        if isinstance(name, str):
            names.add(name)
    return list(enumerate(entries))


def _order(source: Source, content: dict[str, Any], key: str) -> Order:
    order = content.get(key, "big")
    if order not in {"big", "little"}:
        source.fault((key,), f"{key} is big or little, not {order!r}")
        return Order.BIG
    return Order(order)


def _max_block(source: Source, content: dict[str, Any]) -> int:
    size = content.get("max_block", 100)
    if not isinstance(size, int) or isinstance(size, bool) or not 1 <= size <= 125:
        source.fault(("max_block",), f"max_block is 1 to 125 registers, not {size!r}")
        return 100
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
    return isinstance(value, int | float) and not isinstance(value, bool)


class _EntryReader:
    """Reads the entries of ``points`` and ``commands``, noting faults in the source."""

    def __init__(self, source: Source, support: ProtocolSupport | None) -> None:
        self.source = source
        self.support = support

    def point(self, key: Key, content: Any) -> Point:
        entry = self.source.mapping(key, content, {"name", "address", "type"}, _SHARED | {"poll", "deadband"})
        poll = entry.get("poll", "slow")
        if poll not in {"fast", "slow"}:
            self.source.fault((*key, "poll"), f"poll is fast or slow, not {poll!r}")
            poll = "slow"
        deadband = self._number(key, entry, "deadband", 0.0)
        if deadband < 0:
            self.source.fault((*key, "deadband"), "a dead-band is not negative")
        return Point(poll=Poll(poll), deadband=deadband, **self._shared(key, entry, writable=False))

    def command(self, key: Key, content: Any) -> Command:
        entry = self.source.mapping(key, content, {"name", "address", "type"}, _SHARED | {"verify"})
        verify = entry.get("verify", False)
        if not isinstance(verify, bool):
            self.source.fault((*key, "verify"), f"verify is true or false, not {verify!r}")
        return Command(verify=verify is True, **self._shared(key, entry, writable=True))

    def text(self, key: Key, entry: dict[str, Any], part: str, default: str) -> str:
        value = entry.get(part, default)
        if part in entry and (not isinstance(value, str) or not value.strip()):
            self.source.fault((*key, part), f"{part} must be text, not {value!r}")
        return str(value)

    def _shared(self, key: Key, entry: dict[str, Any], *, writable: bool) -> dict[str, Any]:
        value_type = self._type(key, entry)
        self._address(key, entry, value_type, writable)
        return {
            "name": self._name(key, entry),
            "address": str(entry.get("address", "")),
            "type": value_type or ValueType(Kind.U16),
            "unit": self.text(key, entry, "unit", "") or None,
            "scale": self._scale(key, entry, value_type),
            "map": self._map(key, entry, value_type),
            "encoding": self._encoding(key, entry),
        }

    def _name(self, key: Key, entry: dict[str, Any]) -> str:
        name = entry.get("name", "")
        if "name" in entry and (not isinstance(name, str) or not _NAME.fullmatch(name)):
            self.source.fault((*key, "name"), f"{name!r} is no name: lower case letters, digits and _")
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

    def _map(self, key: Key, entry: dict[str, Any], value_type: ValueType | None) -> dict[int, str]:
        if "map" not in entry:
            return {}
        mapping = entry["map"]
        if not isinstance(mapping, dict) or not mapping:
            self.source.fault((*key, "map"), "map must be a mapping of numbers to names")
            return {}
        if value_type and not value_type.is_integer and value_type.kind not in {Kind.BOOL, Kind.BIT}:
            self.source.fault((*key, "map"), f"a {value_type} cannot be mapped")
        return {raw: name for raw, name in mapping.items() if self._map_entry(key, entry, raw, name)}

    def _map_entry(self, key: Key, entry: dict[str, Any], raw: object, name: object) -> bool:
        place = (*key, "map", raw if isinstance(raw, int | str) else str(raw))
        if not isinstance(raw, int) or isinstance(raw, bool):
            self.source.fault(place, f"the map's {raw!r} is no whole number")
        elif not isinstance(name, str):
            self.source.fault(place, f"the map's name for {raw} is not text but {name!r}: put it in quotes")
        elif entry.get("name") == "state" and name not in set(MachineState):
            states = ", ".join(MachineState)
            self.source.fault(place, f"{name!r} is no PackML state (states: {states})")
        else:
            return True
        return False

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
