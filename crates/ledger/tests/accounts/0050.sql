PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE _sqlx_migrations (
    version BIGINT PRIMARY KEY,
    description TEXT NOT NULL,
    installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    success BOOLEAN NOT NULL,
    checksum BLOB NOT NULL,
    execution_time BIGINT NOT NULL
);
INSERT INTO _sqlx_migrations VALUES(1,'account','2026-11-26 22:15:45',1,X'7a3c9c778b5edf568620515c642f8367f656dda5a846430386e3d770371e140ed909049c5b4c0779f5a129ebfe521fdd',4188397);
INSERT INTO _sqlx_migrations VALUES(20,'dialogs','2026-11-26 22:15:45',1,X'c5f53818833bd6ea74779ac6704070f34f38a301d688c8129ccafc9aee23c8e9b380c162fdcdb91264fb889e746a79de',1377915);
INSERT INTO _sqlx_migrations VALUES(30,'reloads','2026-11-26 22:15:45',1,X'25cf906d8f5a340b0b0bd0e0c8c76fe1cbaceb5462ed41392f871307ec78dfbb5035af31e0c7d37c87d18045fb3a3cbd',1244163);
INSERT INTO _sqlx_migrations VALUES(40,'retention','2026-11-26 22:15:45',1,X'89600833df090d11a36bd3cf41798deb5697c4d3b1c514f0b31650ac4208e90b89a7ad0eacb873876760aa457a498594',2307539);
INSERT INTO _sqlx_migrations VALUES(50,'daybook','2026-11-26 22:15:45',1,X'8684942b6a45b45752794478875e7147dc634501d8734cbd6d23d7191de24f10ee4055d85a4402d6fcee006c16453285',1393755);
CREATE TABLE node (
    node        INTEGER PRIMARY KEY,
    incarnation INTEGER NOT NULL,
    started     INTEGER NOT NULL
) STRICT;
INSERT INTO node VALUES(0,1,1795731345329);
CREATE TABLE calls (
    call             INTEGER PRIMARY KEY,
    sip_call_id      TEXT    NOT NULL,
    source_kind      TEXT    NOT NULL,  -- trunk or phone
    source           INTEGER NOT NULL,
    caller           TEXT    NOT NULL,
    called           TEXT    NOT NULL,
    started          INTEGER NOT NULL,
    answered         INTEGER,
    connected        INTEGER,
    ended            INTEGER,
    outcome          TEXT    NOT NULL,
    status           INTEGER,           -- final SIP status, when it was never answered
    cause            INTEGER NOT NULL,  -- Q.850
    ended_by         TEXT    NOT NULL,  -- caller, callee or switch
    queue            INTEGER,
    contact          INTEGER,
    agent            INTEGER,
    waited_ms        INTEGER NOT NULL,
    talked_ms        INTEGER NOT NULL,
    held_ms          INTEGER NOT NULL,
    capture          INTEGER,
    digits           TEXT    NOT NULL,
    packets_received INTEGER,
    packets_sent     INTEGER,
    packets_lost     INTEGER,
    packets_dropped  INTEGER,
    jitter_us        INTEGER,
    round_trip_us    INTEGER
) STRICT;
INSERT INTO calls VALUES(1,'1@carrier','trunk',514768821131075087,'+442079460001','+442079460099',1795300001000,1795300002000,1795300036000,1795300096000,'answered',NULL,16,'caller',1274936032859025832,12,5803779529149266183,34000,60000,10000,7,'1#',50,49,0,0,0,30);
INSERT INTO calls VALUES(2,'2@carrier','trunk',514768821131075087,'+442079460001','+442079460099',1795300100000,1795300100500,NULL,1795300105500,'abandoned',NULL,16,'caller',1274936032859025832,14,NULL,5000,0,0,NULL,'1#',50,49,0,0,0,30);
INSERT INTO calls VALUES(3,'3@carrier','trunk',514768821131075087,'+442079460001','+442079460099',1795300120000,NULL,NULL,NULL,'open',NULL,16,'caller',NULL,NULL,NULL,0,0,0,NULL,'1#',NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO calls VALUES(4,'4@carrier','trunk',514768821131075087,'+442079460001','+442079460099',1795300130000,NULL,NULL,NULL,'open',NULL,16,'caller',NULL,NULL,NULL,0,0,0,NULL,'1#',NULL,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE events (
    id        INTEGER PRIMARY KEY,
    at        INTEGER NOT NULL,
    call      INTEGER,
    queue     INTEGER,
    contact   INTEGER,
    agent     INTEGER,
    kind      TEXT    NOT NULL,
    waited_ms INTEGER,
    rang_ms   INTEGER,
    talked_ms INTEGER,
    detail    TEXT    NOT NULL          -- the event as JSON
) STRICT;
INSERT INTO events VALUES(1099511627776,1795300000000,NULL,NULL,NULL,5803779529149266183,'agent_state',NULL,NULL,NULL,'{"kind":"agent_state","status":"ready","reason":null,"work":"idle","lasted_ms":null}');
INSERT INTO events VALUES(1099511627777,1795300000000,NULL,NULL,NULL,21748447695211092,'agent_state',NULL,NULL,NULL,'{"kind":"agent_state","status":"logged_out","reason":null,"work":"idle","lasted_ms":null}');
INSERT INTO events VALUES(1099511627778,1795300002000,1,4613189061923820124,11,NULL,'entered',NULL,NULL,NULL,'{"kind":"entered","position":1,"again":false}');
INSERT INTO events VALUES(1099511627779,1795300032000,1,4613189061923820124,11,NULL,'overflowed',30000,NULL,NULL,'{"kind":"overflowed","why":"waited","waited_ms":30000,"again":false}');
INSERT INTO events VALUES(1099511627780,1795300032000,1,1274936032859025832,12,NULL,'entered',NULL,NULL,NULL,'{"kind":"entered","position":1,"again":true}');
INSERT INTO events VALUES(1099511627781,1795300033000,1,1274936032859025832,12,5803779529149266183,'offered',NULL,NULL,NULL,'{"kind":"offered"}');
INSERT INTO events VALUES(1099511627782,1795300033000,NULL,NULL,NULL,5803779529149266183,'agent_state',NULL,NULL,NULL,'{"kind":"agent_state","status":"ready","reason":null,"work":"reserved","lasted_ms":33000}');
INSERT INTO events VALUES(1099511627783,1795300036000,1,1274936032859025832,12,5803779529149266183,'connected',4000,3000,NULL,'{"kind":"connected","waited_ms":4000,"rang_ms":3000}');
INSERT INTO events VALUES(1099511627784,1795300036000,NULL,NULL,NULL,5803779529149266183,'agent_state',NULL,NULL,NULL,'{"kind":"agent_state","status":"ready","reason":null,"work":"talking","lasted_ms":3000}');
INSERT INTO events VALUES(1099511627785,1795300096000,1,1274936032859025832,12,5803779529149266183,'completed',NULL,NULL,60000,'{"kind":"completed","by":"caller","talked_ms":60000,"held_ms":10000}');
INSERT INTO events VALUES(1099511627786,1795300096000,NULL,NULL,NULL,5803779529149266183,'agent_state',NULL,NULL,NULL,'{"kind":"agent_state","status":"ready","reason":null,"work":"wrap_up","lasted_ms":60000}');
INSERT INTO events VALUES(1099511627787,1795300111000,NULL,NULL,NULL,5803779529149266183,'agent_state',NULL,NULL,NULL,'{"kind":"agent_state","status":"ready","reason":null,"work":"idle","lasted_ms":15000}');
INSERT INTO events VALUES(1099511627788,1795300100500,2,4613189061923820124,13,NULL,'overflowed',0,NULL,NULL,'{"kind":"overflowed","why":"no_agents","waited_ms":0,"again":false}');
INSERT INTO events VALUES(1099511627789,1795300100500,2,1274936032859025832,14,NULL,'entered',NULL,NULL,NULL,'{"kind":"entered","position":1,"again":true}');
INSERT INTO events VALUES(1099511627790,1795300105500,2,1274936032859025832,14,NULL,'abandoned',5000,NULL,NULL,'{"kind":"abandoned","waited_ms":5000}');
INSERT INTO events VALUES(1099511627791,1795300121000,3,4613189061923820124,15,NULL,'entered',NULL,NULL,NULL,'{"kind":"entered","position":1,"again":false}');
INSERT INTO events VALUES(1099511627792,1795300128000,3,4613189061923820124,15,5803779529149266183,'connected',7000,2000,NULL,'{"kind":"connected","waited_ms":7000,"rang_ms":2000}');
INSERT INTO events VALUES(1099511627793,1795300128000,NULL,NULL,NULL,5803779529149266183,'agent_state',NULL,NULL,NULL,'{"kind":"agent_state","status":"ready","reason":null,"work":"talking","lasted_ms":17000}');
INSERT INTO events VALUES(1099511627794,1795300131000,4,1274936032859025832,16,NULL,'entered',NULL,NULL,NULL,'{"kind":"entered","position":1,"again":false}');
INSERT INTO events VALUES(1099511627795,1795300140000,NULL,NULL,NULL,21748447695211092,'agent_state',NULL,NULL,NULL,'{"kind":"agent_state","status":"not_ready","reason":"lunch","work":"idle","lasted_ms":140000}');
CREATE TABLE recordings (
    capture     INTEGER PRIMARY KEY,
    call        INTEGER,
    started     INTEGER,
    file        TEXT,
    duration_ms INTEGER,
    gap_ms      INTEGER,
    fault       TEXT,
    sha256      TEXT
, purged INTEGER) STRICT;
INSERT INTO recordings VALUES(7,1,1795300036000,'7.wav',60000,20,NULL,NULL,NULL);
CREATE TABLE journal (
    incarnation INTEGER NOT NULL,
    first       INTEGER NOT NULL,       -- sequence of the first entry in it
    last        INTEGER NOT NULL,
    version     TEXT    NOT NULL,       -- of the engine that wrote it
    entries     BLOB    NOT NULL,       -- a JSON array of entries
    PRIMARY KEY (incarnation, first)
) STRICT;
INSERT INTO journal VALUES(1,1,1,'0.1.0',X'5b7b2273657175656e6365223a312c226e6f77223a7b226d6f6e6f223a302c2277616c6c223a307d2c2277686174223a7b224465636973696f6e223a7b224167656e744368616e676564223a7b226167656e74223a353830333737393532393134393236363138332c22737461747573223a225265616479222c22776f726b223a2249646c65222c22726561636861626c65223a747275657d7d7d7d5d');
CREATE TABLE agents (
    agent  INTEGER PRIMARY KEY,
    status TEXT    NOT NULL,            -- logged_out, not_ready or ready
    reason TEXT,
    since  INTEGER NOT NULL
) STRICT;
INSERT INTO agents VALUES(5803779529149266183,'ready',NULL,0);
CREATE TABLE bindings (
    phone     INTEGER NOT NULL,
    key       TEXT    NOT NULL,
    contact   TEXT    NOT NULL,
    remote    TEXT    NOT NULL,
    transport TEXT    NOT NULL,
    local     TEXT    NOT NULL,
    q         INTEGER NOT NULL,
    call_id   TEXT    NOT NULL,
    cseq      INTEGER NOT NULL,
    expires   INTEGER NOT NULL,
    PRIMARY KEY (phone, key)
) STRICT, WITHOUT ROWID;
CREATE TABLE names (
    kind TEXT    NOT NULL,              -- agent, queue, trunk or phone
    id   INTEGER NOT NULL,
    name TEXT    NOT NULL,
    PRIMARY KEY (kind, id)
) STRICT, WITHOUT ROWID;
INSERT INTO names VALUES('agent',21748447695211092,'bob');
INSERT INTO names VALUES('agent',5803779529149266183,'alice');
INSERT INTO names VALUES('phone',7707784825111303339,'desk1');
INSERT INTO names VALUES('queue',1274936032859025832,'support');
INSERT INTO names VALUES('queue',4613189061923820124,'billing');
INSERT INTO names VALUES('trunk',514768821131075087,'acme');
CREATE TABLE dialogs (
    dialog INTEGER PRIMARY KEY,
    kept   TEXT    NOT NULL
) STRICT;
CREATE TABLE reloads (
    id      INTEGER PRIMARY KEY,
    at      INTEGER NOT NULL,
    asked   TEXT    NOT NULL,           -- by whom: signal, file change, socket (uid 1000)
    taken   INTEGER NOT NULL,           -- 0: refused, what was in force stayed
    before  TEXT    NOT NULL,           -- SHA-256 of the configuration that was in force
    after   TEXT    NOT NULL,           -- of the one that was read; empty when it was refused
    detail  TEXT    NOT NULL            -- what changed, or what was wrong
) STRICT;
CREATE TABLE overlay (
    id      INTEGER PRIMARY KEY,
    at      INTEGER NOT NULL,
    asked   TEXT    NOT NULL,
    change  TEXT    NOT NULL            -- JSON
) STRICT;
CREATE TABLE daybook (
    database INTEGER NOT NULL,
    posted   INTEGER NOT NULL
) STRICT;
INSERT INTO daybook VALUES(6390139915205250079,1);
CREATE INDEX calls_by_start ON calls (started);
CREATE INDEX calls_open ON calls (call) WHERE outcome = 'open';
CREATE INDEX events_by_call ON events (call) WHERE call IS NOT NULL;
CREATE INDEX events_by_time ON events (at);
CREATE INDEX recordings_by_call ON recordings (call);
CREATE INDEX calls_lost ON calls (started) WHERE outcome = 'node_lost';
CREATE INDEX recordings_unsealed ON recordings (capture) WHERE sha256 IS NULL;
CREATE INDEX recordings_kept ON recordings (started) WHERE file IS NOT NULL;
CREATE INDEX recordings_purged ON recordings (started) WHERE purged IS NOT NULL;
CREATE INDEX reloads_by_time ON reloads (at);
COMMIT;
