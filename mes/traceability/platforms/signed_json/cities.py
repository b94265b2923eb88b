"""The cities whose files ship, and reading a plant's own file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from importlib import resources
from typing import Any

from mes.core.errors import InvalidInput
from mes.core.text import N_, Text
from mes.traceability.platforms.fields import read_declared, read_yaml
from mes.traceability.platforms.signed_json.declaration import City

_FOLDER = "cities"


def city_names() -> tuple[str, ...]:
    """The names of the cities that ship."""
    files = resources.files(__package__).joinpath(_FOLDER).iterdir()
    return tuple(sorted(file.name.removesuffix(".yaml") for file in files if file.name.endswith(".yaml")))


@lru_cache(maxsize=32)
def city_named(name: str) -> City:
    """A city that ships.

    Raises:
        InvalidInput: there is none of that name, or its file is not right.
    """
    if name not in city_names():
        values = {"name": name, "known": ", ".join(city_names())}
        raise InvalidInput(Text(N_("There is no file of a city named “%(name)s”; there are %(known)s"), values))
    text = resources.files(__package__).joinpath(_FOLDER, f"{name}.yaml").read_text(encoding="utf-8")
    return read_city(text)


def read_city(text: str) -> City:
    """A city's file.

    Raises:
        InvalidInput: with the place of each fault in the file.
    """
    return read_declared(City, read_yaml(text))


def city_of(definition: Mapping[str, Any]) -> City:
    """A city's file as a connector's settings keep it.

    Raises:
        InvalidInput: with the place of each fault.
    """
    return _kept(json.dumps(definition, sort_keys=False))


@lru_cache(maxsize=32)
def _kept(definition: str) -> City:
    return read_declared(City, json.loads(definition))
