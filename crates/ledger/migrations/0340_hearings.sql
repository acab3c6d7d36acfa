-- Who has heard or taken away which recording.
CREATE TABLE hearings (
    at        INTEGER NOT NULL,
    by        TEXT    NOT NULL,           -- user:anna, user:token:crm
    what      TEXT    NOT NULL,           -- played or downloaded
    recording INTEGER NOT NULL,
    call      INTEGER NOT NULL,
    address   TEXT    NOT NULL,           -- from where
    PRIMARY KEY (at, by, what, recording)
) STRICT;
CREATE INDEX hearings_by_recording ON hearings (recording);
