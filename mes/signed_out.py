"""What becomes of a request whose sender is not, or no longer, signed in: the way to sign in, and back."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Response, flash, redirect, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from mes.core import web
from mes.core.text import N_


def signed_out() -> Response | WerkzeugResponse:
    """To the sign-in page, and from there back to where the person was; who sent a form is told that it was not kept.

    A part of a page that asks for itself sends the whole page there: it must not fill itself with the sign-in form.
    """
    if request.method == "POST":
        flash(web.gettext(N_("Nothing was sent: you are no longer signed in. Sign in, then send it again")), "warn")
    sign_in = url_for("accounts.sign_in", next=_page_of_the_person())
    if request.headers.get("HX-Request"):
        return Response(status=204, headers={"HX-Redirect": sign_in})
    return redirect(sign_in)


def _page_of_the_person() -> str | None:
    """The page that was asked for; of a form or a part of a page, the page that it stands on."""
    if request.method == "GET" and not request.headers.get("HX-Request"):
        return request.full_path
    page = urlsplit(request.headers.get("HX-Current-URL") or request.referrer or "")
    if page.netloc != request.host:
        return None
    return f"{page.path}?{page.query}" if page.query else page.path
