"""`mes import order`, `mes import ifc`, `mes export order-template`: orders in, the blank workbook out."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import click

from mes.accounts.permissions import permissions_of
from mes.accounts.service import SYSTEM
from mes.cli.context import Context, pass_context
from mes.core import commands
from mes.core.actor import Actor
from mes.core.errors import MesError
from mes.core.text import Text
from mes.core.translations import LOCALES, translate
from mes.orders import intake, service
from mes.orders.ifc_model import profile_names
from mes.orders.intake import Intake
from mes.orders.order_template import write_order_template
from mes.orders.preview import OrderPreview, preview, was_imported_before
from mes.orders.service import OrderImported
from mes.orders.workbook import Severity

COMMAND_LINE = Actor(
    "command-line", "command line", "system", SYSTEM.organisation, permissions_of("system"), kind="program"
)
"""Whoever brings orders in by a shell on the plant's own machine."""

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@dataclass(frozen=True)
class Outcome:
    """What became of a file: the answer of the import (or of its rehearsal), or why it was refused."""

    taken: Intake
    changes: OrderPreview | None
    answer: OrderImported | None
    refused: MesError | None
    dry_run: bool

    @property
    def applied(self) -> bool:
        """Whether something was written."""
        return self.answer is not None and not self.dry_run and not self.answer.already_known


@click.command("order")
@click.argument("file", type=FILE)
@click.option("--dry-run", is_flag=True, help="Check and say what would change; write nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print what would change and every fault as JSON.")
@pass_context
def import_order(context: Context, file: Path, dry_run: bool, as_json: bool) -> None:
    """Import a planner's workbook: checked wholly first, then applied wholly."""
    today = _today(context)
    with context.database.reading() as session:
        taken = intake.read_workbook(session, file.read_bytes(), file.name, today)
    _finish(_bring_in(context, taken, dry_run), as_json)


@click.command("ifc")
@click.argument("file", type=FILE)
@click.option("--project", required=True, help="Code of the project; made if there is none yet.")
@click.option("--profile", required=True, help="Mapping profile: how this exporter writes its elements.")
@click.option("--dry-run", is_flag=True, help="Check and say what would change; write nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print what would change and every fault as JSON.")
@pass_context
def import_ifc(context: Context, file: Path, project: str, profile: str, dry_run: bool, as_json: bool) -> None:
    """Import the precast elements of an IFC model."""
    if profile not in profile_names():
        known = ", ".join(profile_names())
        raise click.BadParameter(f"{profile} is not a profile; there are: {known}", param_hint="--profile")
    try:
        taken = intake.read_model(file, project, profile, _today(context))
    except MesError as error:
        if as_json:
            click.echo(json.dumps(_unreadable(file, error, dry_run), ensure_ascii=False, indent=2))
        raise
    _finish(_bring_in(context, taken, dry_run), as_json)


@click.command("order-template")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), default=Path("order-template.xlsx"),
              show_default=True)  # fmt: skip
@click.option("--lang", type=click.Choice(LOCALES), help="Language of its sheets; the plant's own by default.")
@pass_context
def export_order_template(context: Context, output: Path, lang: str | None) -> None:
    """Write the blank order workbook for planners."""
    output.write_bytes(write_order_template(lang or context.settings.locale, today=_today(context)))
    click.echo(f"wrote {output}")


def _today(context: Context) -> date:
    return context.clock.now().astimezone(context.clock.zone).date()


def _bring_in(context: Context, taken: Intake, dry_run: bool) -> Outcome:
    with context.database.reading() as session:
        changes = preview(session, taken.order)
        if was_imported_before(session, taken.order, taken.content_sha256()):
            changes = None
    command = taken.command()
    try:
        if dry_run:
            use = service.import_order
            answer = commands.rehearse(context.database, COMMAND_LINE, context.clock, use, command)
        else:
            answer = context.perform(service.import_order, command, COMMAND_LINE)
    except MesError as error:
        return Outcome(taken, changes, None, error, dry_run)
    return Outcome(taken, changes, answer, None, dry_run)


def _finish(outcome: Outcome, as_json: bool) -> None:
    """Say what happened, in JSON or in lines; raises what refused the order."""
    if as_json:
        click.echo(json.dumps(_document(outcome), ensure_ascii=False, indent=2))
    elif outcome.answer is not None:
        _say(outcome, outcome.answer)
    if outcome.refused is not None:
        raise outcome.refused


def _document(outcome: Outcome) -> dict[str, Any]:
    taken, answer = outcome.taken, outcome.answer
    return {
        "file": taken.source_name,
        "source": taken.source,
        "dry_run": outcome.dry_run,
        "applied": outcome.applied,
        "already_known": answer is not None and answer.already_known,
        "order_number": answer.order_number if answer and (outcome.applied or answer.already_known) else None,
        "elements": answer.element_count if answer else 0,
        "changes": asdict(outcome.changes) if outcome.changes else None,
        "refused": _in_both(outcome.refused.reason) if outcome.refused else None,
        "faults": _faults(outcome),
    }


def _unreadable(file: Path, error: MesError, dry_run: bool) -> dict[str, Any]:
    return {
        "file": file.name,
        "source": "ifc",
        "dry_run": dry_run,
        "applied": False,
        "already_known": False,
        "order_number": None,
        "elements": 0,
        "changes": None,
        "refused": _in_both(error.reason),
        "faults": [],
    }


def _faults(outcome: Outcome) -> list[dict[str, Any]]:
    of_file = [
        {
            "severity": fault.severity.value,
            "sheet": fault.sheet,
            "cell": fault.cell,
            "column": fault.column,
            "value": fault.value,
            **_in_both(fault.reason),
        }
        for fault in outcome.taken.order.faults
    ]
    if outcome.refused is None or outcome.taken.order.errors:
        return of_file
    return of_file + [
        {
            "severity": Severity.ERROR.value,
            "sheet": "",
            "cell": fault.where,
            "column": "",
            "value": "",
            **_in_both(fault.reason),
        }
        for fault in outcome.refused.faults
    ]


def _in_both(reason: Text) -> dict[str, str]:
    return {"reason": str(reason), "reason_zh_CN": reason.render(lambda message: translate(message, "zh_CN"))}


def _say(outcome: Outcome, answer: OrderImported) -> None:
    if answer.already_known:
        click.echo(f"order {answer.order_number} was imported before; nothing was changed")
    elif outcome.dry_run:
        click.echo(f"would import {answer.element_count} elements for project {answer.project_code}; nothing written")
    else:
        click.echo(f"imported {answer.element_count} elements as order {answer.order_number}")
    for fault in outcome.taken.order.warnings:
        click.echo(f"  {fault.severity.value}: {fault.sheet}!{fault.cell}: {fault.reason}")
