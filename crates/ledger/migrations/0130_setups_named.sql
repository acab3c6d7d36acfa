-- The number of the last entry of the journal's row that named a configuration last: once all rows up to it are deleted, the
-- configuration goes, too. What older versions kept goes with the last row that is there now.
ALTER TABLE setups ADD COLUMN last_id INTEGER NOT NULL DEFAULT 0;
UPDATE setups SET last_id = coalesce((SELECT max(last_id) FROM journal), 0);
