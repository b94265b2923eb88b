"""Use cases of accounts: people, tokens, sign-in."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from pydantic import Field, SecretStr
from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from labels.keys.credit_code import is_credit_code
from labels.keys.naming import Naming
from mes.accounts.models import ApiToken, Person, PersonProject, Plant, SerialCounter, SignInAttempt, WebSession
from mes.accounts.permissions import permissions_of, roles
from mes.accounts.secrets import (
    badge_code,
    hash_password,
    hash_pin,
    matches,
    new_badge_code,
    new_token,
    sha256_of,
)
from mes.core.actor import Actor
from mes.core.clock import Clock
from mes.core.commands import Answer, Command, Done, Work, use_case
from mes.core.database import Database
from mes.core.errors import Conflict, InvalidInput, NotFound, NotSignedIn, TooManyAttempts
from mes.core.ids import new_id
from mes.core.text import N_, Text

ATTEMPTS_PER_NAME = 8
ATTEMPTS_PER_ADDRESS = 40
ATTEMPT_WINDOW = timedelta(minutes=10)
PROGRAM_ROLES = frozenset({"gateway", "handheld", "monitoring", "system"})

SYSTEM = Actor("system", "precast-mes", "system", "precast-mes", permissions_of("system"), kind="system")
"""The program itself: jobs, the demo plant's set-up, the command line on the plant's own machine."""


class AddPerson(Command):
    """Let somebody sign in. `project_ids` limits a receiver to projects."""

    sign_in_name: str = Field(min_length=1, max_length=60)
    name: str = Field(min_length=1, max_length=80)
    role: str = Field(max_length=20)
    organisation: str = Field("", max_length=120)
    crew: str = Field("", max_length=40)
    password: SecretStr
    pin: SecretStr | None = None
    badge: SecretStr | None = None
    project_ids: list[UUID] = []  # noqa: RUF012


class SetPlant(Command):
    """The plant's own facts.

    Without a company prefix its names are local, led by its credit code. Plants that share a prefix have different
    site numbers.
    """

    code: str = Field(min_length=1, max_length=20)
    name: str = Field(min_length=1, max_length=120)
    organisation_name: str = Field(min_length=1, max_length=120)
    credit_code: str = Field(max_length=18)
    address: str = Field("", max_length=200)
    company_prefix: str = Field(pattern=r"^([0-9]{6,12})?$")
    site_number: int = Field(default=0, ge=0, le=9)


class SetCrew(Command):
    """The crew (班组) that somebody works in from now on; empty for none. What they did before keeps its crew."""

    person_id: UUID
    crew: str = Field("", max_length=40)


class RemovePerson(Command):
    """Somebody no longer signs in; what they did stays in the ledger."""

    person_id: UUID


@use_case("account:write")
def set_plant(work: Work, command: SetPlant) -> Done:
    """Create the plant, or change its facts: what its names are made of only while nothing is named.

    Raises:
        InvalidInput: company prefix, credit code and site number can name nothing.
        Conflict: something is named already, or another plant has the site number.
    """
    _require_naming(command)
    plant = work.session.scalars(select(Plant).where(Plant.code == command.code).with_for_update()).first()
    _require_free_site(work, command)
    if plant is None:
        plant = Plant(id=new_id(), next_serial=1, code=command.code)
        work.session.add(plant)
    elif _name_makers(plant) != _name_makers(command) and _has_named(work, plant):
        raise Conflict(
            Text(
                N_(
                    "Things of this plant are named already: company prefix and site number cannot change any more, "
                    "nor the credit code of a plant without a prefix"
                )
            )
        )
    plant.name, plant.organisation_name = command.name, command.organisation_name
    plant.credit_code, plant.address = command.credit_code, command.address
    plant.company_prefix, plant.site_number = command.company_prefix, command.site_number
    work.session.flush()
    return Done(id=plant.id)


def _require_naming(command: SetPlant) -> None:
    if not command.company_prefix and not is_credit_code(command.credit_code):
        message = N_(
            "Without a GS1 company prefix, names are led by the unified social credit code; %(code)s is none "
            "(18 characters with the right check character, GB 32100)"
        )
        raise InvalidInput(Text(message, {"code": command.credit_code or "–"}))
    if len(command.company_prefix) == 12 and command.site_number:
        raise InvalidInput(
            Text(N_("A company prefix of 12 digits leaves no room for a site number; the site number must be 0"))
        )


def _require_free_site(work: Work, command: SetPlant) -> None:
    query = select(Plant).where(Plant.site_number == command.site_number, Plant.code != command.code)
    other = work.session.scalars(query).first()
    if other is not None:
        words = {"number": command.site_number, "code": other.code}
        raise Conflict(Text(N_("Site number %(number)s is that of the plant %(code)s"), words))


def _name_makers(facts: Plant | SetPlant) -> tuple[str, int, str]:
    """What the plant's names are made of."""
    return facts.company_prefix, facts.site_number, "" if facts.company_prefix else facts.credit_code


