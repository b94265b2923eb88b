"""Designs that are there for a kind of label, and whether one fits a printer's media."""

from __future__ import annotations

from pathlib import Path

import structlog

from labels.errors import TemplateError
from labels.layout.design import Template
from labels.layout.kinds import label_kinds
from labels.layout.templates import load_template, template_names
from mes.core.errors import Fault, InvalidInput
from mes.core.text import N_, Text
from mes.printing.models import Printer

TOLERANCE_MM = 1.0
"""Media are cut to the millimetre, designs are drawn to it; so much wider a design may be."""


log = structlog.get_logger(__name__)
_own_folders: list[Path] = []


def use_own_designs(folder: str) -> None:
    """Take the plant's own designs from this folder (empty: none); said once, when a process starts."""
    _own_folders[:] = [Path(folder)] if folder else []


def load_design(name: str) -> Template:
    """The plant's own design of this name, or the one that comes with the product.

    One of the plant's that cannot be printed is left aside, with a word in the log, for a label that looks as before
    is better than none. Raises TemplateError where there is no other of that name.
    """
    try:
        return load_template(name, _own_folders)
    except TemplateError as error:
        if name not in template_names():
            raise
        log.warning("an own label design cannot be used", design=name, reason=str(error))
        return load_template(name)


def designs_of(label: str) -> tuple[Template, ...]:
    """Every design for a kind of label that can be printed, the largest first."""
    found = []
    for name in template_names(_own_folders):
        try:
            found.append(load_design(name))
        except TemplateError as error:
            log.warning("an own label design cannot be used", design=name, reason=str(error))
    fitting = [design for design in found if design.label == label]
    return tuple(sorted(fitting, key=lambda design: (-design.width_mm * design.height_mm, design.name)))


def faults_of_own_designs() -> list[str]:
    """What is wrong with the plant's own designs, each with its file and item."""
    faults = []
    for folder in _own_folders:
        if not folder.is_dir():
            faults.append(f"{folder} is no folder")
        for path in sorted(folder.glob("*.yaml")):
            try:
                load_template(path.stem, [folder])
            except TemplateError as error:
                faults.append(str(error))
    return faults


def known_label(label: str) -> str:
    """A kind of label.

    Raises:
        InvalidInput: there is none of this name.
    """
    if label not in label_kinds():
        reason = Text(N_("There is no kind of label “%(label)s”"), {"label": label})
        raise InvalidInput(reason, [Fault("label", reason)])
    return label


def design_for(label: str, name: str) -> Template:
    """The design of this name.

    Raises:
        InvalidInput: there is none, or it is for another kind of label.
    """
    try:
        design = load_design(name) if name in template_names(_own_folders) else None
    except TemplateError:
        design = None
    if design is None or design.label != label:
        reason = Text(N_("There is no design “%(design)s” for this kind of label"), {"design": name})
        raise InvalidInput(reason, [Fault("design", reason)])
    return design


def fits(design: Template, printer: Printer) -> bool:
    """Whether a label of this design comes out whole on the printer's media."""
    return (
        design.width_mm <= printer.media_width_mm + TOLERANCE_MM
        and design.height_mm <= printer.media_height_mm + TOLERANCE_MM
    )


def require_fit(design: Template, printer: Printer) -> None:
    """Raise `InvalidInput` where a label would be cut off."""
    if not fits(design, printer):
        message = N_("%(design)s does not fit: printer %(printer)s has labels of %(width)s × %(height)s mm")
        size = {"width": f"{printer.media_width_mm:g}", "height": f"{printer.media_height_mm:g}"}
        reason = Text(message, {"design": design.name, "printer": printer.code, **size})
        raise InvalidInput(reason, [Fault("design", reason)])


def fitting_designs(label: str, printer: Printer) -> list[Template]:
    """The designs of a kind of label that the printer's media take, the largest first."""
    found = [design for design in designs_of(label) if fits(design, printer)]
    return sorted(found, key=lambda design: -design.width_mm * design.height_mm)
