"""Passwords and PINs (argon2id), badges and tokens (SHA-256 of something long and random)."""

from __future__ import annotations

import hashlib
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from labels.errors import LabelError
from labels.scanning.scan import parse
from mes.core.errors import InvalidInput
from mes.core.text import N_, Text

SHORTEST_PASSWORD = 10
_BADGE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
_hasher = PasswordHasher()
_DUMMY = _hasher.hash(secrets.token_hex(16))


def hash_password(password: str) -> str:
    """Argon2id hash of a password.

    Raises:
        InvalidInput: shorter than ten characters.
    """
    if len(password) < SHORTEST_PASSWORD:
        raise InvalidInput(Text(N_("A password has at least %(count)s characters"), {"count": SHORTEST_PASSWORD}))
    return _hasher.hash(password)


def hash_pin(pin: str) -> str:
    """Argon2id hash of a PIN of 4 to 8 digits.

    Raises:
        InvalidInput: not 4 to 8 digits.
    """
    if not (pin.isascii() and pin.isdigit() and 4 <= len(pin) <= 8):
        raise InvalidInput(Text(N_("A PIN has 4 to 8 digits")))
    return _hasher.hash(pin)


def matches(stored: str | None, given: str) -> bool:
    """Whether `given` is the password or PIN; takes as long for a person who does not exist."""
    try:
        verified = _hasher.verify(stored or _DUMMY, given)
    except (VerificationError, InvalidHashError):
        return False
    return verified and stored is not None


def new_token() -> str:
    """A fresh API token; show it once, keep only `sha256_of` it."""
    return f"mes_{secrets.token_urlsafe(32)}"


def sha256_of(secret: str) -> str:
    """What is kept of a token or badge."""
    return hashlib.sha256(secret.encode()).hexdigest()


def new_badge_code() -> str:
    """What a fresh badge says: fifty random bits in letters and digits that nobody confuses, in two groups."""
    drawn = "".join(secrets.choice(_BADGE_ALPHABET) for _ in range(10))
    return f"{drawn[:5]}-{drawn[5:]}"


def badge_code(scanned: str) -> str:
    """The code of a badge however it was read: with or without the letter of badges and a scanner's own prefix."""
    try:
        found = parse(scanned)
    except LabelError:
        return scanned.strip()
    return found.key["U"] if "U" in found.key else scanned.strip()
