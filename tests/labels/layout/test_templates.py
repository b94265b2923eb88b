"""Designs as data: where they are found, and what is refused when they are read."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from labels.errors import TemplateError
from labels.layout.design import Condition
from labels.layout.kinds import label_kinds
from labels.layout.templates import load_template, read_template, template_names, templates_of

TEXT = {"kind": "text", "field": "serial", "x": 1, "y": 1, "width": 20, "height": 5}
QR = {"kind": "qr", "field": "identity_url", "x": 40, "y": 10, "width": 30, "height": 30}


def design(*items: dict[str, Any], **changed: Any) -> dict[str, Any]:
    return {"name": "test", "label": "element", "width_mm": 80, "height_mm": 50, "items": list(items)} | changed


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("element", ("element-100x70", "element-60x40")),
        ("pallet", ("pallet-100x70",)),
        ("mould", ("mould-60x40",)),
        ("slot", ("slot-100x70",)),
        ("rack", ("rack-100x70",)),
        ("batch", ("batch-60x40",)),
        ("badge", ("badge-86x54",)),
        ("load", ("load-105x148",)),
    ],
)
def test_each_kind_of_label_has_its_designs_the_largest_first(kind: str, names: tuple[str, ...]) -> None:
    assert tuple(template.name for template in templates_of(kind)) == names


def test_a_design_is_as_large_as_its_name_says() -> None:
    for name in template_names():
        template = load_template(name)
        assert name == f"{template.label}-{template.width_mm:g}x{template.height_mm:g}"
        assert template.label in label_kinds()


def test_every_design_has_one_qr_symbol() -> None:
    for name in template_names():
        assert [item.field for item in load_template(name).items if item.kind == "qr"] == ["identity_url"]


def test_no_badge_has_room_for_a_photo() -> None:
    assert {item.kind for item in load_template("badge-86x54").items} == {"fill", "line", "text", "qr"}


@pytest.mark.parametrize(
    ("items", "told"),
    [
        ([TEXT | {"colr": "black"}], "item 1: text has no key 'colr'"),
        ([TEXT, {"kind": "picture"}], "item 2: kind must be one of"),
        ([TEXT | {"x": 61}], "item 1 (text serial): it reaches to 81 × 6 mm, outside the label of 80 × 50 mm"),
        ([TEXT | {"y": -1}], "item 1: y must be a number of at least 0, not -1"),
        ([TEXT | {"width": "wide"}], "item 1: width must be a number of at least 0, not 'wide'"),
        ([TEXT | {"height": 0}], "item 1 (text serial): its width and its height must be above 0"),
        ([{"kind": "text", "field": "serial", "x": 1, "y": 1, "width": 5}], "item 1: height is missing"),
        ([TEXT | {"field": "weather"}], "item 1 (text weather): a label of the kind element has no field 'weather'"),
        ([TEXT | {"when": "sscc"}], "item 1 (text serial): a label of the kind element has no field 'sscc'"),
        ([TEXT | {"when": {"colour": "red"}}], "item 1: when must name a field, or have the keys field and language"),
        ([TEXT | {"unless": {"language": "fr"}}], "item 1: unless: language must be one of zh, en, not 'fr'"),
        ([TEXT | {"caption": "x"}], "item 1: a text has either a field or a caption"),
        ([TEXT | {"field": 7}], "item 1: field must be a name, not 7"),
        ([TEXT | {"size_pt": 4}], "item 1 (text serial): type of 4 pt cannot be read at 203 dots an inch; 5 pt can"),
        ([TEXT | {"size_pt": 6, "smallest_pt": 7}], "smallest_pt 7 is above size_pt 6"),
        ([TEXT | {"lines": 0}], "item 1: lines must be a whole number from 1 to 40, not 0"),
        ([TEXT | {"align": "center"}], "item 1: align must be one of left, centre, right, not 'center'"),
        ([QR | {"width": 12, "height": 12}], "12 mm are too few for 98 bytes at 203 dots an inch; 15.3 mm are needed"),
        ([QR | {"field": "serial"}], "item 1 (qr serial): the field serial is not for a QR symbol"),
        ([QR, TEXT | {"x": 30, "y": 12}], "item 1 (qr identity_url) and item 2 (text serial) overlap"),
        ([TEXT, TEXT | {"y": 4}], "item 1 (text serial) and item 2 (text serial) overlap"),
        ([], "items must be a list with one item at least"),
    ],
)
def test_what_cannot_be_printed_is_refused_when_the_design_is_read(items: list[dict[str, Any]], told: str) -> None:
    with pytest.raises(TemplateError) as refused:
        read_template(design(*items), "mine.yaml")
    assert "mine.yaml: " in str(refused.value)
    assert told in str(refused.value)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"label": "poster"}, "label: there is no kind of label 'poster'"),
        ({"width_mm": 0}, "width_mm must be a number above 0 and up to 500, not 0"),
        ({"height_mm": True}, "height_mm must be a number above 0 and up to 500, not True"),
        ({"author": "Li"}, "a design has exactly the keys"),
    ],
)
def test_a_design_says_its_kind_and_size_and_nothing_else(changed: dict[str, Any], told: str) -> None:
    with pytest.raises(TemplateError, match=told):
        read_template(design(TEXT, **changed))


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(TemplateError) as refused:
        read_template(design(TEXT | {"field": "weather"}, TEXT | {"x": 75, "size_pt": 4, "smallest_pt": 4}))
    assert len(str(refused.value).splitlines()) == 3


def test_a_caption_is_given_in_both_languages_or_is_the_same_in_both() -> None:
    half = {"kind": "text", "caption": {"zh": "重量"}, "x": 1, "y": 1, "width": 20, "height": 5}
    with pytest.raises(TemplateError, match="its caption is not given in the language en"):
        read_template(design(half))
    only_chinese = read_template(design(half | {"when": {"language": "zh"}})).items[0]
    assert only_chinese.when == Condition(language="zh")
    same = read_template(design(half | {"caption": "RFID"})).items[0]
    assert same.caption == {"zh": "RFID", "en": "RFID"}


def test_items_that_are_never_on_one_label_may_share_a_place() -> None:
    note = {"when": "local_note"}
    read_template(design(TEXT | note, TEXT | {"unless": "local_note"}))
    read_template(design(TEXT | {"when": {"language": "zh"}}, TEXT | {"when": {"language": "en"}}))
    with pytest.raises(TemplateError, match="overlap"):
        read_template(design(TEXT | note, TEXT | {"unless": "epc_hex"}))


def test_a_design_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(TemplateError, match="'poster'; there are badge-86x54"):
        load_template("poster")
    with pytest.raises(TemplateError, match="There is no label design"):
        load_template("../kinds")
    with pytest.raises(TemplateError, match="no kind of label 'poster'"):
        templates_of("poster")


def test_a_plants_own_design_goes_before_that_of_the_product(tmp_path: Path) -> None:
    own = design(TEXT, name="element-60x40", width_mm=60, height_mm=40)
    path = tmp_path / "element-60x40.yaml"
    path.write_text(yaml.safe_dump(own), "utf-8")
    assert len(load_template("element-60x40", [tmp_path]).items) == 1
    assert len(load_template("element-60x40").items) > 20
    assert "element-60x40" in [template.name for template in templates_of("element", [tmp_path])]
    own["items"] = [TEXT, QR | {"x": 28, "y": 8}]
    path.write_text(yaml.safe_dump(own), "utf-8")
    os.utime(path, ns=(1, 1))
    assert len(load_template("element-60x40", [tmp_path]).items) == 2


def test_a_file_that_is_no_design_is_named(tmp_path: Path) -> None:
    (tmp_path / "broken.yaml").write_text("name: [", "utf-8")
    with pytest.raises(TemplateError, match=r"broken\.yaml: this is not YAML"):
        load_template("broken", [tmp_path])
    (tmp_path / "other.yaml").write_text(yaml.safe_dump(design(TEXT)), "utf-8")
    with pytest.raises(TemplateError, match=r"other\.yaml: the design is named 'test'"):
        load_template("other", [tmp_path])
