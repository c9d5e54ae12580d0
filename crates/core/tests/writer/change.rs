//! When a node changes something on its own server.

use std::time::Duration;

use healthd_core::writer::{Fence, FenceStep, semi_sync};

#[test]
fn a_fence_is_remembered_then_set_and_taken_away_when_the_node_is_confirmed() {
    let nothing =
        Fence { alone: false, incumbent: true, remembered: false, saved: false, set: false, confirmed: false };
    for (name, fence, step) in [
        ("asked", nothing, FenceStep::None),
        ("confirmed, and never fenced", Fence { confirmed: true, ..nothing }, FenceStep::None),
        ("alone", Fence { alone: true, ..nothing }, FenceStep::Remember),
        ("alone, and not on the disk yet", Fence { alone: true, remembered: true, ..nothing }, FenceStep::None),
        ("alone, and no holder", Fence { alone: true, incumbent: false, ..nothing }, FenceStep::None),
        ("remembered", Fence { alone: true, remembered: true, saved: true, ..nothing }, FenceStep::Set),
        (
            "its server is read-only by it",
            Fence { alone: true, remembered: true, set: true, incumbent: false, ..nothing },
            FenceStep::None,
        ),
        (
            "after a restart of healthd",
            Fence { alone: true, remembered: true, saved: true, incumbent: false, ..nothing },
            FenceStep::Set,
        ),
        (
            "alone and confirmed at once",
            Fence { alone: true, remembered: true, set: true, confirmed: true, ..nothing },
            FenceStep::None,
        ),
        ("asked again, and not confirmed", Fence { remembered: true, set: true, ..nothing }, FenceStep::None),
        ("confirmed", Fence { remembered: true, set: true, confirmed: true, ..nothing }, FenceStep::TakeAway),
        ("confirmed after a restart", Fence { remembered: true, confirmed: true, ..nothing }, FenceStep::TakeAway),
    ] {
        assert_eq!(fence.step(), step, "{name}");
    }
}

#[test]
fn semi_sync_is_on_for_a_holder_with_a_lasting_replica_and_off_for_everybody_else() {
    let lasting = Some(Duration::from_secs(2));
    let young = Some(Duration::from_millis(1_999));
    for (name, on, holds, replica, expected) in [
        ("a holder with a replica", false, true, lasting, Some(true)),
        ("that is young", false, true, young, None),
        ("on already", true, true, lasting, None),
        ("a holder that lost its replica", true, true, None, None),
        ("a holder without one", false, true, None, None),
        ("a standby", true, false, None, Some(false)),
        ("off already", false, false, None, None),
    ] {
        assert_eq!(semi_sync(on, holds, replica), expected, "{name}");
    }
}
