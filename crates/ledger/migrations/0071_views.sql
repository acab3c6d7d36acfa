-- The tables with names instead of ids, times as text (UTC) and lengths by the words of the reports.

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
LEFT JOIN recordings ON recordings.capture = calls.capture
LEFT JOIN names AS sources ON sources.kind = calls.source_kind AND sources.id = calls.source
LEFT JOIN names AS queues ON queues.kind = 'queue' AND queues.id = calls.queue
LEFT JOIN names AS agents ON agents.kind = 'agent' AND agents.id = calls.agent
LEFT JOIN names AS phones ON phones.kind = 'phone' AND phones.id = calls.phone
LEFT JOIN names AS trunks ON trunks.kind = 'trunk' AND trunks.id = calls.trunk_out;

CREATE VIEW v_events AS
SELECT events.id AS id,
       strftime('%Y-%m-%d %H:%M:%f', events.at / 1000.0, 'unixepoch') AS at,
       nullif(printf('c%x', events.call), 'c0') AS call,
       coalesce(queues.name, nullif(printf('%x', events.queue), '0')) AS queue,
       coalesce(agents.name, nullif(printf('%x', events.agent), '0')) AS agent,
       events.kind AS kind,
       events.waited_ms AS waited_ms,
       iif(events.waited_ms IS NULL, NULL, coalesce(events.detail ->> 'before_ms', 0)) AS before_ms,
       events.rang_ms AS rang_ms,
       max(events.talked_ms - coalesce(events.detail ->> 'held_ms', 0), 0) AS talked_ms,
       events.detail ->> 'held_ms' AS held_ms,
       events.detail ->> 'why' AS why,
       events.detail ->> 'status' AS status,
       events.detail ->> 'reason' AS reason,
       events.detail ->> 'work' AS work,
       events.at AS at_ms
FROM events
LEFT JOIN names AS queues ON queues.kind = 'queue' AND queues.id = events.queue
LEFT JOIN names AS agents ON agents.kind = 'agent' AND agents.id = events.agent;

CREATE VIEW v_recordings AS
SELECT nullif(printf('c%x', recordings.call), 'c0') AS call,
       strftime('%Y-%m-%d %H:%M:%f', recordings.started / 1000.0, 'unixepoch') AS started,
       recordings.file AS file,
       strftime('%Y-%m-%d %H:%M:%f', recordings.purged / 1000.0, 'unixepoch') AS purged,
       recordings.duration_ms AS duration_ms,
       recordings.gap_ms AS gap_ms,
       recordings.fault AS fault,
       recordings.sha256 AS sha256
FROM recordings;

CREATE VIEW v_agents AS
SELECT coalesce(names.name, nullif(printf('%x', agents.agent), '0')) AS agent,
       agents.status AS status,
       agents.reason AS reason,
       strftime('%Y-%m-%d %H:%M:%f', agents.since / 1000.0, 'unixepoch') AS since
FROM agents
LEFT JOIN names ON names.kind = 'agent' AND names.id = agents.agent;

CREATE VIEW v_bindings AS
SELECT coalesce(names.name, nullif(printf('%x', bindings.phone), '0')) AS phone,
       bindings.contact AS contact,
       bindings.remote AS remote,
       bindings.transport AS transport,
       strftime('%Y-%m-%d %H:%M:%f', bindings.expires / 1000.0, 'unixepoch') AS expires
FROM bindings
LEFT JOIN names ON names.kind = 'phone' AND names.id = bindings.phone;
