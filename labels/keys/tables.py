"""The application identifiers of GS1 that this project knows, read once from the data file beside this module."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml


@dataclass(frozen=True)
class ApplicationIdentifier:
    """What may follow an application identifier: fixed digits, then an alphanumeric tail."""

    ai: str
    name: str
    digits: int
    check_digit: int
    tail: int
    fixed: bool
    leading: str


@cache
def _data() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(files("labels.keys").joinpath("gs1.yaml").read_text("utf-8"))
    return loaded


@cache
def application_identifiers() -> dict[str, ApplicationIdentifier]:
    """The application identifiers that form this project's keys."""
    rows = _data()["application_identifiers"]
    return {
        ai: ApplicationIdentifier(
            ai=ai,
            name=row["name"],
            digits=row["digits"],
            check_digit=row.get("check_digit", 0),
            tail=row["tail"],
            fixed=row["fixed"],
            leading=row.get("leading", ""),
        )
        for ai, row in rows.items()
    }


@cache
def character_set_82() -> frozenset[str]:
    """The characters that GS1 allows in serials, lots and extensions."""
    return frozenset(_data()["character_set_82"])


@cache
def primary_keys() -> dict[str, tuple[str, ...]]:
    """Primary keys and their qualifiers, in the order of a GS1 Digital Link path."""
    rows = _data()["digital_link"]["primary_keys"]
    return {ai: tuple(qualifiers) for ai, qualifiers in rows.items()}


@cache
def skipped_application_identifiers() -> dict[str, int]:
    """Application identifiers that are read over, with the length of their value (0: up to a separator)."""
    return dict(_data()["skipped_application_identifiers"])
