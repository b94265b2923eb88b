"""The tables of the platform's own database.

`delivery` and `reception` are the record of everything that came in: rows are added, never changed nor removed, which
the database itself sees to. `event` and `signed_record` hold what took effect, in the order in which it did.
"""

from __future__ import annotations

import sqlite3

SCHEMA = """
CREATE TABLE IF NOT EXISTS delivery (
    id INTEGER PRIMARY KEY,
    at TEXT NOT NULL,            -- UTC by the machine's clock, whatever the platform pretends
    way TEXT NOT NULL,           -- capture, events, signed or webhook
    outcome TEXT NOT NULL,       -- accepted, stored, repeat, refused, turned-away
    detail TEXT NOT NULL,        -- the fault that was played, or why it was refused
    size INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS reception (
    id INTEGER PRIMARY KEY,
    delivery INTEGER NOT NULL REFERENCES delivery (id),
    event_id TEXT NOT NULL,      -- or the business id of a signed record
    declared INTEGER NOT NULL,   -- 1: it carries an error declaration
    digest TEXT NOT NULL         -- SHA-256 of its bytes as they came
);
CREATE INDEX IF NOT EXISTS reception_by_event ON reception (event_id, declared);
CREATE TRIGGER IF NOT EXISTS delivery_stays BEFORE UPDATE ON delivery
    BEGIN SELECT RAISE(ABORT, 'what was received is not changed'); END;
CREATE TRIGGER IF NOT EXISTS delivery_is_kept BEFORE DELETE ON delivery
    BEGIN SELECT RAISE(ABORT, 'what was received is not removed'); END;
CREATE TRIGGER IF NOT EXISTS reception_stays BEFORE UPDATE ON reception
    BEGIN SELECT RAISE(ABORT, 'what was received is not changed'); END;
CREATE TRIGGER IF NOT EXISTS reception_is_kept BEFORE DELETE ON reception
    BEGIN SELECT RAISE(ABORT, 'what was received is not removed'); END;
CREATE TABLE IF NOT EXISTS capture_job (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    capture_id TEXT NOT NULL UNIQUE,
    created_at TEXT NOT NULL,
    finished_at TEXT,
    error_behaviour TEXT NOT NULL,
    document TEXT NOT NULL,
    success INTEGER NOT NULL DEFAULT 1,
    errors TEXT NOT NULL DEFAULT '[]',
    first_reception INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS capture_job_waiting ON capture_job (id) WHERE finished_at IS NULL;
CREATE TABLE IF NOT EXISTS event (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    event_id TEXT NOT NULL,
    declared_at TEXT NOT NULL DEFAULT '',  -- of its error declaration, UTC; empty: an ordinary event
    copy INTEGER NOT NULL DEFAULT 0,       -- above 0 only while the platform keeps repeats as a second event
    event_time TEXT NOT NULL,              -- UTC
    local_day TEXT NOT NULL,               -- the day at the place of the event
    record_time TEXT NOT NULL,             -- UTC, when this platform stored it
    event_type TEXT NOT NULL,
    action TEXT,
    biz_step TEXT,
    step TEXT NOT NULL,                    -- the shop-floor step where named, else the business step
    disposition TEXT,
    context TEXT NOT NULL,
    body TEXT NOT NULL,                    -- as it came
    digest TEXT NOT NULL DEFAULT '',       -- of the bytes that it came as
    reception INTEGER NOT NULL DEFAULT 0,  -- the one that took effect
    received_times INTEGER NOT NULL DEFAULT 1,
    differing_receptions INTEGER NOT NULL DEFAULT 0,  -- repeats with another content under the same ID
    UNIQUE (event_id, declared_at, copy)
);
CREATE TABLE IF NOT EXISTS event_epc (
    event INTEGER NOT NULL REFERENCES event (id),
    epc TEXT NOT NULL,       -- in canonical form
    part TEXT NOT NULL,      -- object, parent, child, input or output
    instance INTEGER NOT NULL,  -- 0: a class or batch
    PRIMARY KEY (event, epc, part)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS event_epc_by_epc ON event_epc (epc);
CREATE INDEX IF NOT EXISTS event_by_time ON event (event_time);
CREATE INDEX IF NOT EXISTS event_by_record_time ON event (record_time);
CREATE INDEX IF NOT EXISTS event_by_reception ON event (reception);
CREATE TABLE IF NOT EXISTS signed_record (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    receipt TEXT NOT NULL UNIQUE,
    business_id TEXT NOT NULL,
    type TEXT NOT NULL,
    app_key TEXT NOT NULL,
    event_time TEXT NOT NULL,   -- China time, as it came
    received_at TEXT NOT NULL,  -- UTC
    body TEXT NOT NULL,
    digest TEXT NOT NULL,
    reception INTEGER NOT NULL,
    state TEXT NOT NULL,        -- processing, accepted or refused
    faults TEXT NOT NULL DEFAULT '[]',
    received_times INTEGER NOT NULL DEFAULT 1,
    differing_receptions INTEGER NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX IF NOT EXISTS signed_record_once ON signed_record (business_id) WHERE state = 'accepted';
CREATE INDEX IF NOT EXISTS signed_record_by_reception ON signed_record (reception);
CREATE INDEX IF NOT EXISTS signed_record_by_time ON signed_record (event_time);
CREATE TABLE IF NOT EXISTS signed_subject (
    record INTEGER NOT NULL REFERENCES signed_record (id),
    code TEXT NOT NULL,
    PRIMARY KEY (record, code)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS signed_subject_by_code ON signed_subject (code);
CREATE TABLE IF NOT EXISTS city_record (  -- of the signed records, those of a city that is played
    record INTEGER PRIMARY KEY REFERENCES signed_record (id),
    title_zh TEXT NOT NULL,
    title_en TEXT NOT NULL,
    step TEXT NOT NULL,         -- the portal's
    disposition TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS city_upload (  -- uploads whose result is asked for
    number TEXT NOT NULL,
    record INTEGER NOT NULL REFERENCES signed_record (id),
    PRIMARY KEY (number, record)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS signed_nonce (
    app_key TEXT NOT NULL,
    nonce TEXT NOT NULL,
    at REAL NOT NULL,
    PRIMARY KEY (app_key, nonce)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS signed_token (
    token TEXT PRIMARY KEY,
    app_key TEXT NOT NULL,
    until REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS webhook (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    webhook_id TEXT NOT NULL,
    verdict TEXT NOT NULL,
    headers TEXT NOT NULL,
    body TEXT NOT NULL
);
"""
EDITION = 2
_CARRIED_OVER = (
    "event_id, declared_at, event_time, local_day, record_time, event_type, action, biz_step, step, disposition,"
    " context, body, received_times, differing_receptions"
)


def lay_out(connection: sqlite3.Connection) -> None:
    """Make the tables; a database of the first edition keeps its events and jobs."""
    connection.execute("PRAGMA journal_mode=WAL")
    edition = connection.execute("PRAGMA user_version").fetchone()[0]
    first = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'event'").fetchone()
    if edition < EDITION and first:
        connection.executescript(
            "PRAGMA foreign_keys = OFF; PRAGMA legacy_alter_table = ON;"
            " BEGIN; ALTER TABLE event RENAME TO event_1; DROP INDEX event_by_time;"
            " ALTER TABLE capture_job ADD COLUMN first_reception INTEGER NOT NULL DEFAULT 0; COMMIT;"
        )
    connection.executescript(SCHEMA)
    if edition < EDITION and first:
        connection.executescript(
            f"BEGIN; INSERT INTO event (id, {_CARRIED_OVER}) SELECT id, {_CARRIED_OVER} FROM event_1;"  # noqa: S608
            " DROP TABLE event_1; COMMIT; PRAGMA legacy_alter_table = OFF; PRAGMA foreign_keys = ON;"
        )
    connection.execute(f"PRAGMA user_version = {EDITION}")
