"""What may be asked of the queue, and what is answered."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from mes.core.commands import Answer, Command

MOST_SUBJECTS = 2000
MOST_COPIES = 50
REASON = Field(min_length=2, max_length=200)


class ReadyLabel(BaseModel):
    """A label whose texts the caller knows already, such as a badge with a code that is kept nowhere."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    subject: str = Field(default="", max_length=80)
    fields: dict[str, str]
    epc_hex: str = Field(default="", max_length=128)
    user_memory_hex: str = Field(default="", max_length=2048)


class PrintLabels(Command):
    """Print labels: of things of the house (`subjects`, as in the ledger), or ones made by the caller (`ready`).

    The route of `station` says where and how; `printer` and `design` are for somebody who chooses on purpose.
    `public_url` is the address that codes lead to, `tag_user_bits` what the USER bank of the plant's tags holds; both
    are the settings'.
    """

    subjects: list[str] = Field(default=[], max_length=MOST_SUBJECTS)
    label: str = Field(default="", max_length=30)
    ready: list[ReadyLabel] = Field(default=[], max_length=MOST_SUBJECTS)
    station: str = Field(default="", max_length=40)
    copies: int = Field(default=1, ge=1, le=MOST_COPIES)
    language: Literal["zh", "en"] = "zh"
    printer: str = Field(default="", max_length=30)
    design: str = Field(default="", max_length=40)
    public_url: str = Field(exclude=True, repr=False)
    tag_user_bits: int = Field(default=0, exclude=True, repr=False)


class ReprintJob(Command):
    """Print labels of a job once more: all, or those of `subjects`. Of an unknown job these are said to be missing."""

    number: int = Field(ge=1, le=2**31 - 1)
    reason: str = REASON
    subjects: list[str] = Field(default=[], max_length=MOST_SUBJECTS)


class SettleJob(Command):
    """Somebody has looked: the labels of an unknown job came out, or they did not."""

    number: int = Field(ge=1, le=2**31 - 1)
    came_out: bool


class CancelJob(Command):
    """Labels that still wait are not wanted any more."""

    number: int = Field(ge=1, le=2**31 - 1)


class DownloadJob(Command):
    """Somebody fetches the file of a job."""

    number: int = Field(ge=1, le=2**31 - 1)


class MadeJob(BaseModel):
    """A job that was asked for. `waits_already`: it was in the queue before, and is not there twice."""

    id: UUID
    number: int
    label: str
    count: int
    printer: str
    is_file: bool
    waits_already: bool = False


class JobsMade(Answer):
    """The jobs that a request became: one for each kind of label, several where there are many labels."""

    jobs: list[MadeJob]


class JobSettled(Answer):
    """A job and its state now."""

    number: int
    state: str
