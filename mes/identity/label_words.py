"""What labels need beside the thing, as the present reader of a page has it."""

from __future__ import annotations

from mes.accounts.queries import plant_name
from mes.core import web
from mes.identity.things import LabelWords


def label_words() -> LabelWords:
    """Language, addresses and zone of the present request."""
    settings = web.settings()
    return LabelWords(
        public_url=settings.effective_public_url,
        plant_name=plant_name(web.reading()),
        language="en" if web.locale() == "en" else "zh",
        translate=web.gettext,
        zone=web.clock().zone,
        tag_user_bits=settings.tag_user_bits,
    )
