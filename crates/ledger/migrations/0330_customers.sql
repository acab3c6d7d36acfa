-- Who calls from outside: a row for each, found by his number, or made when it was never seen before.
CREATE TABLE customers (
    customer INTEGER PRIMARY KEY AUTOINCREMENT, -- never given twice
    name     TEXT    NOT NULL DEFAULT '',
    fields   TEXT    NOT NULL DEFAULT '{}',     -- what else is known of him, as JSON: texts by the names of [customers] fields
    folded   TEXT    NOT NULL DEFAULT '',       -- his name and these texts without case and accents, for the search
    created  INTEGER NOT NULL,
    seen     INTEGER NOT NULL,                  -- when he called last
    version  INTEGER NOT NULL DEFAULT 1         -- one more with each change by hand
) STRICT;
CREATE INDEX customers_by_seen ON customers (seen);

-- One number may be of several customers, and one customer may have several.
CREATE TABLE customer_numbers (
    number   TEXT    NOT NULL,                  -- in its international form (E.164)
    customer INTEGER NOT NULL,
    PRIMARY KEY (number, customer)
) STRICT, WITHOUT ROWID;
CREATE INDEX customer_numbers_of ON customer_numbers (customer);

CREATE TABLE notes (
    note     INTEGER PRIMARY KEY AUTOINCREMENT,
    customer INTEGER NOT NULL,
    contact  INTEGER,                           -- what it was written in
    at       INTEGER NOT NULL,
    author   TEXT    NOT NULL,                  -- user:anna, operator:0
    text     TEXT    NOT NULL
) STRICT;
CREATE INDEX notes_of_customer ON notes (customer, at);
CREATE INDEX notes_by_time ON notes (at);

-- Of whom there are several with this number, nobody has said yet which one it was: that is empty.
ALTER TABLE calls ADD COLUMN customer INTEGER;
CREATE INDEX calls_by_customer ON calls (customer, started) WHERE customer IS NOT NULL;

-- The number has its own name now; `customer` is who it was.
ALTER TABLE contacts RENAME COLUMN customer TO number;
ALTER TABLE contacts ADD COLUMN customer INTEGER;
CREATE INDEX contacts_by_customer ON contacts (customer, opened) WHERE customer IS NOT NULL;

DROP VIEW v_contacts;
CREATE VIEW v_contacts AS
SELECT printf('w%x', contacts.contact) AS contact,
       contacts.kind AS kind,
       contacts.number AS number,
       contacts.customer AS customer,
       (SELECT nullif(customers.name, '') FROM customers WHERE customers.customer = contacts.customer) AS customer_name,
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

-- How often somebody was erased: the switch that runs then empties what the daybook had of before.
ALTER TABLE daybook ADD COLUMN erasures INTEGER NOT NULL DEFAULT 0;
