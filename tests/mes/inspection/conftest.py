"""An element on its way through the inspections of a running application."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask

from mes.config import Settings
from mes.core.clock import SetClock
from mes.core.database import Database
from mes.core.files import FileStore
from mes.inspection.documents.press import CertificatePress
from tests.mes.inspection.stage import FONTS, Stage, set_stage


@pytest.fixture
def stage(app: Flask, database: Database, clock: SetClock, settings: Settings, tmp_path: Path) -> Stage:
    made = set_stage(database, clock, tmp_path)
    made.press = CertificatePress(FileStore(settings.data / "files"), FONTS, "http://mes.example")
    return made
