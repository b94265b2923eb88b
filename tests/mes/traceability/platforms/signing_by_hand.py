"""Digests and ciphers by other libraries than ours, to check what came over the wire."""

from __future__ import annotations

import hashlib

from Cryptodome.Cipher import DES
from gmssl import sm3, sm4
from gmssl.sm2 import CryptSM2


def md5(text: str) -> str:
    """MD5 in small hexadecimal digits."""
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def sm3_hex(content: bytes) -> str:
    """SM3 by gmssl."""
    digest: str = sm3.sm3_hash(list(content))
    return digest


def hmac_sm3(key: bytes, content: bytes) -> bytes:
    """HMAC (RFC 2104) with SM3, whose block has 64 bytes."""
    padded = key.ljust(64, b"\0")
    inner = bytes.fromhex(sm3_hex(bytes(b ^ 0x36 for b in padded) + content))
    return bytes.fromhex(sm3_hex(bytes(b ^ 0x5C for b in padded) + inner))


def des_ecb_opened(key: bytes, sealed: bytes) -> str:
    """What was encrypted with DES in ECB."""
    plain = DES.new(key, DES.MODE_ECB).decrypt(sealed)  # noqa: S304 - what the platform does
    return plain[: -plain[-1]].decode()


def sm4_cbc_opened(key: bytes, vector: bytes, sealed: bytes) -> str:
    """What was encrypted with SM4 in CBC."""
    cipher = sm4.CryptSM4()
    cipher.set_key(key, sm4.SM4_DECRYPT)
    plain: bytes = cipher.crypt_cbc(vector, sealed)
    return plain.decode()


def sm2_fits(public_key: str, signature: str, content: bytes) -> bool:
    """Whether an ASN.1 signature of SM2 with SM3 fits, by gmssl's own way (user id 1234567812345678)."""
    curve = CryptSM2(private_key="", public_key="", asn1=True)
    curve.public_key = public_key
    return bool(curve.verify_with_sm3(signature, content))
