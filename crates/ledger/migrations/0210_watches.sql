-- Who has watched whom in a call, when and how: a row for each stretch, written when it begins and again when it is over.
CREATE TABLE watches (
    call      INTEGER NOT NULL,
    nth       INTEGER NOT NULL,         -- the first of the call is 0
    leg       INTEGER,                  -- which of the call's legs watches
    who_kind  TEXT    NOT NULL,
    who       INTEGER NOT NULL,
    of_leg    INTEGER,                  -- which of them is watched
    whom_kind TEXT    NOT NULL,
    whom      INTEGER NOT NULL,
    agent     INTEGER,                  -- who speaks there
    mode      TEXT    NOT NULL,         -- listen, whisper, barge
    since     INTEGER NOT NULL,
    until     INTEGER,                  -- NULL while it goes on, or where the switch died meanwhile
    PRIMARY KEY (call, nth)
) STRICT, WITHOUT ROWID;

-- It has ended with its call at the latest.
CREATE VIEW v_watches AS
SELECT printf('c%x', watches.call) AS call,
       watches.nth AS nth,
       watches.leg AS leg,
       watches.who_kind AS who_kind,
       coalesce(who.name, nullif(printf('%x', watches.who), '0')) AS who,
       watches.of_leg AS of_leg,
       watches.whom_kind AS whom_kind,
       coalesce(whom.name, nullif(printf('%x', watches.whom), '0')) AS whom,
       coalesce(agents.name, nullif(printf('%x', watches.agent), '0')) AS agent,
       watches.mode AS mode,
       strftime('%Y-%m-%d %H:%M:%f', watches.since / 1000.0, 'unixepoch') AS since,
       strftime('%Y-%m-%d %H:%M:%f', coalesce(watches.until, calls.ended) / 1000.0, 'unixepoch') AS until,
       coalesce(watches.until, calls.ended) - watches.since AS watched_ms
FROM watches
LEFT JOIN calls ON calls.call = watches.call
LEFT JOIN names AS who ON who.kind = watches.who_kind AND who.id = watches.who
LEFT JOIN names AS whom ON whom.kind = watches.whom_kind AND whom.id = watches.whom
LEFT JOIN names AS agents ON agents.kind = 'agent' AND agents.id = watches.agent;
