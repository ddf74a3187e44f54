-- What needs a person: each notice once, and what is to be looked at because its reason may have
-- come or gone. The rules are in counterfoil-core, notice.rs.

CREATE TABLE notice (
    row_id     INTEGER PRIMARY KEY,
    kind       TEXT NOT NULL,
    -- change, account, till or folder, and which.
    what       TEXT NOT NULL,
    about      TEXT NOT NULL,
    -- When its reason came about.
    since      INTEGER NOT NULL,
    -- planned: it will stand at that moment. standing: it does. cleared: it did.
    phase      TEXT NOT NULL,
    stands_at  INTEGER NOT NULL,
    cleared_at INTEGER,
    -- Whom it is for: all with the permission, and the person, but not the other one.
    permission TEXT,
    person     TEXT,
    but_not    TEXT,
    -- When some process of this till took it on itself to show it on the desktop; NULL before.
    told_at    INTEGER,
    UNIQUE (about, kind)
) STRICT;

CREATE INDEX notice_planned ON notice (stands_at) WHERE phase = 'planned';
CREATE INDEX notice_may ON notice (permission, stands_at, row_id) WHERE phase = 'standing';
CREATE INDEX notice_person ON notice (person, stands_at, row_id)
    WHERE phase = 'standing' AND person IS NOT NULL;
CREATE INDEX notice_refusal ON notice (stands_at)
    WHERE phase = 'standing' AND kind IN ('declined', 'rejected');
CREATE INDEX notice_untold ON notice (kind, permission)
    WHERE phase = 'standing' AND told_at IS NULL;
CREATE INDEX notice_untold_person ON notice (person, kind)
    WHERE phase = 'standing' AND told_at IS NULL AND person IS NOT NULL;
CREATE INDEX notice_cleared ON notice (cleared_at) WHERE phase = 'cleared';

-- Who has seen this arising of a notice.
CREATE TABLE notice_seen (
    row_id   INTEGER NOT NULL REFERENCES notice (row_id) ON DELETE CASCADE,
    staff_id TEXT NOT NULL,
    seen_at  INTEGER NOT NULL,
    PRIMARY KEY (row_id, staff_id)
) STRICT, WITHOUT ROWID;

