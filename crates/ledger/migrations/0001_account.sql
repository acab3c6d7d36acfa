-- The account of one node. Times are wall milliseconds since 1970 (`_ms` where they are lengths).
-- Ids are the 64 bits of `terms`; `names` tells what the operator calls them.

-- One row: how often this node has started. Every counted id carries it, so none comes twice.
CREATE TABLE node (
    node        INTEGER PRIMARY KEY,
    incarnation INTEGER NOT NULL,
    started     INTEGER NOT NULL
) STRICT;

-- One row for each call that passed authentication.
-- outcome: open, answered, abandoned, finished, failed; node_lost when the node died under it.
CREATE TABLE calls (
    call             INTEGER PRIMARY KEY,
    sip_call_id      TEXT    NOT NULL,
    source_kind      TEXT    NOT NULL,  -- trunk or phone
    source           INTEGER NOT NULL,
    caller           TEXT    NOT NULL,
    called           TEXT    NOT NULL,
    started          INTEGER NOT NULL,
    answered         INTEGER,
    connected        INTEGER,
    ended            INTEGER,
    outcome          TEXT    NOT NULL,
    status           INTEGER,           -- final SIP status, when it was never answered
    cause            INTEGER NOT NULL,  -- Q.850
    ended_by         TEXT    NOT NULL,  -- caller, callee or switch
    queue            INTEGER,
    contact          INTEGER,
    agent            INTEGER,
    waited_ms        INTEGER NOT NULL,
    talked_ms        INTEGER NOT NULL,
    held_ms          INTEGER NOT NULL,
    capture          INTEGER,
    digits           TEXT    NOT NULL,
    packets_received INTEGER,
    packets_sent     INTEGER,
    packets_lost     INTEGER,
    packets_dropped  INTEGER,
    jitter_us        INTEGER,
    round_trip_us    INTEGER
) STRICT;
CREATE INDEX calls_by_start ON calls (started);
CREATE INDEX calls_open ON calls (call) WHERE outcome = 'open';

-- What happened in queues and to agents. The id is the node's incarnation and a count.
CREATE TABLE events (
    id        INTEGER PRIMARY KEY,
    at        INTEGER NOT NULL,
    call      INTEGER,
    queue     INTEGER,
    contact   INTEGER,
    agent     INTEGER,
    kind      TEXT    NOT NULL,
    waited_ms INTEGER,
    rang_ms   INTEGER,
    talked_ms INTEGER,
    detail    TEXT    NOT NULL          -- the event as JSON
) STRICT;
CREATE INDEX events_by_call ON events (call) WHERE call IS NOT NULL;
CREATE INDEX events_by_time ON events (at);

-- Recordings. The hash comes later than the file, and may come alone.
CREATE TABLE recordings (
    capture     INTEGER PRIMARY KEY,
    call        INTEGER,
    started     INTEGER,
    file        TEXT,
    duration_ms INTEGER,
    gap_ms      INTEGER,
    fault       TEXT,
    sha256      TEXT
) STRICT;
CREATE INDEX recordings_by_call ON recordings (call);

-- The routing core's inputs and decisions: one row for each group commit.
CREATE TABLE journal (
    incarnation INTEGER NOT NULL,
    first       INTEGER NOT NULL,       -- sequence of the first entry in it
    last        INTEGER NOT NULL,
    version     TEXT    NOT NULL,       -- of the engine that wrote it
    entries     BLOB    NOT NULL,       -- a JSON array of entries
    PRIMARY KEY (incarnation, first)
) STRICT;

-- The last status of each agent, taken from the journal's decisions.
CREATE TABLE agents (
    agent  INTEGER PRIMARY KEY,
    status TEXT    NOT NULL,            -- logged_out, not_ready or ready
    reason TEXT,
    since  INTEGER NOT NULL
) STRICT;

-- Who is registered where.
CREATE TABLE bindings (
    phone     INTEGER NOT NULL,
    key       TEXT    NOT NULL,
    contact   TEXT    NOT NULL,
    remote    TEXT    NOT NULL,
    transport TEXT    NOT NULL,
    local     TEXT    NOT NULL,
    q         INTEGER NOT NULL,
    call_id   TEXT    NOT NULL,
    cseq      INTEGER NOT NULL,
    expires   INTEGER NOT NULL,
    PRIMARY KEY (phone, key)
) STRICT, WITHOUT ROWID;

-- What the operator calls the ids above.
CREATE TABLE names (
    kind TEXT    NOT NULL,              -- agent, queue, trunk or phone
    id   INTEGER NOT NULL,
    name TEXT    NOT NULL,
    PRIMARY KEY (kind, id)
) STRICT, WITHOUT ROWID;
