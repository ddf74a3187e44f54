-- What providers told this till, and the orders that one of them proposed to it.

-- The inbox: each event once. A hint to read a payment again, never a fact about it, so nothing of
-- the body is kept but its digest.
CREATE TABLE callback (
    row_id       INTEGER PRIMARY KEY,
    account_id   TEXT NOT NULL REFERENCES account (account_id) ON DELETE CASCADE,
    -- The provider's name of the event, or the digest of what was said.
    event_id     TEXT NOT NULL,
    provider_ref TEXT NOT NULL,
    word         TEXT NOT NULL,
    digest       TEXT NOT NULL,
    received_at  INTEGER NOT NULL,
    -- When its payment had been read again; NULL before that.
    taken_at     INTEGER,
    UNIQUE (account_id, event_id)
) STRICT;

CREATE INDEX callback_by_taken ON callback (taken_at, row_id);

-- What an order service proposed, by its meaning: the same proposal makes one change.
CREATE TABLE proposal (
    account_id  TEXT NOT NULL REFERENCES account (account_id) ON DELETE CASCADE,
    order_id    TEXT NOT NULL,
    payment_id  TEXT NOT NULL,
    digest      TEXT NOT NULL,
    amount      INTEGER NOT NULL,
    currency    TEXT NOT NULL,
    -- The newest change it made.
    change_id   TEXT NOT NULL REFERENCES change (change_id),
    -- When it was proposed last.
    proposed_at INTEGER NOT NULL,
    PRIMARY KEY (account_id, order_id, payment_id, digest)
) STRICT, WITHOUT ROWID;

CREATE INDEX proposal_by_change ON proposal (change_id);
