"""Production lines from YAML: the stations in order, their machines' profiles and the circulating pallets.

The whole format stands in docs/contracts/lines.md; this is the shortest line.

```yaml
line: SL
address: 127.0.0.1:5020     # one Modbus TCP server; the stations are its units 1, 2, 3, … in order
speed: 60                   # for the simulator: simulated minutes in a minute
spread: 0.08                # for the simulator: how cycle times differ, as a fraction of the planned (one sigma)
stops_per_hour: 0.1         # for the simulator: a machine's own stops in an hour of its work
seed: 1                     # for the simulator: another number, other chance
complete_seconds: 20        # how long a finished pallet shows as complete before it moves on (simulated time)
pallets: {first: 1, last: 24}
stations:
  - {id: cleaning, profile: cleaning-machine, minutes: 4, needs_release: true, commands: [release, hold]}
  - {id: curing, profile: curing-chamber, minutes: 480, capacity: 36}
machines:                   # beside the pallets' way: read like stations, after them in the order of units
  - {id: batching, profile: batching-plant}
```

``profile`` names a packaged profile, or a file (``*.yaml``) beside the line's file.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from importlib import resources
from pathlib import Path
from typing import Any

from lines.device import Device
from lines.modbus import parse_host
from lines.profile import Profile
from lines.profile_reading import ProfileError, load_profile, packaged_profile
from lines.protocols import protocol_support
from lines.yaml_source import FileFaultError, Source, parse_source, read_source

_LONGEST_CODE, _LONGEST_ID = 19, 40  # a device's name, CODE/id, has 60 at most
_ID = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_REACH = ("address", "unit", "commands", "access")
_MAX_PALLET = 0xFFFF
_MAX_STATIONS = 247  # the highest Modbus unit id


class LineError(FileFaultError):
    """A line's YAML file that cannot be used."""


@dataclass(frozen=True, slots=True)
class Reach:
    """How a machine is reached. Without an address it is a unit of the line's own; ``unit`` 0 is its place in the
    order of stations and machines, from 1. ``commands`` are those switched on, ``access`` as in :class:`Device`.
    """

    address: str = ""
    unit: int = 0
    commands: frozenset[str] = frozenset()
    access: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Station:
    """A station of a line.

    ``minutes`` is the working time of one pallet. Where ``needs_release`` is set, work on a pallet begins
    only when the MES has released it. ``capacity`` above 1 makes a chamber, whose slots work side by side.
    ``reach`` says how the station's machine is reached.
    """

    id: str
    profile: Profile
    minutes: float
    capacity: int = 1
    needs_release: bool = False
    reach: Reach = field(default_factory=lambda: Reach())


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine of a line that no pallet passes through: a batching plant, an energy meter, a mesh welder."""

    id: str
    profile: Profile
    reach: Reach = field(default_factory=lambda: Reach())


@dataclass(frozen=True, slots=True)
class Line:
    """A line: its stations in order, its pallets' numbers and the address of its Modbus TCP server.

    What follows ``address`` is for the simulator: see the module, and :mod:`lines.simulator`.
    """

    code: str
    stations: tuple[Station, ...]
    pallets: tuple[int, ...]
    address: str = "127.0.0.1:5020"
    speed: float = 1.0
    complete_seconds: float = 20.0
    machines: tuple[Machine, ...] = ()
    spread: float = 0.0
    stops_per_hour: float = 0.0
    seed: int = 1

    @property
    def members(self) -> tuple[Station | Machine, ...]:
        """The stations in order, then the machines beside them: the order of Modbus units, from 1."""
        return (*self.stations, *self.machines)

    def devices(self) -> tuple[Device, ...]:
        """The line's machines as the gateway needs them, named ``LINE/station``: first the stations, then the
        machines beside them.
        """
        return tuple(
            Device(
                name=f"{self.code}/{member.id}",
                profile=member.profile,
                address=member.reach.address or self.address,
                unit=member.reach.unit or place,
                commands=member.reach.commands,
                access=member.reach.access,
                line=self.code,
                station=member.id if isinstance(member, Station) else "",
            )
            for place, member in enumerate(self.members, start=1)
        )

    def at(self, address: str) -> "Line":
        """The same line at another address. Raises ``ValueError`` for an address that is none."""
        parse_host(address)
        return replace(self, address=address)


def load_line(path: Path | str) -> Line:
    """Read a line's YAML file. Raises :class:`LineError` naming every fault with file and line."""
    path = Path(path)
    try:
        return _LineReader(read_source(path), path.parent).line()
    except FileFaultError as error:
        raise LineError(list(error.faults)) from error


