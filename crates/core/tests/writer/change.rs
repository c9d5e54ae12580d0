//! When a node changes something on its own server.

use std::time::Duration;

use healthd_core::writer::{Fence, FenceProgress, FenceStep, semi_sync};

#[test]
fn a_fence_is_remembered_then_set_and_removed_when_the_node_is_confirmed() {
    use FenceProgress::{Absent, OnDisk, Remembered, Set};
    let nothing = Fence { alone: false, incumbent: true, confirmed: false, progress: Absent };
    let alone = Fence { alone: true, ..nothing };
    let confirmed = Fence { confirmed: true, ..nothing };
    for (name, fence, step) in [
        ("checked", nothing, FenceStep::None),
        ("confirmed, and never fenced", confirmed, FenceStep::None),
        ("alone", alone, FenceStep::Remember),
        ("alone, and not on disk yet", Fence { progress: Remembered, ..alone }, FenceStep::None),
        ("alone, and not the holder", Fence { incumbent: false, ..alone }, FenceStep::None),
        ("on disk", Fence { progress: OnDisk, ..alone }, FenceStep::Set),
        ("its server is read-only by it", Fence { progress: Set, incumbent: false, ..alone }, FenceStep::None),
        ("after a restart of healthd", Fence { progress: OnDisk, incumbent: false, ..alone }, FenceStep::Set),
        ("alone and confirmed at once", Fence { progress: Set, confirmed: true, ..alone }, FenceStep::None),
        ("checked again, and not confirmed", Fence { progress: Set, ..nothing }, FenceStep::None),
        ("confirmed", Fence { progress: Set, ..confirmed }, FenceStep::Remove),
        ("confirmed after a restart", Fence { progress: OnDisk, ..confirmed }, FenceStep::Remove),
        ("confirmed, and not on disk yet", Fence { progress: Remembered, ..confirmed }, FenceStep::Remove),
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
