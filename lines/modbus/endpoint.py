"""Where Modbus devices are reached: a TCP server, or a serial port, with options behind a question mark."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import parse_qsl, urlsplit

DEFAULT_PORT = 502
_SHOWN_TCP = "write host:port, such as 192.0.2.10:502"
_SHOWN_SERIAL = "write such as serial:///dev/ttyUSB0?baudrate=19200&parity=E&stopbits=1"
_WINDOWS_PORT = re.compile(r"/(COM\d+)", re.IGNORECASE)
_BITS_PER_CHARACTER = 11
_FAST_BAUDRATE = 19200
_FAST_SILENCE_SECONDS = 0.00175  # From here on the specification recommends a fixed silence between frames.


@dataclass(frozen=True, slots=True)
class TcpEndpoint:
    """A Modbus TCP server. With ``is_shared`` all its units are asked over one connection, one after the other, as
    converters to serial lines want it; with ``is_rtu`` it speaks RTU frames over TCP.
    """

    host: str
    port: int
    is_shared: bool = False
    is_rtu: bool = False
    answer_seconds: float | None = None

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"

    def answer_time_seconds(self, _registers: int) -> float | None:
        """How long an answer may take; None: not said."""
        return self.answer_seconds


@dataclass(frozen=True, slots=True)
class SerialEndpoint:
    """A serial port with RTU devices; its devices always share it. ``answer_seconds`` is how long a device may think
    before it answers.
    """

    path: str
    baudrate: int = 19200
    parity: str = "E"
    stopbits: int = 1
    bytesize: int = 8
    answer_seconds: float = 0.5
    is_shared: bool = True
    is_rtu: bool = True

    def __str__(self) -> str:
        return self.path

    @property
    def silence_seconds(self) -> float:
        """The silence between two frames: the time of three and a half characters."""
        if self.baudrate > _FAST_BAUDRATE:
            return _FAST_SILENCE_SECONDS
        return 3.5 * _BITS_PER_CHARACTER / self.baudrate

    def answer_time_seconds(self, registers: int) -> float:
        """How long request and answer may take."""
        characters = 8 + 5 + 2 * registers
        return self.answer_seconds + characters * _BITS_PER_CHARACTER / self.baudrate


Endpoint = TcpEndpoint | SerialEndpoint
_T = TypeVar("_T")


def parse_host(address: str) -> tuple[str, int]:
    """``"host:port"`` or ``"host"`` (port 502) as host and port; IPv6 in brackets. Raises ``ValueError``."""
    host, port = address, str(DEFAULT_PORT)
    if not address.endswith("]") and ":" in address:
        host, _, port = address.rpartition(":")
    if not host or not (port.isascii() and port.isdigit()) or int(port) > 0xFFFF:
        raise ValueError(f"{address!r} is no address: {_SHOWN_TCP}")
    return host.removeprefix("[").removesuffix("]"), int(port)


def parse_tcp(address: str) -> TcpEndpoint:
    """``host:port``, with the options ``share=1``, ``framing=rtu`` and ``timeout`` (seconds). Raises ``ValueError``."""
    place, _, query = address.partition("?")
    host, port = parse_host(place)
    options = _options(address, query, {"share", "framing", "timeout"})
    return TcpEndpoint(
        host,
        port,
        is_shared=_choice(address, options, "share", {"0": False, "1": True}, False),
        is_rtu=_choice(address, options, "framing", {"tcp": False, "rtu": True}, False),
        answer_seconds=_seconds(address, options) if "timeout" in options else None,
    )


def parse_serial(address: str) -> SerialEndpoint:
    """``serial:///dev/ttyUSB0`` with the options ``baudrate``, ``parity`` (N, E, O), ``stopbits``, ``bytesize`` and
    ``timeout`` (seconds until an answer begins). Raises ``ValueError``.
    """
    parts = urlsplit(address)
    if parts.scheme != "serial" or parts.netloc or len(parts.path) < 2 or parts.fragment:
        raise ValueError(f"{address!r} is no serial port: {_SHOWN_SERIAL}")
    options = _options(address, parts.query, {"baudrate", "parity", "stopbits", "bytesize", "timeout"})
    windows = _WINDOWS_PORT.fullmatch(parts.path)
    return SerialEndpoint(
        path=windows[1] if windows else parts.path,
        baudrate=_baudrate(address, options),
        parity=_choice(address, options, "parity", {"N": "N", "E": "E", "O": "O"}, "E"),
        stopbits=_choice(address, options, "stopbits", {"1": 1, "2": 2}, 1),
        bytesize=_choice(address, options, "bytesize", {"7": 7, "8": 8}, 8),
        answer_seconds=_seconds(address, options) if "timeout" in options else 0.5,
    )


def _options(address: str, query: str, known: set[str]) -> dict[str, str]:
    options = dict(parse_qsl(query, keep_blank_values=True))
    if unknown := sorted(options.keys() - known):
        raise ValueError(f"{address!r} has the unknown option {unknown[0]!r} (options: {', '.join(sorted(known))})")
    return options


def _choice(address: str, options: Mapping[str, str], name: str, choices: Mapping[str, _T], default: _T) -> _T:
    if name not in options:
        return default
    if options[name] not in choices:
        raise ValueError(f"{address!r}: {name} is {' or '.join(choices)}, not {options[name]!r}")
    return choices[options[name]]


def _baudrate(address: str, options: Mapping[str, str]) -> int:
    text = options.get("baudrate", "19200")
    if not text.isascii() or not text.isdigit() or not 300 <= int(text) <= 4_000_000:
        raise ValueError(f"{address!r}: baudrate is a number such as 19200, not {text!r}")
    return int(text)


def _seconds(address: str, options: Mapping[str, str]) -> float:
    try:
        seconds = float(options["timeout"])
    except ValueError:
        seconds = 0.0
    if not 0.01 <= seconds <= 20:
        raise ValueError(f"{address!r}: timeout is 0.01 to 20 seconds, not {options['timeout']!r}")
    return seconds
