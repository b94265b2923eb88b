"""A label that shows whether a printer is set up well."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from labels.layout.content import LabelContent
from labels.layout.contents import mould_content, slot_content
from labels.layout.records import MouldLabel, SlotLabel
from mes.accounts.queries import plant_name
from mes.core.commands import Command, Work, use_case
from mes.core.errors import InvalidInput
from mes.core.text import N_, Text
from mes.printing.designs import fitting_designs
from mes.printing.service.commands import JobsMade, PrintLabels, ReadyLabel
from mes.printing.service.jobs import print_labels
from mes.printing.service.printers import the_printer

WORD = "TEST"


class PrintTestLabel(Command):
    """Print a label that stands for nothing."""

    code: str = Field(max_length=30)
    language: Literal["zh", "en"] = "zh"
    public_url: str = Field(exclude=True, repr=False)


@use_case("printer:write")
def print_test_label(work: Work, command: PrintTestLabel) -> JobsMade:
    """Print a test label, whatever the routes say; its code leads to the printer's own page.

    Raises:
        NotFound: no such printer.
        InvalidInput: its media are smaller than every label.
    """
    printer = the_printer(work, command.code, active=True)
    label = next((kind for kind in ("slot", "mould") if fitting_designs(kind, printer)), None)
    if label is None:
        raise InvalidInput(Text(N_("No design fits the labels of printer %(code)s"), {"code": printer.code}))
    content = _content(work, label, command)
    wanted = PrintLabels(
        command_id=command.child_id("label"),
        label=label,
        ready=[ReadyLabel(fields=dict(content.fields))],
        printer=printer.code,
        language=command.language,
        public_url=command.public_url,
    )
    return print_labels(work, wanted)


def _content(work: Work, label: str, command: PrintTestLabel) -> LabelContent:
    address, plant = f"{command.public_url}/printers/{command.code}", plant_name(work.session)
    if label == "slot":
        return slot_content(
            SlotLabel(code=WORD, yard=command.code, plant=plant, identity_url=address), command.language
        )
    return mould_content(MouldLabel(code=WORD, identity_url=address, plant=plant), command.language)
