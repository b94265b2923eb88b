"""Runs several processes of one installation under one parent, as ``mes demo`` does.

Each child gets its own session and process group, so that Ctrl-C on the terminal reaches only this parent,
which then stops the children in an orderly way, and so that whatever a child started itself can be ended with
it. When the parent is killed by SIGKILL, its children die too: on Linux each asked the kernel for that
(``prctl(PR_SET_PDEATHSIG)``), and everywhere a small guard process ends the groups that are left.

POSIX only. Nothing here knows what the children do; only the standard library is used.
"""

from mes.supervisor.child import Child, ChildStatus, Restart
from mes.supervisor.errors import AlreadyRunningError, ChildNotReadyError, SupervisorError
from mes.supervisor.folder import hold_data_folder, running_pid
from mes.supervisor.parent import Supervisor
from mes.supervisor.ports import pick_port, port_answers

__all__ = [
    "AlreadyRunningError",
    "Child",
    "ChildNotReadyError",
    "ChildStatus",
    "Restart",
    "Supervisor",
    "SupervisorError",
    "hold_data_folder",
    "pick_port",
    "port_answers",
    "running_pid",
]
