"""Opening what a city's file lets senders encrypt."""

from __future__ import annotations

import base64
import binascii

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import AES, SM4

from mes.traceability.sandbox.cities.keys import CityKeys
from mes.traceability.sandbox.cities.reading import Plain


class SealedError(ValueError):
    """A text cannot be opened with the city's key."""


def opened(rule: Plain, text: str, keys: CityKeys) -> str:
    """The plain text.

    Raises:
        SealedError: it cannot be opened.
    """
    try:
        prefix = rule.get("prefix", "")
        if not text.startswith(prefix):
            raise SealedError(f"it does not begin with {prefix}")
        in_hex = rule.get("encoding", "base64") in ("hex", "HEX")
        bare = text.removeprefix(prefix).translate(str.maketrans("-_", "+/"))
        return _plain(rule, bytes.fromhex(bare) if in_hex else base64.b64decode(bare, validate=True), keys)
    except (ValueError, binascii.Error) as error:
        raise SealedError(str(error)) from error


def _plain(rule: Plain, sealed: bytes, keys: CityKeys) -> str:
    key = _key(keys.secrets[rule["secret"]], rule)
    wide = rule["algorithm"] in ("sm4", "aes")
    block = 16 if wide else 8
    cipher = (SM4 if rule["algorithm"] == "sm4" else AES)(key) if wide else TripleDES((key * 3)[:24])
    mode: modes.ECB | modes.CBC = modes.ECB()  # noqa: S305 - as the city's file says
    if rule.get("mode", "cbc") == "cbc":
        vector = {"zero": bytes(block), "key": key[:block], "random": sealed[:block]}.get(rule.get("iv", "random"))
        mode = modes.CBC(vector if vector is not None else _key(keys.secrets[rule["iv_secret"]], rule))
        sealed = sealed[block:] if rule.get("iv", "random") == "random" else sealed
    reader = Cipher(cipher, mode).decryptor()
    padded = reader.update(sealed) + reader.finalize()
    size = padded[-1] if padded else 0
    if not 1 <= size <= block or padded[-size:] != bytes([size]) * size:
        raise ValueError("the key does not open it")
    return padded[:-size].decode()


def _key(secret: str, rule: Plain) -> bytes:
    encoding = rule.get("secret_encoding", "utf-8")
    if encoding == "hex":
        return bytes.fromhex(secret)
    return base64.b64decode(secret) if encoding == "base64" else secret.encode()
