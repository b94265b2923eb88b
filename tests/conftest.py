"""Fixtures for the whole house: a migrated database of each kind, people of each role, a web client, a clock.

`database` runs a test on SQLite; a test that asks for `any_database` runs on SQLite and on PostgreSQL.
"""

from __future__ import annotations

import gc
import os
import shutil
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import hypothesis
import psycopg
import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, make_url

from mes import migrating
from mes.accounts import secrets
from mes.accounts.permissions import permissions_of
from mes.accounts.service import SetPlant, open_session, set_plant
from mes.app import create_app
from mes.cli import NEW_OBJECTS
from mes.config import Settings
from mes.core.actor import Actor
from mes.core.clock import SetClock
from mes.core.commands import Work, perform
from mes.core.database import Database
from mes.core.files import FileStore
from mes.core.ids import new_id
from tests.postgres_pool import PostgresPool

POSTGRES = os.environ.get("MES_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/postgres")
NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)  # a Monday, 09:00 in Shanghai


gc.set_threshold(NEW_OBJECTS, 10, 10)
hypothesis.settings.register_profile("untimed", deadline=None)  # no test depends on how busy the machine is
hypothesis.settings.load_profile("untimed")
WITHOUT_THE_COMPILER = ("tests/labels/", "tests/quality/", "tests/lines/")
LONGEST_FIRST = ("tests/browser/", "tests/system/", "tests/mes/demo/")
COMPILED = os.environ.get("TESTS_WAIT_FOR", "")  # a file that is there once the scheduler's search is compiled


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """First what needs no compiled search, then the longest, so that no worker is left alone with one at the end."""
    places = {place: rank for rank, place in enumerate((*WITHOUT_THE_COMPILER, *LONGEST_FIRST))}

    def rank(item: pytest.Item) -> int:
        return next((rank for place, rank in places.items() if item.nodeid.startswith(place)), len(places))

    items.sort(key=rank)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """A test that may solve waits until the search is compiled, instead of compiling it once more itself."""
    if COMPILED and not item.nodeid.startswith(WITHOUT_THE_COMPILER):
        given_up_at = time.monotonic() + 600
        while not Path(COMPILED).exists() and time.monotonic() < given_up_at:
            time.sleep(0.2)


def postgres_reason() -> str | None:
    """Why PostgreSQL cannot be used here, or None."""
    for user in ("postgres", "root"):
        url = make_url(POSTGRES).set(username=user) if "MES_TEST_POSTGRES" not in os.environ else make_url(POSTGRES)
        try:
            psycopg.connect(url.render_as_string(hide_password=False), connect_timeout=2).close()
        except psycopg.OperationalError as error:
            reason = str(error).strip().splitlines()[0]
        else:
            globals()["POSTGRES"] = url.render_as_string(hide_password=False)
            return None
    return f"no PostgreSQL server: {reason}"


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file that tests copy."""
    file = tmp_path_factory.mktemp("template") / "mes.sqlite"
    database = Database(f"sqlite:///{file}")
    migrating.upgrade(database)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.dispose()
    return file


@pytest.fixture(scope="session")
def postgres_template() -> Iterator[str]:
    """A migrated, empty PostgreSQL database that tests copy."""
    reason = postgres_reason()
    if reason:
        pytest.skip(reason)
    name = f"mes_template_{uuid4().hex[:12]}"
    _admin(f'CREATE DATABASE "{name}"')
    database = Database(_url(name))
    migrating.upgrade(database)
    database.dispose()
    yield name
    _admin(f'DROP DATABASE "{name}" WITH (FORCE)')


def _url(name: str) -> str:
    url = make_url(POSTGRES).set(database=name, drivername="postgresql+psycopg")
    return url.render_as_string(hide_password=False)


def _admin(statement: str) -> None:
    with psycopg.connect(POSTGRES, autocommit=True) as connection:
        connection.execute(statement)  # type: ignore[call-overload]


_COMPILED_FOR: dict[str, Engine] = {}  # the first engine of each kind of database


def opened_again(url: str) -> Database:
    """A database whose engine knows the statements that earlier tests had compiled: an eighth of their time."""
    database = Database(url)
    known = _COMPILED_FOR.setdefault(database.engine.dialect.name, database.engine)
    database.engine.dialect = known.dialect
    database.engine._compiled_cache = known._compiled_cache
    return database


@pytest.fixture
def database(sqlite_template: Path, tmp_path: Path) -> Iterator[Database]:
    """A migrated, empty SQLite database."""
    file = tmp_path / "mes.sqlite"
    shutil.copy(sqlite_template, file)
    opened = opened_again(f"sqlite:///{file}")
    yield opened
    opened.dispose()


@pytest.fixture(scope="session")
def postgres_pool(postgres_template: str) -> Iterator[PostgresPool]:
    """Copies of the template, lent to one test after another."""
    pool = PostgresPool(POSTGRES, postgres_template)
    yield pool
    pool.close()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def any_database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """A migrated, empty database: the test runs on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        yield request.getfixturevalue("database")
        return
    pool: PostgresPool = request.getfixturevalue("postgres_pool")
    name = pool.take()
    opened = opened_again(_url(name))
    yield opened
    opened.dispose()
    pool.give_back(name)


