"""The small page on which a tablet gets its name; what is done with it carries that name from then on."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from mes.core import web
from mes.core.device import COOKIE_SECONDS, DEVICE_COOKIE, MOST_CHARACTERS, browser_words, cookie_value, device_name
from mes.core.text import N_

pages = Blueprint("device", __name__, url_prefix="/device")


@pages.get("")
@web.permission("account:self")
def this_device() -> str:
    """The device's name, and what is kept where it has none."""
    told = request.headers.get("User-Agent", "")
    return render_template(
        "accounts/device.html", name=web.actor().device, told=browser_words(told), most=MOST_CHARACTERS
    )


@pages.post("")
@web.permission("account:self")
def name_device() -> Response:
    """Name the device with a cookie of its own; without a name the cookie ends."""
    answer = redirect(url_for("device.this_device"), code=303)
    name = device_name(request.form.get("name", ""))
    if name:
        answer.set_cookie(
            DEVICE_COOKIE,
            cookie_value(name),
            max_age=COOKIE_SECONDS,
            httponly=True,
            samesite="Lax",
            secure=request.is_secure,
        )
        flash(web.gettext(N_("This device is called %(name)s now"), name=name), "good")
    else:
        answer.delete_cookie(DEVICE_COOKIE, httponly=True, samesite="Lax", secure=request.is_secure)
        flash(web.gettext(N_("This device has no name any more")), "info")
    return answer
