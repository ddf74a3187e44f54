-- Heads of the trail: the till's signature that an entry stands in its place. The newest one is
-- also kept in the keyring, where whoever can write this file does not reach it.

CREATE TABLE signed_head (
    -- The entry it is the head of.
    seq        INTEGER PRIMARY KEY,
    -- Canonical JSON, exactly the bytes that are signed.
    head       TEXT NOT NULL,
    public_key TEXT NOT NULL,
    signature  TEXT NOT NULL
) STRICT;

CREATE TRIGGER signed_head_is_never_edited BEFORE UPDATE ON signed_head
BEGIN SELECT RAISE (ABORT, 'a head is never edited'); END;
CREATE TRIGGER signed_head_is_never_removed BEFORE DELETE ON signed_head
BEGIN SELECT RAISE (ABORT, 'a head is never removed'); END;
