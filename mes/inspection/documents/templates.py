"""Templates of papers: what a city asks to stand on them, as data files beside this module (`paper_templates/`).

A paper keeps what its template said in its own content, so that a template that changes later changes no paper that was
issued before.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict

from mes.core.errors import Conflict, Fault
from mes.core.text import N_, Text

FOLDER = Path(__file__).with_name("paper_templates")
Kind = Literal["certificate", "hidden_works", "strength", "delivery", "recall"]
Section = Literal["element", "project", "strength", "inspection", "statement", "signatures"]
Signer = Literal["inspector", "witness", "issuer", "quality_manager", "resident_supervisor", "producer_seal"]


class PaperIncomplete(Conflict):
    """The city's template asks for something that is not known."""


class Part(BaseModel):
    """A part of a template: unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Words(Part):
    """Words in both languages of the papers."""

    zh: str
    en: str


class Source(Part):
    """The rule a template follows; `verified` once a person has read it against the rule's own text."""

    standard: str
    clause: str | None = None
    verified: bool = False


class Extra(Part):
    """A further field of the content, such as `project.permit_number`; `required` ones must be known."""

    field: str
    title: Words
    required: bool = False


class PaperForm(Part):
    """What a city asks of one kind of paper."""

    title: Words
    signatures: tuple[Signer, ...]
    notes: tuple[Words, ...] = ()
    sections: tuple[Section, ...] = ()
    extras: tuple[Extra, ...] = ()
    enclosed: tuple[Words, ...] = ()


class PaperTemplate(Part):
    """The papers of a city. A `draft` says so on each paper's last line, until a person has confirmed it.

    A recall's list is the plant's own paper: a city that says nothing about it has that of `standard`.
    """

    id: str
    title: Words
    draft: bool
    sources: tuple[Source, ...]
    certificate: PaperForm
    hidden_works: PaperForm
    strength: PaperForm
    delivery: PaperForm
    recall: PaperForm | None = None

    def content(self, kind: Kind) -> dict[str, Any]:
        """What a paper of a kind keeps of its template."""
        form: PaperForm | None = getattr(self, kind)
        if form is None:
            return templates()["standard"].content(kind)
        return {
            "id": self.id,
            "draft": self.draft,
            "city": self.title.model_dump(),
            "sources": [source.standard for source in self.sources],
            **form.model_dump(mode="json"),
        }


@cache
def templates() -> Mapping[str, PaperTemplate]:
    """Every template by its id; `standard` is the one that holds where nothing else is chosen."""
    found = [
        PaperTemplate.model_validate(yaml.safe_load(file.read_text("utf-8"))) for file in sorted(FOLDER.glob("*.yaml"))
    ]
    return {template.id: template for template in found}


def require_extras(content: Mapping[str, Any]) -> None:
    """Check that what the template requires is known.

    Raises:
        PaperIncomplete: something is missing; names each.
    """
    form = content["template"]
    missing = [extra for extra in form["extras"] if extra["required"] and not field_of(content, extra["field"])]
    if missing:
        reason = Text(
            N_("The papers of %(city)s ask for what is not known here: %(fields)s"),
            {"city": form["city"]["zh"], "fields": "、".join(extra["title"]["zh"] for extra in missing)},
        )
        raise PaperIncomplete(reason, [Fault(extra["field"], reason) for extra in missing])


def field_of(content: Mapping[str, Any], path: str) -> Any:
    """A field of the content by its dotted path; None where there is none."""
    found: Any = content
    for name in path.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found
