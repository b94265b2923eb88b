"""OPC UA node ids as a profile writes them, and endpoint addresses.

A node id is written as in OPC UA part 6: ``ns=2;s=Spreader.State``; with ``nsu=`` the namespace stands by its URI and
its index, which a server may change at each start, is looked up at each connect.
"""

import base64
import binascii
from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import UUID

from asyncua import ua

SCHEME = "opc.tcp"
DEFAULT_PORT = 4840
_FORM = "write ns=INDEX;s=TEXT or nsu=URI;s=TEXT, with i=NUMBER, g=GUID or b=BASE64 in place of s="


class NodeAddressError(ValueError):
    """A text that is no OPC UA node id."""


class UnknownNamespaceError(ValueError):
    """The server has no namespace of this URI, or none of this index."""


@dataclass(frozen=True, slots=True)
class NodeAddress:
    """A node id whose namespace is known by its index, or by its URI until a server was asked."""

    identifier: int | str | UUID | bytes
    index: int = 0
    uri: str | None = None

    def node_id(self, namespaces: list[str]) -> ua.NodeId:
        """The node id on a server with these namespaces. Raises :class:`UnknownNamespaceError`."""
        if self.uri is None:
            return ua.NodeId(self.identifier, self.index)  # type: ignore[arg-type]
        if self.uri not in namespaces:
            raise UnknownNamespaceError(f"the server has no namespace {self.uri}")
        return ua.NodeId(self.identifier, namespaces.index(self.uri))  # type: ignore[arg-type]


def parse_node(text: str) -> NodeAddress:
    """A node id. Raises :class:`NodeAddressError`."""
    rest, index, uri = text, 0, None
    if text.startswith("ns="):
        number, _, rest = text[3:].partition(";")
        index = _number(number, 0xFFFF, text)
    elif text.startswith("nsu="):
        uri, _, rest = text[4:].partition(";")
        if not uri:
            raise NodeAddressError(f"{text!r} is no OPC UA node id: the namespace is empty; {_FORM}")
    return NodeAddress(_identifier(rest, text), index, uri)


def _identifier(rest: str, text: str) -> int | str | UUID | bytes:
    kind, equals, identifier = rest.partition("=")
    if kind in {"i", "s", "g", "b"} and equals and identifier:
        if kind == "s":
            return identifier
        if kind == "i":
            return _number(identifier, 0xFFFFFFFF, text)
        try:
            return UUID(identifier) if kind == "g" else base64.b64decode(identifier, validate=True)
        except (ValueError, binascii.Error) as error:
            raise NodeAddressError(f"{text!r} is no OPC UA node id: {error}") from error
    raise NodeAddressError(f"{text!r} is no OPC UA node id: {_FORM}")


def _number(digits: str, high: int, text: str) -> int:
    if not (digits.isascii() and digits.isdigit()) or int(digits) > high:
        raise NodeAddressError(f"{text!r} is no OPC UA node id: {digits!r} is no number from 0 to {high}; {_FORM}")
    return int(digits)


def standard_node(number: int) -> ua.NodeId:
    """A node that every server has, of OPC UA's own namespace."""
    return ua.NodeId(ua.Int32(number))


def parse_endpoint(address: str) -> tuple[str, int, str]:
    """``opc.tcp://host:4840/path`` as host, port and path. Raises ``ValueError``."""
    # What has an @ may hold a password, and is not shown.
    form = f"{'this' if '@' in address else repr(address)} is no OPC UA address: write {SCHEME}://host:4840/path"
    parts = urlsplit(address)
    try:
        port = DEFAULT_PORT if parts.port is None else parts.port
    except ValueError:
        raise ValueError(form) from None
    if "@" in parts.netloc:
        raise ValueError(f"{form}; user and password belong to the access entries")
    if parts.scheme != SCHEME or not parts.hostname or parts.query or parts.fragment:
        raise ValueError(form)
    return parts.hostname, port, parts.path


def endpoint_url(address: str) -> str:
    """The address with its port written out. Raises ``ValueError``."""
    host, port, path = parse_endpoint(address)
    return f"{SCHEME}://{f'[{host}]' if ':' in host else host}:{port}{path}"
