//! Ids and numbers on disk, and the end of an epoch whose node no longer exists.

use healthd_core::writer::{Epoch, Machine, NodeId, Persistent, Report, Rules, checksum};

use crate::lab::{me, peer, persistent, report, set};

#[test]
fn a_node_s_id_never_changes() {
    // The vectors of http://www.isthe.com/chongo/tech/comp/fnv/.
    for (text, hash) in [("", 0xcbf2_9ce4_8422_2325), ("a", 0xaf63_dc4c_8601_ec8c), ("foobar", 0x8594_4171_f739_67e8)] {
        assert_eq!(checksum(text.as_bytes()), hash, "{text:?}");
        assert_eq!(NodeId::of_name(text), NodeId(hash), "{text:?}");
    }
    assert_eq!(NodeId::of_name("db1"), NodeId(0xca89_6918_f453_f7d6));
    assert_eq!(NodeId::of_name("db2"), NodeId(0xca89_6818_f453_f623));
    assert_ne!(NodeId::of_name("db1"), NodeId::of_name("DB1"));
}

#[test]
fn a_later_gain_is_higher_on_either_node_and_two_at_once_are_never_equal() {
    let epoch = |number, holder| Epoch { number, holder: NodeId(holder) };
    assert!(epoch(8, 1) > epoch(7, 9) && epoch(7, 9) > epoch(7, 1));
    assert_eq!(epoch(7, 9).to_string(), "epoch 7");
    assert_eq!(serde_json::to_string(&epoch(7, 9)).expect("it serializes"), r#"{"number":7,"holder":9}"#);
}

#[test]
fn a_holder_that_was_renamed_is_followed_by_the_lower_id_on_both_nodes() {
    let ghost = Epoch { number: 7, holder: NodeId::of_name("renamed") };
    for (me, other) in [(me(), peer()), (peer(), me())] {
        let known = Persistent { epoch: Some(ghost), ..persistent(peer()) };
        let mut machine = Machine::new(me, known, 1, 1, Rules::ALL);
        machine.report_came(Report { node: other, ..report(Some(ghost), "1-1-5") }, set(""), true);
        let deemed = Epoch { number: 8, holder: me.min(other) };
        assert_eq!(machine.persistent().epoch, Some(deemed));
        // The other node's decision at the same time changes nothing.
        machine.report_came(Report { node: other, ..report(Some(ghost), "1-1-5") }, set(""), true);
        assert_eq!(machine.persistent().epoch, Some(deemed));
        assert_eq!(machine.report().suspended.is_some(), me == deemed.holder, "not without an acknowledgement");
    }
}
