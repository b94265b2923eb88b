"""What the OPC UA tests share: servers of node-opcua, and certificates."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from asyncua.crypto.cert_gen import (
    dump_private_key_as_pem,
    generate_private_key,
    generate_self_signed_app_certificate,
)
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from tests.peers.opcua_peer import Peer
from tests.peers.packages import PeersMissingError


@pytest.fixture(scope="module")
def serve_peer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Peer]]:
    """Start a server of node-opcua with these nodes."""
    peers = []

    def serve(nodes: Mapping[str, Any], **config: Any) -> Peer:
        try:
            peer = Peer(tmp_path_factory.mktemp("pki"), {"nodes": nodes} | config)
        except PeersMissingError as error:
            pytest.skip(f"no independent OPC UA server: {error}")
        peers.append(peer)
        return peer

    yield serve
    for peer in peers:
        peer.kill()


@dataclass(frozen=True)
class Certificate:
    """A certificate for itself, and its key; PEM files."""

    certificate: Path
    key: Path


@pytest.fixture(scope="session")
def make_certificate(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Certificate]:
    """Make a certificate for an application of this name."""

    def make(name: str) -> Certificate:
        folder = tmp_path_factory.mktemp("certificates")
        key = generate_private_key()
        names: list[x509.GeneralName] = [x509.UniformResourceIdentifier(f"urn:{name}"), x509.DNSName("localhost")]
        usage = [ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH]
        certificate = generate_self_signed_app_certificate(key, name, {}, names, usage)
        made = Certificate(folder / f"{name}.pem", folder / f"{name}-key.pem")
        made.certificate.write_bytes(certificate.public_bytes(Encoding.PEM))
        made.key.write_bytes(dump_private_key_as_pem(key))
        return made

    return make
