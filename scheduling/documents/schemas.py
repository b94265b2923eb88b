"""The JSON Schemas (2020-12) of the documents, as they are shipped beside this module."""

from __future__ import annotations

from importlib.resources import files

SCHEMAS = ("problem", "plan")


def schema_json(document: str) -> str:
    """The schema of one of `SCHEMAS`, as JSON text.

    Raises:
        ValueError: if there is no such document.
    """
    if document not in SCHEMAS:
        raise ValueError(f"there is no schema of {document!r}, only of {', '.join(SCHEMAS)}")
    return files("scheduling.documents").joinpath(f"{document}.schema.json").read_text(encoding="utf-8")
