-- Each time the configuration was read again, taken or not.
CREATE TABLE reloads (
    id      INTEGER PRIMARY KEY,
    at      INTEGER NOT NULL,
    asked   TEXT    NOT NULL,           -- by whom: signal, file change, socket (uid 1000)
    taken   INTEGER NOT NULL,           -- 0: refused, what was in force stayed
    before  TEXT    NOT NULL,           -- SHA-256 of the configuration that was in force
    after   TEXT    NOT NULL,           -- of the one that was read; empty when it was refused
    detail  TEXT    NOT NULL            -- what changed, or what was wrong
) STRICT;

-- Changes that supervisors made at run time: laid over the configuration until they are dropped.
CREATE TABLE overlay (
    id      INTEGER PRIMARY KEY,
    at      INTEGER NOT NULL,
    asked   TEXT    NOT NULL,
    change  TEXT    NOT NULL            -- JSON
) STRICT;
