"""Judging signatures: what was signed, by which key, when. Shares nothing with what signs in a connector."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives import hmac as keyed

from mes.traceability.sandbox.signed.keys import AppKey

_TEXT_TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$")


def text_to_sign(values: Mapping[str, str], key: AppKey) -> str:
    """The named values in the order of their names' bytes, as the key writes them."""
    ordered = sorted(values.items(), key=lambda entry: entry[0].encode())
    return key.between.join(f"{name}{key.pair}{value}" for name, value in ordered)


def signature_fits(signature: str, values: Mapping[str, str], key: AppKey) -> bool:
    """Whether `signature` is the key's over these values."""
    text = text_to_sign(values, key)
    if key.algorithm == "sm2":
        return _sm2_fits(signature, text.encode(), key)
    expected = _written(_digest(text, key), key.encoding)
    return hmac.compare_digest(expected.encode(), signature.encode())


def moment_of(text: str, key: AppKey, zone_hours: int) -> float | None:
    """The Unix time that a time stamp of this key tells, or None where it is written in another way."""
    if key.timestamp == "text":
        if not _TEXT_TIME.match(text):
            return None
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            return None
        return moment.replace(tzinfo=timezone(timedelta(hours=zone_hours))).timestamp()
    if not text.isascii() or not text.isdigit() or len(text) != (13 if key.timestamp == "ms" else 10):
        return None
    return int(text) / (1000 if key.timestamp == "ms" else 1)


def _digest(text: str, key: AppKey) -> bytes:
    if key.algorithm.startswith("hmac-"):
        return _keyed(key.algorithm.removeprefix("hmac-"), key.secret.encode(), text.encode())
    before = key.secret if key.secret_at in ("prefix", "both") else ""
    after = key.secret if key.secret_at in ("suffix", "both") else ""
    return _plain(key.algorithm, f"{before}{text}{after}".encode())


def _plain(algorithm: str, data: bytes) -> bytes:
    if algorithm != "sm3":
        return hashlib.new(algorithm, data, usedforsecurity=False).digest()
    digest = hashes.Hash(hashes.SM3())
    digest.update(data)
    return digest.finalize()


def _keyed(algorithm: str, secret: bytes, data: bytes) -> bytes:
    code = keyed.HMAC(secret, hashes.SM3() if algorithm == "sm3" else hashes.SHA256())
    code.update(data)
    return code.finalize()


def _written(digest: bytes, encoding: str) -> str:
    if encoding == "base64":
        return base64.b64encode(digest).decode()
    return digest.hex().upper() if encoding == "HEX" else digest.hex()


def _sm2_fits(signature: str, data: bytes, key: AppKey) -> bool:
    from gmssl import sm2  # pure Python and slow to load: only where such a key is used

    try:
        raw = base64.b64decode(signature, validate=True) if key.encoding == "base64" else bytes.fromhex(signature)
    except (ValueError, binascii.Error):
        return False
    order = int(sm2.default_ecc_table["n"], 16)
    parts = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
    if len(raw) != 64 or not all(0 < part < order for part in parts):
        return False
    verifier = sm2.CryptSM2(private_key="", public_key="")
    verifier.public_key = key.public_key[-128:].lower()  # its constructor strips leading 0s and 4s of the point too
    return bool(verifier.verify_with_sm3(raw.hex(), data))
