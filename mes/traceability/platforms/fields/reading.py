"""Reading a YAML file into its declaration: every fault is named with its place in the file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from mes.core.errors import Fault, InvalidInput
from mes.core.text import N_, Text

Model = TypeVar("Model", bound=BaseModel)


LONGEST_TEXT = 200_000
MOST_VALUES = 20_000
DEEPEST = 40
_PLAIN_TAGS = ("null", "bool", "int", "float", "str", "seq", "map")


class _Loader(yaml.SafeLoader):
    """YAML whose plain words mean what a person takes them for, after the core schema of YAML 1.2.

    Only true and false are truth values, `01`, `0x1F`, `1_000`, `12:30` and dates stay texts, a key stands once, and
    there are no values but those of JSON.
    """

    yaml_constructors = {
        f"tag:yaml.org,2002:{name}": yaml.SafeLoader.yaml_constructors[f"tag:yaml.org,2002:{name}"]
        for name in _PLAIN_TAGS
    } | {None: yaml.SafeLoader.yaml_constructors[None]}
    yaml_implicit_resolvers: dict[str, list[Any]] = {}  # noqa: RUF012 - PyYAML's way


for _name, _pattern, _first in (
    ("null", r"~|null|", ["~", "n", ""]),
    ("bool", r"true|false", ["t", "f"]),
    ("int", r"-?(0|[1-9][0-9]{0,17})", list("-0123456789")),
    ("float", r"-?(0|[1-9][0-9]*)\.[0-9]+([eE][-+]?[0-9]{1,2})?", list("-0123456789")),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_name}", re.compile(f"^(?:{_pattern})$"), _first)


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[Any, Any]:
    seen: set[Any] = set()
    for key_node, _ in node.value:
        key, mark = loader.construct_object(key_node, deep=True), key_node.start_mark
        if isinstance(key, list | dict):
            raise yaml.constructor.ConstructorError(None, None, "a key is a plain word", mark)
        if key in seen:
            raise yaml.constructor.ConstructorError(None, None, f"the key {key!r} stands twice", mark)
        seen.add(key)
    return dict(loader.construct_pairs(node, deep=True))


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def read_yaml(text: str) -> Mapping[str, Any]:
    """A YAML text's mapping.

    Raises:
        InvalidInput: no YAML, a key that stands twice, no mapping, or more than a settings file can be; says where.
    """
    if len(text) > LONGEST_TEXT:
        raise _not_right("", f"it has {len(text)} characters; such a file has at most {LONGEST_TEXT}")
    try:
        _require_shallow(text)
        loaded = yaml.load(text, Loader=_Loader)  # noqa: S506 - a SafeLoader
    except yaml.YAMLError as error:
        where = _place_of(getattr(error, "problem_mark", None))
        raise _not_right(where, str(getattr(error, "problem", None) or error)) from error
    if not isinstance(loaded, Mapping):
        raise _not_right("line 1", "it must be a list of keys and values")
    if _count(loaded, {}) > MOST_VALUES:
        raise _not_right("", f"with what its aliases (*) stand for, it holds more than {MOST_VALUES} values")
    return loaded


def _require_shallow(text: str) -> None:
    """Before anything is built of it: a text that goes deeper than any settings do would exhaust the stack."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > DEEPEST:
                words = f"lists and keys stand more than {DEEPEST} deep within one another"
                raise _not_right(_place_of(event.start_mark), words)
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _count(value: Any, known: dict[int, int]) -> int:
    """How many values it holds, each alias counted as what it stands for."""
    if not isinstance(value, Mapping | list):
        return 1
    if id(value) not in known:
        inside = value.values() if isinstance(value, Mapping) else value
        known[id(value)] = 1 + sum(_count(each, known) for each in inside)
    return known[id(value)]


def _place_of(mark: Any) -> str:
    return f"line {mark.line + 1}, column {mark.column + 1}" if mark else ""


def _not_right(where: str, words: str) -> InvalidInput:
    return InvalidInput(Text(N_("The file is not right")), [_fault(where, words)])


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
