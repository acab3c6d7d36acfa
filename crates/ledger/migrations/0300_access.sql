-- How users of the pages prove who they are. No secret is kept: passwords as argon2id (PHC), of links and sessions SHA-256 alone.
CREATE TABLE passwords (
    user    TEXT    PRIMARY KEY,
    phc     TEXT    NOT NULL,           -- $argon2id$...
    at      INTEGER NOT NULL            -- when it was chosen
) STRICT;

-- Links by which a user chooses a password.
CREATE TABLE invitations (
    proof   TEXT    PRIMARY KEY,        -- SHA-256 of what is in the link, in hexadecimal
    user    TEXT    NOT NULL,
    asked   TEXT    NOT NULL,           -- who wanted it
    at      INTEGER NOT NULL,
    until   INTEGER NOT NULL
) STRICT;

-- Browsers in which somebody is logged in.
CREATE TABLE sessions (
    proof   TEXT    PRIMARY KEY,        -- SHA-256 of the cookie, in hexadecimal
    user    TEXT    NOT NULL,
    began   INTEGER NOT NULL,
    seen    INTEGER NOT NULL,           -- the last time that it was used, to the minute
    browser TEXT    NOT NULL            -- as it names itself
) STRICT;
CREATE INDEX sessions_user ON sessions (user);
