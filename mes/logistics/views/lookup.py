"""Where scans lead: load labels, yard slots, and for receivers the element they stand before."""

from __future__ import annotations

from flask import url_for

from labels import Scan
from mes.core import scanning, web
from mes.logistics import queries, scans
from mes.logistics.models import Delivery
from mes.logistics.rules import ON_THE_WAY
from mes.logistics.service.site_return import rejecting_item


@scanning.leads_to("load")
def _load(scan: Scan) -> str | None:
    """A load label: receivers go to the receipt, others to the delivery."""
    if not web.actor().may("delivery:read"):
        return None
    found = queries.delivery_of_key(web.reading(), web.actor(), scan.key)
    return _page_of(found) if found else None


@scanning.leads_to("place")
def _place(scan: Scan) -> str | None:
    """A slot's label."""
    if "S" not in scan.key or not web.actor().may("yard:read"):
        return None
    return url_for("logistics.yard", slot=scan.key["S"].upper(), _anchor="slot")


@scanning.leads_to("element")
def _element(scan: Scan) -> str | None:
    """For receivers: the receipt of the lorry the element is on, or its installation."""
    reader = web.actor()
    if not reader.may("delivery:receive"):
        return None
    element = scans.element_of_scan(web.reading(), reader, scan)
    if element is None:
        return None
    found = queries.current_delivery(web.reading(), element.id)
    if found is not None and found.state in ON_THE_WAY:
        return url_for("logistics.receive", number=found.number, code=element.serial)
    rejected = rejecting_item(web.reading(), element.id) if element.state == "rejected_at_site" else None
    if rejected is not None:
        return url_for("logistics.receive", number=rejected.delivery.number, code=element.serial)
    if element.state == "received" and reader.may("element:install"):
        return url_for("logistics.install", code=element.serial)
    return None


@scanning.leads_to("unknown")
def _typed(scan: Scan) -> str | None:
    """The number of a delivery note or, for receivers, a serial typed by hand."""
    if scan.text.upper().startswith("DN-") and web.actor().may("delivery:read"):
        return _page_of(queries.delivery_by_number(web.reading(), web.actor(), scan.text))
    return _element(scan)


def _page_of(found: Delivery) -> str:
    receives = web.actor().may("delivery:receive") and found.state in ON_THE_WAY
    return url_for("logistics.receive" if receives else "logistics.delivery", number=found.number)
