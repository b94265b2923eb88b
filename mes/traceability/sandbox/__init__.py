"""The sandbox city platform: a separate program that plays a city's traceability authority.

It receives EPCIS 2.0 events through GS1's capture interface, judges them with its own validator, keeps them in a
database of its own and shows each element's story. It shares no state with the MES; factories and tests use it to
try their connection before a real city's platform is at stake.
"""

from mes.traceability.sandbox.app import close_sandbox, create_sandbox, serve
from mes.traceability.sandbox.faults import Fault, read_faults
from mes.traceability.sandbox.settings import Limits

__all__ = ["Fault", "Limits", "close_sandbox", "create_sandbox", "read_faults", "serve"]
