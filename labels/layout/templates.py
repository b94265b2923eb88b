"""Label designs as data: YAML files, measures in millimetres from the upper left corner.

The designs that come with the product are in ``labels/layout/designs``; a plant's own lie in folders of its own and
go before those of the same name. docs/labels.md describes the format.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from labels.errors import TemplateError
from labels.layout import design_checks
from labels.layout.design import Condition, Item, Template
from labels.layout.kinds import fields_of

LANGUAGES = ("zh", "en")
BUILT_IN = Path(str(files("labels.layout").joinpath("designs")))


def load_template(name: str, folders: Sequence[Path | str] = ()) -> Template:
    """The design of this name, from the first folder that has it, else from those that come with the product.

    Raises TemplateError where there is none, or where its file says something that cannot be printed.
    """
    for folder in (*(Path(folder) for folder in folders), BUILT_IN):
        path = folder / f"{name}.yaml"
        if path.name == f"{name}.yaml" and path.is_file():
            return _read_file(path, path.stat().st_mtime_ns)
    raise TemplateError(f"There is no label design {name!r}; there are {', '.join(template_names(folders))}")


def template_names(folders: Sequence[Path | str] = ()) -> tuple[str, ...]:
    """The names of all designs, in alphabetical order."""
    everywhere = (*(Path(folder) for folder in folders), BUILT_IN)
    return tuple(sorted({path.stem for folder in everywhere for path in folder.glob("*.yaml")}))


def templates_of(label_kind: str, folders: Sequence[Path | str] = ()) -> tuple[Template, ...]:
    """The designs for a kind of label, the largest first; raises TemplateError where there is no such kind."""
    fields_of(label_kind)
    every = (load_template(name, folders) for name in template_names(folders))
    fitting = [template for template in every if template.label == label_kind]
    return tuple(sorted(fitting, key=lambda template: (-template.width_mm * template.height_mm, template.name)))


@lru_cache(maxsize=128)
def _read_file(path: Path, _changed_ns: int) -> Template:
    """The design in a file; read again when the file has changed."""
    try:
        data = yaml.safe_load(path.read_text("utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise TemplateError(f"{path}: this is not YAML: {' '.join(str(error).split())}") from error
    template = read_template(data, str(path))
    if template.name != path.stem:
        raise TemplateError(f"{path}: the design is named {template.name!r}; a file is named as its design")
    return template


def read_template(data: Any, source: str = "the design") -> Template:
    """A design from parsed YAML.

    Raises TemplateError that names the source, the item and what is wrong with it; all faults at once, a line each.
    """
    design_checks.check_form(data, source)
    items = tuple(_item(row, number) for number, row in enumerate(data["items"], 1))
    template = Template(str(data["name"]), str(data["label"]), float(data["width_mm"]), float(data["height_mm"]), items)
    faults = [f"{source}: {fault}" for fault in design_checks.faults(template)]
    if faults:
        raise TemplateError("\n".join(faults))
    return template


def _item(row: Mapping[str, Any], number: int) -> Item:
    values = dict(row)
    for name in ("when", "unless"):
        if name in values:
            values[name] = _condition(values[name])
    if "caption" in values:
        values["caption"] = dict(_captions(values["caption"], values.get("when")))
    return Item(**values, number=number)


def _condition(value: str | Mapping[str, str]) -> Condition:
    return Condition(field=value) if isinstance(value, str) else Condition(**value)


def _captions(value: str | Mapping[str, str], when: Condition | None) -> Iterator[tuple[str, str]]:
    """A plain caption is the same in every language in which the item is drawn."""
    if isinstance(value, str):
        yield from ((language, value) for language in LANGUAGES if when is None or when.language in ("", language))
    else:
        yield from value.items()