def _has_named(work: Work, plant: Plant) -> bool:
    counted = select(SerialCounter.name).where(SerialCounter.plant_id == plant.id).limit(1)
    return plant.next_serial > 1 or work.session.scalar(counted) is not None


@use_case("account:write")
def add_person(work: Work, command: AddPerson) -> Done:
    """Let somebody sign in."""
    name = command.sign_in_name.strip().lower()
    if not name or command.role not in roles() or command.role in PROGRAM_ROLES:
        raise InvalidInput(Text(N_("%(role)s is not a role of people"), {"role": command.role}))
    if work.session.scalars(select(Person).where(Person.sign_in_name == name)).first():
        raise Conflict(Text(N_("The sign-in name %(name)s is taken"), {"name": name}))
    person = Person(
        id=new_id(),
        sign_in_name=name,
        name=command.name,
        role=command.role,
        organisation=command.organisation,
        crew=command.crew.strip(),
        password_hash=hash_password(command.password.get_secret_value()),
        pin_hash=hash_pin(command.pin.get_secret_value()) if command.pin else None,
        badge_sha256=_badge_digest(command.badge.get_secret_value()) if command.badge else None,
        created_at=work.now(),
        projects=[PersonProject(project_id=project_id) for project_id in command.project_ids],
    )
    work.session.add(person)
    work.session.flush()
    return Done(id=person.id)


@use_case("account:write")
def set_crew(work: Work, command: SetCrew) -> Done:
    """Put somebody into a crew.

    Raises:
        NotFound: there is no such person, or they do not sign in any more.
    """
    person = work.session.get(Person, command.person_id)
    if person is None or not person.active:
        raise NotFound(Text(N_("There is no such person")))
    person.crew = command.crew.strip()
    work.session.flush()
    return Done(id=person.id)


def give_badge(work: Work, person_id: UUID) -> tuple[Person, str]:
    """Somebody's fresh badge code, told only now; the one before is worth nothing from here on.

    Raises:
        NotFound: there is no such person, or they do not sign in any more.
    """
    work.actor.require("account:write")
    person = work.session.get(Person, person_id)
    if person is None or not person.active:
        raise NotFound(Text(N_("There is no such person")))
    code = new_badge_code()
    person.badge_sha256 = _badge_digest(code)
    work.session.flush()
    return person, code


def _badge_digest(scanned: str) -> str:
    return sha256_of(badge_code(scanned))


@use_case("account:write")
def remove_person(work: Work, command: RemovePerson) -> Done:
    """Somebody no longer signs in; open sessions end."""
    person = work.session.get(Person, command.person_id)
    if person is None:
        raise NotFound(Text(N_("There is no such person")))
    person.active = False
    open_sessions = update(WebSession).where(WebSession.person_id == person.id, WebSession.ended_at.is_(None))
    work.session.execute(open_sessions.values(ended_at=work.now()))
    return Done(id=person.id)


def make_token(work: Work, name: str, role: str) -> str:
    """Make (or replace) the API token of a program; the token itself is returned only now."""
    work.actor.require("account:write")
    if role not in PROGRAM_ROLES:
        raise InvalidInput(Text(N_("%(role)s is not a role of programs"), {"role": role}))
    token = new_token()
    work.session.execute(delete(ApiToken).where(ApiToken.name == name))
    work.session.add(ApiToken(id=new_id(), name=name, role=role, token_sha256=sha256_of(token), created_at=work.now()))
    work.session.flush()
    return token


class SignedIn(Answer):
    """Who signed in."""

    person_id: UUID
    session_id: UUID


def sign_in(database: Database, clock: Clock, name: str, secret: str, address: str) -> SignedIn:
    """Check a sign-in name with its password, or with its PIN (shared tablets).

    Raises:
        TooManyAttempts: too many failures for this name or address within ten minutes.
        NotSignedIn: name or secret is wrong; does not say which.
    """
    keys = {
        f"name:{name.strip().lower()[:120]}": ATTEMPTS_PER_NAME,
        f"address:{address}": ATTEMPTS_PER_ADDRESS,
    }
    with database.writing() as session:
        session.execute(delete(SignInAttempt).where(SignInAttempt.at < clock.now() - ATTEMPT_WINDOW))
        _throttle(session, keys)
        # Counted before the secret is looked at, so that many guesses at once count as many.
        session.add_all(SignInAttempt(id=new_id(), key=key, at=clock.now()) for key in keys)
    with database.reading() as session:
        person = session.scalars(select(Person).where(Person.sign_in_name == name.strip().lower())).first()
        right = _secret_fits(person, secret)
    if not right or person is None:
        raise NotSignedIn(Text(N_("Name or password is not right")))
    with database.writing() as session:
        session.execute(delete(SignInAttempt).where(SignInAttempt.key.in_(list(keys)[:1])))
        opened = open_session(session, person.id, clock)
    return SignedIn(person_id=person.id, session_id=opened)


