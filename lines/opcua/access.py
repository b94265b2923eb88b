"""How a gateway is let in by an OPC UA server: security of the channel, certificates, user and password."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

_FILES = ("password_file", "certificate_file", "key_file", "server_certificate_file")
_KNOWN = ("security", "user", *_FILES)
_OF_SECURITY = ("certificate_file", "key_file", "server_certificate_file")


class Security(StrEnum):
    """What is done to each message; the policy is Basic256Sha256."""

    NONE = "none"
    SIGN = "sign"
    SIGN_AND_ENCRYPT = "sign-and-encrypt"


@dataclass(frozen=True, slots=True)
class Access:
    """The access entries of a device, checked."""

    security: Security = Security.NONE
    user: str | None = None
    password_file: Path | None = None
    certificate_file: Path | None = None
    key_file: Path | None = None
    server_certificate_file: Path | None = None


def parse_access(entries: Mapping[str, str]) -> Access:
    """The access entries of a line's file. Raises ``ValueError`` naming what is wrong; no file is read yet."""
    if unknown := sorted(set(entries) - set(_KNOWN)):
        raise ValueError(f"unknown access entry {unknown[0]!r} (OPC UA has: {', '.join(_KNOWN)})")
    security = entries.get("security", Security.NONE)
    if security not in set(Security):
        raise ValueError(f"security is {', '.join(Security)}, not {security!r}")
    if ("user" in entries) != ("password_file" in entries):
        raise ValueError("user and password_file belong together")
    if security == Security.NONE:
        if needless := [name for name in _OF_SECURITY if name in entries]:
            raise ValueError(f"{needless[0]} needs security: sign or sign-and-encrypt")
    elif missing := [name for name in ("certificate_file", "key_file") if name not in entries]:
        raise ValueError(f"security: {security} needs {' and '.join(missing)}")
    files = {name: Path(entries[name]) for name in _FILES if name in entries}
    return Access(Security(security), entries.get("user"), **files)
