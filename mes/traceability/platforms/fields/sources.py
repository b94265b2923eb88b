"""Looking into an event's content by path."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any


def look_up(roots: Mapping[str, Any] | Sequence[Any], path: str) -> Any:
    """What stands at a path such as `how.batch.batch_number` or `how.photos.0`; None where nothing does."""
    found: Any = roots
    for part in path.split("."):
        if isinstance(found, Mapping):
            found = found.get(part)
        elif isinstance(found, Sequence) and not isinstance(found, str) and part.isdecimal():
            found = found[int(part)] if int(part) < len(found) else None
        else:
            return None
    return found


def first_of(roots: Mapping[str, Any], paths: Iterable[str]) -> Any:
    """The first value that is not empty, along several paths."""
    return next((value for path in paths if not is_empty(value := look_up(roots, path))), None)


def is_empty(value: Any) -> bool:
    """Whether there is nothing to tell: no value, blank text, an empty list. Zero and False are values."""
    if isinstance(value, str):
        return not value.strip()
    return value is None or (isinstance(value, Mapping | Sequence) and not value)
