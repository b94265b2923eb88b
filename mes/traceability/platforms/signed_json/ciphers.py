"""Encrypting fields as a city's file declares: SM4, AES, and DES for interfaces that never left it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Protocol

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, CipherAlgorithm, modes
from cryptography.hazmat.primitives.ciphers.algorithms import AES, SM4
from cryptography.hazmat.primitives.padding import PKCS7

from mes.traceability.platforms.signed_json.digests import KeyUnusable, encoded, key_bytes
from mes.traceability.platforms.signed_json.signing_rules import CipherRule

_KEY_BYTES = {"sm4": (16,), "aes": (16, 24, 32), "des": (8,), "3des": (24,)}


class Seals(Protocol):
    """Something that encrypts texts."""

    def text(self, plain: str) -> str:
        """The text encrypted."""


class Seal:
    """Encrypts texts by one rule, with its key read in."""

    def __init__(
        self, rule: CipherRule, secrets: Mapping[str, str], random: Callable[[int], bytes] = os.urandom
    ) -> None:
        """Raises:
        KeyUnusable: the key or the initial vector has a length that the cipher does not take.
        """
        self._rule, self._random = rule, random
        key = key_bytes(secrets[rule.secret], rule.key_encoding)
        if len(key) not in _KEY_BYTES[rule.algorithm]:
            wanted = " or ".join(map(str, _KEY_BYTES[rule.algorithm]))
            raise KeyUnusable(
                f"a key of {rule.algorithm} has {wanted} bytes; the secret {rule.secret!r} has {len(key)}"
            )
        self._algorithm = _algorithm(rule.algorithm, key)
        self._block_bytes = 16 if rule.algorithm in ("sm4", "aes") else 8
        self._fixed = self._fixed_vector(key, secrets)

    def text(self, plain: str) -> str:
        """The text encrypted."""
        vector = self._random(self._block_bytes) if self._fixed is None else self._fixed
        mode = modes.ECB() if self._rule.mode == "ecb" else modes.CBC(vector)  # noqa: S305 - as the platform wants
        padder = PKCS7(self._block_bytes * 8).padder()
        padded = padder.update(plain.encode()) + padder.finalize()
        encryptor = Cipher(self._algorithm, mode).encryptor()
        sealed = encryptor.update(padded) + encryptor.finalize()
        carried = vector if self._rule.mode == "cbc" and self._fixed is None else b""
        return self._rule.prefix + encoded(carried + sealed, self._rule.encoding)

    def _fixed_vector(self, key: bytes, secrets: Mapping[str, str]) -> bytes | None:
        """The initial vector that is the same each time; None: a new one each time."""
        if self._rule.mode == "ecb" or self._rule.iv == "zero":
            return bytes(self._block_bytes)
        if self._rule.iv == "random":
            return None
        named = self._rule.iv_secret
        given = key_bytes(secrets[named], self._rule.key_encoding) if named else key
        if len(given) < self._block_bytes or (named and len(given) != self._block_bytes):
            raise KeyUnusable(f"an initial vector of {self._rule.algorithm} has {self._block_bytes} bytes")
        return given[: self._block_bytes]


def _algorithm(name: str, key: bytes) -> CipherAlgorithm:
    if name == "sm4":
        return SM4(key)
    if name == "aes":
        return AES(key)
    return TripleDES(key * 3 if name == "des" else key)  # three times the same key is DES
