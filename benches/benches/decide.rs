//! How long a verdict takes: for every question of HAProxy healthd decides anew.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use healthd_core::verdict::decide;
use healthd_core::verdict::maintenance::Mode;
use healthd_core::verdict::role::Role;

#[path = "../../crates/core/tests/support/mod.rs"]
mod support;

use support::{SYNCED, alone, channel, galera, lagging, replica, seconds};

fn verdicts(criterion: &mut Criterion) {
    let situations = [
        ("alone", alone()),
        ("replica", replica(channel(""))),
        ("lagging", replica(lagging("", seconds(60)))),
        ("galera", galera(SYNCED)),
        ("maintenance", replica(channel("")).maintenance(Mode::Drain)),
    ];
    for (name, situation) in &situations {
        for role in [Role::Reader, Role::Writer] {
            criterion.bench_function(&format!("decide/{name}/{role}"), |bencher| {
                situation.ask(role, |question| bencher.iter(|| decide(black_box(question))));
            });
        }
    }
}

criterion_group!(benches, verdicts);
criterion_main!(benches);
