"""Reading a YAML file into its declaration: every fault is named with its place in the file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from mes.core.errors import Fault, InvalidInput
from mes.core.text import N_, Text

Model = TypeVar("Model", bound=BaseModel)


class _Loader(yaml.SafeLoader):
    """YAML in which a key may stand once, and dates stay texts."""


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[Any, Any]:
    seen: set[Any] = set()
    for key_node, _ in node.value:
        key = loader.construct_object(key_node, deep=True)
        if key in seen:
            mark = key_node.start_mark
            raise yaml.constructor.ConstructorError(None, None, f"the key {key!r} stands twice", mark)
        seen.add(key)
    return dict(loader.construct_pairs(node, deep=True))


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)
_Loader.yaml_implicit_resolvers = {
    first: [entry for entry in entries if entry[0] != "tag:yaml.org,2002:timestamp"]
    for first, entries in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read_yaml(text: str) -> Mapping[str, Any]:
    """A YAML text's mapping.

    Raises:
        InvalidInput: no YAML, a key that stands twice, or no mapping; says where.
    """
    try:
        loaded = yaml.load(text, Loader=_Loader)  # noqa: S506 - a SafeLoader
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        told = Text(N_("The file is not right"))
        raise InvalidInput(told, [_fault(where, str(getattr(error, "problem", None) or error))]) from error
    if not isinstance(loaded, Mapping):
        raise InvalidInput(
            Text(N_("The file is not right")), [_fault("line 1", "it must be a list of keys and values")]
        )
    return loaded


def read_declared(model: type[Model], given: Mapping[str, Any]) -> Model:
    """A declaration, checked.

    Raises:
        InvalidInput: with the place of each fault.
    """
    try:
        return model.model_validate(given)
    except ValidationError as error:
        raise InvalidInput(Text(N_("The file is not right")), faults_of(error, given)) from error


def faults_of(error: ValidationError, given: Any = None) -> list[Fault]:
    """Each fault once, its place in the words of the file: `endpoints.element.fields[3] (volume).decimals`."""
    found: dict[tuple[str, str], Fault] = {}
    for item in error.errors(include_url=False, include_context=False, include_input=False):
        where, message = _place(item["loc"], given), item["msg"].removeprefix("Value error, ")
        if item["type"] == "extra_forbidden":
            message = "this key is not known"
        for line in message.split("\n"):
            place, words = (where, line) if where else _parted(line)
            found.setdefault((place, words), _fault(place, words))
    return list(found.values())


def _parted(line: str) -> tuple[str, str]:
    """A fault of the whole file, which says its place itself: `endpoints.x: words`."""
    place, parted, words = line.partition(": ")
    return (place, words) if parted else ("", line)


def _fault(where: str, words: str) -> Fault:
    return Fault(where, Text(words.replace("%", "%%")))


def _place(location: Iterable[int | str], given: Any) -> str:
    place, here = "", given
    for part in location:
        inside = _inside(here, part)
        if isinstance(part, int):
            place += f"[{part}]"
            named = inside.get("to", inside.get("name")) if isinstance(inside, Mapping) else None
            place += f" ({named})" if isinstance(named, str) else ""
        elif inside is not None or not isinstance(here, str | int | float | list):
            place += f".{part}" if place else str(part)
        here = inside if inside is not None else here
    return place


def _inside(here: Any, part: int | str) -> Any:
    if isinstance(here, Mapping):
        return here.get(part)
    return here[part] if isinstance(here, list) and isinstance(part, int) and part < len(here) else None
