"""The JSON Schemas say what the dataclasses and the readers say, no more and no less than a schema can."""

import copy
import dataclasses
import json
import re
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduling import (
    Calendar,
    Changeover,
    DocumentError,
    FixedJob,
    FixedOperation,
    Hold,
    Job,
    Line,
    MaxWait,
    Objective,
    Operation,
    Option,
    Order,
    Overtime,
    Plan,
    PlannedJob,
    PreviousStart,
    Problem,
    Resource,
    Station,
    Status,
    Unscheduled,
    Weights,
    Work,
    generate,
    plan_json,
    problem_json,
    read_plan,
    read_problem,
    solve,
)
from scheduling.__main__ import main
from scheduling.documents.schemas import schema_json
from tests.json_schemas import check_schema, validator
from tests.scheduling.full_documents import EVERY_KEY_PLAN, EVERY_KEY_PROBLEM

CONTRACT = Path(__file__).parents[2] / "docs" / "contracts" / "scheduling.md"
SCHEMAS = {name: json.loads(schema_json(name)) for name in ("problem", "plan")}
READERS = {"problem": read_problem, "plan": read_plan}
FULL = {"problem": EVERY_KEY_PROBLEM, "plan": EVERY_KEY_PLAN}

CLASSES: dict[tuple[str, str], type] = {
    ("problem", ""): Problem,
    ("problem", "calendar"): Calendar,
    ("problem", "overtime"): Overtime,
    ("problem", "resource"): Resource,
    ("problem", "line"): Line,
    ("problem", "station"): Station,
    ("problem", "changeover"): Changeover,
    ("problem", "max_wait"): MaxWait,
    ("problem", "job"): Job,
    ("problem", "option"): Option,
    ("problem", "hold"): Hold,
    ("problem", "weights"): Weights,
    ("problem", "fixed_job"): FixedJob,
    ("problem", "fixed_operation"): FixedOperation,
    ("problem", "previous_start"): PreviousStart,
    ("plan", ""): Plan,
    ("plan", "objective"): Objective,
    ("plan", "planned_job"): PlannedJob,
    ("plan", "operation"): Operation,
    ("plan", "unscheduled"): Unscheduled,
}
KEYS = {"from_station": "from", "to_station": "to"}
NOT_IN_DOCUMENTS = {"source_sha256", "stated_total", "code", "values"}
ONLY_IN_DOCUMENTS = {"version", "total"}
REQUIRED_ALL_THE_SAME = {("problem", ""): {"jobs"}, ("problem", "fixed_job"): {"operations"}}
ALWAYS_WRITTEN = {("plan", "objective")}


def definition(document: str, name: str) -> dict[str, Any]:
    return SCHEMAS[document]["$defs"][name] if name else SCHEMAS[document]


