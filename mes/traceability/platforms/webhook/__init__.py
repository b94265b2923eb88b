"""Webhooks for partners – contractor, owner – after the Standard Webhooks specification.

One event, one POST: `webhook-id` is the ledger event's id on every attempt, `webhook-timestamp` the attempt's time,
`webhook-signature` a list with one signature for each active secret. The contract is `docs/contracts/webhooks.md`.
"""

from mes.traceability.platforms.webhook.kind import Webhook
from mes.traceability.platforms.webhook.settings import WebhookSettings

KIND = Webhook()

__all__ = ["KIND", "Webhook", "WebhookSettings"]
