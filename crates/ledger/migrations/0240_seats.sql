-- Who was in a conference room, from when to when: a row for each seat, written when it is taken and again when it is left.
CREATE TABLE seats (
    call     INTEGER NOT NULL,          -- the call that the room was
    nth      INTEGER NOT NULL,          -- the first of the call is 0
    room     INTEGER NOT NULL,
    leg      INTEGER,                   -- which of the call's legs had it
    who_kind TEXT    NOT NULL,
    who      INTEGER NOT NULL,
    number   TEXT    NOT NULL,          -- by which the others were shown him
    host     INTEGER NOT NULL,
    since    INTEGER NOT NULL,
    until    INTEGER,                   -- NULL while he is there, or where the switch died meanwhile
    PRIMARY KEY (call, nth)
) STRICT, WITHOUT ROWID;
CREATE INDEX seats_by_room ON seats (room, since);

-- He has gone with the room's call at the latest. The call by which he came is that of his leg before it moved.
CREATE VIEW v_seats AS
SELECT printf('c%x', seats.call) AS call,
       seats.nth AS nth,
       coalesce(rooms.name, nullif(printf('%x', seats.room), '0')) AS room,
       seats.leg AS leg,
       printf('c%x', coalesce((SELECT min(moves.call) FROM moves
           WHERE moves.to_call = seats.call AND moves.to_nth = seats.leg), seats.call)) AS came_by,
       seats.who_kind AS who_kind,
       coalesce(who.name, nullif(printf('%x', seats.who), '0')) AS who,
       seats.number AS number,
       seats.host AS host,
       strftime('%Y-%m-%d %H:%M:%f', seats.since / 1000.0, 'unixepoch') AS since,
       strftime('%Y-%m-%d %H:%M:%f', coalesce(seats.until, calls.ended) / 1000.0, 'unixepoch') AS until,
       coalesce(seats.until, calls.ended) - seats.since AS seated_ms,
       seats.since AS since_ms
FROM seats
LEFT JOIN calls ON calls.call = seats.call
LEFT JOIN names AS rooms ON rooms.kind = 'room' AND rooms.id = seats.room
LEFT JOIN names AS who ON who.kind = seats.who_kind AND who.id = seats.who;
