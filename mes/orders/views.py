"""Pages of the room: projects, orders, elements, labels."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from labels import Scan, qr_svg
from mes.core import navigation, scanning, web
from mes.core.errors import MesError, NotFound
from mes.core.text import N_, Text
from mes.identity.label_words import label_words
from mes.identity.queries import names_of
from mes.identity.rules import ENDED
from mes.ledger.declarations import declarations_in, is_state_in_doubt
from mes.ledger.kinds import EVENT_KINDS
from mes.ledger.queries import events_of
from mes.ledger.words import struck_out
from mes.library.families import FAMILY_NAMES
from mes.library.queries import assumptions
from mes.orders import intake, queries, service
from mes.orders.elements import element_subject
from mes.orders.lifecycle import NORMAL_STATES, STATE_NAMES, STATES, STEPS
from mes.orders.models import Element
from mes.orders.order_template import write_order_template
from mes.orders.printing import labels_pdf, public_address
from mes.orders.queries import ElementFilter
from mes.orders.service import HoldElement, ReleaseElement
from mes.orders.workbook import OrderWorkbook

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_LABELS = 1000

pages = Blueprint("orders", __name__)
navigation.add_page(N_("Orders"), "orders.index", "file-text", "order:read", 200)
navigation.add_page(N_("Elements"), "orders.elements", "stack-2", "element:read", 250, "planner admin supervisor")


@pages.get("/orders")
@web.permission("order:read")
def index() -> str:
    """Projects with their progress, the newest orders, and the place to upload a workbook."""
    session = web.reading()
    return render_template(
        "orders/index.html",
        projects=queries.projects(session, web.actor()),
        counts=queries.project_counts(session),
        orders=queries.orders(session, web.actor()),
        states=NORMAL_STATES,
        state_names=STATE_NAMES,
    )


@pages.get("/orders/template.xlsx")
@web.permission("order:read")
def template() -> Response:
    """The blank order workbook in the reader's language."""
    content = write_order_template(web.locale(), today=web.local_time(web.clock().now()).date())
    name = "order-template.xlsx"
    return Response(content, mimetype=XLSX, headers={"Content-Disposition": f"attachment; filename={name}"})


@pages.post("/orders")
@web.permission("order:import")
def upload() -> Response | WerkzeugResponse:
    """Check a workbook wholly, then apply it wholly; with faults nothing is written and every one is listed."""
    file = request.files.get("workbook")
    if file is None or not file.filename:
        flash(web.gettext(N_("Choose a workbook first")), "warn")
        return redirect(url_for("orders.index"), 303)
    command_id = web.form_command_id()
    today = web.local_time(web.clock().now()).date()
    taken = intake.read_workbook(web.reading(), file.read(), file.filename, today)
    if not taken.order.is_sound:
        return _refused(taken.source_name, taken.order)
    try:
        imported = web.perform(service.import_order, taken.command(command_id))
    except MesError as error:
        return _refused(taken.source_name, taken.order, error)
    if imported.already_known:
        flash(web.gettext(N_("This order was imported before; nothing was changed")), "info")
    else:
        message = N_("Imported %(count)s elements as order %(number)s")
        flash(web.gettext(message, count=imported.element_count, number=imported.order_number), "good")
    return redirect(url_for("orders.order", number=imported.order_number), 303)


def _refused(name: str, order: OrderWorkbook, error: MesError | None = None) -> Response:
    page = render_template("orders/faults.html", name=name, order=order, error=error)
    return Response(page, status=error.status if error else 422)


@pages.get("/orders/<number>")
@web.permission("order:read")
def order(number: str) -> str:
    """One order and its elements."""
    session = web.reading()
    found = queries.order_by_number(session, web.actor(), number)
    query = queries.element_query(web.actor(), ElementFilter()).where(Element.order_id == found.id)
    rows, total = queries.element_page(session, query, _page_number())
    return render_template(
        "orders/order.html",
        order=found,
        elements=rows,
        total=total,
        page=_page_number(),
        subjects=queries.subjects_of_order(session, found),
        **_element_words(),
    )


@pages.get("/elements")
@web.permission("element:read")
def elements() -> str:
    """All elements this reader may see, narrowed as asked."""
    wanted = ElementFilter(
        project=request.args.get("project", ""),
        state=request.args.get("state", ""),
        family=request.args.get("family", ""),
        text=request.args.get("text", "").strip()[:60],
    )
    session = web.reading()
    rows, total = queries.element_page(session, queries.element_query(web.actor(), wanted), _page_number())
    return render_template(
        "orders/elements.html",
        elements=rows,
        total=total,
        page=_page_number(),
        wanted=wanted,
        states=STATES,
        projects=queries.projects(session, web.actor()),
        **_element_words(),
    )


