"""Every room's jobs, gathered so that the worker knows them; and the witnesses whom its check of the ledger hears."""

import mes.ledger.jobs
import mes.logistics.quality_file.jobs
import mes.machines.jobs
import mes.planning.jobs
import mes.recall.jobs
import mes.traceability.archive.jobs
import mes.witnesses  # noqa: F401
