"""`mes archive`: packages for the city construction archive; made, listed, checked."""

from __future__ import annotations

import time
from pathlib import Path
from uuid import UUID

import click

from mes.cli.context import Context, pass_context
from mes.cli.people import OWNER
from mes.core.jobs import Job

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def archive() -> None:
    """Packages for the city construction archive."""


@archive.command("make")
@click.option("--element", help="Serial of an element.")
@click.option("--order", help="Number of an order.")
@click.option("--project", help="Code of a project.")
@click.option("--later", is_flag=True, help="Do not wait for the worker.")
@click.option("--here", is_flag=True, help="Make it in this process; only where no worker runs.")
@pass_context
def make(
    context: Context, element: str | None, order: str | None, project: str | None, later: bool, here: bool
) -> None:
    """Have the worker make a package of an element, an order or a project, and wait for it."""
    asked = {"element": element, "order": order, "project": project}
    given = [(scope, key) for scope, key in asked.items() if key is not None]
    if len(given) != 1:
        raise click.UsageError("name one of --element, --order and --project")
    import mes.traceability.archive.jobs  # noqa: F401 - the job's handler
    from mes.traceability.archive.house import house_of, use_house
    from mes.traceability.archive.service import AskForPackage, ask_for_package

    house = house_of(context.settings)
    use_house(house)
    command = AskForPackage.model_validate({"scope": given[0][0], "key": given[0][1]})
    answer = context.perform(ask_for_package, command, OWNER)
    if later:
        click.echo(f"{answer.number} is asked for; the worker makes it")
        return
    _run(context, answer.job_id, here)
    click.echo(str(house.file(answer.number)))


@archive.command("list")
@pass_context
def list_all(context: Context) -> None:
    """The newest packages, one line each."""
    from mes.traceability.archive.queries import packages

    with context.database.reading() as session:
        for one in packages(session, OWNER):
            size = f"{one.size_bytes / 1e6:.1f} MB" if one.size_bytes is not None else "-"
            reason = f"  ({one.reason})" if one.reason else ""
            click.echo(f"{one.number}  {one.scope} {one.scope_key}  {one.state}  {size}{reason}")


@archive.command("verify")
@click.argument("file", type=FILE)
@click.option("--key", "keys", multiple=True, help="Public key (PEM file, Base64) or its id, as the plant gave it.")
def verify(file: Path, keys: tuple[str, ...]) -> None:
    """Check a package with nothing but its FILE; names what was altered, is missing or extra."""
    from mes.traceability.archive.verification import key_id_in, verify_package

    ids = [key_id_in(Path(key).read_text(encoding="utf-8") if Path(key).is_file() else key) for key in keys]
    found = verify_package(file, ids)
    for wrong in found.wrong:
        click.echo(str(wrong), err=True)
    if not found.intact:
        raise click.exceptions.Exit(1)
    click.echo(f"{found.name}: {found.files} files, {found.size_bytes} bytes: nothing was altered")
    click.echo(f"signed with the key {found.key_id}" + ("" if ids else "; compare it with the plant's"))


def _run(context: Context, job_id: UUID, here: bool) -> None:
    """Do the job here, or wait until the worker has done it."""
    from mes.core.jobs import FINAL_STATES, run_job

    if here:
        run_job(context.database, context.clock, job_id)
    while (job := _job(context, job_id)).state not in FINAL_STATES:
        time.sleep(1)
    if job.state != "done":
        raise click.ClickException(job.message or f"the job is {job.state}")


def _job(context: Context, job_id: UUID) -> Job:
    with context.database.reading() as session:
        return session.get_one(Job, job_id)


COMMANDS: tuple[click.Command, ...] = (archive,)
