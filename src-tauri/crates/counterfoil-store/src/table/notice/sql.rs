//! The statements of the table, each as cheap as what it changes or answers.

pub const TURNED: &str = "INSERT INTO meta (key, value) VALUES ('notice_turns', '1')
     ON CONFLICT (key) DO UPDATE SET value = CAST(value AS INTEGER) + 1";
pub const LOOKS: &str = "SELECT what, about, since, interrupted FROM notice_look LIMIT ?1";
pub const LOOKED: &str = "DELETE FROM notice_look WHERE what = ?1 AND about = ?2";
pub const ANY_LOOK: &str = "SELECT EXISTS (SELECT 1 FROM notice_look)";
pub const NEXT_DUE: &str = "SELECT min(stands_at) FROM notice WHERE phase = 'planned'";
pub const DUE: &str = "SELECT DISTINCT what, about FROM
         (SELECT what, about FROM notice WHERE phase = 'planned' AND stands_at <= ?1
          ORDER BY stands_at LIMIT ?2)";
pub const OPEN_ABOUT: &str = "SELECT kind, since, stands_at, phase FROM notice
     WHERE about = ?1 AND phase <> 'cleared'";
pub const PUT: &str = "INSERT INTO notice
         (kind, what, about, since, phase, stands_at, permission, person, but_not)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
     ON CONFLICT (about, kind) DO UPDATE SET
         since = excluded.since, phase = excluded.phase, stands_at = excluded.stands_at,
         permission = excluded.permission, person = excluded.person,
         but_not = excluded.but_not, cleared_at = NULL, told_at = NULL";
pub const UNSEE: &str = "DELETE FROM notice_seen WHERE row_id =
         (SELECT row_id FROM notice WHERE about = ?1 AND kind = ?2)";
pub const CLEAR: &str = "UPDATE notice SET phase = 'cleared', cleared_at = ?3
     WHERE about = ?1 AND kind = ?2 AND phase = 'standing'";
pub const DROP: &str = "DELETE FROM notice WHERE about = ?1 AND kind = ?2 AND phase = 'planned'";
pub const CHANGE: &str = "SELECT state, requested_by FROM change WHERE change_id = ?1";
pub const ACCOUNT: &str =
    "SELECT paused IS NOT NULL AS paused, unreachable_since FROM account WHERE account_id = ?1";
pub const ANY_UNSENT: &str = "SELECT EXISTS (SELECT 1 FROM outbox
     WHERE state IN ('awaiting_approval', 'queued', 'conflict'))";
pub const END_REFUSALS: &str = "UPDATE notice SET phase = 'cleared', cleared_at = ?1
     WHERE row_id IN (SELECT row_id FROM notice
         WHERE phase = 'standing' AND kind IN ('declined', 'rejected') AND stands_at < ?2
         LIMIT ?3)";
pub const ANY_OLD: &str = "SELECT EXISTS (SELECT 1 FROM notice
         WHERE phase = 'standing' AND kind IN ('declined', 'rejected') AND stands_at < ?1)
     OR EXISTS (SELECT 1 FROM notice WHERE phase = 'cleared' AND cleared_at < ?2)";
pub const FORGET: &str = "DELETE FROM notice WHERE row_id IN (SELECT row_id FROM notice
         WHERE phase = 'cleared' AND cleared_at < ?1 LIMIT ?2)";
/// Of one permission, newest first.
pub const LIST_MAY: &str = "SELECT n.*, s.seen_at FROM notice n INDEXED BY notice_may
     LEFT JOIN notice_seen s ON s.row_id = n.row_id AND s.staff_id = ?1
     WHERE n.phase = 'standing' AND n.permission = ?2 AND n.but_not IS NOT ?1
     ORDER BY n.stands_at DESC, n.row_id DESC LIMIT ?3";
/// Of one person, newest first.
pub const LIST_PERSON: &str = "SELECT n.*, s.seen_at FROM notice n INDEXED BY notice_person
     LEFT JOIN notice_seen s ON s.row_id = n.row_id AND s.staff_id = ?1
     WHERE n.phase = 'standing' AND n.person = ?1
     ORDER BY n.stands_at DESC, n.row_id DESC LIMIT ?2";
