"""Connectors: made, paused, resumed, and told to send again."""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field
from sqlalchemy import select, update

from mes.accounts.models import Plant
from mes.core.commands import Answer, Command, Done, Work, use_case
from mes.core.errors import Conflict, InvalidInput, NotFound
from mes.core.ids import new_id
from mes.core.text import N_, Text
from mes.identity.naming import naming_of
from mes.ledger.models import LedgerEvent, LedgerSubject
from mes.traceability.capture_client import CaptureAddressError, CaptureClient
from mes.traceability.models import Connector, Receipt
from mes.traceability.settings import plant_mapping, read_settings

SENT_STATES = ("delivered", "refused", "skipped")


class AddConnector(Command):
    """A platform that the ledger is delivered to from now on, beginning with its first event."""

    name: str = Field(min_length=1, max_length=60, pattern=r"^[\w.-]+$")
    kind: Literal["epcis"] = "epcis"
    url: str = Field(max_length=300)
    settings: dict[str, Any] = {}  # noqa: RUF012


class ConnectorCommand(Command):
    """Something about one connector."""

    connector_id: UUID


class PauseConnector(ConnectorCommand):
    """Stop delivering until somebody resumes it."""

    reason: str = Field("", max_length=300)


class ReplayEvents(ConnectorCommand):
    """Send again what was delivered, refused or skipped: of one element, or of everything since a time."""

    element_serial: int | None = None
    since: AwareDatetime | None = None
    everything: bool = False


class ReplayStarted(Answer):
    """How many events wait to be sent again."""

    events: int


@use_case("connector:write")
def add_connector(work: Work, command: AddConnector) -> Done:
    """Add a connector; secrets are named in its settings, never given.

    Raises:
        InvalidInput: the address or the settings cannot be used.
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
    _require_address(url)
    if row.url != url.rstrip("/"):
        row.url, row.failures, row.retry_at = url.rstrip("/"), 0, None
        work.session.flush()
    return row.id


@use_case("connector:write")
def pause_connector(work: Work, command: PauseConnector) -> Done:
    """Stop delivering to a platform; its events wait."""
    row = load_connector(work, command.connector_id)
    row.state, row.paused_reason = "paused", command.reason.strip() or f"paused by {work.actor.name}"
    return Done(id=row.id)


@use_case("connector:write")
def resume_connector(work: Work, command: ConnectorCommand) -> Done:
    """Deliver again, at once."""
    row = load_connector(work, command.connector_id)
    row.state, row.paused_reason, row.failures, row.retry_at = "running", None, 0, None
    waiting = (Receipt.connector_id == row.id) & (Receipt.state == "waiting")
    work.session.execute(update(Receipt).where(waiting).values(next_attempt_at=None))
    return Done(id=row.id)


@use_case("connector:write")
def replay_events(work: Work, command: ReplayEvents) -> ReplayStarted:
    """Send events again with the same ids; a platform that has them drops the repeats.

    Raises:
        InvalidInput: neither an element nor a time was named.
    """
    row = load_connector(work, command.connector_id)
    events = select(LedgerEvent.sequence)
    if command.element_serial is not None:
        events = events.join(LedgerSubject).where(LedgerSubject.subject == f"element:{command.element_serial}")
    if command.since is not None:
        events = events.where(LedgerEvent.recorded_time >= command.since)
    if command.element_serial is None and command.since is None and not command.everything:
        raise InvalidInput(Text(N_("Say what to send again: an element, a time, or everything")))
    chosen = (Receipt.connector_id == row.id) & Receipt.state.in_(SENT_STATES) & Receipt.event_sequence.in_(events)
    changed = work.session.execute(
        update(Receipt)
        .where(chosen)
        .values(state="waiting", next_attempt_at=None, first_attempt_at=None, capture_job=None, updated_at=work.now())
        .execution_options(synchronize_session=False)
    )
    return ReplayStarted(events=int(getattr(changed, "rowcount", 0)))


def find_connector(work: Work, name: str) -> Connector | None:
    """The connector of that name, if there is one."""
    return work.session.scalars(select(Connector).where(Connector.name == name)).first()


def load_connector(work: Work, connector_id: UUID) -> Connector:
    """A connector for changing it.

    Raises:
        NotFound: no such connector.
    """
    row = work.session.get(Connector, connector_id, with_for_update=not _is_sqlite(work))
    if row is None:
        raise NotFound(Text(N_("There is no such connector")))
    return row


def _create(work: Work, name: str, kind: str, url: str, given: dict[str, Any]) -> Connector:
    _require_address(url)
    settings = read_settings(_with_plant_keys(work, given))
    row = Connector(
        id=new_id(),
        name=name,
        kind=kind,
        url=url.rstrip("/"),
        settings=settings.model_dump(mode="json"),
        state="running",
        created_at=work.now(),
    )
    work.session.add(row)
    work.session.flush()
    return row


def _require_address(url: str) -> None:
    try:
        CaptureClient(url).close()
    except CaptureAddressError as error:
        raise InvalidInput(Text(N_("This address cannot be used: %(why)s"), {"why": str(error)})) from error


def _with_plant_keys(work: Work, given: dict[str, Any]) -> dict[str, Any]:
    """The settings with what the plant's names are made of, where they say nothing of it."""
    plant = work.session.scalars(select(Plant).order_by(Plant.code)).first()
    mapping = given.get("mapping", {})
    if plant is None or not isinstance(mapping, dict):
        return given
    return {**given, "mapping": {**plant_mapping(naming_of(plant)), **mapping}}


def _is_sqlite(work: Work) -> bool:
    return work.session.get_bind().dialect.name == "sqlite"
