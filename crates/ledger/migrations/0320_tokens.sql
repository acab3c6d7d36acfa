-- What lets programs and screens on walls look. No secret is kept: SHA-256 alone.
CREATE TABLE tokens (
    name    TEXT    PRIMARY KEY,
    proof   TEXT    NOT NULL UNIQUE,    -- SHA-256 of the token, in hexadecimal
    pass    TEXT    NOT NULL,           -- what it is good for, in JSON
    asked   TEXT    NOT NULL,           -- who wanted it
    at      INTEGER NOT NULL,
    seen    INTEGER                     -- the last time that it was used, to the minute
) STRICT;