pub const CLEARED: &str = "SELECT n.*, s.seen_at FROM
         (SELECT * FROM notice INDEXED BY notice_cleared WHERE phase = 'cleared'
          ORDER BY cleared_at DESC LIMIT ?3) n
     LEFT JOIN notice_seen s ON s.row_id = n.row_id AND s.staff_id = ?1
     WHERE (n.permission IN (SELECT value FROM json_each(?2)) OR n.person = ?1)
         AND n.but_not IS NOT ?1
     ORDER BY n.cleared_at DESC, n.row_id DESC";
pub const COUNT_MAY: &str = "SELECT count(*), count(s.seen_at) FROM
         (SELECT row_id FROM notice INDEXED BY notice_may
          WHERE phase = 'standing' AND permission = ?2 AND but_not IS NOT ?1
          ORDER BY stands_at DESC LIMIT ?3) n
     LEFT JOIN notice_seen s ON s.row_id = n.row_id AND s.staff_id = ?1";
/// Those for a person that their permissions do not count already.
pub const COUNT_PERSON: &str = "SELECT count(*), count(s.seen_at) FROM
         (SELECT row_id FROM notice INDEXED BY notice_person
          WHERE phase = 'standing' AND person = ?1
              AND (permission IS NULL OR permission NOT IN (SELECT value FROM json_each(?2)))
          ORDER BY stands_at DESC LIMIT ?3) n
     LEFT JOIN notice_seen s ON s.row_id = n.row_id AND s.staff_id = ?1";
pub const FIND: &str = "SELECT n.*, NULL AS seen_at FROM notice n WHERE about = ?1 AND kind = ?2
     AND phase = 'standing'";
pub const SEE: &str = "INSERT INTO notice_seen (row_id, staff_id, seen_at)
     SELECT row_id, ?3, ?4 FROM notice WHERE about = ?1 AND kind = ?2
     ON CONFLICT (row_id, staff_id) DO NOTHING";
pub const SEEN_IS_TOLD: &str = "UPDATE notice SET told_at = ?3
     WHERE about = ?1 AND kind = ?2 AND told_at IS NULL";
pub const UNTOLD: &str = "SELECT EXISTS (SELECT 1 FROM notice INDEXED BY notice_untold
     WHERE phase = 'standing' AND told_at IS NULL AND kind = ?1)";
pub const UNTOLD_MAY: &str = "SELECT EXISTS (SELECT 1 FROM notice INDEXED BY notice_untold
     WHERE phase = 'standing' AND told_at IS NULL AND kind = ?1
         AND permission IN (SELECT value FROM json_each(?2)) AND but_not IS NOT ?3)";
pub const UNTOLD_PERSON: &str =
    "SELECT EXISTS (SELECT 1 FROM notice INDEXED BY notice_untold_person
     WHERE phase = 'standing' AND told_at IS NULL AND person = ?2 AND kind = ?1)";
pub const TELL: &str = "UPDATE notice SET told_at = ?4
     WHERE phase = 'standing' AND told_at IS NULL AND kind = ?3 AND (?1 IS NULL OR
         ((permission IN (SELECT value FROM json_each(?2)) OR person = ?1)
          AND but_not IS NOT ?1))";
pub const LAST_TOLD: &str = "SELECT told_at FROM notice_told WHERE kind = ?1";
pub const NOTE_TOLD: &str = "INSERT INTO notice_told (kind, told_at) VALUES (?1, ?2)
     ON CONFLICT (kind) DO UPDATE SET told_at = excluded.told_at";

pub const BRIEF: &str =
    "SELECT kind, payment_id, requested_by, account_id FROM change WHERE change_id = ?1";

/// Every statement, for whoever counts what they cost.
pub const ALL: [&str; 32] = [
    ANY_OLD,
    BRIEF,
    TURNED,
    LOOKS,
    LOOKED,
    ANY_LOOK,
    NEXT_DUE,
    DUE,
    OPEN_ABOUT,
    PUT,
    UNSEE,
    CLEAR,
    DROP,
    CHANGE,
    ACCOUNT,
    ANY_UNSENT,
    END_REFUSALS,
    FORGET,
    LIST_MAY,
    LIST_PERSON,
    CLEARED,
    COUNT_MAY,
    COUNT_PERSON,
    FIND,
    SEE,
    SEEN_IS_TOLD,
    UNTOLD,
    UNTOLD_MAY,
    UNTOLD_PERSON,
    TELL,
    LAST_TOLD,
    NOTE_TOLD,
];