@pytest.fixture
def clock() -> SetClock:
    """A clock that stands at Monday, 23 November 2026, 09:00 in Shanghai."""
    return SetClock(NOW)


def actor(role: str, name: str | None = None, **further: object) -> Actor:
    """Somebody of a role."""
    return Actor(str(new_id()), name or role, role, "Demo Precast", permissions_of(role), **further)  # type: ignore[arg-type]


@pytest.fixture
def as_role() -> Callable[..., Actor]:
    """Makes actors: `as_role("planner")`."""
    return actor


def create_plant(database: Database, clock: SetClock) -> None:
    """The plant every other thing belongs to."""
    command = SetPlant(
        code="P1",
        name="示范预制厂",
        organisation_name="示范构件有限公司",
        credit_code="91350200MA2XN0XH64",
        company_prefix="0614141",
    )
    perform(database, actor("admin"), clock, set_plant, command)


@pytest.fixture
def plant(database: Database, clock: SetClock) -> None:
    """A plant in the SQLite database."""
    create_plant(database, clock)


@pytest.fixture
def work(database: Database, clock: SetClock, plant: None) -> Iterator[Callable[..., Work]]:
    """`work("planner")` opens a transaction as somebody of that role; rolled back at the end."""
    opened = []

    def open_work(role: str) -> Work:
        session = database.session()
        session.connection(execution_options={"mes_write": True})
        opened.append(session)
        return Work(session, actor(role), clock)

    yield open_work
    for session in opened:
        session.close()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings with a data folder of the test's own."""
    return Settings(data=tmp_path / "data")


@pytest.fixture(scope="session")
def shared_app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The web application, wired once; each test puts its own database, clock and data folder into it."""
    return create_app(Settings(data=tmp_path_factory.mktemp("app")))


@pytest.fixture
def app(shared_app: Flask, settings: Settings, database: Database, clock: SetClock, plant: None) -> Flask:
    """The whole web application on a SQLite database with a plant."""
    shared_app.extensions["mes_database"] = database
    shared_app.extensions["mes_clock"] = clock
    shared_app.extensions["mes_files"] = FileStore(settings.data / "files")
    shared_app.config.update(MES_SETTINGS=settings, TESTING=True, WTF_CSRF_ENABLED=False)
    return shared_app


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> Iterator[None]:
    """Argon2id with the least work: what is tested is that it is used, not how long it takes."""
    before = secrets._hasher, secrets._DUMMY
    secrets._hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    secrets._DUMMY = secrets._hasher.hash("nobody")
    yield
    secrets._hasher, secrets._DUMMY = before


@pytest.fixture
def client_as(app: Flask, database: Database, clock: SetClock) -> Callable[..., FlaskClient]:
    """`client_as("inspector")`: a web client that is signed in as a person of that role, speaking English."""

    def sign_in(role: str, project_ids: tuple[object, ...] = ()) -> FlaskClient:
        from pydantic import SecretStr

        from mes.accounts.service import AddPerson, add_person

        person = perform(
            database,
            actor("admin"),
            clock,
            add_person,
            AddPerson(
                sign_in_name=f"{role}-{uuid4().hex[:6]}",
                name=role.title(),
                role=role,
                password=SecretStr("a long password"),
                project_ids=list(project_ids),  # type: ignore[arg-type]
            ),
        )
        client = app.test_client()
        client.set_cookie("mes_locale", "en")
        sign_client_in(client, database, clock, person.id)
        return client

    return sign_in


def sign_client_in(client: FlaskClient, database: Database, clock: SetClock, person_id: UUID | None) -> None:
    """Give a web client the session of a person, as after signing in."""
    assert person_id is not None
    with database.writing() as session:
        opened = open_session(session, person_id, clock)
    with client.session_transaction() as cookie:
        cookie["session_id"] = str(opened)
