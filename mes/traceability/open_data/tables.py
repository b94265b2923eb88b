"""The tables of open data as `columns.yaml` declares them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import yaml

from mes.core.errors import NotFound
from mes.core.text import N_, Text
from mes.ledger.kinds import EVENT_KINDS

DECLARED = Path(__file__).with_name("columns.yaml")
Type = Literal["int64", "float64", "string", "timestamp"]


@dataclass(frozen=True)
class Column:
    """A column: what it says in Chinese and English, its unit, and the name of its code list."""

    name: str
    type: Type
    zh: str
    en: str
    unit: str = ""
    codes: str = ""


@dataclass(frozen=True)
class Dataset:
    """A table: its columns in their order, and what a row of it is."""

    name: str
    zh: str
    en: str
    says: Mapping[str, str]
    columns: tuple[Column, ...]


@dataclass(frozen=True)
class Declared:
    """All that `columns.yaml` says; `kinds` are those of the ledger's that are told."""

    datasets: Mapping[str, Dataset]
    kinds: tuple[str, ...]
    subjects: frozenset[str]
    words: Mapping[str, Mapping[str, Mapping[str, str]]]


@cache
def declared() -> Declared:
    """The declaration, read once."""
    read = yaml.safe_load(DECLARED.read_text(encoding="utf-8"))
    return Declared(
        datasets={name: _dataset(name, facts) for name, facts in read["datasets"].items()},
        kinds=tuple(kind for kind in EVENT_KINDS if _is_told(kind, read["kinds"])),
        subjects=frozenset(read["subjects"]),
        words=read["words"],
    )


def dataset_named(name: str) -> Dataset:
    """A table by its name.

    Raises:
        NotFound: there is none.
    """
    found = declared().datasets.get(name)
    if found is None:
        raise NotFound(Text(N_("There is no such table of open data")))
    return found


def _dataset(name: str, facts: dict[str, object]) -> Dataset:
    columns = tuple(Column(**column) for column in facts["columns"])  # type: ignore[attr-defined]
    return Dataset(name, str(facts["zh"]), str(facts["en"]), facts["says"], columns)  # type: ignore[arg-type]


def _is_told(kind: str, names: list[str]) -> bool:
    return any(kind.startswith(name) if name.endswith(".") else kind == name for name in names)
