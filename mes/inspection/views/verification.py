"""The public page behind a paper's code: whether it is genuine and still valid."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from mes.core import web
from mes.core.text import N_
from mes.inspection.documents.queries import verification_of

pages = Blueprint("verification", __name__, url_prefix="/verify")

KIND_WORDS = {
    "certificate": N_("Product certificate"),
    "hidden_works": N_("Record of hidden works"),
    "strength": N_("Strength report"),
    "delivery": N_("Quality file of a delivery"),
    "recall": N_("Recall list"),
}


@pages.get("/")
@web.public
def ask() -> str | WerkzeugResponse:
    """A number typed from the paper."""
    number = request.args.get("number", "").strip().upper()
    if number:
        return redirect(url_for("verification.verify", number=number[:60]))
    return _page("", 200)[0]


@pages.get("/<number>")
@web.public
def verify(number: str) -> Response:
    """Whether a paper of this number was issued here, whether it is valid, and the digest of its file."""
    text, status = _page(number.strip().upper(), 200)
    return Response(text, status=status)


def _page(number: str, status: int) -> tuple[str, int]:
    found = verification_of(web.reading(), number) if number else None
    text = render_template(
        "inspection/verify.html",
        number=number,
        found=found,
        kind_word=web.gettext(KIND_WORDS[found.kind]) if found and found.kind in KIND_WORDS else "",
    )
    return text, 404 if number and found is None else status
