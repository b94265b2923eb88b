"""The room's pages share this blueprint."""

from __future__ import annotations

from typing import TypeVar

from flask import Blueprint, request
from pydantic import ValidationError

from mes.core import web
from mes.core.commands import Command
from mes.core.errors import InvalidInput, MesError
from mes.core.form_faults import faults_of
from mes.core.text import N_, Text
from mes.identity import things
from mes.identity.service import NoSuchThing
from mes.identity.things import Thing

pages = Blueprint("identity", __name__)
C = TypeVar("C", bound=Command)


def asked(name: str) -> str:
    """A value of the form or the address."""
    return (request.form.get(name) or request.args.get(name) or "").strip()


def asked_thing() -> Thing:
    """The thing that a page is about; raises NoSuchThing."""
    subject = asked("subject")
    thing = things.of_subject(web.reading(), subject)
    if thing is None or not things.may_see(web.actor(), thing):
        raise NoSuchThing(Text(N_("Nothing here is called %(subject)s"), {"subject": subject[:80]}))
    return thing


def command_of(kind: type[C], **facts: object) -> C:
    """A command of a form; what pydantic finds becomes faults of the fields.

    Raises:
        InvalidInput: a field cannot be right.
    """
    try:
        return kind.model_validate({"command_id": web.form_command_id(), **facts})
    except ValidationError as error:
        raise InvalidInput(Text(N_("Some fields are not right")), faults_of(error)) from error


def field_errors(error: MesError | None) -> dict[str, list[str]]:
    """What is wrong with each field of a form, in the reader's words."""
    errors: dict[str, list[str]] = {}
    for fault in error.faults if error else ():
        errors.setdefault(fault.where, []).append(web.in_words(fault.reason))
    return errors