def open_session(session: Session, person_id: UUID, clock: Clock) -> UUID:
    """Begin a sign-in's session."""
    opened = WebSession(id=new_id(), person_id=person_id, opened_at=clock.now())
    session.add(opened)
    session.flush()
    return opened.id


def end_session(database: Database, clock: Clock, session_id: UUID) -> None:
    """End a sign-in: its cookie is worth nothing from now on, wherever it was copied to."""
    with database.writing() as session:
        ended = update(WebSession).where(WebSession.id == session_id, WebSession.ended_at.is_(None))
        session.execute(ended.values(ended_at=clock.now()))


def sign_in_by_badge(database: Database, clock: Clock, badge: str, pin: str, address: str) -> SignedIn:
    """Check a scanned badge with its PIN.

    Raises:
        TooManyAttempts: too many failures from this address within ten minutes.
        NotSignedIn: badge or PIN is wrong.
    """
    digest = _badge_digest(badge)
    with database.reading() as session:
        person = session.scalars(select(Person).where(Person.badge_sha256 == digest)).first()
        name = person.sign_in_name if person else f"badge-{digest[:12]}"
    return sign_in(database, clock, name, pin, address)


def _secret_fits(person: Person | None, secret: str) -> bool:
    if person is None or not person.active:
        return matches(None, secret)
    if secret.isdigit() and len(secret) <= 8:
        return matches(person.pin_hash, secret)
    return matches(person.password_hash, secret)


def _throttle(session: Session, keys: dict[str, int]) -> None:
    for key, limit in keys.items():
        query = select(func.count()).where(SignInAttempt.key == key)
        if (session.scalar(query) or 0) >= limit:
            raise TooManyAttempts(Text(N_("Too many failed sign-ins; wait ten minutes")))


def actor_of(person: Person) -> Actor:
    """The person as an actor; receivers see only their projects."""
    limited = person.role == "receiver" or bool(person.projects)
    return Actor(
        id=str(person.id),
        name=person.name,
        role=person.role,
        organisation=person.organisation,
        permissions=permissions_of(person.role),
        project_ids=frozenset(link.project_id for link in person.projects) if limited else None,
        crew=person.crew,
    )


def actor_of_token(token: ApiToken) -> Actor:
    """A program as an actor."""
    return Actor(
        id=f"token:{token.name}",
        name=token.name,
        role=token.role,
        organisation="precast-mes",
        permissions=permissions_of(token.role),
        kind="program",
    )


def next_number(work: Work, plant: Plant, name: str) -> int:
    """The next running number of a kind in a plant, without gaps or collisions (the row is locked)."""
    counter = lock_numbers(work, plant, name)
    number = counter.next_number
    counter.next_number = number + 1
    work.session.flush()
    return number


def lock_numbers(work: Work, plant: Plant, name: str) -> SerialCounter:
    """Keep everybody else from drawing a number of a kind until the transaction ends."""
    insert = postgres_insert if work.session.get_bind().dialect.name == "postgresql" else sqlite_insert
    first = insert(SerialCounter).values(plant_id=plant.id, name=name, next_number=1)
    work.session.execute(first.on_conflict_do_nothing())
    return work.session.get_one(SerialCounter, (plant.id, name), with_for_update=True, populate_existing=True)


def lock_plant(work: Work, plant_id: UUID) -> Plant:
    """The plant's row, locked until the transaction ends, as it is now."""
    return work.session.get_one(Plant, plant_id, with_for_update=True, populate_existing=True)


def next_element_serials(work: Work, plant_id: UUID, count: int) -> range:
    """`count` fresh element serials of a plant, those of its site (the plant's row is locked)."""
    plant = lock_plant(work, plant_id)
    running = plant.next_serial
    plant.next_serial = running + count
    work.session.flush()
    first = Naming(plant.company_prefix, plant.credit_code, plant.site_number).serial(running)
    return range(first, first + count)


def site_mark(plant: Plant) -> str:
    """What keeps the numbers of documents apart where a house has several plants: `1-`; nothing at site 0."""
    return f"{plant.site_number}-" if plant.site_number else ""


def the_plant(session: Session) -> Plant:
    """The plant this installation serves.

    Raises:
        NotFound: none is set up yet.
    """
    plant = session.scalars(select(Plant).order_by(Plant.code).limit(1)).first()
    if plant is None:
        raise NotFound(Text(N_("No plant is set up yet; run: mes demo load, or mes plant set")))
    return plant
