-- One stream of what happens, by number. An event has its number as its id; what else happened is a row here. One that
-- happened to a call or a recording names it, and its row tells the rest.
CREATE TABLE happenings (
    id      INTEGER PRIMARY KEY,        -- its number: node, start of the node, count
    at      INTEGER NOT NULL,
    kind    TEXT    NOT NULL,           -- call_opened, call_closed, captured, phone, trunk, plan or command
    subject INTEGER,                    -- the call, the recording, the phone or the trunk
    detail  TEXT                        -- the rest, as JSON
) STRICT;
CREATE INDEX happenings_by_time ON happenings (at);

-- Each entry of the journal carries its count (`n`) beside what the routing core wrote; this is the number of the last one.
ALTER TABLE journal ADD COLUMN last_id INTEGER;
CREATE INDEX journal_by_number ON journal (last_id) WHERE last_id IS NOT NULL;
