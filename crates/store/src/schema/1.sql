-- A log, and sums over its lines. `version` increases with every batch.
CREATE TABLE log (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    version INTEGER NOT NULL,
    cursor TEXT,
    is_journal INTEGER NOT NULL,
    lines INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    long_lines INTEGER NOT NULL,
    without_time INTEGER NOT NULL,
    gaps INTEGER NOT NULL
);
-- How far each generation of a log was read.
CREATE TABLE generation (
    log INTEGER NOT NULL,
    number INTEGER NOT NULL,
    device INTEGER NOT NULL,
    inode INTEGER NOT NULL,
    head BLOB NOT NULL,
    tail BLOB NOT NULL,
    position INTEGER NOT NULL,
    inside_long_line INTEGER NOT NULL,
    complete INTEGER NOT NULL,
    seen INTEGER NOT NULL,
    PRIMARY KEY (log, number)
) WITHOUT ROWID;
CREATE TABLE counter (
    id INTEGER PRIMARY KEY,
    log INTEGER NOT NULL,
    name TEXT NOT NULL,
    unmatched INTEGER NOT NULL,
    UNIQUE (name, log)
);
-- From which offset on a counter has counted a generation.
CREATE TABLE began (
    counter INTEGER NOT NULL,
    generation INTEGER NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (counter, generation)
) WITHOUT ROWID;
-- What a counter remembers between lines, such as queue ids.
CREATE TABLE remembered (
    counter INTEGER NOT NULL,
    key BLOB NOT NULL,
    value BLOB NOT NULL,
    PRIMARY KEY (counter, key)
) WITHOUT ROWID;
-- The time that a counter was collected, from `since` to before `until`, in seconds of Unix time.
CREATE TABLE coverage (
    counter INTEGER NOT NULL,
    since INTEGER NOT NULL,
    until INTEGER NOT NULL,
    PRIMARY KEY (counter, since)
) WITHOUT ROWID;
-- A counter with one set of labels (JSON, by name).
CREATE TABLE series (
    id INTEGER PRIMARY KEY,
    counter INTEGER NOT NULL,
    labels TEXT NOT NULL,
    total INTEGER NOT NULL,
    UNIQUE (counter, labels)
);
CREATE TABLE minute (
    series INTEGER NOT NULL,
    minute INTEGER NOT NULL,
    n INTEGER NOT NULL,
    PRIMARY KEY (series, minute)
) WITHOUT ROWID;
CREATE TABLE hour (
    series INTEGER NOT NULL,
    hour INTEGER NOT NULL,
    n INTEGER NOT NULL,
    PRIMARY KEY (series, hour)
) WITHOUT ROWID;
-- The first hour of which there are minutes; earlier counts are in `hour`.
CREATE TABLE horizon (one INTEGER PRIMARY KEY CHECK (one = 1), hour INTEGER NOT NULL);
INSERT INTO horizon VALUES (1, -1000000000);
PRAGMA user_version = 1;
