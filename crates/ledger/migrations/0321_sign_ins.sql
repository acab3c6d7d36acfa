-- Who came to the pages, who went, and who did not get in. What people have done there are commands, which are in `happenings`.
CREATE TABLE sign_ins (
    at      INTEGER NOT NULL,
    user    TEXT    NOT NULL,           -- empty where the name that was said is nobody's
    what    TEXT    NOT NULL,           -- in, out, chosen (a password, by a link) or wrong
    address TEXT    NOT NULL,           -- from where
    browser TEXT    NOT NULL,           -- as it names itself
    PRIMARY KEY (at, user, what, address)
) STRICT;
CREATE INDEX happenings_commands ON happenings (at) WHERE kind = 'command';
