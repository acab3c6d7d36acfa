-- Messages that callers have left: a row for each, written when he begins to speak and again when he has. A message is its
-- recording, and has its name.
CREATE TABLE messages (
    capture  INTEGER PRIMARY KEY,
    call     INTEGER NOT NULL,
    box_kind TEXT    NOT NULL,          -- phone, agent or queue
    box      INTEGER NOT NULL,          -- which of them
    who_kind TEXT    NOT NULL,
    who      INTEGER NOT NULL,
    number   TEXT    NOT NULL,
    since    INTEGER NOT NULL,
    until    INTEGER,                   -- NULL while he speaks, or where the switch died meanwhile
    dropped  INTEGER NOT NULL           -- it was too short, and is none
) STRICT;
CREATE INDEX messages_by_box ON messages (box_kind, box, since);
CREATE INDEX messages_by_call ON messages (call);
-- Whose sound is to be removed.
CREATE INDEX messages_dropped ON messages (capture) WHERE dropped;

-- What became of them: of each the first time.
CREATE TABLE message_marks (
    capture INTEGER NOT NULL,
    what    TEXT    NOT NULL,           -- heard, done, deleted
    at      INTEGER NOT NULL,
    by      TEXT    NOT NULL,           -- agent:anna, phone:desk, or a user
    PRIMARY KEY (capture, what)
) STRICT, WITHOUT ROWID;
CREATE INDEX message_marks_deleted ON message_marks (capture) WHERE what = 'deleted';

-- The length of one that was cut off is that of what was salvaged.
CREATE VIEW v_messages AS
SELECT printf('r%x', messages.capture) AS message,
       printf('c%x', messages.call) AS call,
       messages.box_kind AS box_kind,
       coalesce(boxes.name, printf('%x', messages.box)) AS box,
       messages.number AS number,
       strftime('%Y-%m-%d %H:%M:%f', messages.since / 1000.0, 'unixepoch') AS since,
       coalesce(messages.until - messages.since, recordings.duration_ms) AS length_ms,
       recordings.file AS file,
       heard.at AS heard_ms, heard.by AS heard_by,
       done.at AS done_ms, done.by AS done_by,
       deleted.at AS deleted_ms, deleted.by AS deleted_by,
       messages.since AS since_ms
FROM messages
LEFT JOIN recordings ON recordings.capture = messages.capture
LEFT JOIN names AS boxes ON boxes.kind = messages.box_kind AND boxes.id = messages.box
LEFT JOIN message_marks AS heard ON heard.capture = messages.capture AND heard.what = 'heard'
LEFT JOIN message_marks AS done ON done.capture = messages.capture AND done.what = 'done'
LEFT JOIN message_marks AS deleted ON deleted.capture = messages.capture AND deleted.what = 'deleted'
WHERE NOT messages.dropped;
