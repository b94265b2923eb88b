"""What went wrong between us and a platform, in words of the factory; the wording of programs stays beside it."""

from __future__ import annotations

import re

from mes.core import web
from mes.core.text import N_

_NO_VARIABLE = N_("The key is not on this machine: the variable %(name)s is empty")
_NO_FILE = N_("The key is not on this machine: the file %(name)s cannot be read")
_DRAFT = N_("The city's file is a draft: agree the fields with the platform first, then set use_draft")
_TLS = N_("No secure connection: the platform's certificate or the address is not right")
_REFUSED = N_("Nobody answers at the platform's address: it is switched off, or the address is wrong")
_SIGNATURE = N_("The platform does not accept our signature: the key is another, or the clock or the signing rule")
_BROKEN = N_("The connection broke off before the platform had answered")
_PLAINLY: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"^paused by (?P<name>.+)$"), N_("Paused by %(name)s")),
    (re.compile(r"^the variable (?P<name>\S+) is not set"), _NO_VARIABLE),
    (re.compile(r"^the file (?P<name>\S+) "), _NO_FILE),
    (re.compile(r"is a draft from published rules"), _DRAFT),
    (re.compile(r"SSLError|CERTIFICATE_VERIFY|certificate"), _TLS),
    (re.compile(r"NameResolution|getaddrinfo|resolve"), N_("The platform's address is not known on the network")),
    (re.compile(r"Connection refused"), _REFUSED),
    (re.compile(r"No route to host|unreachable"), N_("The platform cannot be reached: the network has no way there")),
    (re.compile(r"ConnectTimeout|ReadTimeout|timed out"), N_("The platform did not answer in time")),
    (re.compile(r"reset by peer|RemoteDisconnected|Connection aborted|Chunked|IncompleteRead|ProtocolError"), _BROKEN),
    (re.compile(r"(?i)signature|签名"), _SIGNATURE),
    (re.compile(r"^429\b"), N_("The platform is busy and asks us to come later (429)")),
    (re.compile(r"^(?P<status>5\d\d)\b"), N_("The platform has trouble of its own (%(status)s)")),
    (re.compile(r"^(?P<status>401|403|407)\b"), N_("The platform does not let us in (%(status)s)")),
    (re.compile(r"^404\b|NoSuchResource"), N_("The platform knows no such address (404)")),
    (re.compile(r"^410\b"), N_("The platform says that this address has gone for good (410)")),
)
_CLOCKS = re.compile(r"\(its clock and ours differ by (?P<minutes>\d+) minutes\)$")
_GIVEN_UP = re.compile(r"^given up after (?P<days>\d+) days: ")


def plainly(text: str | None) -> str:
    """The cause in plain words, in the reader's language; "" where the text is none of those that are known."""
    given = text or ""
    given_up, clocks = _GIVEN_UP.search(given), _CLOCKS.search(given)
    cause = given[given_up.end() :] if given_up else given
    told = [web.gettext(N_("Tried for %(days)s days in vain"), days=given_up["days"])] if given_up else []
    for pattern, words in _PLAINLY:
        found = pattern.search(cause)
        if found is not None:
            told.append(web.gettext(words, **found.groupdict()))
            break
    if clocks is not None:
        told.append(web.gettext(N_("the clocks differ by %(minutes)s minutes"), minutes=clocks["minutes"]))
    return web.gettext("; ").join(told)
