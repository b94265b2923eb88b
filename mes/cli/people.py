"""`mes plant`: the plant's own facts; `mes user`: who may sign in; `mes token`: keys for programs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from pydantic import SecretStr, ValidationError
from sqlalchemy import select

from labels.keys.naming import identity
from mes.accounts import service
from mes.accounts.models import Person, Plant
from mes.accounts.permissions import permissions_of, roles
from mes.accounts.service import AddPerson, SetCrew, SetPlant
from mes.cli.context import Context, pass_context
from mes.core.actor import Actor
from mes.core.commands import Work
from mes.identity.naming import naming_of
from mes.orders.models import Project

OWNER = Actor("command-line", "command line", "admin", "", permissions_of("admin"), kind="program")
"""Whoever has a shell on the plant's own machine."""


@click.group()
def plant() -> None:
    """The plant this installation serves."""


@plant.command("set")
@click.argument("code")
@click.option("--name", required=True, help="What people call the plant.")
@click.option("--organisation", required=True, help="The company, as it stands on certificates.")
@click.option("--credit-code", required=True, help="The company's unified social credit code, 18 characters.")
@click.option("--company-prefix", default="", help="GS1 company prefix, 6 to 12 digits; without it names are local.")
@click.option("--site-number", default=0, show_default=True, help="0 to 9, among plants that share a prefix.")
@click.option("--address", default="")
@pass_context
def set_plant(context: Context, /, code: str, organisation: str, **facts: Any) -> None:
    """Set up the plant CODE, or change its facts; what its names are made of only while nothing is named."""
    try:
        command = SetPlant(code=code, organisation_name=organisation, **facts)
    except ValidationError as error:
        first = error.errors()[0]
        raise click.UsageError(f"{' '.join(map(str, first['loc']))}: {first['msg']}") from error
    context.perform(service.set_plant, command, OWNER)
    with context.database.reading() as session:
        naming = naming_of(session.scalars(select(Plant).where(Plant.code == code)).one())
    scheme = "with GS1 keys" if naming.is_gs1 else "locally, without GS1"
    click.echo(f"{code} names its things {scheme}; the plant itself is {identity(naming.place())}")


@click.group()
def user() -> None:
    """People who may sign in."""


@user.command("add")
@click.argument("name")
@click.option("--role", required=True, type=click.Choice(sorted(set(roles()) - service.PROGRAM_ROLES)))
@click.option("--project", "projects", multiple=True, help="Code of a project this person is limited to.")
@click.option("--full-name", default=None, help="The person's name, if it is not the sign-in name.")
@click.option("--organisation", default="")
@click.option("--crew", default="", help="The crew this person works in.")
@click.option("--password-file", type=click.Path(exists=True, path_type=Path), help="Read the password from here.")
@pass_context
def add(
    context: Context,
    name: str,
    role: str,
    projects: tuple[str, ...],
    full_name: str | None,
    organisation: str,
    crew: str,
    password_file: Path | None,
) -> None:
    """Let NAME sign in; asks for the password on the terminal."""
    password = password_file.read_text().strip() if password_file else _ask_password()
    with context.database.reading() as session:
        rows = session.scalars(select(Project).where(Project.code.in_(projects))).all()
    unknown = set(projects) - {row.code for row in rows}
    if unknown:
        raise click.UsageError(f"unknown project: {', '.join(sorted(unknown))}")
    command = AddPerson(
        sign_in_name=name,
        name=full_name or name,
        role=role,
        organisation=organisation,
        crew=crew,
        password=SecretStr(password),
        project_ids=[row.id for row in rows],
    )
    context.perform(service.add_person, command, OWNER)
    click.echo(f"{name} may sign in as {role}")


@user.command("crew")
@click.argument("name")
@click.argument("crew", default="")
@pass_context
def set_crew(context: Context, name: str, crew: str) -> None:
    """Put NAME (the sign-in name) into a CREW; into none where it is left out."""
    with context.database.reading() as session:
        person = session.scalars(select(Person).where(Person.sign_in_name == name.strip().lower())).first()
    if person is None:
        raise click.UsageError(f"nobody signs in as {name}")
    if len(crew) > 40:
        raise click.UsageError("the name of a crew has at most 40 characters")
    context.perform(service.set_crew, SetCrew(person_id=person.id, crew=crew), OWNER)
    click.echo(f"{name} works in crew {crew}" if crew else f"{name} works in no crew")


@click.group()
def token() -> None:
    """API tokens for programs."""


@token.command("make")
@click.argument("name")
@click.option("--role", default="gateway", show_default=True)
@click.option("--file", "target", type=click.Path(path_type=Path), help="Write it here instead of printing it.")
@pass_context
def make(context: Context, name: str, role: str, target: Path | None) -> None:
    """Make the token of program NAME; an earlier one of that name ends."""
    with context.database.writing() as session:
        made = service.make_token(Work(session, OWNER, context.clock), name, role)
    if target is None:
        click.echo(made)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    target.touch(mode=0o600)
    target.write_text(made + "\n")


def _ask_password() -> str:
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))


COMMANDS = (plant, user, token)
