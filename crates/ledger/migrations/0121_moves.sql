-- What transfers leave. Rows are here for the calls alone in which somebody was transferred.

-- A leg that went on in another call: what it was in this one, until then.
CREATE TABLE moves (
    call     INTEGER NOT NULL,
    nth      INTEGER NOT NULL,          -- which of this call's legs it was
    role     TEXT    NOT NULL,          -- caller or callee
    who_kind TEXT    NOT NULL,          -- trunk or phone
    who      INTEGER NOT NULL,
    agent    INTEGER,
    came     INTEGER NOT NULL,          -- INVITE, or when it came from yet another call
    answered INTEGER,
    until    INTEGER NOT NULL,
    to_call  INTEGER NOT NULL,
    to_nth   INTEGER NOT NULL,
    PRIMARY KEY (call, nth)
) STRICT, WITHOUT ROWID;
CREATE INDEX moves_by_target ON moves (to_call, to_nth);

-- A call whose parties all went on in another one: its outcome is `joined`.
CREATE TABLE merges (
    call      INTEGER PRIMARY KEY,
    into_call INTEGER NOT NULL
) STRICT;
CREATE INDEX merges_by_target ON merges (into_call);

-- A leg that was placed with the rights and on the account of somebody else than who brought the call.
CREATE TABLE charges (
    call     INTEGER NOT NULL,
    nth      INTEGER NOT NULL,
    who_kind TEXT    NOT NULL,
    who      INTEGER NOT NULL,
    PRIMARY KEY (call, nth)
) STRICT, WITHOUT ROWID;

-- Who is on which side of a recording, since when: until the next one on that side, his own end, or the recording's.
CREATE TABLE tracks (
    capture INTEGER NOT NULL,
    nth     INTEGER NOT NULL,
    side    INTEGER NOT NULL,           -- 0 left, 1 right
    call    INTEGER NOT NULL,
    leg     INTEGER,                    -- which of the call's legs; nobody's, while it is silent for what is said beside the conversation
    since   INTEGER NOT NULL,
    PRIMARY KEY (capture, nth)
) STRICT, WITHOUT ROWID;

DROP VIEW v_calls;
CREATE VIEW v_calls AS
SELECT printf('c%x', calls.call) AS call,
       strftime('%Y-%m-%d %H:%M:%f', calls.started / 1000.0, 'unixepoch') AS started,
       strftime('%Y-%m-%d %H:%M:%f', calls.answered / 1000.0, 'unixepoch') AS answered,
       strftime('%Y-%m-%d %H:%M:%f', calls.connected / 1000.0, 'unixepoch') AS connected,
       strftime('%Y-%m-%d %H:%M:%f', calls.ended / 1000.0, 'unixepoch') AS ended,
       CASE WHEN calls.source_kind = 'trunk' THEN iif(calls.trunk_out IS NULL, 'inbound', 'transit')
            ELSE iif(calls.trunk_out IS NULL, 'internal', 'outbound') END AS direction,
       calls.source_kind AS source_kind,
       coalesce(sources.name, nullif(printf('%x', calls.source), '0')) AS source,
       calls.caller AS caller,
       calls.called AS called,
       calls.outcome AS outcome,
       nullif(printf('c%x', merges.into_call), 'c0') AS merged_into,
       calls.status AS status,
       calls.cause AS cause,
       calls.ended_by AS ended_by,
       coalesce(queues.name, nullif(printf('%x', calls.queue), '0')) AS queue,
       coalesce(agents.name, nullif(printf('%x', calls.agent), '0')) AS agent,
       coalesce(phones.name, nullif(printf('%x', calls.phone), '0')) AS phone,
       coalesce(trunks.name, nullif(printf('%x', calls.trunk_out), '0')) AS trunk_out,
       calls.waited_ms AS waited_ms,
       max(calls.talked_ms - calls.held_ms, 0) AS talked_ms,
       calls.held_ms AS held_ms,
       calls.digits AS digits,
       recordings.file AS recording,
       calls.sip_call_id AS sip_call_id,
       calls.started AS started_ms
FROM calls
LEFT JOIN merges ON merges.call = calls.call
LEFT JOIN recordings ON recordings.capture = calls.capture
LEFT JOIN names AS sources ON sources.kind = calls.source_kind AND sources.id = calls.source
LEFT JOIN names AS queues ON queues.kind = 'queue' AND queues.id = calls.queue
LEFT JOIN names AS agents ON agents.kind = 'agent' AND agents.id = calls.agent
LEFT JOIN names AS phones ON phones.kind = 'phone' AND phones.id = calls.phone
LEFT JOIN names AS trunks ON trunks.kind = 'trunk' AND trunks.id = calls.trunk_out;

