"""Printers and RFID readers of the demo: programs that speak the real protocols, set up as a plant sets up its own."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import yaml
from sqlalchemy import select
from sqlalchemy.orm import Session

from mes.core.commands import Work
from mes.core.text import N_
from mes.core.translations import translate
from mes.identity.models import TagReader
from mes.identity.service import AddReader, ChangeReader, add_reader, change_reader
from mes.logistics.models import Delivery, DeliveryItem
from mes.orders.models import Element
from mes.printing.models import Printer
from mes.printing.service import ChangePrinter, change_printer

HOST = "127.0.0.1"
BENCH_READER, GATE_READER = "BENCH", "GATE"
USER_WORDS = 32


@dataclass(frozen=True)
class DevicePorts:
    """Where the demo's label printer and its two readers listen."""

    printer: int
    bench: int
    gate: int


def set_up_devices(work: Work, ports: DevicePorts) -> None:
    """Readers where they are not there yet; what is known gets the ports of this start."""
    _move_printers(work, ports.printer)
    _reader(work, BENCH_READER, "bench", _said(N_("Tag bench")), ports.bench)
    _reader(work, GATE_READER, "gate", _said(N_("Main gate")), ports.gate)


def _said(message: str) -> str:
    """The demo's plant is Chinese, and so are the names of its things."""
    return translate(message, "zh_CN")


def _move_printers(work: Work, port: int) -> None:
    """The demo's printers on this machine listen where this start found a free port."""
    for printer in work.session.scalars(select(Printer).where(Printer.host == HOST, Printer.port != port)):
        described = {name: getattr(printer, name) for name in ChangePrinter.model_fields if hasattr(printer, name)}
        change_printer(work, ChangePrinter.model_validate({**described, "port": port}))


def _reader(work: Work, code: str, use: str, name: str, port: int) -> None:
    facts = {"name": name, "use": use, "host": HOST, "port": port}
    known = work.session.scalars(select(TagReader).where(TagReader.code == code)).first()
    if known is None:
        add_reader(work, AddReader.model_validate({"code": code, **facts}))
    elif known.port != port:
        change_reader(work, ChangeReader.model_validate({"reader_id": known.id, **facts}))


def write_tags(session: Session, bench: Path, gate: Path) -> None:
    """What lies before the demo's readers: a fresh tag on the bench; at the gate a lorry that lacks its last piece and
    has one of another project."""
    _write(bench, [""])
    _write(gate, _at_the_gate(session))


def _at_the_gate(session: Session) -> list[str]:
    loading = select(Delivery.id).where(Delivery.state == "loading").order_by(Delivery.number.desc())
    for delivery_id in session.scalars(loading):
        on_it = select(Element).join(DeliveryItem, DeliveryItem.element_id == Element.id)
        elements = session.scalars(on_it.where(DeliveryItem.delivery_id == delivery_id).order_by(Element.serial)).all()
        if len(elements) > 1:
            strangers = select(Element.epc_hex).where(
                Element.state == "stored", Element.project_id != elements[0].project_id
            )
            stranger = session.scalars(strangers.order_by(Element.serial).limit(1)).all()
            return [element.epc_hex for element in elements[:-1]] + list(stranger)
    return []


def _write(file: Path, epcs: list[str]) -> None:
    tags = [{"tid": _tid(file.stem, number), "user": "0000" * USER_WORDS} for number in range(len(epcs))]
    told = [tag | ({"epc": epc} if epc else {}) for tag, epc in zip(tags, epcs, strict=True)]
    file.write_text(yaml.safe_dump({"tags": told}), encoding="utf-8")


def _tid(name: str, number: int) -> str:
    """A tag's number: the class of EPC tags, then what tells it from the others of the demo."""
    return f"E2801105{sum(name.encode()) % 0x10000:04X}{number + 1:012X}"
