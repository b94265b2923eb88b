"""One field on every page takes a scan and goes to the right place.

Rooms say where a kind of code leads; the room that registered last (the uppermost) is asked first. What none of them
knows, the finders are asked for (by key, other name, tag). For what leads nowhere, near misses that exist are offered,
and what searches find by the text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request
from werkzeug.wrappers import Response as WerkzeugResponse

from labels import LabelError, Scan, kind_of_key, parse
from labels.errors import CharacterError, CheckDigitError, ReferenceLengthError
from labels.keys.naming import identity
from labels.scanning.links import CompressedLinkError
from labels.scanning.suggestions import suggestions
from mes.core import web
from mes.core.errors import InvalidInput, MesError, NotFound
from mes.core.text import N_, Text

pages = Blueprint("scanning", __name__)

MOST_OFFERED = 6
_LONGEST_SHOWN = 600
_HINT_NAMES = {
    "element": N_("Element number"),
    "unique_code": N_("Unique code"),
    "project": N_("Project"),
    "building": N_("Building"),
    "unit": N_("Unit"),
    "floor": N_("Floor"),
    "position": N_("Position"),
    "name": N_("Name"),
    "size": N_("Size"),
    "weight": N_("Weight"),
    "volume": N_("Volume"),
    "concrete_grade": N_("Concrete grade"),
    "produced_on": N_("Produced on"),
    "batch": N_("Batch"),
    "inspector": N_("Inspector"),
    "result": N_("Result"),
    "plant": N_("Plant"),
}
_REFUSALS = (
    (CheckDigitError, N_("its check digit does not fit, so one digit is wrong")),
    (CompressedLinkError, N_("it is a compressed link or was cut off")),
    (ReferenceLengthError, N_("it has too many characters or too few")),
    (CharacterError, N_("it holds a character that may not stand there")),
)


@dataclass(frozen=True)
class Place:
    """Something a code leads to: what it is, in words, and its page. `key` is its GS1 or local key, if it has one.

    `notice` is what the reader should know of the code itself, such as that its tag was replaced.
    """

    kind: str
    title: Text | str
    number: str
    address: str
    icon: str = "qrcode"
    notice: Text | str = ""
    key: Mapping[str, str] = field(default_factory=dict)


Target = Callable[[Scan], str | None]
Finder = Callable[[Scan], Place | None]
Search = Callable[[Scan], Sequence[Place]]
_targets: list[tuple[str, Target]] = []
_finders: list[Finder] = []
_searches: list[Search] = []


def leads_to(kind: str) -> Callable[[Target], Target]:
    """Register where codes of a kind (element, pallet, load, place, batch, person) lead; None asks the next room."""

    def register(target: Target) -> Target:
        _targets.insert(0, (kind, target))
        return target

    return register


def finds(finder: Finder) -> Finder:
    """Register who knows the thing of a key, another name or a tag, as far as the reader may see it."""
    _finders.append(finder)
    return finder


def searches(search: Search) -> Search:
    """Register who looks for things by a free text and its `hints`, as far as the reader may see them."""
    _searches.append(search)
    return search


def read_code(text: str) -> Scan:
    """What a scan says.

    Raises:
        InvalidInput: the code is damaged, such as one with a wrong check digit.
    """
    try:
        return parse(text.strip())
    except LabelError as error:
        raise InvalidInput(refusal(error)) from error


def refusal(error: LabelError) -> Text:
    """Why a code cannot be right, in words that can be translated where there are some."""
    message = N_("This code cannot be right: %(reason)s")
    reason = next((words for kind, words in _REFUSALS if isinstance(error, kind)), None)
    return Text(message, {"reason": Text(reason) if reason else str(error)})


@pages.get("/scan")
@web.permission("account:self")
def scan() -> Response | WerkzeugResponse:
    """Go to whatever was scanned or typed; a program gets the place, or why there is none, as JSON."""
    text = request.args.get("code", "").strip()
    try:
        found = read_code(text)
        place = _place(found)
    except InvalidInput as error:
        return _leads_nowhere(error, text, None)
    if place is None:
        unknown = NotFound(Text(N_("Nothing here is known as “%(code)s”"), {"code": _shortened(text)}))
        return _leads_nowhere(unknown, text, found)
    if place.notice:
        flash(web.in_words(place.notice), "warn")
    if not _wants_json():
        return redirect(place.address, 303)
    return _varied(jsonify(_as_json(place)))


def _place(found: Scan) -> Place | None:
    """Where a scan leads: to the page that a room has for this reader, else to the thing's own."""
    known = _known(found)
    address = _address(_canonical(known, found)) or (_address(found) if known else None)
    if address is None:
        return known
    return Place(
        known.kind if known else found.kind,
        known.title if known else found.value,
        known.number if known else found.value,
        address,
        known.icon if known else "qrcode",
        known.notice if known else "",
    )


