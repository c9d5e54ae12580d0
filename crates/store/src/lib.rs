//! The one SQLite file of a node: positions in logs, counts by minute and hour, and the time that was collected.
