BEGIN TRANSACTION;
CREATE TABLE _sqlx_migrations (
    version BIGINT PRIMARY KEY,
    description TEXT NOT NULL,
    installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    success BOOLEAN NOT NULL,
    checksum BLOB NOT NULL,
    execution_time BIGINT NOT NULL
);
INSERT INTO "_sqlx_migrations" VALUES(1,'account','2026-11-27 01:53:48',1,X'7A3C9C778B5EDF568620515C642F8367F656DDA5A846430386E3D770371E140ED909049C5B4C0779F5A129EBFE521FDD',23572619);
INSERT INTO "_sqlx_migrations" VALUES(20,'dialogs','2026-11-27 01:53:48',1,X'C5F53818833BD6EA74779AC6704070F34F38A301D688C8129CCAFC9AEE23C8E9B380C162FDCDB91264FB889E746A79DE',9732888);
INSERT INTO "_sqlx_migrations" VALUES(30,'reloads','2026-11-27 01:53:48',1,X'25CF906D8F5A340B0B0BD0E0C8C76FE1CBACEB5462ED41392F871307EC78DFBB5035AF31E0C7D37C87D18045FB3A3CBD',16533955);
INSERT INTO "_sqlx_migrations" VALUES(40,'retention','2026-11-27 01:53:48',1,X'89600833DF090D11A36BD3CF41798DEB5697C4D3B1C514F0B31650AC4208E90B89A7AD0EACB873876760AA457A498594',13527386);
INSERT INTO "_sqlx_migrations" VALUES(50,'daybook','2026-11-27 01:53:48',1,X'8684942B6A45B45752794478875E7147DC634501D8734CBD6D23D7191DE24F10EE4055D85A4402D6FCEE006C16453285',1207916);
INSERT INTO "_sqlx_migrations" VALUES(70,'whole_calls','2026-11-27 01:53:48',1,X'B59BC840A8796CDC3A7C39B30ABB54088E31902F1A9E8E4EBB8742F20CDB560CEA418F44BD7FBBA6D6BE99FA372330DD',16242278);
INSERT INTO "_sqlx_migrations" VALUES(71,'views','2026-11-27 01:53:48',1,X'B051E6899621280D371256CC45AF5C2F67B077EF0F49E802D9A06632813BD65A4D57E5C10A434D72A3D132ABE7BBB9B6',2124506);
CREATE TABLE agents (
    agent  INTEGER PRIMARY KEY,
    status TEXT    NOT NULL,            -- logged_out, not_ready or ready
    reason TEXT,
    since  INTEGER NOT NULL
) STRICT;
INSERT INTO "agents" VALUES(5803779529149266183,'ready',NULL,0);
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
, trunk_out INTEGER, phone INTEGER) STRICT;
INSERT INTO "calls" VALUES(4294967297,'100000001@carrier','trunk',514768821131075087,'+442079460001','+442079460099',1795301100000,1795301100500,1795301107000,1795301167000,'answered',NULL,16,'caller',1274936032859025832,4294967298,5803779529149266183,6000,60000,0,4294967299,'1#',50,49,0,0,0,30,8513880941419438247,7707784825111303339);
INSERT INTO "calls" VALUES(4294967300,'100000004@carrier','trunk',514768821131075087,'+442079460001','+442079460099',1795301200000,1795301200500,1795301207000,1795301267000,'answered',NULL,16,'caller',1274936032859025832,4294967301,5803779529149266183,6000,60000,0,4294967302,'1#',50,49,0,0,0,30,8513880941419438247,7707784825111303339);
INSERT INTO "calls" VALUES(8589934593,'200000001@carrier','trunk',514768821131075087,'+442079460001','+442079460099',1795302100000,1795302100500,1795302107000,1795302167000,'answered',NULL,16,'caller',1274936032859025832,8589934594,5803779529149266183,6000,60000,0,8589934595,'1#',50,49,0,0,0,30,8513880941419438247,7707784825111303339);
INSERT INTO "calls" VALUES(8589934596,'200000004@carrier','trunk',514768821131075087,'+442079460001','+442079460099',1795302200000,1795302200500,1795302207000,1795302267000,'answered',NULL,16,'caller',1274936032859025832,8589934597,5803779529149266183,6000,60000,0,8589934598,'1#',50,49,0,0,0,30,8513880941419438247,7707784825111303339);
INSERT INTO "calls" VALUES(12884901889,'300000001@carrier','trunk',514768821131075087,'+442079460001','+442079460099',1795303001000,NULL,NULL,NULL,'open',NULL,16,'caller',NULL,NULL,NULL,0,0,0,NULL,'1#',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE daybook (
    database INTEGER NOT NULL,
    posted   INTEGER NOT NULL
) STRICT;
INSERT INTO "daybook" VALUES(-3680566828866449777,3);
CREATE TABLE dialogs (
    dialog INTEGER PRIMARY KEY,
    kept   TEXT    NOT NULL
) STRICT;
INSERT INTO "dialogs" VALUES(3298534883330,'{"call_id":"dialog 1","local_tag":"l","remote_tag":"r","local":{"display":null,"uri":"sip:x@y"},"remote":{"display":null,"uri":"sip:x@y"},"seq":1,"routes":[],"target":"sip:x@192.0.2.1","peer":{"Trunk":514768821131075087},"transport":"Udp","to":"192.0.2.1:5060","from":"192.0.2.2:5060"}');
INSERT INTO "dialogs" VALUES(3298534883332,'{"call_id":"dialog 2","local_tag":"l","remote_tag":"r","local":{"display":null,"uri":"sip:x@y"},"remote":{"display":null,"uri":"sip:x@y"},"seq":1,"routes":[],"target":"sip:x@192.0.2.1","peer":{"Trunk":514768821131075087},"transport":"Udp","to":"192.0.2.1:5060","from":"192.0.2.2:5060"}');
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
INSERT INTO "events" VALUES(1099511627777,1795301000000,NULL,NULL,NULL,5803779529149266183,'agent_state',NULL,NULL,NULL,'{"kind":"agent_state","status":"ready","reason":null,"work":"idle","lasted_ms":null}');
INSERT INTO "events" VALUES(1099511627778,1795301101000,4294967297,1274936032859025832,4294967298,NULL,'entered',NULL,NULL,NULL,'{"kind":"entered","position":1,"again":false}');
INSERT INTO "events" VALUES(1099511627779,1795301102000,4294967297,1274936032859025832,4294967298,5803779529149266183,'offered',NULL,NULL,NULL,'{"kind":"offered"}');
INSERT INTO "events" VALUES(1099511627780,1795301102000,NULL,NULL,NULL,5803779529149266183,'agent_state',NULL,NULL,NULL,'{"kind":"agent_state","status":"ready","reason":null,"work":"reserved","lasted_ms":null}');
INSERT INTO "events" VALUES(1099511627781,1795301107000,4294967297,1274936032859025832,4294967298,5803779529149266183,'connected',6000,5000,NULL,'{"kind":"connected","waited_ms":6000,"rang_ms":5000}');
INSERT INTO "events" VALUES(1099511627782,1795301107000,NULL,NULL,NULL,5803779529149266183,'agent_state',NULL,NULL,NULL,'{"kind":"agent_state","status":"ready","reason":null,"work":"talking","lasted_ms":null}');
INSERT INTO "events" VALUES(1099511627783,1795301167000,4294967297,1274936032859025832,4294967298,5803779529149266183,'completed',NULL,NULL,60000,'{"kind":"completed","by":"caller","talked_ms":60000,"held_ms":0}');
INSERT INTO "events" VALUES(1099511627784,1795301167000,NULL,NULL,NULL,5803779529149266183,'agent_state',NULL,NULL,NULL,'{"kind":"agent_state","status":"ready","reason":null,"work":"wrap_up","lasted_ms":null}');
INSERT INTO "events" VALUES(1099511627785,1795301182000,NULL,NULL,NULL,5803779529149266183,'agent_state',NULL,NULL,NULL,'{"kind":"agent_state","status":"ready","reason":null,"work":"idle","lasted_ms":null}');
INSERT INTO "events" VALUES(1099511627786,1795301201000,4294967300,1274936032859025832,4294967301,NULL,'entered',NULL,NULL,NULL,'{"kind":"entered","position":1,"again":false}');
INSERT INTO "events" VALUES(1099511627787,1795301202000,4294967300,1274936032859025832,4294967301,5803779529149266183,'offered',NULL,NULL,NULL,'{"kind":"offered"}');
INSERT INTO "events" VALUES(1099511627788,1795301202000,NULL,NULL,NULL,5803779529149266183,'agent_state',NULL,NULL,NULL,'{"kind":"agent_state","status":"ready","reason":null,"work":"reserved","lasted_ms":null}');
INSERT INTO "events" VALUES(1099511627789,1795301207000,4294967300,1274936032859025832,4294967301,5803779529149266183,'connected',6000,5000,NULL,'{"kind":"connected","waited_ms":6000,"rang_ms":5000}');
INSERT INTO "events" VALUES(1099511627790,1795301207000,NULL,NULL,NULL,5803779529149266183,'agent_state',NULL,NULL,NULL,'{"kind":"agent_state","status":"ready","reason":null,"work":"talking","lasted_ms":null}');
INSERT INTO "events" VALUES(1099511627791,1795301267000,4294967300,1274936032859025832,4294967301,5803779529149266183,'completed',NULL,NULL,60000,'{"kind":"completed","by":"caller","talked_ms":60000,"held_ms":0}');
INSERT INTO "events" VALUES(1099511627792,1795301267000,NULL,NULL,NULL,5803779529149266183,'agent_state',NULL,NULL,NULL,'{"kind":"agent_state","status":"ready","reason":null,"work":"wrap_up","lasted_ms":null}');
INSERT INTO "events" VALUES(1099511627793,1795301282000,NULL,NULL,NULL,5803779529149266183,'agent_state',NULL,NULL,NULL,'{"kind":"agent_state","status":"ready","reason":null,"work":"idle","lasted_ms":null}');
INSERT INTO "events" VALUES(2199023255553,1795302000000,NULL,NULL,NULL,5803779529149266183,'agent_state',NULL,NULL,NULL,'{"kind":"agent_state","status":"ready","reason":null,"work":"idle","lasted_ms":null}');
INSERT INTO "events" VALUES(2199023255554,1795302101000,8589934593,1274936032859025832,8589934594,NULL,'entered',NULL,NULL,NULL,'{"kind":"entered","position":1,"again":false}');
INSERT INTO "events" VALUES(2199023255555,1795302102000,8589934593,1274936032859025832,8589934594,5803779529149266183,'offered',NULL,NULL,NULL,'{"kind":"offered"}');
INSERT INTO "events" VALUES(2199023255556,1795302102000,NULL,NULL,NULL,5803779529149266183,'agent_state',NULL,NULL,NULL,'{"kind":"agent_state","status":"ready","reason":null,"work":"reserved","lasted_ms":null}');
INSERT INTO "events" VALUES(2199023255557,1795302107000,8589934593,1274936032859025832,8589934594,5803779529149266183,'connected',6000,5000,NULL,'{"kind":"connected","waited_ms":6000,"rang_ms":5000}');
INSERT INTO "events" VALUES(2199023255558,1795302107000,NULL,NULL,NULL,5803779529149266183,'agent_state',NULL,NULL,NULL,'{"kind":"agent_state","status":"ready","reason":null,"work":"talking","lasted_ms":null}');
INSERT INTO "events" VALUES(2199023255559,1795302167000,8589934593,1274936032859025832,8589934594,5803779529149266183,'completed',NULL,NULL,60000,'{"kind":"completed","by":"caller","talked_ms":60000,"held_ms":0}');
INSERT INTO "events" VALUES(2199023255560,1795302167000,NULL,NULL,NULL,5803779529149266183,'agent_state',NULL,NULL,NULL,'{"kind":"agent_state","status":"ready","reason":null,"work":"wrap_up","lasted_ms":null}');
INSERT INTO "events" VALUES(2199023255561,1795302182000,NULL,NULL,NULL,5803779529149266183,'agent_state',NULL,NULL,NULL,'{"kind":"agent_state","status":"ready","reason":null,"work":"idle","lasted_ms":null}');
INSERT INTO "events" VALUES(2199023255562,1795302201000,8589934596,1274936032859025832,8589934597,NULL,'entered',NULL,NULL,NULL,'{"kind":"entered","position":1,"again":false}');
INSERT INTO "events" VALUES(2199023255563,1795302202000,8589934596,1274936032859025832,8589934597,5803779529149266183,'offered',NULL,NULL,NULL,'{"kind":"offered"}');
INSERT INTO "events" VALUES(2199023255564,1795302202000,NULL,NULL,NULL,5803779529149266183,'agent_state',NULL,NULL,NULL,'{"kind":"agent_state","status":"ready","reason":null,"work":"reserved","lasted_ms":null}');
INSERT INTO "events" VALUES(2199023255565,1795302207000,8589934596,1274936032859025832,8589934597,5803779529149266183,'connected',6000,5000,NULL,'{"kind":"connected","waited_ms":6000,"rang_ms":5000}');
INSERT INTO "events" VALUES(2199023255566,1795302207000,NULL,NULL,NULL,5803779529149266183,'agent_state',NULL,NULL,NULL,'{"kind":"agent_state","status":"ready","reason":null,"work":"talking","lasted_ms":null}');
INSERT INTO "events" VALUES(2199023255567,1795302267000,8589934596,1274936032859025832,8589934597,5803779529149266183,'completed',NULL,NULL,60000,'{"kind":"completed","by":"caller","talked_ms":60000,"held_ms":0}');
INSERT INTO "events" VALUES(2199023255568,1795302267000,NULL,NULL,NULL,5803779529149266183,'agent_state',NULL,NULL,NULL,'{"kind":"agent_state","status":"ready","reason":null,"work":"wrap_up","lasted_ms":null}');
INSERT INTO "events" VALUES(2199023255569,1795302282000,NULL,NULL,NULL,5803779529149266183,'agent_state',NULL,NULL,NULL,'{"kind":"agent_state","status":"ready","reason":null,"work":"idle","lasted_ms":null}');
INSERT INTO "events" VALUES(3298534883328,1795303000000,NULL,NULL,NULL,5803779529149266183,'agent_state',NULL,NULL,NULL,'{"kind":"agent_state","status":"ready","reason":null,"work":"idle","lasted_ms":null}');
INSERT INTO "events" VALUES(3298534883330,1795303002000,12884901889,1274936032859025832,12884901890,NULL,'entered',NULL,NULL,NULL,'{"kind":"entered","position":1,"again":false}');
INSERT INTO "events" VALUES(3298534883331,1795303003000,12884901889,1274936032859025832,12884901890,5803779529149266183,'offered',NULL,NULL,NULL,'{"kind":"offered"}');
INSERT INTO "events" VALUES(3298534883332,1795303003000,NULL,NULL,NULL,5803779529149266183,'agent_state',NULL,NULL,NULL,'{"kind":"agent_state","status":"ready","reason":null,"work":"reserved","lasted_ms":null}');
INSERT INTO "events" VALUES(3298534883333,1795303008000,12884901889,1274936032859025832,12884901890,5803779529149266183,'connected',6000,5000,NULL,'{"kind":"connected","waited_ms":6000,"rang_ms":5000}');
INSERT INTO "events" VALUES(3298534883334,1795303008000,NULL,NULL,NULL,5803779529149266183,'agent_state',NULL,NULL,NULL,'{"kind":"agent_state","status":"ready","reason":null,"work":"talking","lasted_ms":null}');
CREATE TABLE journal (
    incarnation INTEGER NOT NULL,
    first       INTEGER NOT NULL,       -- sequence of the first entry in it
    last        INTEGER NOT NULL,
    version     TEXT    NOT NULL,       -- of the engine that wrote it
    entries     BLOB    NOT NULL,       -- a JSON array of entries
    PRIMARY KEY (incarnation, first)
) STRICT;
INSERT INTO "journal" VALUES(1,1,2,'0.1.0',X'5B7B2273657175656E6365223A312C226E6F77223A7B226D6F6E6F223A302C2277616C6C223A307D2C2277686174223A7B224465636973696F6E223A7B224167656E744368616E676564223A7B226167656E74223A353830333737393532393134393236363138332C22737461747573223A225265616479222C22776F726B223A2249646C65222C22726561636861626C65223A747275657D7D7D7D2C7B2273657175656E6365223A322C226E6F77223A7B226D6F6E6F223A302C2277616C6C223A307D2C2277686174223A7B224465636973696F6E223A7B224167656E744368616E676564223A7B226167656E74223A353830333737393532393134393236363138332C22737461747573223A7B224E6F745265616479223A226C756E6368227D2C22776F726B223A2249646C65222C22726561636861626C65223A747275657D7D7D7D5D');
INSERT INTO "journal" VALUES(2,1,2,'0.1.0',X'5B7B2273657175656E6365223A312C226E6F77223A7B226D6F6E6F223A302C2277616C6C223A307D2C2277686174223A7B224465636973696F6E223A7B224167656E744368616E676564223A7B226167656E74223A353830333737393532393134393236363138332C22737461747573223A225265616479222C22776F726B223A2249646C65222C22726561636861626C65223A747275657D7D7D7D2C7B2273657175656E6365223A322C226E6F77223A7B226D6F6E6F223A302C2277616C6C223A307D2C2277686174223A7B224465636973696F6E223A7B224167656E744368616E676564223A7B226167656E74223A353830333737393532393134393236363138332C22737461747573223A7B224E6F745265616479223A226C756E6368227D2C22776F726B223A2249646C65222C22726561636861626C65223A747275657D7D7D7D5D');
INSERT INTO "journal" VALUES(3,1,1,'0.1.0',X'5B7B2273657175656E6365223A312C226E6F77223A7B226D6F6E6F223A302C2277616C6C223A307D2C2277686174223A7B224465636973696F6E223A7B224167656E744368616E676564223A7B226167656E74223A353830333737393532393134393236363138332C22737461747573223A225265616479222C22776F726B223A2249646C65222C22726561636861626C65223A747275657D7D7D7D5D');
CREATE TABLE names (
    kind TEXT    NOT NULL,              -- agent, queue, trunk or phone
    id   INTEGER NOT NULL,
    name TEXT    NOT NULL,
    PRIMARY KEY (kind, id)
) STRICT, WITHOUT ROWID;
INSERT INTO "names" VALUES('agent',5803779529149266183,'alice');
INSERT INTO "names" VALUES('queue',1274936032859025832,'support');
CREATE TABLE node (
    node        INTEGER PRIMARY KEY,
    incarnation INTEGER NOT NULL,
    started     INTEGER NOT NULL
) STRICT;
INSERT INTO "node" VALUES(0,3,1795744428649);
CREATE TABLE overlay (
    id      INTEGER PRIMARY KEY,
    at      INTEGER NOT NULL,
    asked   TEXT    NOT NULL,
    change  TEXT    NOT NULL            -- JSON
) STRICT;
INSERT INTO "overlay" VALUES(1,1795303000000,'socket','{}');
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
INSERT INTO "recordings" VALUES(4294967299,4294967297,1795301107000,'2026-11-22/c100000001-r100000003.wav',67000,0,NULL,'0101010101010101010101010101010101010101010101010101010101010101',NULL);
INSERT INTO "recordings" VALUES(4294967302,4294967300,1795301207000,'2026-11-22/c100000004-r100000006.wav',67000,0,NULL,'0404040404040404040404040404040404040404040404040404040404040404',NULL);
INSERT INTO "recordings" VALUES(8589934595,8589934593,1795302107000,'2026-11-22/c200000001-r200000003.wav',67000,0,NULL,'0101010101010101010101010101010101010101010101010101010101010101',NULL);
INSERT INTO "recordings" VALUES(8589934598,8589934596,1795302207000,'2026-11-22/c200000004-r200000006.wav',67000,0,NULL,'0404040404040404040404040404040404040404040404040404040404040404',NULL);
CREATE TABLE reloads (
    id      INTEGER PRIMARY KEY,
    at      INTEGER NOT NULL,
    asked   TEXT    NOT NULL,           -- by whom: signal, file change, socket (uid 1000)
    taken   INTEGER NOT NULL,           -- 0: refused, what was in force stayed
    before  TEXT    NOT NULL,           -- SHA-256 of the configuration that was in force
    after   TEXT    NOT NULL,           -- of the one that was read; empty when it was refused
    detail  TEXT    NOT NULL            -- what changed, or what was wrong
) STRICT;
INSERT INTO "reloads" VALUES(1099511627776,1795301000010,'signal',1,'b','a','start 1');
INSERT INTO "reloads" VALUES(2199023255552,1795302000010,'signal',1,'b','a','start 2');
INSERT INTO "reloads" VALUES(3298534883329,1795303000010,'signal',1,'b','a','start 3');
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
CREATE VIEW v_calls AS
SELECT printf('c%x', calls.call) AS call,
       strftime('%Y-%m-%d %H:%M:%f', calls.started / 1000.0, 'unixepoch') AS started,
       strftime('%Y-%m-%d %H:%M:%f', calls.answered / 1000.0, 'unixepoch') AS answered,
       strftime('%Y-%m-%d %H:%M:%f', calls.connected / 1000.0, 'unixepoch') AS connected,
       strftime('%Y-%m-%d %H:%M:%f', calls.ended / 1000.0, 'unixepoch') AS ended,
       CASE WHEN calls.source_kind = 'trunk' THEN iif(calls.trunk_out IS NULL, 'inbound', 'transit')
            ELSE iif(calls.trunk_out IS NULL, 'internal', 'outbound') END AS direction,
       calls.source_kind AS source_kind,
       coalesce(sources.name, nullif(printf('%x', calls.source), '0')) AS source,
       calls.caller AS caller,
       calls.called AS called,
       calls.outcome AS outcome,
       calls.status AS status,
       calls.cause AS cause,
       calls.ended_by AS ended_by,
       coalesce(queues.name, nullif(printf('%x', calls.queue), '0')) AS queue,
       coalesce(agents.name, nullif(printf('%x', calls.agent), '0')) AS agent,
       coalesce(phones.name, nullif(printf('%x', calls.phone), '0')) AS phone,
       coalesce(trunks.name, nullif(printf('%x', calls.trunk_out), '0')) AS trunk_out,
       calls.waited_ms AS waited_ms,
       max(calls.talked_ms - calls.held_ms, 0) AS talked_ms,
       calls.held_ms AS held_ms,
       calls.digits AS digits,
       recordings.file AS recording,
       calls.sip_call_id AS sip_call_id,
       calls.started AS started_ms
FROM calls
LEFT JOIN recordings ON recordings.capture = calls.capture
LEFT JOIN names AS sources ON sources.kind = calls.source_kind AND sources.id = calls.source
LEFT JOIN names AS queues ON queues.kind = 'queue' AND queues.id = calls.queue
LEFT JOIN names AS agents ON agents.kind = 'agent' AND agents.id = calls.agent
LEFT JOIN names AS phones ON phones.kind = 'phone' AND phones.id = calls.phone
LEFT JOIN names AS trunks ON trunks.kind = 'trunk' AND trunks.id = calls.trunk_out;
CREATE VIEW v_events AS
SELECT events.id AS id,
       strftime('%Y-%m-%d %H:%M:%f', events.at / 1000.0, 'unixepoch') AS at,
       nullif(printf('c%x', events.call), 'c0') AS call,
       coalesce(queues.name, nullif(printf('%x', events.queue), '0')) AS queue,
       coalesce(agents.name, nullif(printf('%x', events.agent), '0')) AS agent,
       events.kind AS kind,
       events.waited_ms AS waited_ms,
       iif(events.waited_ms IS NULL, NULL, coalesce(events.detail ->> 'before_ms', 0)) AS before_ms,
       events.rang_ms AS rang_ms,
       max(events.talked_ms - coalesce(events.detail ->> 'held_ms', 0), 0) AS talked_ms,
       events.detail ->> 'held_ms' AS held_ms,
       events.detail ->> 'why' AS why,
       events.detail ->> 'status' AS status,
       events.detail ->> 'reason' AS reason,
       events.detail ->> 'work' AS work,
       events.at AS at_ms
FROM events
LEFT JOIN names AS queues ON queues.kind = 'queue' AND queues.id = events.queue
LEFT JOIN names AS agents ON agents.kind = 'agent' AND agents.id = events.agent;
CREATE VIEW v_recordings AS
SELECT nullif(printf('c%x', recordings.call), 'c0') AS call,
       strftime('%Y-%m-%d %H:%M:%f', recordings.started / 1000.0, 'unixepoch') AS started,
       recordings.file AS file,
       strftime('%Y-%m-%d %H:%M:%f', recordings.purged / 1000.0, 'unixepoch') AS purged,
       recordings.duration_ms AS duration_ms,
       recordings.gap_ms AS gap_ms,
       recordings.fault AS fault,
       recordings.sha256 AS sha256
FROM recordings;
CREATE VIEW v_agents AS
SELECT coalesce(names.name, nullif(printf('%x', agents.agent), '0')) AS agent,
       agents.status AS status,
       agents.reason AS reason,
       strftime('%Y-%m-%d %H:%M:%f', agents.since / 1000.0, 'unixepoch') AS since
FROM agents
LEFT JOIN names ON names.kind = 'agent' AND names.id = agents.agent;
CREATE VIEW v_bindings AS
SELECT coalesce(names.name, nullif(printf('%x', bindings.phone), '0')) AS phone,
       bindings.contact AS contact,
       bindings.remote AS remote,
       bindings.transport AS transport,
       strftime('%Y-%m-%d %H:%M:%f', bindings.expires / 1000.0, 'unixepoch') AS expires
FROM bindings
LEFT JOIN names ON names.kind = 'phone' AND names.id = bindings.phone;
COMMIT;
