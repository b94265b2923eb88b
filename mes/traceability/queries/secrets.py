"""Where a connector's secrets are kept, and whether they are there; never the secrets."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from mes.traceability.settings import SecretMissing, SecretSource


@dataclass(frozen=True)
class SecretPlace:
    """A secret of the settings: which, where it is kept, and whether this process finds it there."""

    where: str
    kept: str
    is_file: bool
    there: bool


def secrets_of(settings: Mapping[str, Any], environ: Mapping[str, str] = os.environ) -> tuple[SecretPlace, ...]:
    """Every secret that the settings name."""
    return tuple(_found("", settings, environ))


def _found(where: str, value: Any, environ: Mapping[str, str]) -> Iterator[SecretPlace]:
    if isinstance(value, Mapping):
        source = _source(value)
        if source is not None:
            yield SecretPlace(where, source.variable or source.file, bool(source.file), _there(source, environ))
            return
        for name, below in value.items():
            yield from _found(f"{where}.{name}".lstrip("."), below, environ)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for number, below in enumerate(value):
            yield from _found(f"{where}[{number}]", below, environ)


def _source(value: Mapping[str, Any]) -> SecretSource | None:
    if not value or not set(value) <= {"variable", "file"}:
        return None
    try:
        return SecretSource.model_validate(value)
    except ValidationError:
        return None


def _there(source: SecretSource, environ: Mapping[str, str]) -> bool:
    try:
        return bool(source.read(environ))
    except (SecretMissing, UnicodeDecodeError):
        return False
