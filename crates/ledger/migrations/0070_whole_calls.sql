-- Which phone answered a call, and by which trunk it was sent out; older versions told neither.
ALTER TABLE calls ADD COLUMN trunk_out INTEGER;
ALTER TABLE calls ADD COLUMN phone INTEGER;

-- An event that ends a stay in a queue tells what the caller had waited in queues before (`before_ms`). What older
-- versions wrote down gets it from the stays that were sent on.
UPDATE events SET detail = json_set(detail, '$.before_ms',
    (SELECT sum(earlier.waited_ms) FROM events AS earlier
     WHERE earlier.call = events.call AND earlier.kind = 'overflowed' AND earlier.id < events.id))
WHERE kind IN ('connected', 'abandoned', 'overflowed')
  AND EXISTS (SELECT 1 FROM events AS earlier WHERE earlier.call = events.call AND earlier.kind = 'overflowed'
              AND earlier.waited_ms > 0 AND earlier.id < events.id);
