"""Which addresses the house may call: a platform's address is set by a person, and must not become a way inside.

`MES_CONNECTOR_HOSTS` lists host names (`*.gov.cn` for all below), addresses and networks (`10.20.0.0/16`). Empty: every
host at a public address. With a list: only those on it, private and loopback addresses included where it names them or
their very host. Link-local addresses, where clouds keep their metadata, and other special ones are refused always.

A name is judged twice: as it is written (`check_address`), and by the address that the connection really has
(`sessions.GuardedSession`), before a byte is sent, so that a name that leads elsewhere later does not help.
"""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from mes.core.errors import InvalidInput
from mes.core.text import N_, Text

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
IpNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network
METADATA = frozenset({"metadata", "metadata.google.internal", "instance-data"})
NAT64 = ipaddress.ip_network("64:ff9b::/96")
CLOUD_METADATA = frozenset(
    map(ipaddress.ip_address, ("100.100.100.200", "192.0.0.192", "fd00:ec2::254")),
)


class AddressRefused(Exception):
    """The address may not be called; the message says why. It is no OSError, which would look like a bad network."""


@dataclass(frozen=True)
class AddressRules:
    """Which hosts may be called; empty: every host with a public address."""

    hosts: tuple[str, ...] = ()
    networks: tuple[IpNetwork, ...] = ()

    @property
    def limited(self) -> bool:
        """Whether there is a list."""
        return bool(self.hosts or self.networks)

    def names(self, host: str) -> bool:
        """Whether the list has this very host name, wherever it is."""
        return host.lower().rstrip(".") in self.hosts

    def covers(self, host: str) -> bool:
        """Whether the list has this host name or a domain above it; those must be at public addresses."""
        plain = host.lower().rstrip(".")
        return self.names(plain) or any(plain.endswith(known[1:]) for known in self.hosts if known.startswith("*."))

    def holds(self, address: IpAddress) -> bool:
        """Whether the list has this address."""
        return any(address.version == network.version and address in network for network in self.networks)


def read_rules(text: str) -> AddressRules:
    """The rules of the setting `connector_hosts`: names, addresses and networks, comma separated."""
    hosts: list[str] = []
    networks: list[IpNetwork] = []
    for entry in filter(None, (part.strip().lower() for part in text.split(","))):
        try:
            networks.append(ipaddress.ip_network(entry.strip("[]"), strict=False))
        except ValueError:
            hosts.append(entry.rstrip("."))
    return AddressRules(tuple(hosts), tuple(networks))


ANYWHERE = read_rules("localhost, 0.0.0.0/0, ::/0")
"""For judging an address as it is written, in a process that does not call it; some are refused even so."""


class _InForce:
    rules = AddressRules()


def use_rules(rules: AddressRules) -> None:
    """The rules of this process from now on; web server, worker and command line set them at their start."""
    _InForce.rules = rules


def rules_in_force() -> AddressRules:
    """The rules of this process."""
    return _InForce.rules


def check_address(url: str, rules: AddressRules | None = None) -> SplitResult:
    """The parts of an address that may be called, as far as it can be told without asking a name server.

    Raises:
        InvalidInput: not http(s), with a user name, a query or a fragment, or a host that is not allowed.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        parts, host = urlsplit(""), ""
    if parts.scheme not in ("http", "https") or not host:
        raise InvalidInput(Text(N_("“%(url)s” is not an http or https address"), {"url": url}))
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        raise InvalidInput(Text(N_("The address holds a user name, a query or a fragment; give credentials apart")))
    why = refusal_of_host(host, rules or rules_in_force())
    if why is not None:
        raise InvalidInput(why)
    return parts


def refusal_of_host(host: str, rules: AddressRules) -> Text | None:
    """Why a host may not be called as it is written; None: it may, if its address may."""
    plain = host.lower().rstrip(".")
    if plain in METADATA:
        return Text(N_("%(host)s is never called"), {"host": host})
    address = _literal(plain)
    if address is not None:
        return refusal_of_address(plain, address, rules)
    if plain == "localhost" or plain.endswith(".localhost"):
        allowed = rules.names(plain) or any(network.is_loopback for network in rules.networks)
        return None if allowed else Text(N_("%(host)s is not among the hosts that may be called"), {"host": host})
    if rules.limited and not rules.covers(plain) and not rules.networks:
        return Text(N_("%(host)s is not among the hosts that may be called"), {"host": host})
    return None


def refusal_of_address(host: str, address: IpAddress, rules: AddressRules) -> Text | None:
    """Why an address may not be called under the name of `host`; None: it may."""
    real = _carried(address)
    values = {"host": host, "address": str(address)}
    never = real.is_link_local or real.is_multicast or real.is_unspecified
    if never or real in CLOUD_METADATA or (real.is_reserved and not real.is_loopback):
        return Text(N_("%(host)s is at %(address)s, which is never called"), values)
    if rules.holds(real) or rules.holds(address) or rules.names(host):
        return None
    if rules.limited and not rules.covers(host):
        return Text(N_("%(host)s at %(address)s is not among the hosts that may be called"), values)
    if not real.is_global:
        return Text(N_("%(host)s is at %(address)s, inside the plant's own network"), values)
    return None


def _carried(address: IpAddress) -> IpAddress:
    """The IPv4 address that an IPv6 address carries (mapped, 6to4, NAT64), where it does."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


def _literal(host: str) -> IpAddress | None:
    """The address that a text is, in any form that the system's resolver would take for one (127.1, 0x7f000001)."""
    try:
        return ipaddress.ip_address(host.strip("[]").partition("%")[0])
    except ValueError:
        pass
    try:
        return ipaddress.ip_address(socket.inet_aton(host))
    except (OSError, ValueError):
        return None
