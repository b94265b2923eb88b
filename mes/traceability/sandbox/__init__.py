"""The sandbox city platform: a separate program that plays a city's traceability authority.

It receives EPCIS 2.0 events through GS1's capture interface and records through a signed-JSON interface, judges them
with its own validators, keeps them in a database of its own, with a record of everything that came in, and shows each
element's story. It shares no state with the MES; factories and tests use it to
try their connection before a real city's platform is at stake.
"""

from mes.traceability.sandbox.app import close_sandbox, create_sandbox, serve
from mes.traceability.sandbox.behaviour import Behaviour
from mes.traceability.sandbox.faults import Fault, read_faults
from mes.traceability.sandbox.problems import UnusableFileError
from mes.traceability.sandbox.server import make_platform_server
from mes.traceability.sandbox.settings import Limits
from mes.traceability.sandbox.signed.keys import AppKey
from mes.traceability.sandbox.supervisor import keep_running

__all__ = [
    "AppKey",
    "Behaviour",
    "Fault",
    "Limits",
    "UnusableFileError",
    "close_sandbox",
    "create_sandbox",
    "keep_running",
    "make_platform_server",
    "read_faults",
    "serve",
]
