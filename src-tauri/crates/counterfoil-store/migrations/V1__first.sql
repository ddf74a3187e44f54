-- What this till knows and means to do. Money in whole minor units, moments in milliseconds since
-- 1970 UTC. Forward only: a later migration adds to this, never edits it.

CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE setting (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE staff (
    staff_id        TEXT PRIMARY KEY,
    name            TEXT NOT NULL UNIQUE,
    role            TEXT NOT NULL,
    pin_hash        TEXT NOT NULL,
    wrong_tries     INTEGER NOT NULL DEFAULT 0,
    locked_until    INTEGER,
    added_at        INTEGER NOT NULL
) STRICT;

CREATE TABLE account (
    account_id TEXT PRIMARY KEY,
    name       TEXT NOT NULL UNIQUE,
    provider   TEXT NOT NULL,
    base_url   TEXT NOT NULL,
    currency   TEXT NOT NULL,
    options    TEXT NOT NULL,
    paused     TEXT,
    added_at   INTEGER NOT NULL
) STRICT;

-- row_id gives the order of the list: newest first, by keyset.
CREATE TABLE payment (
    row_id          INTEGER PRIMARY KEY,
    payment_id      TEXT NOT NULL UNIQUE,
    account_id      TEXT NOT NULL REFERENCES account (account_id),
    provider_ref    TEXT NOT NULL,
    state           TEXT NOT NULL,
    provider_status TEXT NOT NULL,
    amount          INTEGER NOT NULL,
    currency        TEXT NOT NULL,
    invoice_number  TEXT,
    reference       TEXT,
    minimum         INTEGER,
    maximum         INTEGER,
    payment_type    TEXT,
    refunded        INTEGER,
    read_at         INTEGER NOT NULL,
    customer        TEXT,
    items           TEXT NOT NULL,
    UNIQUE (account_id, provider_ref)
) STRICT;

CREATE INDEX payment_by_state ON payment (state, row_id);

-- Words of a payment for search as typed; answers row_ids only.
CREATE VIRTUAL TABLE payment_words USING fts5 (
    words, content = '', contentless_delete = 1, prefix = '2 3', tokenize = 'unicode61'
);

CREATE TABLE change (
    row_id       INTEGER PRIMARY KEY,
    change_id    TEXT NOT NULL UNIQUE,
    account_id   TEXT NOT NULL REFERENCES account (account_id),
    payment_id   TEXT REFERENCES payment (payment_id),
    kind         TEXT NOT NULL,
    state        TEXT NOT NULL,
    requested_by TEXT NOT NULL REFERENCES staff (staff_id),
    requested_at INTEGER NOT NULL,
    changed_at   INTEGER NOT NULL
) STRICT;

CREATE INDEX change_by_payment ON change (payment_id);
CREATE INDEX change_by_state ON change (state, row_id);

-- The truth: append only. The row of `change` is a fold over these.
CREATE TABLE change_event (
    change_id TEXT NOT NULL REFERENCES change (change_id),
    place     INTEGER NOT NULL,
    at        INTEGER NOT NULL,
    body      TEXT NOT NULL,
    PRIMARY KEY (change_id, place)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER change_event_is_never_edited BEFORE UPDATE ON change_event
BEGIN SELECT RAISE (ABORT, 'events are never edited'); END;
CREATE TRIGGER change_event_is_never_removed BEFORE DELETE ON change_event
BEGIN SELECT RAISE (ABORT, 'events are never removed'); END;

-- One row for every change that is not final. `lane` is the payment, or the change for a start.
CREATE TABLE outbox (
    place           INTEGER PRIMARY KEY AUTOINCREMENT,
    change_id       TEXT NOT NULL UNIQUE REFERENCES change (change_id),
    lane            TEXT NOT NULL,
    state           TEXT NOT NULL,
    next_attempt_at INTEGER,
    last_error      TEXT
) STRICT;

CREATE INDEX outbox_by_lane ON outbox (lane, place);
CREATE INDEX outbox_by_state ON outbox (state, place);

-- The trail. See counterfoil-core, audit.rs, for the form of `body` and `hash`.
CREATE TABLE audit_entry (
    seq  INTEGER PRIMARY KEY,
    body TEXT NOT NULL,
    hash TEXT NOT NULL
) STRICT;

CREATE TRIGGER audit_entry_is_never_edited BEFORE UPDATE ON audit_entry
BEGIN SELECT RAISE (ABORT, 'the trail is never edited'); END;
CREATE TRIGGER audit_entry_is_never_removed BEFORE DELETE ON audit_entry
BEGIN SELECT RAISE (ABORT, 'the trail is never shortened'); END;
