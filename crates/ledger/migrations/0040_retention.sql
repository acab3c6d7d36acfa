-- When a recording's file was removed because it had been kept for long enough; its row has no file from then on.
ALTER TABLE recordings ADD COLUMN purged INTEGER;

-- What is old enough to go is found without a look at everything.
CREATE INDEX recordings_kept ON recordings (started) WHERE file IS NOT NULL;
CREATE INDEX recordings_purged ON recordings (started) WHERE purged IS NOT NULL;
CREATE INDEX reloads_by_time ON reloads (at);
