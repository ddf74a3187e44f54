-- What the rules of dual control ask of the store: what one person asked to return in a day, and
-- why a change needed a second person when it was asked for.

CREATE INDEX refund_by_requester ON change (requested_by, requested_at) WHERE kind = 'refund';

CREATE TABLE second_person (
    change_id TEXT PRIMARY KEY REFERENCES change (change_id),
    -- The rules that asked for one, as they were: JSON, [{"code","words"}].
    rules     TEXT NOT NULL
) STRICT;
