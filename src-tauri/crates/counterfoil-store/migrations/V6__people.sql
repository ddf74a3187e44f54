-- People who come and go: who is here, how a PIN is checked with and without the keyring, the keys
-- they sign with, and everything that was ever true of them.

-- Made anew, because a name is unique among those who are here and no longer for ever. Foreign keys
-- are off while migrations run; every id is kept.
CREATE TABLE staff_anew (
    staff_id     TEXT PRIMARY KEY,
    name         TEXT NOT NULL,
    role         TEXT NOT NULL,
    -- argon2id of the PIN; with the pepper of the vault where pepper_mark says which.
    pin_hash     TEXT NOT NULL,
    pepper_mark  TEXT,
    -- Ten bits of an argon2id without pepper, for while the keyring is away.
    short_check  TEXT,
    -- Their Ed25519 key: the open half in hex, and the other one sealed under PIN and pepper.
    public_key   TEXT,
    sealed_key   TEXT,
    wrong_tries  INTEGER NOT NULL DEFAULT 0,
    locked_until INTEGER,
    added_at     INTEGER NOT NULL,
    -- NULL while they are here. Nobody is ever removed: what they did keeps their name.
    left_at      INTEGER
) STRICT;

INSERT INTO staff_anew (staff_id, name, role, pin_hash, wrong_tries, locked_until, added_at)
SELECT staff_id, name, role, pin_hash, wrong_tries, locked_until, added_at FROM staff;

DROP TABLE staff;
ALTER TABLE staff_anew RENAME TO staff;

CREATE UNIQUE INDEX staff_name_here ON staff (name) WHERE left_at IS NULL;

-- What was true of a person from a moment on: one row for each time something of it changed.
CREATE TABLE staff_past (
    row_id   INTEGER PRIMARY KEY,
    staff_id TEXT NOT NULL REFERENCES staff (staff_id),
    at       INTEGER NOT NULL,
    -- NULL once the name of somebody who has left was erased.
    name     TEXT,
    role     TEXT NOT NULL,
    -- added, renamed, role_changed, left or returned.
    what     TEXT NOT NULL
) STRICT;

CREATE INDEX staff_past_of ON staff_past (staff_id, at, row_id);

INSERT INTO staff_past (staff_id, at, name, role, what)
SELECT staff_id, added_at, name, role, 'added' FROM staff ORDER BY added_at, staff_id;

CREATE TRIGGER staff_past_is_never_edited BEFORE UPDATE ON staff_past
WHEN new.name IS NOT NULL OR new.row_id <> old.row_id OR new.staff_id <> old.staff_id
    OR new.at <> old.at OR new.role <> old.role OR new.what <> old.what
    OR (SELECT left_at FROM staff WHERE staff_id = old.staff_id) IS NULL
BEGIN SELECT RAISE (ABORT, 'what was true of a person is never edited'); END;
CREATE TRIGGER staff_past_is_never_removed BEFORE DELETE ON staff_past
BEGIN SELECT RAISE (ABORT, 'what was true of a person is never removed'); END;
