"""Choosing what to print: any thing of the house by search, then designs side by side, then one tap."""

from __future__ import annotations

from dataclasses import dataclass, replace

from flask import Response, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as WerkzeugResponse

from labels.layout.design import Template
from mes.core import web
from mes.core.commands import Work
from mes.core.errors import InvalidInput, NotFound
from mes.core.text import N_, Text
from mes.core.translations import translate
from mes.identity import things
from mes.identity.label_words import label_words
from mes.identity.things import LabelWords, Thing
from mes.printing import press, queries, service
from mes.printing.designs import design_for, designs_of, fits
from mes.printing.service import NoRoute, PrintLabels
from mes.printing.service.contents import MadeLabel, label_of, visible_thing
from mes.printing.views.queue import made, pdf_answer
from mes.printing.views.room import answered, language, page, pages
from mes.printing.words import LABEL_NAMES

MOST_FOUND = 40
MOST_IN_ADDRESS = 60
CSS_PIXELS_A_MM = 96 / 25.4
PHONE_PIXELS = 340
SIZES = ("label", "phone")


@dataclass(frozen=True)
class Sample:
    """A design in a language, as a picture of so many CSS pixels, and the printers whose media take it."""

    design: Template
    language: str
    width: int
    height: int


@pages.get("/labels")
@web.permission("label:print")
def choose() -> str:
    """Find anything that wears a label."""
    session, actor = web.reading(), web.actor()
    offered = [kind for kind in things.kinds().values() if kind.label and kind.listed and actor.may(kind.permission)]
    offered.sort(key=lambda kind: list(LABEL_NAMES).index(kind.kind) if kind.kind in LABEL_NAMES else len(LABEL_NAMES))
    chosen = next((kind for kind in offered if kind.kind == request.args.get("kind")), offered[0] if offered else None)
    text = request.args.get("text", "").strip()
    found = chosen.listed(session, actor, text, MOST_FOUND) if chosen and chosen.listed else ()
    return page("choose.html", "choose", kinds=offered, chosen=chosen, text=text, found=found, limit=MOST_FOUND)


@pages.get("/labels/preview")
@web.permission("label:print")
def preview() -> str:
    """A thing's designs side by side, in either language, as large as on the label or as on a phone."""
    session = web.reading()
    thing, label = _thing_and_label(session)
    languages = [name for name in ("zh", "en") if request.args.get("language", language()) in (name, "both")]
    size = request.args.get("size", "label")
    samples = [_sample(design, name, size) for design in designs_of(label) for name in languages]
    devices = queries.printers(session)
    routed = next((route for route in queries.routes(session) if (route.label, route.station) == (label, "")), None)
    return page(
        "preview.html",
        "choose",
        thing=thing,
        label=label,
        samples=samples,
        size=size,
        languages=request.args.get("language", language()),
        fitting={design.name: [device for device in devices if fits(design, device)] for design in designs_of(label)},
        routed=routed,
    )


@pages.get("/labels/preview.png")
@web.permission("label:print")
def preview_picture() -> Response:
    """A thing's label in a design and a language, dot by dot."""
    session = web.reading()
    thing, label = _thing_and_label(session)
    design = design_for(label, request.args.get("design", ""))
    words = words_in(label_words(), request.args.get("language", language()))
    row = _made(session, thing, words).row(1)
    return Response(press.row_png(design.name, words.language, row), mimetype="image/png")


@pages.get("/labels/download.pdf")
@web.permission("label:print")
def without_printer() -> Response:
    """Labels as a file where no printer is set up: every kind in its largest design."""
    session, words = web.reading(), label_words()
    found = [visible_thing(_work(session), subject) for subject in request.args.getlist("subject")[:MOST_IN_ADDRESS]]
    if not found:
        raise NotFound(Text(N_("There is nothing to print a label for")))
    label = label_of(_work(session), found[0])
    if any(label_of(_work(session), thing) != label for thing in found):
        raise InvalidInput(Text(N_("One kind of label at a time, please")))
    rows = [_made(session, thing, words).row(1) for thing in found]
    return pdf_answer(press.rows_pdf(designs_of(label)[0].name, words.language, rows, on_a4=False), "labels")


@pages.post("/print-jobs")
@web.permission("label:print")
def print_now() -> Response | WerkzeugResponse:
    """One tap: into the queue, without any dialog. Where no printer is set up, the labels come as a file."""
    form, settings = request.form, web.settings()
    subjects = form.getlist("subject")
    command = PrintLabels.model_validate(
        {
            "command_id": web.form_command_id(),
            "subjects": subjects,
            "station": form.get("station", ""),
            "copies": form.get("copies") or 1,
            "language": form.get("language") or language(),
            "printer": form.get("printer", ""),
            "design": form.get("design", ""),
            "public_url": settings.effective_public_url,
            "tag_user_bits": settings.tag_user_bits,
        }
    )
    try:
        return made(web.perform(service.print_labels, command))
    except NoRoute:
        if len(subjects) > MOST_IN_ADDRESS or len({subject.partition(":")[0] for subject in subjects}) > 1:
            raise
        message = web.gettext(N_("No printer is set up for this label; here it is as a file"))
        return answered(message, "warn", download=url_for("printing.without_printer", subject=subjects))


def words_in(words: LabelWords, name: str) -> LabelWords:
    """The words of a label in another language than the reader's."""
    if name not in ("zh", "en"):
        raise InvalidInput(Text(N_("There are no labels in this language")))
    locale = "en" if name == "en" else "zh_CN"
    return replace(words, language=name, translate=lambda message: translate(message, locale))  # type: ignore[arg-type]


def _thing_and_label(session: Session) -> tuple[Thing, str]:
    work = _work(session)
    thing = visible_thing(work, request.args.get("subject", ""))
    return thing, label_of(work, thing)


def _made(session: Session, thing: Thing, words: LabelWords) -> MadeLabel:
    make = things.kinds()[thing.kind].label
    if make is None:
        raise NotFound(Text(N_("There is no label for “%(subject)s”"), {"subject": thing.subject}))
    return MadeLabel(thing.subject, make(session, thing, words))


def _work(session: Session) -> Work:
    return Work(session, web.actor(), web.clock())


def _sample(design: Template, name: str, size: str) -> Sample:
    width = round(design.width_mm * CSS_PIXELS_A_MM) if size == "label" else PHONE_PIXELS
    return Sample(design, name, width, round(width * design.height_mm / design.width_mm))
