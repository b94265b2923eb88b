"""The documents say what is there: settings, commands, and links that lead somewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from mes.accounts.permissions import roles
from mes.accounts.service import PROGRAM_ROLES
from mes.cli import mes
from mes.config import PREFIX, Settings

ROOT = Path(__file__).parents[1]
OPERATIONS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
FENCED = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)


def commands(group: click.Command, path: str = "mes") -> Iterator[str]:
    """The full name of every command that does something."""
    if not isinstance(group, click.Group) or group.invoke_without_command:
        yield path
    if isinstance(group, click.Group):
        context = click.Context(group)
        for name in group.list_commands(context):
            command = group.get_command(context, name)
            assert command is not None
            yield from commands(command, f"{path} {name}")


def links(document: Path) -> Iterator[str]:
    """Every relative link of a document, outside of its listings."""
    for target in LINK.findall(FENCED.sub("", document.read_text(encoding="utf-8"))):
        if not re.match(r"[a-z]+:|#", target):
            yield target


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_is_documented_with_its_default(name: str) -> None:
    row = re.search(rf"^\| `{PREFIX}{name.upper()}` \|([^|]*)\|", OPERATIONS, re.MULTILINE)
    assert row, f"{PREFIX}{name.upper()} is not in docs/operations.md"
    default = Settings.model_fields[name].default
    if default not in ("", None):
        said = row[1].strip().strip("`")
        assert said in (str(default), str(default).lower(), f"{default:g}" if isinstance(default, float) else "")


def test_no_setting_is_documented_that_is_not_there() -> None:
    named = set(re.findall(rf"^\| `{PREFIX}(\w+)`", OPERATIONS, re.MULTILINE))
    assert named == {name.upper() for name in Settings.model_fields}


@pytest.mark.parametrize("command", sorted(commands(mes)))
def test_every_command_is_documented(command: str) -> None:
    assert re.search(rf"`{re.escape(command)}[` ]", OPERATIONS), f"{command} is not in docs/operations.md"


def test_no_command_is_documented_that_is_not_there() -> None:
    known = set(commands(mes))
    for named in re.findall(r"`(mes [a-z][a-z -]*?)`", OPERATIONS):
        words = named.split(" --")[0]
        assert words in known, f"{words} is in docs/operations.md, but there is no such command"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_to_a_file(document: Path) -> None:
    missing = [target for target in links(document) if not (document.parent / target.split("#")[0]).exists()]
    assert missing == []


@pytest.mark.parametrize("role", sorted(set(roles()) - PROGRAM_ROLES))
def test_every_role_of_people_has_a_guide_in_chinese(role: str) -> None:
    guide = (ROOT / "docs" / "guide" / f"{role}.md").read_text(encoding="utf-8")
    assert len(re.findall("[一-鿿]", guide)) > 150
