"""SM2 signatures with SM3 (GB/T 32918.2).

The curve's arithmetic is gmssl's, in Python: about 4.6 ms of processor time for a signature, so some 200 a second on
one core, where OpenSSL (which offers no SM2 through cryptography) makes thousands.

Three things of gmssl 3.2.2 are not used, on purpose: its random numbers (`random.choice`, from which a private key
can be worked out), its constructor's way with public keys (it strips every leading 0 and 4 with the prefix), and its
digest of the signer, which knows one user id only.
"""

from __future__ import annotations

import secrets

from gmssl.sm2 import CryptSM2, default_ecc_table

from mes.traceability.platforms.signed_json.digests import KeyUnusable, digest

_CURVE = default_ecc_table
_ORDER = int(_CURVE["n"], 16)


class Sm2Key:
    """A private key that signs; its public key is worked out of it."""

    def __init__(self, private_key: bytes, user_id: str) -> None:
        """`private_key`: 32 bytes, big-endian.

        Raises:
            KeyUnusable: it is not a number from 1 to the curve's order less two.
        """
        number = int.from_bytes(private_key, "big")
        if not 1 <= number <= _ORDER - 2:
            raise KeyUnusable("the secret is no private key of SM2 (64 hexadecimal digits)")
        self._curve = CryptSM2(private_key=f"{number:064x}", public_key="")
        self.public_key = self._curve._kg(number, _CURVE["g"])
        self._signer = _signer_digest(self.public_key, user_id)

    def sign(self, content: bytes) -> tuple[int, int]:
        """A new signature (r, s) of the content, with a nonce from the system's random numbers."""
        hashed = digest("sm3", self._signer + content)
        while True:
            nonce = secrets.randbelow(_ORDER - 1) + 1
            made = self._curve.sign(hashed, f"{nonce:064x}")
            if made is not None:
                return int(made[:64], 16), int(made[64:], 16)


def verifies(public_key: str, user_id: str, content: bytes, r: int, s: int) -> bool:
    """Whether a signature is that of a public key (128 hexadecimal digits, without the prefix 04)."""
    if not (1 <= r < _ORDER and 1 <= s < _ORDER):
        return False
    curve = CryptSM2(private_key="", public_key="")
    curve.public_key = public_key
    return bool(curve.verify(f"{r:064x}{s:064x}", digest("sm3", _signer_digest(public_key, user_id) + content)))


def signature_bytes(r: int, s: int, form: str) -> bytes:
    """A signature as r and s one after the other (`rs`), or as ASN.1 (`der`)."""
    if form == "rs":
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")
    body = _der_integer(r) + _der_integer(s)
    return b"\x30" + bytes([len(body)]) + body


def _signer_digest(public_key: str, user_id: str) -> bytes:
    """Z of GB/T 32918.2, 5.5: the digest of the signer's id, the curve and the public key."""
    identity = user_id.encode()
    curve = bytes.fromhex(_CURVE["a"] + _CURVE["b"] + _CURVE["g"] + public_key)
    return digest("sm3", (len(identity) * 8).to_bytes(2, "big") + identity + curve)


def _der_integer(number: int) -> bytes:
    content = number.to_bytes(number.bit_length() // 8 + 1, "big")
    return b"\x02" + bytes([len(content)]) + content