def _known(found: Scan) -> Place | None:
    return next((place for finder in _finders if (place := finder(found)) is not None), None)


def _canonical(known: Place | None, found: Scan) -> Scan:
    """The scan as if the thing's own key had been read, so that rooms need not know other names and tags."""
    if known is None or not known.key or known.key == found.key:
        return found
    key = dict(known.key)
    return Scan(kind_of_key(key), key, identity(key), found.text)


def _address(found: Scan) -> str | None:
    for kind, target in _targets:
        if kind != found.kind:
            continue
        try:
            address = target(found)
        except NotFound:
            continue
        if address:
            return address
    return None


def _near(text: str) -> Iterator[Place]:
    """What the code may have been meant to be, as far as it exists."""
    for suggestion in suggestions(text):
        place = _known(suggestion.scan)
        if place is None and suggestion.scan.kind == "unknown" and not suggestion.scan.key:
            place = _place(suggestion.scan)
        if place is not None:
            yield place


def _searched(found: Scan | None) -> Iterator[Place]:
    if found is not None and found.kind == "unknown":
        for search in _searches:
            yield from search(found)


def _offered(text: str, found: Scan | None) -> list[Place]:
    by_address: dict[str, Place] = {}
    for place in islice((place for places in (_near(text), _searched(found)) for place in places), 4 * MOST_OFFERED):
        by_address.setdefault(place.address, place)
    return list(by_address.values())[:MOST_OFFERED]


def _leads_nowhere(error: MesError, text: str, found: Scan | None) -> Response:
    offered = _offered(text, found)
    if _wants_json():
        return _varied(_problem(error, text, offered))
    hints = found.hints if found is not None else {}
    page = render_template(
        "scan_nowhere.html",
        error=error,
        read=_shown(text),
        hints=[(web.gettext(_HINT_NAMES.get(name, name)), value) for name, value in hints.items()],
        offered=offered,
    )
    return _varied(Response(page, status=error.status))


def _problem(error: MesError, text: str, offered: Sequence[Place]) -> Response:
    response = web.problem(error)
    document = {**response.get_json(), "read": _shown(text), "suggestions": [_as_json(place) for place in offered]}
    response.set_data(jsonify(document).get_data())
    return response


def _shown(text: str) -> str:
    """What was read, with the control characters that nobody sees."""
    pictures = {code: 0x2400 + code for code in range(32) if code not in (9, 10, 13)}
    return text[:_LONGEST_SHOWN].translate(pictures) + ("…" if len(text) > _LONGEST_SHOWN else "")


def _shortened(text: str) -> str:
    """The first line, as much as a sentence holds."""
    first, *further = text.splitlines() or [""]
    return first[:80] + ("…" if further or len(first) > 80 else "")


def _as_json(place: Place) -> dict[str, str]:
    title = web.in_words(place.title)
    return {"kind": place.kind, "number": place.number, "title": title, "address": place.address}


def _wants_json() -> bool:
    best = request.accept_mimetypes.best_match(["text/html", "application/json", "application/problem+json"])
    return best in ("application/json", "application/problem+json")


def _varied(response: Response) -> Response:
    response.vary.update(("Accept", "Accept-Language"))
    return response