def parse_line(text: str, name: str = "line", folder: Path | None = None) -> Line:
    """Read a line from YAML text; profile files are looked for in ``folder``. Raises :class:`LineError`."""
    try:
        return _LineReader(parse_source(text, name), folder).line()
    except FileFaultError as error:
        raise LineError(list(error.faults)) from error


def packaged_lines() -> tuple[str, ...]:
    """The codes of the demo plant's lines that come with this package."""
    files = resources.files("lines.plants").iterdir()
    return tuple(sorted(file.name.removesuffix(".yaml") for file in files if file.name.endswith(".yaml")))


def packaged_line(code: str) -> Line:
    """A line of the demo plant, such as ``SL``. Raises :class:`LineError`."""
    if code not in packaged_lines():
        raise LineError([f"there is no packaged line {code!r} (there are: {', '.join(packaged_lines())})"])
    file = resources.files("lines.plants") / f"{code}.yaml"
    return parse_line(file.read_text(encoding="utf-8"), f"{code}.yaml")


class _LineReader:
    def __init__(self, source: Source, folder: Path | None) -> None:
        self.source = source
        self.folder = folder

    def line(self) -> Line:
        required = {"line", "pallets", "stations"}
        optional = {"address", "speed", "complete_seconds", "machines", "spread", "stops_per_hour", "seed"}
        content = self.source.mapping((), self.source.content, required, optional)
        line = Line(
            code=self._code(content),
            stations=tuple(self._stations(content)),
            pallets=self._pallets(content),
            address=self._address(content),
            speed=self._number((), content, "speed", 1.0, 0.001, 100_000),
            complete_seconds=self._number((), content, "complete_seconds", 20.0, 0.0, 3600),
            machines=tuple(self._machines(content)),
            spread=self._number((), content, "spread", 0.0, 0.0, 0.3),
            stops_per_hour=self._number((), content, "stops_per_hour", 0.0, 0.0, 60.0),
            seed=int(self._number((), content, "seed", 1, 0, 2**31)),
        )
        self._check_ids(line)
        self.source.raise_faults()
        return line

    def _code(self, content: dict[str, Any]) -> str:
        code = content.get("line")
        if "line" in content and (not isinstance(code, str) or not 0 < len(code) <= _LONGEST_CODE or "/" in code):
            words = f"a short text without / (up to {_LONGEST_CODE} characters)"
            self.source.fault(("line",), f"the line's code is {words}, not {code!r}")
        return str(code)

    def _address(self, content: dict[str, Any]) -> str:
        address = str(content.get("address", "127.0.0.1:5020"))
        try:
            parse_host(address)
        except ValueError as error:
            self.source.fault(("address",), str(error))
        return address

    def _pallets(self, content: dict[str, Any]) -> tuple[int, ...]:
        given = content.get("pallets", [])
        numbers = given
        if isinstance(given, dict):
            span = self.source.mapping(("pallets",), given, {"first", "last"}, set())
            first, last = span.get("first"), span.get("last")
            numbers = list(range(first, last + 1)) if isinstance(first, int) and isinstance(last, int) else None
        if not self._are_pallets(numbers):
            self.source.fault(
                ("pallets",),
                f"pallets are distinct numbers from 1 to {_MAX_PALLET}, as a list or {{first, last}}",
            )
            return ()
        return tuple(numbers)

    def _are_pallets(self, numbers: Any) -> bool:
        if not isinstance(numbers, list) or not numbers or len(numbers) > _MAX_PALLET:
            return False
        whole = all(isinstance(n, int) and not isinstance(n, bool) and 1 <= n <= _MAX_PALLET for n in numbers)
        return whole and len(set(numbers)) == len(numbers)

    def _stations(self, content: dict[str, Any]) -> Iterator[Station]:
        entries = content.get("stations", [])
        if not isinstance(entries, list) or not 1 <= len(entries) <= _MAX_STATIONS:
            self.source.fault(("stations",), f"stations is a list of 1 to {_MAX_STATIONS} stations")
            return
        for index, entry in enumerate(entries):
            yield self._station(index, entry)

    def _check_ids(self, line: Line) -> None:
        seen: set[str] = set()
        parts = [*(("stations", i, s.id) for i, s in enumerate(line.stations))]
        parts += [*(("machines", i, m.id) for i, m in enumerate(line.machines))]
        for part, index, name in parts:
            if name in seen:
                self.source.fault((part, index, "id"), f"the id {name!r} is used twice")
            seen.add(name)

    def _machines(self, content: dict[str, Any]) -> Iterator[Machine]:
        entries = content.get("machines", [])
        if not isinstance(entries, list) or len(entries) > _MAX_STATIONS:
            self.source.fault(("machines",), f"machines is a list of at most {_MAX_STATIONS} machines")
            return
        for index, entry in enumerate(entries):
            key = ("machines", index)
            entry = self.source.mapping(key, entry, {"id", "profile"}, set(_REACH))
            profile = self._profile(key, entry)
            yield Machine(self._id(key, entry), profile, self._reach(key, entry, profile))

    def _id(self, key: tuple[str | int, ...], entry: dict[str, Any]) -> str:
        name = entry.get("id", "")
        if "id" in entry and (not isinstance(name, str) or not _ID.fullmatch(name)):
            self.source.fault((*key, "id"), f"{name!r} is no id: lower case words joined by hyphens")
        elif len(str(name)) > _LONGEST_ID:
            self.source.fault((*key, "id"), f"an id has {_LONGEST_ID} characters at most")
        return str(name)

    def _reach(self, key: tuple[str | int, ...], entry: dict[str, Any], profile: Profile) -> Reach:
        return Reach(
            address=self._endpoint(key, entry, profile),
            unit=int(self._number(key, entry, "unit", 0, 0, 255)),
            commands=self._commands(key, entry, profile),
            access=self._access(key, entry, profile),
        )

    def _endpoint(self, key: tuple[str | int, ...], entry: dict[str, Any], profile: Profile) -> str:
        if "address" not in entry:
            if profile.protocol != "modbus-tcp":
                self.source.fault(key, f"a machine that speaks {profile.protocol} needs an address of its own")
            return ""
        address = str(entry["address"])
        try:
            protocol_support(profile.protocol).check_endpoint(address)
        except ValueError as error:
            self.source.fault((*key, "address"), str(error))
        return address

    def _commands(self, key: tuple[str | int, ...], entry: dict[str, Any], profile: Profile) -> frozenset[str]:
        given = entry.get("commands", [])
        known = {command.name for command in profile.commands}
        if not isinstance(given, list) or not set(map(str, given)) <= known:
            names = ", ".join(sorted(known)) or "none"
            self.source.fault((*key, "commands"), f"commands is a list of commands of the profile: {names}")
            return frozenset()
        return frozenset(map(str, given))

    def _access(self, key: tuple[str | int, ...], entry: dict[str, Any], profile: Profile) -> dict[str, str]:
        given = entry.get("access", {})
        if not isinstance(given, dict):
            self.source.fault((*key, "access"), "access is a mapping, such as {user: mes, password_file: secret}")
            return {}
        access = {str(name): str(value) for name, value in given.items()}
        try:
            protocol_support(profile.protocol).check_access(access)
        except ValueError as error:
            self.source.fault((*key, "access"), str(error))
        folder = self.folder or Path()
        return {name: str(folder / value) if name.endswith("_file") else value for name, value in access.items()}

    def _station(self, index: int, entry: Any) -> Station:
        key = ("stations", index)
        optional = {"capacity", "needs_release", *_REACH}
        entry = self.source.mapping(key, entry, {"id", "profile", "minutes"}, optional)
        name = self._id(key, entry)
        needs_release = entry.get("needs_release", False)
        if not isinstance(needs_release, bool):
            self.source.fault((*key, "needs_release"), f"needs_release is true or false, not {needs_release!r}")
        capacity = int(self._number(key, entry, "capacity", 1, 1, 999))
        if capacity != entry.get("capacity", 1):
            self.source.fault((*key, "capacity"), "capacity is a whole number")
        if capacity > 1 and (needs_release or index == 0):
            self.source.fault((*key, "capacity"), "a chamber is neither the first station nor waits for a release")
        minutes = self._number(key, entry, "minutes", 1.0, 0.001, 100_000)
        profile = self._profile(key, entry)
        reach = self._reach(key, entry, profile)
        return Station(name, profile, minutes, capacity, needs_release is True, reach)

    def _profile(self, key: tuple[str | int, ...], entry: dict[str, Any]) -> Profile:
        name = str(entry.get("profile", "station-basic"))
        try:
            if name.endswith(".yaml") and self.folder is not None:
                return load_profile(self.folder / name)
            return packaged_profile(name)
        except ProfileError as error:
            for fault in error.faults:
                self.source.fault((*key, "profile"), fault)
            return packaged_profile("station-basic")

    def _number(
        self,
        key: tuple[str | int, ...],
        entry: dict[str, Any],
        part: str,
        default: float,
        low: float,
        high: float,
    ) -> float:
        value = entry.get(part, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            self.source.fault((*key, part), f"{part} is a number from {low:g} to {high:g}, not {value!r}")
            return default
        return float(value)


def slot_points(profile: Profile) -> list[str]:
    """The names of a chamber's ``slot_NN_pallet`` points, in the order of their numbers."""
    return sorted(point.name for point in profile.points if re.fullmatch(r"slot_\d{2,3}_pallet", point.name))
