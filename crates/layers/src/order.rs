//! The order that the project keeps: crates, and the rooms inside each (the first segment of a path below `src`).

/// One crate's place.
#[derive(Debug)]
pub(crate) struct Crate {
    /// The name in paths, such as `healthd_core`.
    pub(crate) name: &'static str,
    /// The directory of its sources, from the root of the repository.
    pub(crate) dir: &'static str,
    /// The crates of the workspace that it may import.
    pub(crate) below: &'static [&'static str],
    /// Its rooms, the ground first: a room imports from those before it.
    pub(crate) rooms: &'static [&'static str],
}

/// Every crate that is held to an order.
pub(crate) const CRATES: &[Crate] = &[
    Crate {
        name: "healthd_core",
        dir: "crates/core/src",
        below: &[],
        rooms: &[
            "text",
            "position",
            "observed",
            "reading",
            "writer",
            "verdict",
            "backup",
            "facts",
            "check",
            "checks",
            "samples",
            "mail_queue",
            "render",
            "alarms",
            "lib",
        ],
    },
    Crate {
        name: "healthd_mysql",
        dir: "crates/mysql/src",
        below: &["healthd_core"],
        rooms: &["option_file", "login", "connection", "statements", "decode", "read", "write", "lib"],
    },
    Crate {
        name: "healthd_client",
        dir: "crates/client/src",
        below: &["healthd_core", "healthd_mysql"],
        rooms: &["address", "server", "error", "ask", "lib"],
    },
    Crate {
        name: "healthd_haproxy",
        dir: "crates/haproxy/src",
        below: &["healthd_core"],
        rooms: &[
            "words",
            "condition",
            "sections",
            "server",
            "request",
            "pool",
            "rule",
            "candidate",
            "rules",
            "lint",
            "render",
            "lib",
        ],
    },
    Crate {
        name: "healthd_logs",
        dir: "crates/logs/src",
        below: &["healthd_core"],
        rooms: &[
            "spec",
            "sink",
            "values",
            "time",
            "line",
            "pattern",
            "spec_error",
            "preset",
            "engine",
            "error",
            "progress",
            "follow",
            "journal",
            "collector",
            "lib",
        ],
    },
    Crate {
        name: "healthd_store",
        dir: "crates/store/src",
        below: &["healthd_core"],
        rooms: &[
            "place",
            "error",
            "settings",
            "selection",
            "rows",
            "current",
            "schema",
            "position",
            "coverage",
            "gauge",
            "retention",
            "load",
            "commit",
            "query",
            "window",
            "reader",
            "writer",
            "store",
            "lib",
        ],
    },
    Crate {
        name: "healthd",
        dir: "healthd/src",
        below: &["healthd_core", "healthd_mysql", "healthd_client", "healthd_haproxy", "healthd_logs", "healthd_store"],
        rooms: &[
            "name", "token", "counters", "systemd", "witness", "cli", "log", "config", "switches", "logs", "watch",
            "writer", "node", "metrics", "net", "http", "serve", "command", "lib", "main",
        ],
    },
    Crate {
        name: "healthd_plugins",
        dir: "plugins/src",
        below: &["healthd_core", "healthd_mysql", "healthd_client"],
        rooms: &["output", "local", "daemon", "asking", "applets", "links", "lib", "main"],
    },
];