-- One row for each leg in each call that it was in.
CREATE VIEW stretches AS
SELECT legs.call AS call, legs.nth AS nth, legs.role AS role, legs.who_kind AS who_kind, legs.who AS who,
       legs.agent AS agent, legs.number AS number, legs.device AS device,
       coalesce(before.until, legs.invited) AS came,
       iif(before.call IS NULL, legs.rang, NULL) AS rang,
       legs.answered AS answered, legs.ended AS ended, legs.how AS how, legs.status AS status, legs.cause AS cause,
       legs.codec AS codec, legs.packets_received AS packets_received, legs.packets_sent AS packets_sent,
       legs.packets_lost AS packets_lost, legs.sip_call_id AS sip_call_id,
       before.call AS from_call, before.nth AS from_nth, NULL AS to_call, NULL AS to_nth
FROM legs LEFT JOIN moves AS before ON before.to_call = legs.call AND before.to_nth = legs.nth
UNION ALL
SELECT moves.call, moves.nth, moves.role, moves.who_kind, moves.who, moves.agent, NULL, NULL,
       moves.came, NULL, moves.answered, moves.until, 'moved', NULL, 16, NULL, NULL, NULL, NULL, NULL,
       before.call, before.nth, moves.to_call, moves.to_nth
FROM moves LEFT JOIN moves AS before ON before.to_call = moves.call AND before.to_nth = moves.nth;

DROP VIEW v_legs;
CREATE VIEW v_legs AS
SELECT printf('c%x', legs.call) AS call,
       legs.nth AS nth,
       legs.role AS role,
       legs.who_kind AS who_kind,
       coalesce(who.name, nullif(printf('%x', legs.who), '0')) AS who,
       coalesce(agents.name, nullif(printf('%x', legs.agent), '0')) AS agent,
       legs.number AS number,
       legs.device AS device,
       strftime('%Y-%m-%d %H:%M:%f', legs.came / 1000.0, 'unixepoch') AS invited,
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
       legs.sip_call_id AS sip_call_id,
       nullif(printf('c%x', legs.from_call), 'c0') AS from_call,
       legs.from_nth AS from_nth,
       nullif(printf('c%x', legs.to_call), 'c0') AS to_call,
       legs.to_nth AS to_nth,
       charges.who_kind AS charged_kind,
       coalesce(charged.name, nullif(printf('%x', charges.who), '0')) AS charged_to
FROM stretches AS legs
LEFT JOIN charges ON charges.call = legs.call AND charges.nth = legs.nth
LEFT JOIN names AS who ON who.kind = legs.who_kind AND who.id = legs.who
LEFT JOIN names AS agents ON agents.kind = 'agent' AND agents.id = legs.agent
LEFT JOIN names AS charged ON charged.kind = charges.who_kind AND charged.id = charges.who;

CREATE VIEW v_tracks AS
SELECT recordings.file AS file,
       iif(tracks.side = 0, 'left', 'right') AS side,
       printf('c%x', tracks.call) AS call,
       tracks.leg AS leg,
       legs.who_kind AS who_kind,
       coalesce(who.name, nullif(printf('%x', legs.who), '0')) AS who,
       coalesce(agents.name, nullif(printf('%x', legs.agent), '0')) AS agent,
       tracks.since - recordings.started AS from_ms,
       min(recordings.duration_ms,
           coalesce((SELECT min(next.since) FROM tracks AS next WHERE next.capture = tracks.capture
                     AND next.side = tracks.side AND next.nth > tracks.nth) - recordings.started, recordings.duration_ms),
           coalesce(legs.ended - recordings.started, recordings.duration_ms)) AS to_ms
FROM tracks
JOIN recordings ON recordings.capture = tracks.capture
LEFT JOIN stretches AS legs ON legs.call = tracks.call AND legs.nth = tracks.leg
LEFT JOIN names AS who ON who.kind = legs.who_kind AND who.id = legs.who
LEFT JOIN names AS agents ON agents.kind = 'agent' AND agents.id = legs.agent
WHERE tracks.leg IS NOT NULL;

-- A contact that was connected with another one ended with its call: the other one went on.
DROP VIEW v_contacts;
CREATE VIEW v_contacts AS
SELECT printf('w%x', contacts.contact) AS contact,
       contacts.kind AS kind,
       contacts.customer AS customer,
       strftime('%Y-%m-%d %H:%M:%f', contacts.opened / 1000.0, 'unixepoch') AS opened,
       strftime('%Y-%m-%d %H:%M:%f', (SELECT iif(count(*) = count(over), max(over), NULL) FROM segments
           WHERE segments.contact = contacts.contact) / 1000.0, 'unixepoch') AS closed,
       (SELECT CASE WHEN over IS NULL THEN NULL
            WHEN EXISTS (SELECT 1 FROM merges JOIN calls ON calls.call = merges.into_call
                WHERE merges.call = segments.call AND calls.contact <> segments.contact) THEN 'joined'
            ELSE how END
        FROM segments WHERE segments.contact = contacts.contact ORDER BY nth DESC LIMIT 1) AS disposition,
       contacts.opened AS opened_ms
FROM contacts;
