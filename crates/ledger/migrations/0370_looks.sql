-- What of people somebody has looked at or listened to without changing anything: messages in clear, recordings, exports.
CREATE TABLE looks (
    at      INTEGER NOT NULL,
    by      TEXT    NOT NULL,           -- as in `happenings`: user:anna, operator:0
    what    TEXT    NOT NULL,           -- messages, recording_played, recording_saved, exported
    address TEXT    NOT NULL,           -- from where, where it is known
    subject TEXT    NOT NULL,           -- JSON: at what
    PRIMARY KEY (at, by, what, subject)
) STRICT;
