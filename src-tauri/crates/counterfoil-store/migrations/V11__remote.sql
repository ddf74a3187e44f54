-- Approvals given at another till: the challenges this till has shown, and the keys of people of
-- other tills whose answers count here.

CREATE TABLE challenge (
    -- Random; the answer names it, and it counts once.
    nonce               TEXT PRIMARY KEY,
    change_id           TEXT NOT NULL REFERENCES change (change_id),
    -- Under which the texts of the operation are digested; empty once it is no longer open.
    salt                TEXT NOT NULL,
    made_at             INTEGER NOT NULL,
    -- From this moment on no answer is taken.
    expires_at          INTEGER NOT NULL,
    -- From this moment on an approval that answers it no longer holds.
    approval_expires_at INTEGER NOT NULL,
    -- NULL while no answer was taken.
    used_at             INTEGER
) STRICT;

CREATE INDEX challenge_of_change ON challenge (change_id);

CREATE TABLE foreign_key (
    -- The person's id at their own till.
    staff_id   TEXT PRIMARY KEY,
    -- Their own till and its name.
    till_id    TEXT NOT NULL,
    till_name  TEXT NOT NULL,
    name       TEXT NOT NULL,
    -- What they count as here.
    role       TEXT NOT NULL,
    -- Ed25519, hex.
    public_key TEXT NOT NULL,
    added_at   INTEGER NOT NULL,
    -- NULL while their answers count. Nobody is ever removed: what they agreed to keeps their name.
    removed_at INTEGER
) STRICT;
