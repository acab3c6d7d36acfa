-- Who has forwarded a call to a leg, or of the leg that brought it, to us: rows for forwarded calls alone.
CREATE TABLE forwards (
    call   INTEGER NOT NULL,
    nth    INTEGER NOT NULL,            -- which of its legs
    step   INTEGER NOT NULL,            -- the first is 0
    phone  INTEGER,                     -- one of our phones
    number TEXT,                        -- somebody outside
    why    TEXT    NOT NULL,            -- always, busy, no_answer, unreachable, redirected
    PRIMARY KEY (call, nth, step)
) STRICT, WITHOUT ROWID;

CREATE VIEW v_forwards AS
SELECT printf('c%x', forwards.call) AS call,
       forwards.nth AS nth,
       forwards.step AS step,
       coalesce(names.name, nullif(printf('%x', forwards.phone), '0')) AS phone,
       forwards.number AS number,
       forwards.why AS why
FROM forwards
LEFT JOIN names ON names.kind = 'phone' AND names.id = forwards.phone;
