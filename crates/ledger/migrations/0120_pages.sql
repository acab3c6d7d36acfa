-- Of the stream of what happens: the moments of calls, legs and recordings, by the page. Their rows tell the rest.
CREATE TABLE pages (
    first_id INTEGER PRIMARY KEY,       -- the number of the first moment in it
    last_id  INTEGER NOT NULL,
    at       INTEGER NOT NULL,          -- when the last one was
    moments  BLOB    NOT NULL           -- a JSON array; of each its number, when, what, the call or the recording, the leg
) STRICT;
CREATE INDEX pages_by_time ON pages (at);

-- What the segments tell of their contact is not told twice. Segments go with their calls when they have been kept for long
-- enough, and contacts with their segments.
ALTER TABLE contacts DROP COLUMN closed;
ALTER TABLE contacts DROP COLUMN disposition;
DROP INDEX contacts_by_time;
DROP INDEX segments_by_time;
-- A call that is gone already takes no segment along.
UPDATE segments SET call = NULL WHERE call NOT IN (SELECT call FROM calls);
CREATE INDEX segments_without_call ON segments (entered) WHERE call IS NULL;

CREATE VIEW v_contacts AS
SELECT printf('w%x', contacts.contact) AS contact,
       contacts.kind AS kind,
       contacts.customer AS customer,
       strftime('%Y-%m-%d %H:%M:%f', contacts.opened / 1000.0, 'unixepoch') AS opened,
       strftime('%Y-%m-%d %H:%M:%f', (SELECT iif(count(*) = count(over), max(over), NULL) FROM segments
           WHERE segments.contact = contacts.contact) / 1000.0, 'unixepoch') AS closed,
       (SELECT iif(over IS NULL, NULL, how) FROM segments
           WHERE segments.contact = contacts.contact ORDER BY nth DESC LIMIT 1) AS disposition,
       contacts.opened AS opened_ms
FROM contacts;
