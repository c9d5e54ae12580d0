//! The sites: how the databases, healthd and HAProxy are configured in each.

use std::fmt::{self, Write as _};
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use super::network::{NAMES, front_address, node_address, peer_address};
use crate::Flavor;
use crate::haproxy::Config;

/// The section of HAProxy, in the shipped files and in ours.
pub(crate) const BACKEND: &str = "mysql-m0";
/// How long a commit waits for the standby's acknowledgement before it continues without.
const SEMI_SYNC_TIMEOUT: Duration = Duration::from_secs(10);

/// A kind of site.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Configuration {
    /// HAProxy's block for the handler of 2010, with `role=any`, which is what that handler checked.
    Classic,
    /// The writer role at level 2, without a witness: HAProxy chooses by `backup`.
    Peers,
    /// The writer role with a witness, asynchronous replication.
    Async,
    /// The writer role with a witness, semi-synchronous replication.
    SemiSync,
}

/// How HAProxy checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// The time between two checks.
    pub inter: Duration,
    /// Good checks until UP.
    pub rise: u32,
    /// Bad checks until DOWN.
    pub fall: u32,
}

impl Pace {
    /// The time after which HAProxy has certainly marked a server DOWN that does not answer: then a check takes `inter`
    /// too.
    pub(crate) fn detection(self) -> Duration {
        self.inter * 2 * (self.fall + 1) + Duration::from_secs(2)
    }
}

impl Configuration {
    /// All kinds of sites.
    pub const ALL: [Configuration; 4] =
        [Configuration::Classic, Configuration::Peers, Configuration::Async, Configuration::SemiSync];

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Configuration::Classic => "2010",
            Configuration::Peers => "peers",
            Configuration::Async => "async",
            Configuration::SemiSync => "semisync",
        }
    }

    /// How HAProxy checks servers there by default.
    pub fn pace(self) -> Pace {
        match self {
            Configuration::Classic => Pace { inter: Duration::from_secs(5), rise: 3, fall: 3 },
            Configuration::Peers => Pace { inter: Duration::from_millis(500), rise: 2, fall: 2 },
            _ => Pace { inter: Duration::from_millis(100), rise: 1, fall: 2 },
        }
    }

    /// Whether HAProxy checks for the writer role.
    pub(crate) fn has_writer_role(self) -> bool {
        self != Configuration::Classic
    }

    /// Whether healthd decides which node is written, so that one answers 200 and the other 503.
    pub(crate) fn has_witness(self) -> bool {
        matches!(self, Configuration::Async | Configuration::SemiSync)
    }

    /// Whether a commit is acknowledged only after the standby has it.
    pub(crate) fn is_semi_sync(self) -> bool {
        self == Configuration::SemiSync
    }

    /// Lines for a database's option file.
    pub(crate) fn database(self, flavor: Flavor) -> String {
        let mut lines = "innodb_flush_log_at_trx_commit=1\nsync_binlog=1\nmax_binlog_size=4M\nmax_connections=500\n\
             auto_increment_increment=2\n"
            .to_owned();
        lines.push_str(if flavor.is_mariadb() { "slave_net_timeout=4\n" } else { "replica_net_timeout=4\n" });
        if self.is_semi_sync() {
            let (source, replica) = if flavor.is_mariadb() { ("master", "slave") } else { ("source", "replica") };
            if !flavor.is_mariadb() {
                lines.push_str("plugin-load-add=semisync_source.so\nplugin-load-add=semisync_replica.so\n");
            }
            // As docs/failover.md says, healthd switches the source's side on, at the holder.
            write!(
                lines,
                "rpl_semi_sync_{source}_enabled=OFF\nrpl_semi_sync_{replica}_enabled=ON\n\
                 rpl_semi_sync_{source}_wait_point=AFTER_SYNC\nrpl_semi_sync_{source}_wait_no_{replica}=ON\n\
                 rpl_semi_sync_{source}_timeout={}\n",
                SEMI_SYNC_TIMEOUT.as_millis()
            )
            .expect("a String takes it");
        }
        lines
    }

    /// Top-level settings and tables for the healthd of a node.
    pub(crate) fn healthd(self, node: usize, proxies: usize, token_file: &Path) -> String {
        if !self.has_writer_role() {
            return String::new();
        }
        let witnesses: Vec<String> = (0..proxies).map(|proxy| front_address(proxy, node).to_string()).collect();
        format!(
            "node = \"{}\"\n[peers]\ntoken_file = \"{}\"\n{}",
            NAMES[node],
            token_file.display(),
            if self.has_witness() { format!("[witness]\nfrom = {witnesses:?}") } else { String::new() },
        )
    }

    /// Settings of the instance.
    pub(crate) fn instance(self, node: usize) -> String {
        if !self.has_writer_role() {
            return String::new();
        }
        let follows = self.is_semi_sync();
        format!(
            "peer = \"http://{}:31337\"\ndefault_role = \"writer\"\nsemi_sync_follows_role = {follows}",
            peer_address(1 - node)
        )
    }

    /// HAProxy's file: the shipped one with the drill's addresses, or the block that came with the handler of 2010.
    ///
    /// # Panics
    /// When the shipped file does not contain a text that has to be replaced.
    pub(crate) fn haproxy(self, pace: Pace, proxy: usize) -> Config {
        if let Some(file) = self.shipped() {
            let replacements = self.replacements(pace, proxy);
            let replacements: Vec<_> = replacements.iter().map(|(from, to)| (from.as_str(), to.as_str())).collect();
            return Config::from_file(file, &replacements);
        }
        let Pace { inter, rise, fall } = pace;
        let [one, two] = [0, 1].map(|node| format!("server {} {}", NAMES[node], node_address(proxy, node, 3306)));
        let check = format!("check port 31337 inter {}ms rise {rise} fall {fall}", inter.as_millis());
        Config::from_text(&format!(
            "global\n    log stdout format raw local0\n    hard-stop-after 10s\n\
             defaults\n    log global\n    mode tcp\n    option log-health-checks\n    timeout connect 5s\n    \
             timeout client 1h\n    timeout server 1h\n\
             listen {BACKEND}\n    bind 127.0.0.1:3306\n    option httpchk GET /mysqlchk/?port=3306\n    \
             {one} {check}\n    {two} {check} backup\n"
        ))
    }

    /// The shipped file of this site, if it uses one.
    fn shipped(self) -> Option<&'static str> {
        match self {
            Configuration::Classic => None,
            Configuration::Peers => Some("haproxy/modern.cfg"),
            _ => Some("haproxy/master-master.cfg"),
        }
    }

    /// The replacements in the shipped file. The pace of the checks changes only if that was requested. By default a
    /// text is replaced by itself, so that a file with another pace is noticed.
    fn replacements(self, pace: Pace, proxy: usize) -> Vec<(String, String)> {
        let others = |inter: Duration| if self.has_witness() { (inter, inter / 2) } else { (inter * 2 / 5, inter) };
        let checks = |Pace { inter, rise, fall }: Pace| {
            let (fast, down) = others(inter);
            let [inter, fast, down] = [inter, fast, down].map(|time| time.as_millis());
            format!("inter {inter}ms fastinter {fast}ms downinter {down}ms rise {rise} fall {fall}")
        };
        let agent =
            |Pace { inter, .. }: Pace| format!("agent-port 31338 agent-inter {}ms", others(inter).0.as_millis());
        let mut replacements = vec![
            ("/dev/log local0".to_owned(), "stdout format raw local0".to_owned()),
            (checks(self.pace()), checks(pace)),
            (agent(self.pace()), agent(pace)),
        ];
        if !self.has_witness() {
            // As docs/failover.md says for level 2.
            replacements.push(("role=any".to_owned(), "role=writer".to_owned()));
        }
        for (node, address) in ["10.10.10.1:3306", "10.10.10.2:3306"].into_iter().enumerate() {
            let server = |address: &str| format!("server {} {address}", NAMES[node]);
            replacements.push((server(address), server(&node_address(proxy, node, 3306).to_string())));
        }
        replacements
    }
}

