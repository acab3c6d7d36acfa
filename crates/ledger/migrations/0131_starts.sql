-- How many things each start told, so that whoever reads on behind one of them knows what was deleted since.
CREATE TABLE starts (
    node INTEGER NOT NULL,
    start INTEGER NOT NULL,
    told INTEGER NOT NULL,
    PRIMARY KEY (node, start)
) WITHOUT ROWID;
