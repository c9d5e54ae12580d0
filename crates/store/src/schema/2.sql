-- The end of the last hour that has a row in `hour`: later times have exact minutes.
ALTER TABLE horizon ADD COLUMN hours_to INTEGER NOT NULL DEFAULT -1000000000;
UPDATE horizon SET hours_to = (SELECT coalesce(max(hour) + 1, -1000000000) FROM hour);
-- Values that go up and down, with labels (JSON, by name).
CREATE TABLE gauge (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    labels TEXT NOT NULL,
    UNIQUE (name, labels)
);
CREATE TABLE gauge_minute (
    gauge INTEGER NOT NULL,
    minute INTEGER NOT NULL,
    low REAL NOT NULL,
    high REAL NOT NULL,
    total REAL NOT NULL,
    n INTEGER NOT NULL,
    last REAL NOT NULL,
    PRIMARY KEY (gauge, minute)
) WITHOUT ROWID;
CREATE TABLE gauge_hour (
    gauge INTEGER NOT NULL,
    hour INTEGER NOT NULL,
    low REAL NOT NULL,
    high REAL NOT NULL,
    total REAL NOT NULL,
    n INTEGER NOT NULL,
    last REAL NOT NULL,
    PRIMARY KEY (gauge, hour)
) WITHOUT ROWID;
PRAGMA user_version = 2;
