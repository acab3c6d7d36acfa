-- Ids know their node. What is numbered here (events, reloads, dialogs) has node (10 bits), start of the node (17) and a
-- count (36), as all counted ids have from now on; before, it had start (20) and count (40), and every node was 0. Rows
-- are turned over on the way, so that no new number meets an old one.
UPDATE events SET id = -((id >> 40) << 36 | (id & 68719476735));
UPDATE events SET id = -id;
UPDATE reloads SET id = -((id >> 40) << 36 | (id & 68719476735));
UPDATE reloads SET id = -id;
UPDATE dialogs SET dialog = -((dialog >> 40) << 36 | (dialog & 68719476735));
UPDATE dialogs SET dialog = -dialog;

-- In `journal`, `incarnation` is node * 131072 + start from now on: on node 0 what it was. A node has 131070 starts; one
-- that has had more before has used up the numbers of the nodes after it, too.
INSERT INTO node (node, incarnation, started)
SELECT value, min(incarnation - value * 131072, 131071), started FROM node, json_each('[1,2,3,4,5,6,7]')
WHERE node = 0 AND incarnation >= value * 131072;
UPDATE node SET incarnation = min(incarnation, 131071) WHERE node = 0;
