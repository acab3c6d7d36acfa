-- One row for each leg of a call: who brought it, who was rung, who won, refused or was not needed any more.
-- how: won, cancelled, lost; node_lost when the node died under it.
CREATE TABLE legs (
    call             INTEGER NOT NULL,
    nth              INTEGER NOT NULL,  -- 0 is the caller's
    role             TEXT    NOT NULL,  -- caller or callee
    who_kind         TEXT    NOT NULL,  -- trunk or phone
    who              INTEGER NOT NULL,
    agent            INTEGER,
    number           TEXT,              -- that was dialled over a trunk
    device           TEXT,              -- address and port of its signalling
    invited          INTEGER NOT NULL,
    rang             INTEGER,
    answered         INTEGER,
    ended            INTEGER,
    how              TEXT    NOT NULL,
    status           INTEGER,           -- final SIP status, when it was not answered
    cause            INTEGER NOT NULL,  -- Q.850
    codec            TEXT,
    sip_call_id      TEXT    NOT NULL,
    packets_received INTEGER,
    packets_sent     INTEGER,
    packets_lost     INTEGER,
    packets_dropped  INTEGER,
    jitter_us        INTEGER,
    round_trip_us    INTEGER,
    PRIMARY KEY (call, nth)
) STRICT, WITHOUT ROWID;

-- Beside what a BYE or CANCEL needs: what is known of the leg, for its row should the switch die, and for who asks
-- about a call that runs.
ALTER TABLE dialogs ADD COLUMN call INTEGER;
ALTER TABLE dialogs ADD COLUMN leg TEXT;

CREATE VIEW v_legs AS
SELECT printf('c%x', legs.call) AS call,
       legs.nth AS nth,
       legs.role AS role,
       legs.who_kind AS who_kind,
       coalesce(who.name, nullif(printf('%x', legs.who), '0')) AS who,
       coalesce(agents.name, nullif(printf('%x', legs.agent), '0')) AS agent,
       legs.number AS number,
       legs.device AS device,
       strftime('%Y-%m-%d %H:%M:%f', legs.invited / 1000.0, 'unixepoch') AS invited,
       strftime('%Y-%m-%d %H:%M:%f', legs.rang / 1000.0, 'unixepoch') AS rang,
       strftime('%Y-%m-%d %H:%M:%f', legs.answered / 1000.0, 'unixepoch') AS answered,
       strftime('%Y-%m-%d %H:%M:%f', legs.ended / 1000.0, 'unixepoch') AS ended,
       legs.how AS how,
       legs.status AS status,
       legs.cause AS cause,
       legs.codec AS codec,
       legs.packets_received AS packets_received,
       legs.packets_sent AS packets_sent,
       legs.packets_lost AS packets_lost,
       legs.sip_call_id AS sip_call_id
FROM legs
LEFT JOIN names AS who ON who.kind = legs.who_kind AND who.id = legs.who
LEFT JOIN names AS agents ON agents.kind = 'agent' AND agents.id = legs.agent;
