-- The daybook beside the database holds what was written down and is not in these tables yet.
-- One row: a number that no other database has, and the daybook's last round that is in these tables.
CREATE TABLE daybook (
    database INTEGER NOT NULL,
    posted   INTEGER NOT NULL
) STRICT;
INSERT INTO daybook (database, posted) VALUES (random(), 0);
