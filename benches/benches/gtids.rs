//! Sets of transactions: one range of one server, and 50 servers with 20 gaps each.

use std::fmt::Write as _;
use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use healthd_core::position::gtids::{Gtids, Notation};
use healthd_core::position::history::History as _;

/// `servers` sets with `ranges` ranges, each `shift` further than with 0.
fn text(servers: u32, ranges: u32, shift: u32) -> String {
    let mut text = String::new();
    for server in 0..servers {
        write!(text, "{server:08x}-0000-4000-8000-000000000000").expect("a string takes everything");
        for range in 0..ranges {
            let first = 1 + 1000 * range + shift;
            write!(text, ":{first}-{}", first + 500).expect("a string takes everything");
        }
        text.push(',');
    }
    text.pop();
    text
}

fn sets(criterion: &mut Criterion) {
    for (name, servers, ranges) in [("simple", 1, 1), ("gaps", 50, 20)] {
        let text = [text(servers, ranges, 0), text(servers, ranges, 100)];
        let [one, other] = text.each_ref().map(|text| Gtids::parse(Notation::MySql, text).expect("a set"));
        criterion.bench_function(&format!("gtids/{name}/parse"), |bencher| {
            bencher.iter(|| Gtids::parse(Notation::MySql, black_box(&text[0])));
        });
        criterion.bench_function(&format!("gtids/{name}/print"), |bencher| {
            bencher.iter(|| black_box(&one).print(Notation::MySql));
        });
        criterion.bench_function(&format!("gtids/{name}/union"), |bencher| {
            bencher.iter(|| {
                let mut both = black_box(&one).clone();
                both.merge(black_box(&other));
                both
            });
        });
        criterion.bench_function(&format!("gtids/{name}/minus"), |bencher| {
            bencher.iter(|| black_box(&one).minus(black_box(&other)));
        });
        criterion.bench_function(&format!("gtids/{name}/contains"), |bencher| {
            bencher.iter(|| black_box(&one).contains(black_box(&other)));
        });
    }
}

criterion_group!(benches, sets);
criterion_main!(benches);