@pages.app_template_filter("element_subjects")
def subjects_of(elements: Iterable[Element]) -> list[str]:
    """The names in the ledger of elements, for buttons that print their labels."""
    return [element_subject(element) for element in elements]


@pages.get("/elements/<int:serial>")
@web.permission("element:read")
def element(serial: int) -> str:
    """One element: what it is, where it goes, its life so far."""
    session = web.reading()
    found = queries.element_by_serial(session, web.actor(), serial)
    events = events_of(session, element_subject(found))
    address = public_address(found, web.settings().effective_public_url)
    return render_template(
        "orders/element.html",
        element=found,
        events=events,
        declared_wrong=declarations_in(event.content for event in events),
        struck_out=struck_out,
        state_in_doubt=is_state_in_doubt([event.content for event in events], found.serial),
        opens_events=web.actor().may("ledger:read") and web.actor().project_ids is None,
        kinds=EVENT_KINDS,
        address=address,
        qr=qr_svg(address, size_mm=36),
        can_hold=found.state in STEPS["hold"].comes_from,
        assumptions=assumptions(found.component_type),
        reached=_reached(found),
        names=names_of(session, element_subject(found)),
        ended_words=ENDED,
        **_element_words(),
    )


@pages.post("/elements/<int:serial>/hold")
@web.permission("element:hold")
def hold(serial: int) -> WerkzeugResponse:
    """Put an element on hold."""
    found = queries.element_by_serial(web.reading(), web.actor(), serial)
    form = request.form
    command = HoldElement.model_validate(
        {
            "command_id": form.get("command_id"),
            "element_id": found.id,
            "reason": form.get("reason", "").strip(),
            "expected_version": form.get("expected_version"),
        }
    )
    web.perform(service.hold_element, command)
    return redirect(url_for("orders.element", serial=serial), 303)


@pages.post("/elements/<int:serial>/release")
@web.permission("element:hold")
def release(serial: int) -> WerkzeugResponse:
    """Take an element off hold."""
    found = queries.element_by_serial(web.reading(), web.actor(), serial)
    form = request.form
    command = ReleaseElement.model_validate(
        {
            "command_id": form.get("command_id"),
            "element_id": found.id,
            "expected_version": form.get("expected_version"),
        }
    )
    web.perform(service.release_element, command)
    return redirect(url_for("orders.element", serial=serial), 303)


@pages.get("/labels.pdf")
@web.permission("label:print")
def labels() -> Response:
    """Labels as PDF: of one element (`serial`) or of an order (`order`); `sheet` is `label` or `a4`."""
    session = web.reading()
    query = queries.element_query(web.actor(), ElementFilter())
    if request.args.get("order"):
        query = query.where(Element.order_id == queries.order_by_number(session, web.actor(), request.args["order"]).id)
    else:
        wanted = queries.element_by_serial(session, web.actor(), request.args.get("serial", 0, type=int))
        query = query.where(Element.id == wanted.id)
    found = session.scalars(query.order_by(Element.serial).limit(MOST_LABELS)).all()
    if not found:
        raise NotFound(Text(N_("There is nothing to print a label for")))
    content = labels_pdf(found, label_words(), request.args.get("sheet", "label"))
    return Response(content, mimetype="application/pdf", headers={"Content-Disposition": "inline; filename=labels.pdf"})


@scanning.leads_to("element")
def _scanned(scan: Scan) -> str | None:
    found = queries.element_of_key(web.reading(), web.actor(), dict(scan.key))
    return url_for("orders.element", serial=found.serial) if found else None


@scanning.leads_to("unknown")
def _typed(scan: Scan) -> str | None:
    """A serial typed by hand."""
    serial = queries.serial_in(scan.text)
    if serial is None:
        return None
    found = queries.element_by_serial(web.reading(), web.actor(), serial)
    return url_for("orders.element", serial=found.serial)


def _reached(element: Element) -> dict[str, str]:
    """When the element reached each state, in the factory's time."""
    return {
        state: web.local_time(datetime.fromisoformat(element.facts[state])).strftime("%m-%d %H:%M")
        for state in STATES
        if state in element.facts
    }


def _page_number() -> int:
    return min(max(1, request.args.get("page", 1, type=int)), 1_000_000)  # beyond, no database counts


def _element_words() -> dict[str, object]:
    return {"state_names": STATE_NAMES, "family_names": FAMILY_NAMES, "page_size": queries.PAGE_SIZE}
