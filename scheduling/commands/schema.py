"""`schema`: print the JSON Schema of a document."""

from __future__ import annotations

import argparse

from scheduling.commands.argument_types import Subparsers
from scheduling.commands.exit_codes import DONE
from scheduling.documents.schemas import SCHEMAS, schema_json


def register(subparsers: Subparsers) -> None:
    """Add the command to the parser."""
    command = subparsers.add_parser("schema", help="print the JSON Schema (2020-12) of a problem or a plan")
    command.add_argument("document", choices=SCHEMAS)
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the schema."""
    print(schema_json(arguments.document), end="")
    return DONE
