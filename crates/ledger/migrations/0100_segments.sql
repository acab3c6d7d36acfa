-- A contact keeps its id through all its stays in queues; events tell in which of them they happened. Of what older
-- versions wrote down each contact has one stay.
ALTER TABLE events ADD COLUMN segment INTEGER;

DROP VIEW v_events;
CREATE VIEW v_events AS
SELECT events.id AS id,
       strftime('%Y-%m-%d %H:%M:%f', events.at / 1000.0, 'unixepoch') AS at,
       nullif(printf('c%x', events.call), 'c0') AS call,
       coalesce(queues.name, nullif(printf('%x', events.queue), '0')) AS queue,
       nullif(printf('w%x', events.contact), 'w0') AS contact,
       events.segment AS segment,
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
       events.detail ->> 'reachable' AS reachable,
       events.at AS at_ms
FROM events
LEFT JOIN names AS queues ON queues.kind = 'queue' AND queues.id = events.queue
LEFT JOIN names AS agents ON agents.kind = 'agent' AND agents.id = events.agent;