-- When the desktop was last told of a kind.
CREATE TABLE notice_told (
    kind    TEXT PRIMARY KEY,
    told_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What is to be looked at. Written by the triggers below in the transaction of the cause, whoever
-- it is, so that no commit is missed and nothing is searched for.
CREATE TABLE notice_look (
    what        TEXT NOT NULL,
    about       TEXT NOT NULL,
    -- The moment of the newest cause, where the cause knows it.
    since       INTEGER,
    -- 1: the reason was gone since the last look, if only for a moment.
    interrupted INTEGER NOT NULL,
    PRIMARY KEY (what, about)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER notice_of_new_change AFTER INSERT ON change
WHEN new.state = 'awaiting_approval'
BEGIN
    INSERT INTO notice_look VALUES ('change', new.change_id, new.changed_at, 1)
    ON CONFLICT (what, about) DO UPDATE SET since = excluded.since, interrupted = 1;
END;

-- A doubt that is sent once more stays the same doubt.
CREATE TRIGGER notice_of_moved_change AFTER UPDATE OF state ON change
WHEN old.state IS NOT new.state AND (
    new.state IN ('awaiting_approval', 'conflict', 'in_doubt', 'needs_customer', 'declined',
                  'rejected')
    OR EXISTS (SELECT 1 FROM notice WHERE about = new.change_id AND phase <> 'cleared'))
BEGIN
    INSERT INTO notice_look VALUES ('change', new.change_id, new.changed_at,
                                    new.state NOT IN ('sending', 'in_doubt'))
    ON CONFLICT (what, about) DO UPDATE SET
        since = excluded.since, interrupted = max(interrupted, excluded.interrupted);
END;

-- With a closed keyring it counts whether anything waits.
CREATE TRIGGER notice_of_waiting_new AFTER INSERT ON change
WHEN EXISTS (SELECT 1 FROM meta WHERE key = 'keyring_closed_since')
BEGIN
    INSERT INTO notice_look VALUES ('till', 'till', NULL, 0) ON CONFLICT (what, about) DO NOTHING;
END;
CREATE TRIGGER notice_of_waiting_moved AFTER UPDATE OF state ON change
WHEN old.state IS NOT new.state
    AND EXISTS (SELECT 1 FROM meta WHERE key = 'keyring_closed_since')
BEGIN
    INSERT INTO notice_look VALUES ('till', 'till', NULL, 0) ON CONFLICT (what, about) DO NOTHING;
END;

CREATE TRIGGER notice_of_account AFTER UPDATE OF paused, unreachable_since ON account
WHEN old.paused IS NOT new.paused OR old.unreachable_since IS NOT new.unreachable_since
BEGIN
    INSERT INTO notice_look VALUES ('account', new.account_id, NULL,
                                    old.paused IS NOT NULL AND new.paused IS NULL)
    ON CONFLICT (what, about) DO UPDATE SET interrupted = max(interrupted, excluded.interrupted);
END;
CREATE TRIGGER notice_of_removed_account AFTER DELETE ON account
BEGIN
    INSERT INTO notice_look VALUES ('account', old.account_id, NULL, 1)
    ON CONFLICT (what, about) DO UPDATE SET interrupted = 1;
END;

CREATE TRIGGER notice_of_new_fact AFTER INSERT ON meta
WHEN new.key IN ('offline_on_purpose', 'offline_on_purpose_since', 'keyring_closed_since',
                 'trail_broken_since', 'folder_older_since')
BEGIN
    INSERT INTO notice_look
    SELECT iif(new.key = 'folder_older_since', 'folder', 'till'),
           iif(new.key = 'folder_older_since', 'folder', 'till'), NULL, 0 WHERE true
    ON CONFLICT (what, about) DO NOTHING;
END;
CREATE TRIGGER notice_of_changed_fact AFTER UPDATE OF value ON meta
WHEN old.value IS NOT new.value
    AND new.key IN ('offline_on_purpose', 'offline_on_purpose_since', 'keyring_closed_since',
                    'trail_broken_since', 'folder_older_since')
BEGIN
    INSERT INTO notice_look
    SELECT iif(new.key = 'folder_older_since', 'folder', 'till'),
           iif(new.key = 'folder_older_since', 'folder', 'till'), NULL, 0 WHERE true
    ON CONFLICT (what, about) DO NOTHING;
END;
CREATE TRIGGER notice_of_removed_fact AFTER DELETE ON meta
WHEN old.key IN ('offline_on_purpose', 'offline_on_purpose_since', 'keyring_closed_since',
                 'trail_broken_since', 'folder_older_since')
BEGIN
    INSERT INTO notice_look
    SELECT iif(old.key = 'folder_older_since', 'folder', 'till'),
           iif(old.key = 'folder_older_since', 'folder', 'till'), NULL, 0 WHERE true
    ON CONFLICT (what, about) DO NOTHING;
END;

-- A limit of age binds the till and every account.
CREATE TRIGGER notice_of_new_limit AFTER INSERT ON setting
WHEN new.key = 'offline.max_age_hours'
BEGIN
    INSERT INTO notice_look SELECT 'account', account_id, NULL, 0 FROM account WHERE true
    ON CONFLICT (what, about) DO NOTHING;
    INSERT INTO notice_look VALUES ('till', 'till', NULL, 0) ON CONFLICT (what, about) DO NOTHING;
END;
CREATE TRIGGER notice_of_changed_limit AFTER UPDATE OF value ON setting
WHEN new.key = 'offline.max_age_hours' AND old.value IS NOT new.value
BEGIN
    INSERT INTO notice_look SELECT 'account', account_id, NULL, 0 FROM account WHERE true
    ON CONFLICT (what, about) DO NOTHING;
    INSERT INTO notice_look VALUES ('till', 'till', NULL, 0) ON CONFLICT (what, about) DO NOTHING;
END;
CREATE TRIGGER notice_of_removed_limit AFTER DELETE ON setting
WHEN old.key = 'offline.max_age_hours'
BEGIN
    INSERT INTO notice_look SELECT 'account', account_id, NULL, 0 FROM account WHERE true
    ON CONFLICT (what, about) DO NOTHING;
    INSERT INTO notice_look VALUES ('till', 'till', NULL, 0) ON CONFLICT (what, about) DO NOTHING;
END;

-- What asks for a person already. What has ended before is no news.
INSERT INTO notice_look
SELECT 'change', change_id, changed_at, 1 FROM change
WHERE state IN ('awaiting_approval', 'conflict', 'in_doubt', 'needs_customer');
INSERT INTO notice_look SELECT 'account', account_id, NULL, 1 FROM account;
INSERT INTO notice_look VALUES ('till', 'till', NULL, 0);
