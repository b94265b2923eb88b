"""Digests, keyed digests and their texts. MD5 and SHA-1 are here because published interfaces sign with them."""

from __future__ import annotations

import base64
import binascii
import hashlib

from cryptography.hazmat.primitives import hashes, hmac

from mes.traceability.platforms.signed_json.signing_rules import Encoding, KeyEncoding

_DIGESTS: dict[str, type[hashes.HashAlgorithm]] = {
    "md5": hashes.MD5,
    "sha1": hashes.SHA1,
    "sha256": hashes.SHA256,
    "sm3": hashes.SM3,
}


class KeyUnusable(ValueError):
    """A secret is not what its algorithm needs; the message does not show it."""


def digest(algorithm: str, content: bytes) -> bytes:
    """The digest of the content. SM3 is not in every build of hashlib, hence cryptography's."""
    if algorithm != "sm3":
        return hashlib.new(algorithm, content, usedforsecurity=False).digest()
    made = hashes.Hash(hashes.SM3())
    made.update(content)
    return made.finalize()


def keyed_digest(algorithm: str, key: bytes, content: bytes) -> bytes:
    """The HMAC of the content; `algorithm` is the digest's."""
    made = hmac.HMAC(key, _DIGESTS[algorithm]())
    made.update(content)
    return made.finalize()


def encoded(content: bytes, encoding: Encoding) -> str:
    """Bytes as text."""
    if encoding in ("hex", "HEX"):
        return content.hex() if encoding == "hex" else content.hex().upper()
    made = base64.b64encode(content) if encoding == "base64" else base64.urlsafe_b64encode(content)
    return made.decode()


def key_bytes(secret: str, encoding: KeyEncoding) -> bytes:
    """A secret's bytes.

    Raises:
        KeyUnusable: it is not hexadecimal or Base64, where it should be.
    """
    try:
        if encoding == "hex":
            return bytes.fromhex(secret)
        return base64.b64decode(secret, validate=True) if encoding == "base64" else secret.encode()
    except (ValueError, binascii.Error) as error:
        raise KeyUnusable(f"the secret is not {encoding}") from error
