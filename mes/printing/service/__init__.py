"""The verbs of the room: printers and routes are set up, labels are asked for, printed again, settled, withdrawn."""

from mes.printing.service.badges import IssueBadge, issue_badge
from mes.printing.service.commands import (
    CancelJob,
    DownloadJob,
    JobSettled,
    JobsMade,
    MadeJob,
    PrintLabels,
    ReadyLabel,
    ReprintJob,
    SettleJob,
)
from mes.printing.service.contents import TagWrittenTwice
from mes.printing.service.downloads import DownloadedAlready, download
from mes.printing.service.jobs import JobNotOpen, cancel, print_labels, reprint, settle
from mes.printing.service.printers import (
    AddPrinter,
    ChangePrinter,
    PrinterInUse,
    RetirePrinter,
    add_printer,
    change_printer,
    retire_printer,
)
from mes.printing.service.routes import NoRoute, RemoveRoute, SetRoute, remove_route, set_route
from mes.printing.service.testing import PrintTestLabel, print_test_label

__all__ = [
    "AddPrinter",
    "CancelJob",
    "ChangePrinter",
    "DownloadJob",
    "DownloadedAlready",
    "IssueBadge",
    "JobNotOpen",
    "JobSettled",
    "JobsMade",
    "MadeJob",
    "NoRoute",
    "PrintLabels",
    "PrintTestLabel",
    "PrinterInUse",
    "ReadyLabel",
    "RemoveRoute",
    "ReprintJob",
    "RetirePrinter",
    "SetRoute",
    "SettleJob",
    "TagWrittenTwice",
    "add_printer",
    "cancel",
    "change_printer",
    "download",
    "issue_badge",
    "print_labels",
    "print_test_label",
    "remove_route",
    "reprint",
    "retire_printer",
    "set_route",
    "settle",
]
