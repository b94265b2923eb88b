"""What a folder is told: tables, their columns, and which kinds of events become their rows."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from importlib import resources
from typing import Any, Literal

from pydantic import Field, model_validator

from mes.core.errors import InvalidInput
from mes.core.text import N_, Text
from mes.traceability.platforms.fields import (
    Code,
    Declared,
    FieldRule,
    Name,
    Words,
    read_declared,
    read_yaml,
    require_known_codes,
)
from mes.traceability.platforms.fields.declared import Scalar
from mes.traceability.platforms.fields.known import unknown_paths
from mes.traceability.platforms.told import Source, Told, ValueRule, Zone, unknown_facts

_FOLDER = "layouts"


class Table(Told):
    """Rows of one kind; `sheet` is the spreadsheet's name for it."""

    sheet: str = Field(min_length=1, max_length=31, pattern=r"^[^\[\]:*?/\\']+$")


class Layout(Declared):
    """One file of a folder: its form, and its tables. `common` columns come before a table's own."""

    layout: str = Field(pattern=r"^[a-z0-9-]{2,40}$")
    title: Words
    draft: bool
    source: Source
    notes: tuple[str, ...] = ()
    form: Literal["jsonl", "xlsx"]
    zone: Zone = "Asia/Shanghai"
    empty: Literal["leave_out", "null", "text"] = "leave_out"
    values: dict[Name, ValueRule] = Field(default_factory=dict)
    common: tuple[FieldRule, ...] = ()
    tables: dict[Name, Table] = Field(min_length=1)
    codes: dict[Name, dict[Code, Scalar]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _whole(self) -> Layout:
        faults = [*require_known_codes(self.common, self.codes, "common"), *unknown_paths(self.common, "common")]
        for name, table in self.tables.items():
            where = f"tables.{name}"
            faults += require_known_codes(table.fields, self.codes, where)
            faults += unknown_facts(table, table.fields, where)
            counted = Counter(rule.to for rule in self.rules_of(table))
            faults += [f"{where}: the column {to!r} stands twice" for to, count in counted.items() if count > 1]
            if any(each.encrypt for rule in self.rules_of(table) for each in rule.all_below):
                faults.append(f"{where}: nothing is encrypted in a file")
        sheets = Counter(table.sheet.lower() for table in self.tables.values())
        faults += [f"tables: the sheet {sheet!r} stands twice" for sheet, count in sheets.items() if count > 1]
        if faults:
            raise ValueError("\n".join(faults))
        return self

    @property
    def told(self) -> Mapping[str, Told]:
        """What is told, by the names of tables."""
        return self.tables

    def rules_of(self, told: Told) -> tuple[FieldRule, ...]:
        """The columns of a table, common ones first."""
        return (*(rule for rule in self.common if rule.to not in told.leave_out), *told.fields)


def layout_names() -> tuple[str, ...]:
    """The names of the layouts that ship."""
    files = resources.files(__package__).joinpath(_FOLDER).iterdir()
    return tuple(sorted(file.name.removesuffix(".yaml") for file in files if file.name.endswith(".yaml")))


@lru_cache(maxsize=32)
def layout_named(name: str) -> Layout:
    """A layout that ships.

    Raises:
        InvalidInput: there is none of that name.
    """
    if name not in layout_names():
        values = {"name": name, "known": ", ".join(layout_names())}
        raise InvalidInput(Text(N_("There is no layout named “%(name)s”; there are %(known)s"), values))
    text = resources.files(__package__).joinpath(_FOLDER, f"{name}.yaml").read_text(encoding="utf-8")
    return read_declared(Layout, read_yaml(text))


def layout_of(definition: Mapping[str, Any]) -> Layout:
    """A plant's own layout, as a connector's settings keep it.

    Raises:
        InvalidInput: with the place of each fault.
    """
    return _kept(json.dumps(definition))


@lru_cache(maxsize=32)
def _kept(definition: str) -> Layout:
    return read_declared(Layout, json.loads(definition))
