"""Digests, signatures and ciphers against the standards' own examples."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, modes

from mes.traceability.platforms.signed_json.ciphers import Seal
from mes.traceability.platforms.signed_json.digests import KeyUnusable, digest, encoded, keyed_digest
from mes.traceability.platforms.signed_json.signing_rules import CipherRule
from mes.traceability.platforms.signed_json.sm2 import Sm2Key, signature_bytes, verifies
from tests.mes.traceability.platforms.signing_by_hand import sm2_fits

USER = "1234567812345678"


def test_sm3_of_gb_t_32905_and_its_hmac() -> None:
    short, long = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0", b"abcd" * 16
    assert digest("sm3", b"abc").hex() == short
    assert digest("sm3", long).hex() == "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"
    made = keyed_digest("sm3", b"key", b"data")
    assert made.hex() == "88a5a14b0fcf4a8a7b0c5084b8ee36e70efca4e8467fa264c3231bf16463b425"
    assert encoded(made, "HEX") == made.hex().upper()
    assert encoded(b"\xfb\xff", "base64") == "+/8="
    assert encoded(b"\xfb\xff", "base64url") == "-_8="


@pytest.mark.parametrize(
    ("algorithm", "key", "plain", "sealed"),
    [
        # GB/T 32907, annex A: key and block are the same
        (
            "sm4",
            "0123456789abcdeffedcba9876543210",
            "0123456789abcdeffedcba9876543210",
            "681edf34d206965e86b3e94f536e4246",
        ),
        # FIPS 197, appendix C.1
        (
            "aes",
            "000102030405060708090a0b0c0d0e0f",
            "00112233445566778899aabbccddeeff",
            "69c4e0d86a7b0430d8cdb78070b4c55a",
        ),
        # the example by which DES is taught
        ("des", "133457799bbcdff1", "0123456789abcdef", "85e813540f0ab405"),
    ],
)
def test_ciphers_of_the_standards(algorithm: str, key: str, plain: str, sealed: str) -> None:
    rule = CipherRule.model_validate(
        {"algorithm": algorithm, "mode": "ecb", "secret": "key", "secret_encoding": "hex", "encoding": "hex"}
    )
    seal = Seal(rule, {"key": key})
    # The examples are whole blocks, not texts: they go the same way below the padding.
    encryptor = Cipher(seal._algorithm, modes.ECB()).encryptor()  # noqa: S305 - as the examples are
    assert encryptor.update(bytes.fromhex(plain)).hex() == sealed


def test_a_key_of_the_wrong_length_is_refused_without_being_shown() -> None:
    rule = CipherRule.model_validate({"algorithm": "sm4", "secret": "key"})
    with pytest.raises(KeyUnusable, match="16 bytes") as told:
        Seal(rule, {"key": "hunter2"})
    assert "hunter2" not in str(told.value)


def test_sm2_of_gb_t_32918_5_fits_by_another_library_and_never_twice_the_same() -> None:
    private = bytes.fromhex("3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8")
    key = Sm2Key(private, USER)
    assert key.public_key.startswith("09f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020")
    first, second = key.sign(b"message digest"), key.sign(b"message digest")
    assert first != second
    for signature in (first, second):
        assert verifies(key.public_key, USER, b"message digest", *signature)
        assert sm2_fits(key.public_key, signature_bytes(*signature, "der").hex(), b"message digest")
    assert not verifies(key.public_key, USER, b"message digesT", *first)
    assert not verifies(key.public_key, "another", b"message digest", *first)


def test_sm2_with_a_public_key_that_begins_like_the_prefix() -> None:
    """gmssl strips every leading 0 and 4 of a public key; ours is not given to it that way."""
    keys = (Sm2Key(number.to_bytes(32, "big"), USER) for number in range(2, 500))
    key = next(made for made in keys if made.public_key[:2] in ("04", "40"))
    assert verifies(key.public_key, USER, b"x", *key.sign(b"x"))


@pytest.mark.parametrize("private", [b"\0" * 32, b"\xff" * 32])
def test_sm2_refuses_what_is_no_private_key(private: bytes) -> None:
    with pytest.raises(KeyUnusable):
        Sm2Key(private, USER)
