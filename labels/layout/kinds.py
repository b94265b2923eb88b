"""Kinds of label and the fields that their designs may use, from ``kinds.yaml``."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from labels.errors import TemplateError


@cache
def _document() -> Mapping[str, Any]:
    document: Mapping[str, Any] = yaml.safe_load(files("labels.layout").joinpath("kinds.yaml").read_text("utf-8"))
    return document


def label_kinds() -> tuple[str, ...]:
    """Every kind of label: element, pallet, mould …"""
    return tuple(_document()["kinds"])


def fields_of(kind: str) -> Mapping[str, Mapping[str, Any]]:
    """The fields of a kind of label by name, each with its meaning in Chinese and English.

    Raises TemplateError where there is no such kind.
    """
    kinds = _document()["kinds"]
    if kind not in kinds:
        raise TemplateError(f"There is no kind of label {kind!r}; there are {', '.join(kinds)}")
    return {**kinds[kind], **_document()["every_kind"]}


def longest_qr_bytes(kind: str, field: str) -> int:
    """How long the text of this field may be in a QR symbol, in bytes of UTF-8; 0: it is not for a QR symbol."""
    return int(fields_of(kind)[field].get("qr_bytes", 0))
