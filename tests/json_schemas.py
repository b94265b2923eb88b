"""JSON schema in tests. The library reads forty grammars when it is imported (seconds), so it is imported by those
tests only that use it, and not by every process that collects them."""

from __future__ import annotations

from functools import cache
from typing import Any


@cache
def _drafts() -> dict[str, Any]:
    import jsonschema

    return {"7": jsonschema.Draft7Validator, "2020-12": jsonschema.Draft202012Validator}


def validator(schema: Any, draft: str = "2020-12") -> Any:
    """A validator of a schema's documents, formats checked."""
    kind = _drafts()[draft]
    return kind(schema, format_checker=kind.FORMAT_CHECKER)


def check_schema(schema: Any, draft: str = "2020-12") -> None:
    """Raises where the schema itself is not right."""
    _drafts()[draft].check_schema(schema)