def resolved(document: str, schema: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in schema:
        return definition(document, schema["$ref"].removeprefix("#/$defs/")) | schema
    return schema


def has_default(field: dataclasses.Field[Any]) -> bool:
    return field.default is not dataclasses.MISSING or field.default_factory is not dataclasses.MISSING


def default_of(field: dataclasses.Field[Any]) -> Any:
    """The default as a document would say it; None where the key is simply absent."""
    value = field.default if field.default is not dataclasses.MISSING else field.default_factory()
    if dataclasses.is_dataclass(value):
        return {}
    return list(value) if isinstance(value, tuple) else value


def test_every_definition_of_a_schema_is_compared() -> None:
    objects = {
        (document, name)
        for document, schema in SCHEMAS.items()
        for name, part in {"": schema, **schema["$defs"]}.items()
        if part["type"] == "object"
    }
    assert objects == set(CLASSES)


@pytest.mark.parametrize(("document", "name"), CLASSES, ids=lambda value: value or "document")
def test_a_schema_has_the_fields_of_its_dataclass(document: str, name: str) -> None:
    part = definition(document, name)
    fields = {
        KEYS.get(field.name, field.name): field
        for field in dataclasses.fields(CLASSES[document, name])
        if field.name not in NOT_IN_DOCUMENTS
    }
    assert part["additionalProperties"] is False
    assert set(part["properties"]) - ONLY_IN_DOCUMENTS == set(fields)
    required = {key for key, field in fields.items() if not has_default(field)}
    if (document, name) in ALWAYS_WRITTEN:
        required = set(fields)
    required |= REQUIRED_ALL_THE_SAME.get((document, name), set())
    assert set(part.get("required", ())) - ONLY_IN_DOCUMENTS == required
    for key, field in fields.items():
        if key not in required and default_of(field) is not None:
            assert part["properties"][key]["default"] == default_of(field), key


@pytest.mark.parametrize(("document", "name"), CLASSES, ids=lambda value: value or "document")
def test_a_schema_has_the_types_of_its_dataclass(document: str, name: str) -> None:
    part = definition(document, name)
    kinds = {"int": "integer", "str": "string", "float": "number", "tuple": "array", "Mapping": "object"}
    for field in dataclasses.fields(CLASSES[document, name]):
        key = KEYS.get(field.name, field.name)
        if field.name in NOT_IN_DOCUMENTS:
            continue
        said = resolved(document, part["properties"][key])
        annotation = str(field.type).removesuffix(" | None").split("[")[0]
        words = {"Work": Work, "Order": Order, "Status": Status}
        if annotation in words:
            choices: type[StrEnum] = words[annotation]
            assert said["enum"] == [str(word) for word in choices]
        elif field.name == "bound":
            assert said["type"] == ["integer", "null"]
        else:
            kind = {"Window": "array", "Weights": "object", "Objective": "object", "Changeover": "object"}
            assert said["type"] == (kinds | kind)[annotation], key


def test_the_full_documents_have_every_key_and_are_read() -> None:
    for document, full in FULL.items():
        validator(SCHEMAS[document]).validate(full)
        READERS[document](json.dumps(full).encode())
        found = {key for path in paths(full) for key in path if isinstance(key, str)}
        named = {key for (of, _), kind in CLASSES.items() if of == document for key in definition_keys(document, kind)}
        assert named <= found


def definition_keys(document: str, kind: type) -> set[str]:
    return {key for at, found in CLASSES.items() if found is kind for key in definition(*at)["properties"]}


def paths(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Every place of a document, the document itself first."""
    yield path
    if isinstance(value, dict):
        for key, entry in value.items():
            yield from paths(entry, (*path, key))
    elif isinstance(value, list):
        for index, entry in enumerate(value):
            yield from paths(entry, (*path, index))


def at(value: Any, path: tuple[str | int, ...]) -> Any:
    for key in path:
        value = value[key]
    return value


def put(document: Any, path: tuple[str | int, ...], value: Any) -> Any:
    if not path:
        return value
    changed = copy.deepcopy(document)
    at(changed, path[:-1])[path[-1]] = value
    return changed


def json_path(path: tuple[str | int, ...]) -> str:
    return "$" + "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in path)


def schema_of(document: str, path: tuple[str | int, ...]) -> dict[str, Any]:
    part = definition(document, "")
    for key in path:
        if isinstance(key, int):
            part = part["items"]
        else:
            part = part["properties"][key] if key in part.get("properties", {}) else part["additionalProperties"]
        part = resolved(document, part)
    return part


NUMBERS = [(document, path) for document, full in FULL.items() for path in paths(full) if type(at(full, path)) is int]


@pytest.mark.parametrize(("document", "path"), NUMBERS, ids=lambda value: value if isinstance(value, str) else None)
def test_the_ranges_of_the_schema_are_those_of_the_reader(document: str, path: tuple[str | int, ...]) -> None:
    part = schema_of(document, path)
    if path == ("version",):
        bounds = {"minimum": (1, 0), "maximum": (1, 2)}
    else:
        bounds = {key: (part[key], part[key] + step) for key, step in (("minimum", -1), ("maximum", 1)) if key in part}
    for inside, outside in bounds.values():
        refused = put(FULL[document], path, outside)
        assert not validator(SCHEMAS[document]).is_valid(refused)
        assert json_path(path) in issue_paths(document, refused)
        accepted = put(FULL[document], path, inside)
        assert not any(
            "must be" in message and json_path(path) == place and "…" in message
            for place, message in issues(document, accepted)
        )
        assert validator(SCHEMAS[document]).is_valid(accepted) or path[-1] == "capacity"


def issues(document: str, value: Any) -> list[tuple[str, str]]:
    try:
        READERS[document](json.dumps(value).encode())
    except DocumentError as error:
        return [(issue.path, issue.message) for issue in error.issues]
    return []


def issue_paths(document: str, value: Any) -> list[str]:
    return [path for path, _ in issues(document, value)]


STRANGE = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from([-1, 0, 1, 2, 10_000, 10_001, 1_000_001, 10_000_001, 10**40, 1.0, 0.5, 1e300, "", "J", "L", "any"]),
    st.sampled_from([[], {}, [1], [1, 2], [1, 2, 3], {"id": "x"}, [{}], [[480, 720]], ["a"]]),
)


@settings(max_examples=400, deadline=None)
@given(data=st.data(), document=st.sampled_from(["problem", "plan"]))
def test_reader_and_schema_agree_about_changed_documents(data: st.DataObject, document: str) -> None:
    """What the reader accepts, the schema accepts: so what the schema refuses, the reader refuses."""
    changed = copy.deepcopy(FULL[document])
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from([path for path in paths(changed) if path]))
        parent = at(changed, path[:-1])
        how = data.draw(st.sampled_from(["replace", "replace", "remove", "repeat"]))
        if how == "replace":
            parent[path[-1]] = copy.deepcopy(data.draw(STRANGE))
        elif how == "remove":
            del parent[path[-1]]
        elif isinstance(parent, dict):
            parent["unknown"] = 1
        else:
            parent.append(copy.deepcopy(parent[path[-1]]))
    if not issues(document, changed):
        assert validator(SCHEMAS[document]).is_valid(changed), changed


def listings() -> list[Any]:
    return [json.loads(text) for text in re.findall(r"```json\n(.*?)```", CONTRACT.read_text(encoding="utf-8"), re.S)]


def test_the_examples_of_the_contract_are_documents() -> None:
    problem, plan = listings()
    validator(SCHEMAS["problem"]).validate(problem)
    read_problem(json.dumps(problem).encode())
    assert plan["status"].split(" | ") == [str(word) for word in Status]
    plan["status"] = "feasible"
    validator(SCHEMAS["plan"]).validate(plan)
    read_plan(json.dumps(plan).encode())


@pytest.mark.parametrize("seed", range(3))
def test_generated_problems_and_their_plans_keep_the_schemas(seed: int) -> None:
    problem = generate(6, 2, seed, tight=bool(seed % 2))
    validator(SCHEMAS["problem"]).validate(json.loads(problem_json(problem)))
    validator(SCHEMAS["plan"]).validate(json.loads(plan_json(solve(problem, 0.1))))


@pytest.mark.parametrize("document", ["problem", "plan"])
def test_the_command_prints_the_schema(document: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", document]) == 0
    printed = json.loads(capsys.readouterr().out)
    check_schema(printed)
    assert printed == SCHEMAS[document]
