"""The documents of pallet formation: read back as they were, refused with a path, and described by their schemas."""

import json
import re
from collections.abc import Callable
from dataclasses import MISSING, Field, fields
from pathlib import Path
from typing import Any

import pytest

from scheduling import (
    Item,
    NestingError,
    NestingObjective,
    NestingProblem,
    NestingResult,
    PalletLoad,
    PalletType,
    Placement,
    UnplacedItem,
    check_nesting,
    nesting_problem_json,
    nesting_result_json,
    nesting_schema,
    read_nesting_problem,
    read_nesting_result,
)
from tests.json_schemas import check_schema, validator
from tests.scheduling.nesting.nesting_factory import two_loads

Document = dict[str, Any]


def problem_document() -> Document:
    return json.loads(nesting_problem_json(two_loads()[0]))


def result_document() -> Document:
    return json.loads(nesting_result_json(two_loads()[1]))


def test_documents_come_back_as_they_were() -> None:
    problem, result = two_loads()
    assert read_nesting_problem(nesting_problem_json(problem).encode()) == problem
    assert read_nesting_result(nesting_result_json(result).encode()) == result


def test_what_is_absent_has_its_default() -> None:
    document = problem_document()
    del document["due_window_minutes"]
    for key in ("edge_clearance_mm", "gap_mm", "count"):
        del document["pallets"][0][key]
    del document["items"][0]["may_rotate"]
    problem = read_nesting_problem(json.dumps(document).encode())
    assert problem.due_window_minutes is None
    assert problem.pallets[0] == PalletType("P", 9000, 3500, 10_000, 0, 0, None)
    assert problem.items[0].may_rotate
    claimless = read_nesting_result(b'{"version": 1, "loads": []}')
    assert (claimless.objective, claimless.bound, claimless.unplaced) == (None, None, ())


def test_the_examples_of_the_contract_are_a_problem_and_a_result_of_it() -> None:
    text = Path("docs/contracts/nesting.md").read_text(encoding="utf-8")
    problem, result = re.findall(r"```json\n(.*?)```", text, re.DOTALL)
    assert check_nesting(read_nesting_problem(problem.encode()), read_nesting_result(result.encode())) == ()


def put(*path: str | int, value: object) -> Callable[[Document], None]:
    """Writes a value at a path."""

    def change(document: Document) -> None:
        target: Any = document
        for key in path[:-1]:
            target = target[key]
        target[path[-1]] = value

    return change


def remove(*path: str | int) -> Callable[[Document], None]:
    """Removes a key."""

    def change(document: Document) -> None:
        target: Any = document
        for key in path[:-1]:
            target = target[key]
        del target[path[-1]]

    return change


BROKEN_PROBLEMS = [
    (put("version", value=2), "$.version", "must be 1"),
    (put("extra", value=1), "$.extra", "is not a known key"),
    (put("items", 1, "colour", value="red"), "$.items[1].colour", "is not a known key"),
    (remove("pallets"), "$.pallets", "is missing"),
    (remove("items"), "$.items", "is missing"),
    (remove("items", 0, "group"), "$.items[0].group", "is missing"),
    (remove("pallets", 0, "max_load_kg"), "$.pallets[0].max_load_kg", "is missing"),
    (put("pallets", value=[]), "$.pallets", "needs at least one"),
    (put("items", value={}), "$.items", "must be a list"),
    (put("items", 0, value=5), "$.items[0]", "must be an object"),
    (put("items", 0, "length_mm", value=1.5), "$.items[0].length_mm", "must be an integer"),
    (put("items", 0, "length_mm", value=True), "$.items[0].length_mm", "must be an integer"),
    (put("items", 0, "length_mm", value="9"), "$.items[0].length_mm", "must be an integer"),
    (put("items", 0, "length_mm", value=None), "$.items[0].length_mm", "must be an integer"),
    (put("items", 0, "length_mm", value=0), "$.items[0].length_mm", "must be 1 … 100000"),
    (put("items", 0, "width_mm", value=-1), "$.items[0].width_mm", "must be 1 … 100000"),
    (put("items", 0, "width_mm", value=10**30), "$.items[0].width_mm", "must be 1 … 100000"),
    (put("items", 0, "weight_kg", value=-1), "$.items[0].weight_kg", "must be 0 … 1000000"),
    (put("items", 0, "due", value=-1), "$.items[0].due", "must be 0 …"),
    (put("items", 0, "due", value=10_000_001), "$.items[0].due", "must be 0 …"),
    (put("items", 0, "may_rotate", value=1), "$.items[0].may_rotate", "must be true or false"),
    (put("items", 0, "group", value=""), "$.items[0].group", "must be non-empty text"),
    (put("items", 0, "id", value=""), "$.items[0].id", "must be non-empty text"),
    (put("items", 1, "id", value="a"), "$.items[1].id", "stands twice"),
    (put("pallets", 0, "count", value=0), "$.pallets[0].count", "must be 1 …"),
    (put("pallets", 0, "gap_mm", value=-1), "$.pallets[0].gap_mm", "must be 0 …"),
    (put("pallets", 0, "edge_clearance_mm", value=[]), "$.pallets[0].edge_clearance_mm", "must be an integer"),
    (put("due_window_minutes", value=-5), "$.due_window_minutes", "must be 0 …"),
]


