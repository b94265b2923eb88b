"""Signatures of the Standard Webhooks specification: `v1` HMAC-SHA256 with a shared secret, `v1a` Ed25519."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from mes.traceability.settings import SecretMissing

SECRET_PREFIX, KEY_PREFIX = "whsec_", "whsk_"
SHORTEST_SECRET, LONGEST_SECRET = 24, 64  # bytes, by the specification
KEY_BYTES = 32


def read_secret(text: str) -> bytes:
    """The bytes of a secret: `whsec_` and Base64 of 24 to 64 bytes.

    Raises:
        SecretMissing: it is not one; the message does not show it.
    """
    found = _decoded(text, SECRET_PREFIX)
    if found is None or not SHORTEST_SECRET <= len(found) <= LONGEST_SECRET:
        raise SecretMissing("a webhook's secret is whsec_ and the Base64 of 24 to 64 bytes; this one is not")
    return found


def read_key(text: str) -> Ed25519PrivateKey:
    """A private key: `whsk_` and Base64 of 32 bytes, with or without the public key behind them.

    Raises:
        SecretMissing: it is not one; the message does not show it.
    """
    found = _decoded(text, KEY_PREFIX)
    if found is None or len(found) not in (KEY_BYTES, 2 * KEY_BYTES):
        raise SecretMissing("a webhook's signing key is whsk_ and the Base64 of 32 bytes; this one is not")
    return Ed25519PrivateKey.from_private_bytes(found[:KEY_BYTES])


def signatures(
    message_id: str, timestamp: int, body: bytes, secrets: list[bytes], key: Ed25519PrivateKey | None
) -> str:
    """The header's value: a signature of id, time and body for each secret, and for the key."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    made = ["v1," + _text(hmac.new(secret, signed, hashlib.sha256).digest()) for secret in secrets]
    if key is not None:
        made.append("v1a," + _text(key.sign(signed)))
    return " ".join(made)


def _decoded(text: str, prefix: str) -> bytes | None:
    if not text.startswith(prefix):
        return None
    try:
        return base64.b64decode(text.removeprefix(prefix), validate=True)
    except (ValueError, binascii.Error):
        return None


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode()
