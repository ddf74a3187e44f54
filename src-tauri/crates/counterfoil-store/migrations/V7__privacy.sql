-- Personal texts, kept beside the events and the trail that only commit to them, so that they can
-- be erased while every hash still holds. See counterfoil-core, privacy.rs.

CREATE TABLE personal (
    -- What the texts are about: a change, a payment, a finding or a person.
    about  TEXT NOT NULL,
    -- Where the commitments stand: event (of this change) or trail.
    source TEXT NOT NULL,
    -- The place of the event in its change, or the entry of the trail.
    place  INTEGER NOT NULL,
    -- [["hex salt", "text"], …] as JSON.
    texts  TEXT NOT NULL,
    PRIMARY KEY (about, source, place)
) STRICT, WITHOUT ROWID;

-- When the personal texts of the payment were erased: later readings do not bring them back.
ALTER TABLE payment ADD COLUMN erased_at INTEGER;
