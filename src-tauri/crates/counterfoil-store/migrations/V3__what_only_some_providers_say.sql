-- What only some providers say of a payment, as JSON: money taken so far, when it is to be taken,
-- when the payment was made, its description, its metadata, marks of the connector.
ALTER TABLE payment ADD COLUMN details TEXT NOT NULL DEFAULT '{}';
