"""The sender's side of an EPCIS 2.0 capture interface, and what each of a platform's answers means for delivery.

The client sends once and says what happened; it never repeats, sleeps or keeps a state, which is the deliverer's
work. Every answer becomes one of the classes of `Answer`:

| the platform says | `Answer` |
| --- | --- |
| 200, 201, 204; a job that ended well; 409 where the stored event has this ID | `Delivered` |
| 202; a job still running | `Accepted` with the job to ask for |
| 400, 422 and other faults of the content; a job that failed | `DataRefused`, per event where the platform tells |
| 401, 403, 407 | `PauseCredentials` |
| 404, 405, 406, 415, redirects, and what fits nowhere | `PauseConfiguration` |
| 413 | `TooLarge` with the limits it names |
| 408, 425, 429, 5xx, time-out, connection and TLS trouble, an answer that cannot be read, an error code in the body of
  a good status | `Retry` |
| 410 | `Disabled` |
"""

from mes.traceability.capture_client.client import DECLARED, CaptureAddressError, CaptureClient
from mes.traceability.capture_client.credentials import (
    BasicPassword,
    BearerKey,
    CredentialError,
    Credentials,
    HeaderKey,
    HiddenCredentials,
)

__all__ = [
    "DECLARED",
    "BasicPassword",
    "BearerKey",
    "CaptureAddressError",
    "CaptureClient",
    "CredentialError",
    "Credentials",
    "HeaderKey",
    "HiddenCredentials",
]
