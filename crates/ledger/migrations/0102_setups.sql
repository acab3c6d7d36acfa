-- Configurations of the routing core that the journal names by the hash of their text: each once, however often it came in
-- force. Journals of older versions hold them by themselves.
CREATE TABLE setups (
    hash  TEXT PRIMARY KEY,             -- SHA-256 of the text
    setup TEXT NOT NULL                 -- JSON
) STRICT, WITHOUT ROWID;
