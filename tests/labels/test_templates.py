"""Layouts as data."""

from __future__ import annotations

from typing import Any

import pytest

from labels.errors import TemplateError
from labels.templates import load_template, read_template


def template(**item: Any) -> dict[str, Any]:
    whole = {"kind": "text", "field": "serial", "x": 1, "y": 1, "width": 5, "height": 5} | item
    return {"name": "test", "width_mm": 10, "height_mm": 10, "items": [whole]}


@pytest.mark.parametrize(("name", "size"), [("element", (100, 70)), ("pallet", (100, 70)), ("load", (105, 148))])
def test_each_label_has_its_size_and_a_qr_symbol_of_30_mm(name: str, size: tuple[int, int]) -> None:
    loaded = load_template(name)
    assert (loaded.width_mm, loaded.height_mm) == size
    assert [item.smallest_mm for item in loaded.items if item.kind == "qr"] == [30]


@pytest.mark.parametrize("name", ["element", "pallet", "load"])
def test_each_caption_is_in_both_languages(name: str) -> None:
    captions = [item.caption for item in load_template(name).items if item.kind == "text" and not item.field]
    assert captions
    assert all(set(caption) == {"zh", "en"} and all(caption.values()) for caption in captions)


@pytest.mark.parametrize("wrong", [{"colr": "black"}, {"kind": "picture"}, {"x": 6}, {"y": -1}])
def test_a_template_that_cannot_be_drawn_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(TemplateError):
        read_template(template(**wrong))


def test_a_template_that_is_not_there_is_named() -> None:
    with pytest.raises(TemplateError, match="poster"):
        load_template("poster")
