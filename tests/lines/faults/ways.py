"""How a small machine is reached in each protocol."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

from lines import Adapter, Device, Profile, open_adapter, parse_profile
from lines.opcua.adapter import OpcUaAdapter
from lines.simulator.mangling import SLOW_SECONDS
from lines.simulator.mqtt.publishing import HEARTBEAT_SECONDS
from tests.brokers import machine_broker

OPCUA_CONNECT_SECONDS = 3.0
ANSWER_SECONDS = SLOW_SECONDS + 0.8
"""The longest wait for an answer: what is slow is heard, what is too slow is not."""

_PROFILE = """
profile: matrix
protocol: {protocol}
{more}
poll: {{fast: 0.2, slow: 0.4}}
points:
  - {{name: state, address: {state}, type: u16, poll: fast, map: {states}}}
  - {{name: pallet, address: {pallet}, type: u16, poll: fast, role: pallet, high: 100}}
  - {{name: cycles, address: {cycles}, type: u32, poll: fast, high: 100}}
  - {{name: progress_percent, address: {progress}, type: u16, unit: "%", low: 0, high: 100}}
  - {{name: dust_percent, address: {dust}, type: f32, low: 1, high: 100}}
  - {{name: release, address: {release}, type: u16, role: flag, high: 100}}
commands:
  - {{name: release, address: {command}, type: u16, verify: true{shown}}}
"""
_STATES = "{4: idle, 5: suspended, 6: execute, 11: held, 17: complete}"
_NAMES = ("state", "pallet", "cycles", "progress", "dust", "release")


@dataclass(frozen=True)
class Way:
    """A protocol: the profile of a machine that speaks it, its address by its code, how the gateway opens it.

    ``wait_seconds`` is the longest that the gateway waits for an answer (or for the machine to speak by itself) before
    it can know that all is well again.
    """

    protocol: str
    profile: Profile
    address: Callable[[str], str]
    wait_seconds: float
    open_device: Callable[[Device], Adapter] = open_adapter


def way_of(protocol: str, folder: Path) -> Way:
    """How machines are reached in a protocol; serial ports are made in ``folder``."""
    return {
        "modbus-tcp": _modbus_tcp,
        "modbus-rtu": lambda: _modbus_rtu(folder),
        "opcua": _opcua,
        "mqtt": _mqtt,
        "sparkplug": _sparkplug,
    }[protocol]()


def _profile(protocol: str, addresses: list[str], command: str, shown: str = "", more: str = "") -> Profile:
    places = {name: f'"{address}"' for name, address in zip(_NAMES, addresses, strict=True)}
    return parse_profile(
        _PROFILE.format(protocol=protocol, command=f'"{command}"', shown=shown, more=more, states=_STATES, **places),
        "matrix",
    )


def _modbus(protocol: str) -> Profile:
    registers = ["input:0", "input:1", "input:2", "input:4", "input:5", "holding:100"]
    return _profile(protocol, registers, "holding:100")


def _modbus_tcp() -> Way:
    return Way(
        "modbus-tcp", _modbus("modbus-tcp"), lambda _code: f"127.0.0.1:0?timeout={ANSWER_SECONDS}", ANSWER_SECONDS
    )


def _modbus_rtu(folder: Path) -> Way:
    """A bus for each machine, so that one's noise is not another's. Pseudo-terminals know no parity."""
    options = f"baudrate=115200&parity=N&timeout={ANSWER_SECONDS}"
    return Way("modbus-rtu", _modbus("modbus-rtu"), lambda code: f"serial://{folder / code}?{options}", ANSWER_SECONDS)


def _opcua() -> Way:
    nodes = [f"ns=2;s={name}" for name in _NAMES]
    return Way(
        "opcua",
        _profile("opcua", nodes, nodes[-1]),
        lambda code: f"opc.tcp://127.0.0.1:0/{code}",
        OPCUA_CONNECT_SECONDS,
        lambda device: OpcUaAdapter(device, connect_seconds=OPCUA_CONNECT_SECONDS, read_seconds=OPCUA_CONNECT_SECONDS),
    )


def _mqtt() -> Way:
    topics = [f"shown#/{name}" for name in _NAMES]
    more = 'time_pointer: /time\navailability: "status"\nstale_seconds: 20'
    profile = _profile("mqtt", topics, "set#/release", ", shown_by: release", more)
    broker = _broker()
    return Way("mqtt", profile, lambda code: f"{broker}/{code}", HEARTBEAT_SECONDS)


def _sparkplug() -> Way:
    metrics = [f"Machine/{name}" for name in _NAMES]
    profile = _profile("sparkplug", metrics, metrics[-1], more="stale_seconds: 20")
    broker = _broker()
    return Way("sparkplug", profile, lambda code: f"{broker}/{code}", HEARTBEAT_SECONDS)


def _broker() -> str:
    """The machine's broker, below a topic of this run's own."""
    parts = urlsplit(machine_broker())
    return f"mqtt://{parts.hostname}:{parts.port or 1883}/matrix-{uuid4().hex[:8]}"
