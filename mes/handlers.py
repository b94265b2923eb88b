"""Every room's jobs, gathered so that the worker knows them."""

import mes.machines.jobs
import mes.planning.jobs  # noqa: F401
