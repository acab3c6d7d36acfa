-- Contacts and their stays in queues, taken from the events as they are posted. Lengths are milliseconds.

CREATE TABLE contacts (
    contact     INTEGER PRIMARY KEY,
    kind        TEXT,                   -- voice, video, callback, voicemail, chat, email or task
    customer    TEXT,                   -- the caller's number in its first call
    opened      INTEGER NOT NULL,       -- when it came to its first queue
    closed      INTEGER,                -- the end of its last segment, unless that goes on
    disposition TEXT                    -- how that ended: a word of `segments.how`
) STRICT;
CREATE INDEX contacts_by_time ON contacts (opened);

-- how: answered, handed_over (by another agent), abandoned, overflowed, taken_elsewhere, dropped; node_lost when the node died under it.
CREATE TABLE segments (
    contact      INTEGER NOT NULL,
    nth          INTEGER NOT NULL,      -- 0 is the first
    queue        INTEGER,
    call         INTEGER,               -- the call that it had
    entered      INTEGER NOT NULL,
    waited_until INTEGER,               -- the end of the wait, however it came
    over         INTEGER,               -- the end of the conversation too, if there was one
    how          TEXT,                  -- how the wait ended
    agent        INTEGER,               -- who took it
    waited_ms    INTEGER,
    rang_ms      INTEGER,               -- how long that agent's phone rang
    talked_ms    INTEGER,               -- hold included
    held_ms      INTEGER,
    wrapped_ms   INTEGER,               -- the after-call work that followed
    PRIMARY KEY (contact, nth)
) STRICT, WITHOUT ROWID;
CREATE INDEX segments_by_time ON segments (entered);
CREATE INDEX segments_by_call ON segments (call) WHERE call IS NOT NULL;
CREATE INDEX segments_running ON segments (contact, nth) WHERE over IS NULL;
