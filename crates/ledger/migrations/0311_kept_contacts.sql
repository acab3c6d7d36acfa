-- Contacts without a call that are in queues or with agents, for the next start.
CREATE TABLE kept_contacts (
    contact   INTEGER PRIMARY KEY,
    queue     INTEGER NOT NULL,
    kind      TEXT    NOT NULL,
    subject   TEXT    NOT NULL,
    segment   INTEGER NOT NULL,
    before_ms INTEGER NOT NULL,
    entered   INTEGER NOT NULL
) STRICT;
