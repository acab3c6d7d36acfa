-- Confirmed dialogs of this and earlier starts, as JSON: what a BYE needs when the process that held them is gone.
-- The key is the incarnation (20 bits) and the leg (40 bits).
CREATE TABLE dialogs (
    dialog INTEGER PRIMARY KEY,
    kept   TEXT    NOT NULL
) STRICT;

-- What a start has to look for: calls that died, and recordings without a digest.
CREATE INDEX calls_lost ON calls (started) WHERE outcome = 'node_lost';
CREATE INDEX recordings_unsealed ON recordings (capture) WHERE sha256 IS NULL;
