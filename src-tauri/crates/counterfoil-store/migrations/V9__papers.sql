-- Papers: what was printed, and the closing reports.

-- The ledger of prints, numbered without gaps. A row is written before the first byte goes to a
-- printer, and ended once: what never ended may have come out.
CREATE TABLE print (
    number   INTEGER PRIMARY KEY,
    -- slip, x, z, day, duty or handover.
    what     TEXT NOT NULL,
    -- The change of a slip, the number of a Z report, the day of a day report; else empty.
    about    TEXT NOT NULL,
    -- printer, or screen for the window's own printing.
    way      TEXT NOT NULL,
    -- From 1: how many papers of the same content may lie about.
    copy     INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    by       TEXT NOT NULL REFERENCES staff (staff_id),
    -- SHA-256 of the paper.
    digest   TEXT NOT NULL,
    -- under_way, printed, nothing (surely no paper) or unknown (there may be one).
    state    TEXT NOT NULL DEFAULT 'under_way',
    why      TEXT,
    ended_at INTEGER
) STRICT;

CREATE INDEX print_of ON print (what, about);

CREATE TRIGGER print_leaves_no_gap BEFORE INSERT ON print
WHEN new.number <> (SELECT coalesce(max(number), 0) + 1 FROM print) OR new.state <> 'under_way'
BEGIN SELECT RAISE (ABORT, 'prints are numbered without gaps'); END;
CREATE TRIGGER print_ends_once BEFORE UPDATE ON print
WHEN old.state <> 'under_way' OR new.state = 'under_way' OR new.number <> old.number
    OR new.what <> old.what OR new.about <> old.about OR new.way <> old.way
    OR new.copy <> old.copy OR new.at <> old.at OR new.by <> old.by OR new.digest <> old.digest
BEGIN SELECT RAISE (ABORT, 'a print ends once and is never edited'); END;
CREATE TRIGGER print_is_never_removed BEFORE DELETE ON print
BEGIN SELECT RAISE (ABORT, 'prints are never removed'); END;

-- Closing reports, numbered without gaps. The next period is what was asked for after
-- `last_change`, and what `body` lists as open.
CREATE TABLE z_report (
    number      INTEGER PRIMARY KEY,
    at          INTEGER NOT NULL,
    -- row_id of the newest change that is counted.
    last_change INTEGER NOT NULL,
    -- The entry of the trail that has the digest.
    entry       INTEGER NOT NULL,
    -- Canonical JSON.
    body        TEXT NOT NULL,
    -- SHA-256 of it.
    digest      TEXT NOT NULL
) STRICT;

CREATE TRIGGER z_report_leaves_no_gap BEFORE INSERT ON z_report
WHEN new.number <> (SELECT coalesce(max(number), 0) + 1 FROM z_report)
BEGIN SELECT RAISE (ABORT, 'Z reports are numbered without gaps'); END;
CREATE TRIGGER z_report_is_never_edited BEFORE UPDATE ON z_report
BEGIN SELECT RAISE (ABORT, 'Z reports are never edited'); END;
CREATE TRIGGER z_report_is_never_removed BEFORE DELETE ON z_report
BEGIN SELECT RAISE (ABORT, 'Z reports are never removed'); END;
