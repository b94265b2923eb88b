"""Every table of this room, for migrations: commands, jobs, stored files."""

from mes.core.commands import CommandRecord
from mes.core.files import StoredFile
from mes.core.jobs import Job

__all__ = ["CommandRecord", "Job", "StoredFile"]