impl fmt::Display for Configuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Configuration {
    type Err = String;

    fn from_str(name: &str) -> Result<Configuration, String> {
        let found = Configuration::ALL.into_iter().find(|configuration| configuration.name() == name);
        found.ok_or_else(|| "there are 2010, peers, async and semisync".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::haproxy::{replace_all, repository_file};

    #[test]
    fn haproxy_takes_every_configuration() {
        let other = Pace { inter: Duration::from_millis(250), rise: 2, fall: 3 };
        for configuration in Configuration::ALL {
            for pace in [configuration.pace(), other] {
                let output = configuration.haproxy(pace, 0).check();
                assert!(output.status.success(), "{configuration}: {}", String::from_utf8_lossy(&output.stderr));
            }
        }
    }

    #[test]
    fn the_shipped_file_is_drilled_with_nothing_but_other_addresses() {
        let file = Configuration::Async.shipped().expect("it is shipped");
        let text = fs::read_to_string(repository_file(file)).expect("the shipped file");
        let replacements = Configuration::Async.replacements(Configuration::Async.pace(), 1);
        let replacements: Vec<_> = replacements.iter().map(|(from, to)| (from.as_str(), to.as_str())).collect();
        let drilled = replace_all(&text, &replacements);
        let differs = |(ours, drilled): &(&str, &str)| ours != drilled;
        let changed: Vec<_> = text.lines().zip(drilled.lines()).filter(differs).map(|(ours, _)| ours.trim()).collect();
        let [one, two] = ["server db101 10.10.10.1:3306", "server db201 10.10.10.2:3306"];
        assert_eq!(changed, ["log /dev/log local0", one, two, one, two]);
    }
}
