"""What sender and platform share for each city that is played: values that requests show, and secrets."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from mes.traceability.sandbox.cities.reading import CityFileError, PlayedCity


@dataclass(frozen=True)
class CityKeys:
    """Values and secrets of one sender."""

    values: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)


def kept_keys(file: Path, cities: Sequence[PlayedCity]) -> dict[str, CityKeys]:
    """The keys in `file`; for a city that it does not name, new ones are made and written into it.

    Raises:
        CityFileError: the file cannot be used.
    """
    kept = _read(file) if file.exists() else {}
    fresh = {city.name: _trial(city) for city in cities if city.name not in kept}
    if fresh:
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.exists():
            file.touch(mode=0o600)
        head = "# Values and secrets of the cities that this sandbox platform plays; they can be edited.\n"
        file.write_text(head + yaml.safe_dump(kept | fresh, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return {city.name: _keys(file, city, (kept | fresh)[city.name]) for city in cities}


def _read(file: Path) -> dict[str, Any]:
    try:
        found = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise CityFileError(f"cannot read {file}: {error}") from error
    if not isinstance(found, dict):
        raise CityFileError(f"{file}: cities with values and secrets are expected")
    return found


def _trial(city: PlayedCity) -> dict[str, dict[str, str]]:
    return {
        "values": dict.fromkeys(city.values_needed, f"trial-{city.name}"),
        "secrets": {name: _trial_secret(city, name) for name in city.secrets_needed},
    }


def _trial_secret(city: PlayedCity, name: str) -> str:
    """A secret of the length and form that its use needs."""
    for cipher in city.told.get("ciphers", {}).values():
        block = 16 if cipher["algorithm"] in ("sm4", "aes") else 8
        length = {"des": 8, "3des": 24}.get(cipher["algorithm"], 16) if name == cipher["secret"] else block
        if name in (cipher["secret"], cipher.get("iv_secret")):
            in_hex = cipher.get("secret_encoding") == "hex"
            return secrets.token_hex(length if in_hex else length // 2)
    signature = city.signature or {}
    if signature.get("secret") == name and signature.get("algorithm") == "sm2-sm3":
        return f"{secrets.randbelow(2**255) + 1:064x}"
    return secrets.token_hex(16)


def _keys(file: Path, city: PlayedCity, told: Any) -> CityKeys:
    try:
        values, kept = told["values"], told["secrets"]
        missing = [*(set(city.values_needed) - set(values)), *(set(city.secrets_needed) - set(kept))]
    except (TypeError, LookupError) as error:
        raise CityFileError(f"{file}: {city.name} has `values` and `secrets`") from error
    if missing:
        raise CityFileError(f"{file}: {city.name} lacks {', '.join(sorted(missing))}")
    return CityKeys({n: str(v) for n, v in values.items()}, {n: str(v) for n, v in kept.items()})