@pytest.mark.parametrize(("change", "path", "words"), BROKEN_PROBLEMS)
def test_a_broken_problem_is_refused_with_its_path(change: Callable[[Document], None], path: str, words: str) -> None:
    document = problem_document()
    change(document)
    with pytest.raises(NestingError) as refused:
        read_nesting_problem(json.dumps(document).encode())
    assert refused.value.issues[0].path == path
    assert words in refused.value.issues[0].message


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"{", "is no JSON document"),
        (b"\xff", "is no JSON document"),
        (b"[]", "must be an object"),
        (b'{"version": NaN}', "NaN is no JSON number"),
        (b'{"version": 1, "version": 1}', "'version' stands twice"),
        (b"[" * 100_000, "is no JSON document"),
    ],
)
def test_what_is_no_document_is_refused(text: bytes, words: str) -> None:
    for read in (read_nesting_problem, read_nesting_result):
        with pytest.raises(NestingError, match=words):
            read(text)


BROKEN_RESULTS = [
    (put("version", value=0), "$.version"),
    (put("score", value=1), "$.score"),
    (remove("loads"), "$.loads"),
    (put("status", value="perfect"), "$.status"),
    (put("loads", 0, "placements", 0, "x_mm", value=0.5), "$.loads[0].placements[0].x_mm"),
    (put("loads", 0, "placements", 0, "rotated", value="no"), "$.loads[0].placements[0].rotated"),
    (remove("loads", 0, "placements", 1, "item"), "$.loads[0].placements[1].item"),
    (remove("loads", 0, "pallet"), "$.loads[0].pallet"),
    (put("unplaced", 0, "reason", value=None), "$.unplaced[0].reason"),
    (put("objective", "pallets", value=-1), "$.objective.pallets"),
    (remove("objective", "early_minutes"), "$.objective.early_minutes"),
    (put("bound", value=3), "$.bound"),
    (put("bound", "extra", value=3), "$.bound.extra"),
]


@pytest.mark.parametrize(("change", "path"), BROKEN_RESULTS)
def test_a_broken_result_is_refused_with_its_path(change: Callable[[Document], None], path: str) -> None:
    document = result_document()
    change(document)
    with pytest.raises(NestingError) as refused:
        read_nesting_result(json.dumps(document).encode())
    assert refused.value.issues[0].path == path


def test_every_fault_of_a_problem_is_told_at_once() -> None:
    with pytest.raises(NestingError) as refused:
        NestingProblem((PalletType("P", 0, 1, 1),), (Item("a", 1, 1, 1, "g", -1),))
    assert [issue.path for issue in refused.value.issues] == ["$.pallets[0].length_mm", "$.items[0].due"]


def test_a_schema_accepts_what_is_written() -> None:
    for name, document in (("problem", problem_document()), ("result", result_document())):
        schema = nesting_schema(name)
        check_schema(schema)
        validator(schema).validate(document)


@pytest.mark.parametrize("change", [entry[0] for entry in BROKEN_PROBLEMS if "stands twice" not in entry[2]])
def test_the_problem_schema_refuses_what_the_reader_refuses(change: Callable[[Document], None]) -> None:
    document = problem_document()
    change(document)
    assert not validator(nesting_schema("problem")).is_valid(document)


@pytest.mark.parametrize("change", [entry[0] for entry in BROKEN_RESULTS])
def test_the_result_schema_refuses_what_the_reader_refuses(change: Callable[[Document], None]) -> None:
    document = result_document()
    change(document)
    assert not validator(nesting_schema("result")).is_valid(document)


def is_required(field: Field[Any]) -> bool:
    return field.default is MISSING and field.default_factory is MISSING


@pytest.mark.parametrize(
    ("document", "name", "kind"),
    [
        ("problem", "pallet", PalletType),
        ("problem", "item", Item),
        ("result", "load", PalletLoad),
        ("result", "placement", Placement),
        ("result", "unplaced", UnplacedItem),
        ("result", "objective", NestingObjective),
        ("problem", None, NestingProblem),
        ("result", None, NestingResult),
    ],
)
def test_a_schema_has_the_fields_of_its_dataclass(document: str, name: str | None, kind: type) -> None:
    schema = nesting_schema(document)
    described = schema if name is None else schema["$defs"][name]
    version = {"version"} if name is None else set()
    assert set(described["properties"]) == {field.name for field in fields(kind)} | version
    # `items` has a default in Python only: a document without them is a mistake.
    required = {field.name for field in fields(kind) if is_required(field) or field.name == "items"}
    assert set(described["required"]) == required | version
    assert described["additionalProperties"] is False
