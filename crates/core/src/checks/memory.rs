use crate::check::{Cannot, Check, Finding, Input, Topic, metrics};
use crate::facts::unseen::Unseen;
use crate::facts::{Fact as _, Memory, Need};
use crate::reading::{approximate_bytes, counted};

/// Buffers that exist once per server.
const GLOBAL: [&str; 7] = [
    "innodb_buffer_pool_size",
    "innodb_log_buffer_size",
    "innodb_additional_mem_pool_size",
    "key_buffer_size",
    "aria_pagecache_buffer_size",
    "query_cache_size",
    "temptable_max_ram",
];

/// Buffers that each connection may have. A connection has two packet buffers.
const CONNECTION: [&str; 8] = [
    "thread_stack",
    "net_buffer_length",
    "net_buffer_length",
    "sort_buffer_size",
    "join_buffer_size",
    "read_buffer_size",
    "read_rnd_buffer_size",
    "binlog_cache_size",
];

metrics! {
    MEMORY_SHARE: "memory_share", Percent, "with the most connections so far, in percent of the RAM";
    MEMORY_SHARE_MAX: "memory_share_max", Percent, "with `max_connections`, in percent of the RAM";
    MEMORY: "memory", Bytes, "with the most connections so far";
    MEMORY_MAX: "memory_max", Bytes, "with `max_connections`";
    RAM: "ram", Bytes, "RAM, or the limit of the control group, or `--ram`";
    RESIDENT: "resident", Bytes, "what the process uses now, if that can be seen";
}

pub(super) const CHECK: Check = Check {
    name: "memory",
    topic: Topic::Caches,
    about: "memory that the server may use with its settings, in percent of the RAM",
    why: "A server that uses more memory than the machine has makes it swap, or the kernel kills it. MariaDB and \
        MySQL have no total limit of their own. Reduce the largest buffer (`innodb_buffer_pool_size`), \
        `max_connections`, or the buffers of each connection.\n\n\
        The first value counts the most connections that were open so far, the second one counts `max_connections`. \
        The limit of a control group (systemd's `MemoryMax`, a container) counts if it is less than the RAM. Memory \
        without a variable of its own is not included: a packet may grow to `max_allowed_packet`, a statement may \
        use several sort and join buffers, and InnoDB and the performance schema need more than their buffers. \
        `resident` is what the process really uses.",
    formula: "(`innodb_buffer_pool_size` + `innodb_log_buffer_size` + `innodb_additional_mem_pool_size` + \
        `key_buffer_size` + `aria_pagecache_buffer_size` + `query_cache_size` + `temptable_max_ram` (without it, the \
        smaller of `tmp_table_size` and `max_heap_table_size`) + `Max_used_connections` · (`thread_stack` + 2 · \
        `net_buffer_length` + `sort_buffer_size` + `join_buffer_size` + `read_buffer_size` + `read_rnd_buffer_size` \
        + `binlog_cache_size`)) / RAM; a variable that the server does not have counts as 0",
    metrics: METRICS,
    warning: "85",
    critical: "95",
    named: "",
    needs: &[
        Need::Status(&["Max_used_connections"]),
        Need::Variables(&GLOBAL),
        Need::Variables(&CONNECTION),
        Need::Variables(&[
            "tmp_table_size",
            "max_heap_table_size",
            "max_connections",
            "pid_file",
            "datadir",
            "hostname",
        ]),
        Memory::NEED,
    ],
    servers: "all; on the database host, or with `--ram`",
    modes: &[],
    measure: |input| {
        let (ram, whose, resident) = ram(input)?;
        let variables = input.variable_values()?;
        let sum = |names: &[&str]| names.iter().filter_map(|name| variables.number(name)).sum::<f64>();
        let temporary = match variables.number("temptable_max_ram") {
            Some(_) => 0.0,
            None => sum(&["tmp_table_size"]).min(sum(&["max_heap_table_size"])),
        };
        let (global, each) = (sum(&GLOBAL) + temporary, sum(&CONNECTION));
        let (used, most) = (input.status("Max_used_connections")?, input.variable("max_connections")?);
        let (memory, memory_max) = (global + used * each, global + most * each);
        let share = |memory: f64| 100.0 * memory / ram;
        let mut text = format!(
            "{:.2} % of {} {whose}: {} shared, at most {} so far with {} each; {most} connections would need {:.2} %",
            share(memory),
            approximate_bytes(ram),
            approximate_bytes(global),
            counted(used, "connection", "connections"),
            approximate_bytes(each),
            share(memory_max),
        );
        let mut readings = vec![
            MEMORY_SHARE.reading(share(memory)).between(0.0, None),
            MEMORY_SHARE_MAX.reading(share(memory_max)).between(0.0, None),
            MEMORY.reading(memory).between(0.0, None),
            MEMORY_MAX.reading(memory_max).between(0.0, None),
            RAM.reading(ram).between(0.0, None),
        ];
        if let Some(resident) = resident {
            text = format!("{text}; uses {} now", approximate_bytes(resident));
            readings.push(RESIDENT.reading(resident).between(0.0, None));
        }
        Ok(Finding::new(text, readings))
    },
};

/// The size of the RAM, where that is known from, and how much of it the server uses.
fn ram(input: &Input<'_>) -> Result<(f64, &'static str, Option<f64>), Cannot> {
    #[expect(clippy::cast_precision_loss, reason = "no machine has 2^53 bytes")]
    let float = |bytes: u64| bytes as f64;
    let seen = input.get::<Memory>();
    let resident = seen.as_ref().ok().and_then(|memory| memory.resident).map(float);
    match (input.settings.ram, seen) {
        (Some(given), _) => Ok((float(given), "(--ram)", resident)),
        (None, Ok(memory)) => Ok(match memory.limit.filter(|limit| *limit < memory.ram) {
            Some(limit) => (float(limit), "(control group limit)", resident),
            None => (float(memory.ram), "RAM", resident),
        }),
        (None, Err(Cannot::Unseen(Unseen::Elsewhere(address) | Unseen::Forwarded { address, .. }))) => {
            Err(Cannot::Usage(format!(
                "the RAM of {address} is unknown: it is not on this machine. Give it (--ram 64G), or run the check \
                 there, through NRPE or an agent"
            )))
        }
        (None, Err(cannot)) => Err(cannot),
    }
}
