//! MySQL Group Replication with one primary.

use std::time::Duration;

use crate::flavor::Flavor;
use crate::ports::free_port;
use crate::server::Server;
use crate::wait::wait_for;

const ONLINE: Duration = Duration::from_secs(90);

/// Two MySQL 9.7 servers in one group, both `ONLINE`, the first one the primary.
///
/// `mon` may also read `performance_schema`, which has the state of the group.
///
/// # Panics
///
/// When MySQL 9.7 is not installed or a member does not start.
#[track_caller]
pub fn group() -> (Server, Server) {
    let ports = [free_port(), free_port()];
    let (one, two) = std::thread::scope(|scope| {
        let one = scope.spawn(|| member(1, ports[0], ports));
        let two = member(2, ports[1], ports);
        (one.join().expect("the first member starts"), two)
    });
    one.sql(
        "SET GLOBAL group_replication_bootstrap_group=ON; START GROUP_REPLICATION; \
         SET GLOBAL group_replication_bootstrap_group=OFF",
    );
    two.sql("START GROUP_REPLICATION");
    for server in [&one, &two] {
        await_online(server, 2);
    }
    (one, two)
}

/// Waits until a member sees `count` members that are all `ONLINE`.
///
/// # Panics
///
/// When it does not within the deadline. The message has what the member sees.
#[track_caller]
pub fn await_online(server: &Server, count: usize) {
    wait_for("all members ONLINE", ONLINE, || {
        let states = server.try_sql("SELECT member_state FROM performance_schema.replication_group_members")?;
        let states: Vec<&str> = states.lines().collect();
        if states == vec!["ONLINE"; count] { Ok(()) } else { Err(format!("{states:?}")) }
    });
}

fn member(id: u32, port: u16, all: [u16; 2]) -> Server {
    let [first, second] = all;
    let server = Server::builder(Flavor::MySql97)
        .server_id(id)
        .config(&format!(
            "plugin_load_add=group_replication.so\n\
             loose-group_replication_group_name=aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa\n\
             loose-group_replication_start_on_boot=OFF\n\
             loose-group_replication_local_address=127.0.0.1:{port}\n\
             loose-group_replication_group_seeds=127.0.0.1:{first},127.0.0.1:{second}\n\
             loose-group_replication_ip_allowlist=127.0.0.1/8\n\
             loose-group_replication_recovery_get_public_key=ON"
        ))
        .start();
    // Without the binary log: a transaction that only one member has keeps that member out of the group.
    server.sql(
        "SET sql_log_bin=0; \
         GRANT SELECT ON performance_schema.* TO mon@'127.0.0.1', mon@localhost; \
         CHANGE REPLICATION SOURCE TO SOURCE_USER='repl', SOURCE_PASSWORD='repl' \
         FOR CHANNEL 'group_replication_recovery'",
    );
    server
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_member_follows_the_first() {
        if !Flavor::MySql97.or_skip("Group Replication") {
            return;
        }
        let (one, two) = group();
        one.sql("CREATE DATABASE lab; CREATE TABLE lab.t (id INT PRIMARY KEY); INSERT INTO lab.t VALUES (1)");
        wait_for("the row", Duration::from_secs(20), || {
            let found = two.try_sql("SELECT id FROM lab.t")?;
            if found == "1" { Ok(()) } else { Err(found) }
        });
        assert_eq!(two.sql("SELECT @@super_read_only"), "1");
        let roles = "SELECT member_role FROM performance_schema.replication_group_members ORDER BY member_role";
        assert_eq!(one.sql(roles), "PRIMARY\nSECONDARY");
    }
}
