"""Connectors: made, changed, paused, resumed, disabled."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field
from sqlalchemy import select, update

from mes.accounts.models import Plant
from mes.core.commands import Command, Done, Work, use_case
from mes.core.errors import Conflict, InvalidInput
from mes.core.ids import new_id
from mes.core.text import N_, Text
from mes.identity.naming import naming_of
from mes.ledger.service import record
from mes.traceability.models import Connector, Receipt
from mes.traceability.platforms import PlatformKind, kind_named
from mes.traceability.service.receipts import bring_home, locked_connector
from mes.traceability.service.texts import kept
from mes.traceability.settings import plant_mapping

CLOCK_ALARM_SECONDS = 300
"""Platforms that look at a time of ours allow 5 to 60 minutes."""
LONGEST_REASON = 300
LONGEST_ERROR = 2000


class AddConnector(Command):
    """A platform that the ledger is delivered to from now on, beginning with its first event."""

    name: str = Field(min_length=1, max_length=60, pattern=r"^[\w.-]+$")
    kind: str = Field("epcis", max_length=16)
    url: str = Field(max_length=300)
    settings: dict[str, Any] = {}  # noqa: RUF012


class ConnectorCommand(Command):
    """Something about one connector."""

    connector_id: UUID


class ChangeConnector(ConnectorCommand):
    """Another address, or other settings; what stays None stays as it is. What was rendered before goes as it is."""

    url: str | None = Field(None, max_length=300)
    settings: dict[str, Any] | None = None


class PauseConnector(ConnectorCommand):
    """Stop delivering until somebody resumes it."""

    reason: str = Field("", max_length=LONGEST_REASON)


class DisableConnector(ConnectorCommand):
    """Stop for good: nothing is enrolled either, until somebody resumes it."""

    reason: str = Field(min_length=2, max_length=LONGEST_REASON)


@use_case("connector:write")
def add_connector(work: Work, command: AddConnector) -> Done:
    """Add a connector; secrets are named in its settings, never given.

    Raises:
        InvalidInput: the kind, the address or the settings cannot be used.
        Conflict: the name is taken.
    """
    if find_connector(work, command.name) is not None:
        raise Conflict(Text(N_("There is a connector named %(name)s already"), {"name": command.name}))
    return Done(id=_create(work, command.name, command.kind, command.url, command.settings).id)


def ensure_epcis_connector(work: Work, name: str, url: str) -> UUID:
    """The EPCIS connector of that name, made where it is missing and pointed at `url`; returns its id.

    Raises:
        InvalidInput: the address cannot be used.
    """
    row = find_connector(work, name)
    if row is None:
        return _create(work, name, "epcis", url, {}).id
    kind_of(row.kind).check_address(url)
    if row.url != url.rstrip("/"):
        _lead_to(work, row, url)
        forget_trouble(row)
        note_connector(work, "connector.changed", row, work.now(), {"url": row.url})
    return row.id


@use_case("connector:write")
def change_connector(work: Work, command: ChangeConnector) -> Done:
    """Another address or other settings, in force with the next request.

    Raises:
        InvalidInput: the address or the settings cannot be used.
    """
    row = locked_connector(work, command.connector_id)
    kind, changed = kind_of(row.kind), dict[str, Any]()
    if command.url is not None:
        kind.check_address(command.url)
        changed["url"] = _lead_to(work, row, command.url)
    if command.settings is not None:
        row.settings = changed["settings"] = _checked(work, row.kind, command.settings)
    if changed:
        row.most_events = None
        forget_trouble(row)
        _due_at_once(work, row)
        note_connector(work, "connector.changed", row, work.event_time(command), changed)
    return Done(id=row.id)


@use_case("connector:write")
def pause_connector(work: Work, command: PauseConnector) -> Done:
    """Stop delivering to a platform; its events wait."""
    row = locked_connector(work, command.connector_id)
    reason = command.reason.strip() or f"paused by {work.actor.name}"
    _stop(work, row, "paused", "person", reason)
    return Done(id=row.id)


@use_case("connector:write")
def disable_connector(work: Work, command: DisableConnector) -> Done:
    """Stop delivering to a platform for good."""
    row = locked_connector(work, command.connector_id)
    _stop(work, row, "disabled", "person", command.reason.strip())
    return Done(id=row.id)


@use_case("connector:write")
def resume_connector(work: Work, command: ConnectorCommand) -> Done:
    """Deliver again, at once."""
    row = locked_connector(work, command.connector_id)
    was = {"state": row.state, "for": row.paused_for, "reason": row.paused_reason}
    row.state, row.paused_for, row.paused_reason, row.paused_at = "running", None, None, None
    forget_trouble(row)
    _due_at_once(work, row)
    note_connector(work, "connector.resumed", row, work.event_time(command), {"was": was})
    return Done(id=row.id)


def pause_by_program(work: Work, row: Connector, paused_for: str, reason: str, *, disabled: bool = False) -> None:
    """The platform wants a person to look: nothing is sent until somebody resumes the connector."""
    row.last_error, row.last_error_at = kept(reason, LONGEST_ERROR), work.now()
    if row.state == "running":
        _stop(work, row, "disabled" if disabled else "paused", paused_for, reason)


def forget_trouble(row: Connector) -> None:
    """What went wrong before does not count any more: a person says so."""
    row.breaker, row.opened_at, row.failures, row.recent, row.retry_at = "closed", None, 0, [], None


def note_connector(work: Work, kind: str, row: Connector, at: datetime, data: dict[str, Any]) -> None:
    """Something about a connector, for the ledger; it belongs to the story of the connector alone."""
    facts = {"connector": row.name, "connector_id": str(row.id), **data}
    record(work, kind, [f"connector:{row.name}"], event_time=at, data=facts)


def find_connector(work: Work, name: str) -> Connector | None:
    """The connector of that name, if there is one."""
    return work.session.scalars(select(Connector).where(Connector.name == name)).first()


def kind_of(name: str) -> PlatformKind:
    """The kind of platform.

    Raises:
        InvalidInput: there is none of that name here.
    """
    try:
        return kind_named(name)
    except (KeyError, ModuleNotFoundError) as error:
        raise InvalidInput(Text(N_("There is no kind of platform named %(name)s"), {"name": name})) from error


def _stop(work: Work, row: Connector, state: str, paused_for: str, reason: str) -> None:
    row.state, row.paused_for, row.paused_reason = state, paused_for, kept(reason, LONGEST_REASON)
    row.paused_at = work.now()
    data = {"state": state, "for": paused_for, "reason": row.paused_reason}
    note_connector(work, "connector.paused", row, work.now(), data)


def _lead_to(work: Work, row: Connector, url: str) -> str:
    """Let a connector lead to this address; it, as it is kept."""
    before, row.url = row.url, url.rstrip("/")
    if row.url != before:
        bring_home(work, row.id)
    return row.url


def _due_at_once(work: Work, row: Connector) -> None:
    waiting = (Receipt.connector_id == row.id) & (Receipt.state == "waiting")
    work.session.execute(update(Receipt).where(waiting).values(next_attempt_at=None))


def _create(work: Work, name: str, kind: str, url: str, given: dict[str, Any]) -> Connector:
    kind_of(kind).check_address(url)
    row = Connector(
        id=new_id(),
        name=name,
        kind=kind,
        url=url.rstrip("/"),
        settings=_checked(work, kind, given),
        state="running",
        created_at=work.now(),
    )
    work.session.add(row)
    work.session.flush()
    data = {"kind": kind, "url": row.url, "settings": row.settings}
    note_connector(work, "connector.added", row, work.now(), data)
    return row


def _checked(work: Work, kind: str, given: dict[str, Any]) -> dict[str, Any]:
    """The settings as they are stored: what was said, and no more, so that a better default reaches them too."""
    said = _with_plant_keys(work, given) if kind == "epcis" else given
    read = kind_of(kind).read_settings(said)
    return read.model_dump(mode="json", exclude_unset=True) if isinstance(read, BaseModel) else said


def _with_plant_keys(work: Work, given: dict[str, Any]) -> dict[str, Any]:
    """The settings with what the plant's names are made of, where they say nothing of it."""
    plant = work.session.scalars(select(Plant).order_by(Plant.code)).first()
    mapping = given.get("mapping", {})
    if plant is None or not isinstance(mapping, dict):
        return given
    return {**given, "mapping": {**plant_mapping(naming_of(plant)), **mapping}}
