"""Every room's jobs, gathered so that the worker knows them."""

import mes.planning.jobs  # noqa: F401
