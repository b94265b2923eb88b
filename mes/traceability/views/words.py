"""What a connector's state, an event's state and a request's outcome are called, and how a wait is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from mes.core import web
from mes.core.text import N_
from mes.traceability.models import Connector
from mes.traceability.queries import ConnectorStatus
from mes.traceability.queries.alarms import FOR_CREDENTIALS, SILENT_AFTER
from mes.traceability.views.errors import plainly
from mes.traceability.views.hiding import MENDS, hidden

STATE_TONES = {
    "waiting": "neutral",
    "sending": "progress",
    "accepted": "progress",
    "delivered": "good",
    "refused": "bad",
    "skipped": "ghost",
    "not_sent": "ghost",
}
RECEIPT_STATES = {
    "waiting": N_("Waits to be sent"),
    "sending": N_("Being sent"),
    "accepted": N_("The platform is storing it"),
    "delivered": N_("Has arrived"),
    "refused": N_("Refused by the platform"),
    "skipped": N_("Skipped"),
    "not_sent": N_("Not meant for a platform"),
}
REFUSED_FOR = {
    "form": N_("It cannot be written in the platform's form: data is missing here"),
    "data": N_("The platform does not accept its content"),
    "too_large": N_("It is too large for the platform"),
    "expired": N_("It was tried for ten days in vain"),
    "told": N_("Told by other means"),
}
OUTCOMES = {
    "delivered": (N_("The platform has it"), "good"),
    "accepted": (N_("Accepted, being stored"), "progress"),
    "refused": (N_("Content refused"), "bad"),
    "retry": (N_("No success, tried again"), "warn"),
    "too_large": (N_("Too large, split"), "warn"),
    "credentials": (N_("Key refused"), "bad"),
    "configuration": (N_("Settings do not fit"), "bad"),
    "disabled": (N_("The platform has gone"), "bad"),
}
PURPOSES = {
    "send": N_("Send"),
    "poll": N_("Ask for the result"),
    "find": N_("Look whether it is there"),
    "discover": N_("Ask what it takes"),
    "probe": N_("Try with one event"),
    "reconcile": N_("Compare a day"),
}
KIND_NAMES = {
    "epcis": N_("EPCIS 2.0"),
    "signed-json": N_("Government platform (signed JSON)"),
    "file": N_("Files in a folder"),
    "webhook": N_("Webhook to a partner"),
}
_MINUTE = timedelta(minutes=1)
SIDES = {
    "ours": N_("Told by us, but the platform has not got it"),
    "theirs": N_("The platform has it, but it is not ours"),
}


@dataclass(frozen=True)
class Sentence:
    """How a connector stands, for people: what is so, why, and what to do."""

    tone: str
    text: str
    why: str = ""
    advice: str = ""
    since: datetime | None = None

    @property
    def plainly(self) -> str:
        """Why, in words of the factory, where the cause is a known one."""
        return plainly(self.why)


def sentence_of(status: ConnectorStatus) -> Sentence:
    """The state of a connector in a plain sentence."""
    row = status.connector
    if row.state != "running":
        return _stopped(row)
    if row.breaker != "closed" or (row.retry_at is not None and row.retry_at > status.now):
        return _silent(status)
    if status.refused:
        text = N_("%(count)s events wait for a person; everything else is delivered")
        if status.backlog:
            text = N_("%(count)s events wait for a person; %(waiting)s more are not there yet, many because of these")
        asks = N_(
            "Ask the administrator to look at what the platform says; only these events, and what follows them, wait."
        )
        does = N_("See below what the platform says. Mend the cause, then try again, or skip with a reason.")
        return Sentence("bad", web.gettext(text, count=status.refused, waiting=status.backlog), "", _advice(asks, does))
    if status.backlog:
        return Sentence("good", web.gettext(N_("Delivering: %(count)s events to go"), count=status.backlog))
    return Sentence("good", web.gettext(N_("The platform has everything")))


def _stopped(row: Connector) -> Sentence:
    why = row.paused_reason or ""
    if row.paused_for in FOR_CREDENTIALS:
        missing = row.paused_for == "secret"
        text = N_("Paused: the key is not here") if missing else N_("Paused: the platform refuses our key")
        asks = N_("Ask the administrator: renew the key, then press “Resume delivery”. Events wait; none is lost.")
        does = N_("Renew the key where the settings say it is kept, then press “Resume delivery”. Events wait.")
        return Sentence("bad", web.gettext(text), why, _advice(asks, does), row.paused_at)
    if row.paused_for == "configuration":
        gone = row.state == "disabled"
        text = N_("Disabled: the platform says that it has gone") if gone else N_("Paused: the settings do not fit")
        asks = N_("Ask the administrator: mend address or settings, then press “Resume delivery”.")
        does = N_("Mend address or settings, look at the dry run, then press “Resume delivery”. Events wait.")
        return Sentence("bad", web.gettext(text), why, _advice(asks, does), row.paused_at)
    if row.state == "disabled":
        advice = N_("Nothing is kept ready for this platform until somebody resumes delivery.")
        return Sentence("ghost", web.gettext(N_("Out of use")), why, web.gettext(advice), row.paused_at)
    advice = N_("Events wait and go out in order after “Resume delivery”.")
    return Sentence("warn", web.gettext(N_("Paused by a person")), why, web.gettext(advice), row.paused_at)


def _advice(asks: str, does: str) -> str:
    """What to do: for whoever may mend a connector, and for everybody else."""
    return web.gettext(does if web.actor().may(MENDS) else asks)


def _silent(status: ConnectorStatus) -> Sentence:
    row, next_at = status.connector, clock_time(status.connector.retry_at, status.now)
    if row.opened_at is None:
        text = web.gettext(N_("The last request failed; next try %(time)s"), time=next_at)
        advice = N_("Nothing needs to be done: it is tried again by itself, and events wait.")
        return Sentence("warn", text, row.last_error or "", web.gettext(advice), row.last_error_at)
    since = clock_time(row.opened_at, status.now)
    long = status.now - row.opened_at > SILENT_AFTER
    text = web.gettext(N_("The platform has not worked since %(since)s; next try %(time)s"), since=since, time=next_at)
    return Sentence("bad" if long else "warn", text, row.last_error or "", _patience(row))


def _patience(row: Connector) -> str:
    """What to do about a platform that does not answer: wait, unless it never has."""
    if row.last_success_at is None:
        asks = N_("It has never worked yet. Ask the administrator to check address, network and certificate.")
        does = N_("It has never worked yet. Check address, network and certificate; “mes connector test” tries it.")
        return _advice(asks, does)
    advice = N_(
        "Nothing needs to be done here: one event is tried now and then, the rest wait. If it lasts, call the platform."
    )
    return web.gettext(advice)


def clock_time(moment: datetime | None, now: datetime) -> str:
    """A moment near now: with its date only where that is another day."""
    if moment is None or (moment <= now and now - moment < _MINUTE):
        return web.gettext(N_("now"))
    local, today = web.local_time(moment), web.local_time(now)
    return local.strftime("%H:%M" if local.date() == today.date() else "%m-%d %H:%M")


def age_in_words(since: datetime | None, now: datetime) -> str:
    """How long ago, in the reader's language and the largest fitting unit."""
    if since is None:
        return "–"
    minutes = max(0, int((now - since).total_seconds() // 60))
    if minutes < 1:
        return web.gettext(N_("less than a minute"))
    if minutes < 120:
        return web.gettext(N_("%(count)s min"), count=minutes)
    if minutes < 48 * 60:
        return web.gettext(N_("%(count)s h"), count=minutes // 60)
    return web.gettext(N_("%(count)s days"), count=minutes // 1440)


def seconds_in_words(milliseconds: int | None) -> str:
    """An answer time."""
    if milliseconds is None:
        return "–"
    return f"{milliseconds} ms" if milliseconds < 10_000 else f"{milliseconds / 1000:.0f} s"


def skew_in_words(seconds: float | None) -> str:
    """How far the platform's clock is ahead of ours."""
    if seconds is None:
        return "–"
    if abs(seconds) < 120:
        return web.gettext(N_("%(seconds)s s"), seconds=f"{round(seconds):+d}")
    return web.gettext(N_("%(minutes)s min"), minutes=f"{seconds / 60:+.0f}")


def words() -> Mapping[str, object]:
    """What every template of connectors uses."""
    return {
        "age": age_in_words,
        "clock_time": clock_time,
        "hidden": hidden,
        "kind_names": KIND_NAMES,
        "outcomes": OUTCOMES,
        "plainly": plainly,
        "purposes": PURPOSES,
        "refused_for": REFUSED_FOR,
        "seconds": seconds_in_words,
        "sentence_of": sentence_of,
        "sides": SIDES,
        "skew": skew_in_words,
        "states": RECEIPT_STATES,
        "tones": STATE_TONES,
    }
