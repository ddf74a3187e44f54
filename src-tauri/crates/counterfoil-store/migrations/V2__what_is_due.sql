-- What is due next is found by an index however long the queue is: a row is runnable when it is the
-- head of its lane (or waits for the customer), and due from a moment on. The outbox can be made
-- anew from the changes, so it is rebuilt rather than patched.

CREATE TABLE outbox_made_anew (
    -- The turn in its lane. A change that a second person agrees to takes its turn then.
    place      INTEGER PRIMARY KEY,
    change_id  TEXT NOT NULL UNIQUE REFERENCES change (change_id),
    account_id TEXT NOT NULL REFERENCES account (account_id),
    lane       TEXT NOT NULL,
    state      TEXT NOT NULL,
    runnable   INTEGER NOT NULL DEFAULT 0,
    -- NULL: nothing happens before a person has acted.
    due_at     INTEGER,
    waits_for  TEXT NOT NULL DEFAULT 'turn',
    tries      INTEGER NOT NULL DEFAULT 0,
    last_error TEXT
) STRICT;

INSERT INTO outbox_made_anew (place, change_id, account_id, lane, state, due_at, last_error)
SELECT o.place, o.change_id, c.account_id, o.lane, o.state, coalesce(o.next_attempt_at, 0),
       o.last_error
FROM outbox o JOIN change c USING (change_id);

DROP TABLE outbox;
ALTER TABLE outbox_made_anew RENAME TO outbox;

CREATE INDEX outbox_in_lane ON outbox (lane, place)
    WHERE state IN ('queued', 'sending', 'in_doubt', 'conflict');
CREATE INDEX outbox_due ON outbox (account_id, due_at, place) WHERE runnable = 1;
CREATE INDEX outbox_by_state ON outbox (state, place);

UPDATE outbox SET runnable = 1 WHERE state = 'needs_customer';
UPDATE outbox SET runnable = 1
WHERE state IN ('queued', 'sending', 'in_doubt') AND place IN (
    SELECT min(place) FROM outbox
    WHERE state IN ('queued', 'sending', 'in_doubt', 'conflict') GROUP BY lane
);

-- Since when no answer came from the account's provider; NULL while it can be reached.
ALTER TABLE account ADD COLUMN unreachable_since INTEGER;
