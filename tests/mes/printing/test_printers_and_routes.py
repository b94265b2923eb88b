"""Printers and routes: only what can work is set up."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from mes.core.database import Database
from mes.core.errors import Conflict, Forbidden, InvalidInput, NotFound
from mes.printing import service
from mes.printing.queries import printers, routes
from mes.printing.service import AddPrinter, ChangePrinter, PrinterInUse, RemoveRoute, RetirePrinter, SetRoute
from tests.mes.printing.shop import Shop, open_shop


@pytest.fixture
def shop(database: Database) -> Shop:
    return open_shop(database)


def described(**more: Any) -> dict[str, Any]:
    facts = {"code": "ZT1", "name": "ZT1", "kind": "zpl", "host": "10.0.0.9"}
    return {**facts, "media_width_mm": 100, "media_height_mm": 70, **more}


@pytest.mark.parametrize(
    "wrong",
    [
        {"host": "http://x"},
        {"port": 0},
        {"dpi": 240},
        {"media_width_mm": 0},
        {"code": "a b"},
        {"kind": "lpr"},
        {"x": 1},
    ],
)
def test_a_printer_that_cannot_be_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        AddPrinter.model_validate(described(**wrong))


def test_a_network_printer_needs_an_address_and_a_file_writes_no_tags(shop: Shop) -> None:
    with pytest.raises(InvalidInput, match="address"):
        shop.printer(host="")
    with pytest.raises(InvalidInput, match="no tags"):
        shop.printer(kind="pdf", writes_rfid=True)
    shop.printer()
    with pytest.raises(Conflict, match="already"):
        shop.printer()


def test_operators_see_printers_and_do_not_set_them_up(shop: Shop) -> None:
    with pytest.raises(Forbidden):
        shop.do(service.add_printer, AddPrinter.model_validate(described()))
    shop.printer()
    with pytest.raises(Forbidden):
        shop.do(service.set_route, SetRoute(label="element", printer="ZT1"))


def test_a_route_takes_the_largest_design_that_the_printers_labels_hold(shop: Shop) -> None:
    shop.printer("ZT2", media_width_mm=60, media_height_mm=40)
    shop.route("ZT2")
    with shop.database.reading() as session:
        assert [route.design for route in routes(session)] == ["element-60x40"]
    with pytest.raises(InvalidInput, match=r"does not fit: printer ZT2 has labels of 60 × 40 mm"):
        shop.route("ZT2", design="element-100x70")
    with pytest.raises(InvalidInput, match="No design of this label fits"):
        shop.route("ZT2", label="load")


@pytest.mark.parametrize("wrong", [{"label": "lorry"}, {"design": "pallet-100x70"}, {"design": "../x"}])
def test_a_route_needs_a_label_and_a_design_that_are_there(wrong: dict[str, str], shop: Shop) -> None:
    shop.printer()
    with pytest.raises(InvalidInput):
        shop.route(**wrong)
    with pytest.raises(NotFound):
        shop.route("ZT77")


def test_a_route_is_replaced_and_removed(shop: Shop) -> None:
    shop.printer()
    shop.printer("ZT2")
    shop.route("ZT1", station="office")
    shop.route("ZT2", station="office")
    with shop.database.reading() as session:
        assert [(route.station, route.printer.code) for route in routes(session)] == [("office", "ZT2")]
    remove = {"label": "element", "station": "office"}
    shop.do(service.remove_route, RemoveRoute(**remove), shop.planner)
    with pytest.raises(NotFound):
        shop.do(service.remove_route, RemoveRoute(**remove), shop.planner)


def test_a_printer_with_work_or_routes_stays_and_one_without_comes_back_when_it_is_described_again(shop: Shop) -> None:
    shop.printer()
    shop.route()
    retire = {"code": "ZT1"}
    with pytest.raises(PrinterInUse, match="Routes lead to ZT1"):
        shop.do(service.retire_printer, RetirePrinter(**retire), shop.planner)
    number = shop.print().jobs[0].number
    shop.do(service.remove_route, RemoveRoute(label="element"), shop.planner)
    with pytest.raises(PrinterInUse, match="Labels wait for ZT1"):
        shop.do(service.retire_printer, RetirePrinter(**retire), shop.planner)
    shop.set(number, state="printed")
    shop.do(service.retire_printer, RetirePrinter(**retire), shop.planner)
    with pytest.raises(Conflict, match="retired"):
        shop.route()
    shop.do(service.change_printer, ChangePrinter.model_validate(described()), shop.planner)
    with shop.database.reading() as session:
        assert [printer.host for printer in printers(session)] == ["10.0.0.9"]


def test_media_that_would_cut_a_routes_labels_are_refused(shop: Shop) -> None:
    shop.printer()
    shop.route()
    smaller = ChangePrinter.model_validate(described(media_width_mm=60, media_height_mm=40))
    with pytest.raises(PrinterInUse, match="element-100x70"):
        shop.do(service.change_printer, smaller, shop.planner)
    with shop.database.reading() as session:
        assert printers(session)[0].media_width_mm == 100
