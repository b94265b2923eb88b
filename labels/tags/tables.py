"""The encodings of the EPC Tag Data Standard, read once from the data file beside this module."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml


@dataclass(frozen=True)
class TagScheme:
    """A partitioned tag encoding of TDS 1.x; widths in bits, by the digits of the company prefix."""

    name: str
    header: int
    kind: str
    reference_total_digits: int
    reference_bits: dict[int, int]
    serial_kind: str
    serial_bits: dict[int, int]
    serial_longest: int
    prefix_and_serial: int

    def reference_digits(self, gcp_length: int) -> int:
        """Digits of the reference after a company prefix of this many digits."""
        return max(self.reference_total_digits - gcp_length, 0)


@dataclass(frozen=True)
class PlusField:
    """One part of a plus encoding: which application identifier, and how it is written."""

    ai: str
    form: str
    digits: int
    longest: int


@dataclass(frozen=True)
class PlusScheme:
    """A TDS 2 encoding that carries the values of the application identifiers themselves."""

    name: str
    header: int
    kind: str
    fields: tuple[PlusField, ...]


@cache
def _data() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(files("labels.tags").joinpath("tds.yaml").read_text("utf-8"))
    return loaded


@cache
def company_prefix_bits() -> dict[int, int]:
    """Bits of a company prefix by its digits; partition 0 is 12 digits, partition 6 is 6 digits."""
    return dict(_data()["company_prefix_bits"])


@cache
def tag_schemes() -> dict[str, TagScheme]:
    """The partitioned tag encodings by name."""
    return {name: _tag_scheme(name, row) for name, row in _data()["schemes"].items()}


def _tag_scheme(name: str, row: dict[str, Any]) -> TagScheme:
    serial = row["serial"]
    bits = serial.get("bits_by_prefix") or dict.fromkeys(company_prefix_bits(), serial["bits"])
    return TagScheme(
        name=name,
        header=row["header"],
        kind=row["key"],
        reference_total_digits=row["prefix_and_reference_digits"],
        reference_bits=row["reference_bits"],
        serial_kind=serial["kind"],
        serial_bits=bits,
        serial_longest=serial.get("longest", 0),
        prefix_and_serial=serial.get("prefix_and_serial", 0),
    )


@cache
def plus_schemes() -> dict[str, PlusScheme]:
    """The plus encodings by name."""
    return {
        name: PlusScheme(
            name=name,
            header=row["header"],
            kind=row["key"],
            fields=tuple(
                PlusField(field["ai"], field["form"], field.get("digits", 0), field.get("longest", 0))
                for field in row["fields"]
            ),
        )
        for name, row in _data()["plus_schemes"].items()
    }
