use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;

use healthd_client::HttpAddress;
use healthd_core::observed::failure::{Failure, Stage};
use healthd_core::verdict::Policy;
use healthd_core::verdict::lag::Lag;
use healthd_core::writer::Failback;
use healthd_mysql::login::address::Address;
use healthd_mysql::login::credentials::Credentials;
use healthd_mysql::login::target::Target;

use super::*;
use crate::config::WriterConfig;
use crate::switches::Switches;
use crate::switches::maintenance::MaintenanceStore;
use crate::token::Token;
use crate::witness::Witnesses;
use crate::writer::report_error::ReportError;

fn config() -> InstanceConfig {
    let second = Duration::from_secs(1);
    InstanceConfig {
        name: "m0".to_owned(),
        port: None,
        target: Arc::new(Target {
            address: Address::Tcp { host: "127.0.0.1".to_owned(), port: 3306 },
            extra_port: None,
            credentials: Credentials::from_options(&[]).expect("no options"),
            query: "SELECT 1".to_owned(),
            heartbeat_query: None,
            positions: true,
        }),
        policy: Policy {
            max_age: second,
            max_lag: second,
            allow_donor: false,
            ignore_channels: Vec::new(),
            overload_grace: second,
        },
        default_role: Role::Writer,
        interval: second,
        timeout: second,
        lag_hold: second,
        writer: Arc::new(WriterConfig {
            node: "db1".to_owned(),
            peer: Some(HttpAddress { host: IpAddr::V4(Ipv4Addr::LOCALHOST).to_string(), port: 31337 }),
            token: Token::of("0123456789abcdef0123456789abcdef"),
            interval: second,
            silent_after: 3 * second,
            witnesses: Witnesses::default(),
            failback: Failback::Manual,
            semi_sync_follows_role: false,
            fence_after: None,
        }),
        canary: None,
    }
}

/// The task of a role whose server and peer do not answer.
fn idle(dir: &Path) -> Task {
    let config = config();
    let known = Knowledge::from_file(&config.writer, Saved::default(), None);
    let published = Published::new(&config, &known, Warnings::default());
    let maintenance = MaintenanceStore::open(dir).expect("no maintenance");
    let switches = Arc::new(Switches::new(maintenance));
    let circumstances = CircumstanceSource { instance: "m0".to_owned(), switches, canary: None };
    let latest = Latest::Failed {
        failure: Failure::Timeout { stage: Stage::Connect, after: config.writer.silent_after },
        since: known.started,
        at: known.started,
        last_good: None,
    };
    let (messages, receiver) = mpsc::channel(1);
    Task {
        config,
        circumstances,
        health: watch::channel(Health { latest, worst_lag: Lag::Unknown, server: None }).1,
        messages: receiver,
        publish: watch::channel(Arc::new(published)).0,
        saver: Saver::start(dir.join("writer-m0.state")),
        stored: known.saved.clone(),
        known,
        announcer: Announcer::default(),
        own: messages.downgrade(),
        before: None,
    }
}

#[tokio::test]
async fn an_idle_tick_publishes_nothing() {
    let dir = std::env::temp_dir().join(format!("healthd-idle-{}", std::process::id()));
    let mut task = idle(&dir);
    task.read_health();
    task.settle();
    let mut readers = task.publish.subscribe();
    readers.mark_unchanged();
    for _ in 0..3 {
        let before = task.now();
        task.tick();
        task.settle();
        assert!(task.now() > before, "time passes");
        assert!(!readers.has_changed().expect("a publisher"), "nothing else has changed");
    }
    // An event is published once.
    task.peer_answered(Instant::now(), Err(ReportError::NotUnderstood));
    task.settle();
    assert!(readers.has_changed().expect("a publisher"));
    readers.mark_unchanged();
    task.tick();
    task.settle();
    assert!(!readers.has_changed().expect("a publisher"));
    std::fs::remove_dir_all(&dir).expect("an empty directory");
}
