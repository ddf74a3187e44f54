-- Payments that are read again by themselves, what this till's ledger begins with, and what a
-- reconciliation found.

-- When anything about the payment was last seen to change: what is quiet is read less often.
ALTER TABLE payment ADD COLUMN changed_at INTEGER NOT NULL DEFAULT 0;
-- When it is to be read again; NULL where nothing is open by its own state.
ALTER TABLE payment ADD COLUMN poll_at INTEGER;

-- How it stood when this till first saw it. Never written again: money is accounted for from here.
ALTER TABLE payment ADD COLUMN first_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE payment ADD COLUMN first_amount INTEGER NOT NULL DEFAULT 0;
ALTER TABLE payment ADD COLUMN first_state TEXT NOT NULL DEFAULT 'unclear';
ALTER TABLE payment ADD COLUMN first_refunded INTEGER;
ALTER TABLE payment ADD COLUMN first_captured INTEGER;

-- A payment of an earlier version is accounted for from its newest reading on.
UPDATE payment SET
    changed_at = read_at,
    poll_at = iif(state IN ('open', 'in_progress'), read_at, NULL),
    first_at = read_at,
    first_amount = amount,
    first_state = state,
    first_refunded = refunded,
    first_captured = json_extract(details, '$.captured.minor');

CREATE INDEX payment_to_poll ON payment (account_id, poll_at) WHERE poll_at IS NOT NULL;
CREATE INDEX callback_untaken ON callback (account_id, row_id) WHERE taken_at IS NULL;
CREATE INDEX payment_by_account ON payment (account_id, row_id);
-- What the engine reads by itself is not read a second time.
CREATE INDEX outbox_runnable_in_lane ON outbox (lane) WHERE runnable = 1;

-- How far the news of the account's provider was heard, as JSON; NULL before the first time.
ALTER TABLE account ADD COLUMN news TEXT;

-- One difference between this till's ledger and a provider, and what became of it.
CREATE TABLE finding (
    row_id       INTEGER PRIMARY KEY,
    finding_id   TEXT NOT NULL UNIQUE,
    account_id   TEXT NOT NULL REFERENCES account (account_id),
    class        TEXT NOT NULL,
    payment_id   TEXT REFERENCES payment (payment_id),
    provider_ref TEXT NOT NULL,
    -- The same for the same difference found again.
    mark         TEXT NOT NULL,
    fields       TEXT NOT NULL,
    here         TEXT,
    there        TEXT,
    found_at     INTEGER NOT NULL,
    -- open, resolved by a person, or gone by itself.
    state        TEXT NOT NULL,
    ended_at     INTEGER,
    resolved_by  TEXT REFERENCES staff (staff_id),
    remark       TEXT
) STRICT;

CREATE INDEX finding_by_ref ON finding (account_id, provider_ref);
CREATE INDEX finding_by_state ON finding (state, row_id);
