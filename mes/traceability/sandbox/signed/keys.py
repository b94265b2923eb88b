"""The app keys that the platform has given out, and how each signs."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import yaml

from mes.traceability.sandbox.problems import UnusableFileError

ALGORITHMS = ("md5", "sha1", "sha256", "sm3", "hmac-sha256", "hmac-sm3", "sm2")
_CHOICES = {
    "algorithm": ALGORITHMS,
    "place": ("header", "query", "body"),
    "encoding": ("hex", "HEX", "base64"),
    "timestamp": ("ms", "s", "text"),
    "secret_at": ("suffix", "prefix", "both"),
}
_PUBLIC_KEY = re.compile(r"(04)?[0-9a-fA-F]{128}$")


class AppKeyFileError(UnusableFileError):
    """The file of app keys cannot be used; the message names the entry."""


@dataclass(frozen=True)
class AppKey:
    """One app key and its way of signing; the settings are told in `docs/contracts/sandbox-platform.md`."""

    app_key: str
    algorithm: str
    secret: str = ""
    public_key: str = ""
    """For SM2: x and y of the point, 64 hexadecimal digits each."""
    place: str = "header"
    encoding: str = "hex"
    timestamp: str = "ms"
    pair: str = "="
    between: str = "&"
    secret_at: str = "suffix"  # noqa: S105 - a place, no secret
    token: bool = False
    token_seconds: int = 7200
    deferred: bool = False


def read_app_keys(file: Path) -> dict[str, AppKey]:
    """The keys of a file, by name.

    Raises:
        AppKeyFileError: it cannot be read, or an entry is not understood.
    """
    try:
        entries = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise AppKeyFileError(f"cannot read the app keys in {file}: {error}") from error
    if not isinstance(entries, list):
        raise AppKeyFileError(f"{file}: a list of app keys is expected")
    keys = [_app_key(entry, number) for number, entry in enumerate(entries, 1)]
    return {key.app_key: key for key in keys}


def trial_keys(file: Path) -> dict[str, AppKey]:
    """The keys in `file`; where there is none, new ones with random secrets are written into it first, one for each
    algorithm that wants nothing of the sender (SM2 wants its public key).

    Raises:
        AppKeyFileError: the file cannot be used.
    """
    if not file.exists():
        fresh = [_trial_key(algorithm) for algorithm in ALGORITHMS if algorithm != "sm2"]
        fresh.append(AppKey("trial-token", "hmac-sha256", secrets.token_hex(16), token=True))
        fresh.append(AppKey("trial-deferred", "hmac-sm3", secrets.token_hex(16), deferred=True))
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
        head = "# App keys of this sandbox platform; SM2: {app_key: …, algorithm: sm2, public_key: 128 hex digits}\n"
        file.write_text(head + yaml.safe_dump([_told(key) for key in fresh], sort_keys=False), encoding="utf-8")
    return read_app_keys(file)


def _trial_key(algorithm: str) -> AppKey:
    encoding = {"md5": "HEX", "hmac-sm3": "base64"}.get(algorithm, "hex")
    return AppKey(f"trial-{algorithm}", algorithm, secrets.token_hex(16), encoding=encoding)


def _told(key: AppKey) -> dict[str, Any]:
    plain = AppKey("", "")
    told = {name: value for name, value in asdict(key).items() if value != getattr(plain, name)}
    return {"app_key": key.app_key, "algorithm": key.algorithm} | told


def _app_key(entry: Any, number: int) -> AppKey:
    known = {field.name: field.type for field in fields(AppKey)}
    if not isinstance(entry, Mapping) or not {"app_key", "algorithm"} <= set(entry) <= set(known):
        raise AppKeyFileError(f"app key {number}: expected app_key and algorithm, and of {', '.join(known)}")
    for name, value in entry.items():
        wanted = {"bool": bool, "int": int}.get(str(known[name]), str)
        if type(value) is not wanted:
            raise AppKeyFileError(f"app key {number}: {name} cannot be {value!r}")
    key = AppKey(**entry)
    for name, choices in _CHOICES.items():
        if getattr(key, name) not in choices:
            raise AppKeyFileError(f"app key {number}: {name} is one of {', '.join(choices)}")
    if key.algorithm == "sm2" and not _PUBLIC_KEY.match(key.public_key):
        raise AppKeyFileError(f"app key {number}: public_key is 128 hexadecimal digits")
    if (key.algorithm != "sm2" or key.token) and not key.secret:
        raise AppKeyFileError(f"app key {number}: a secret is expected")
    return key
