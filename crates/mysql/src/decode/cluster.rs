//! Galera and Group Replication.

use healthd_core::observed::cluster::{GroupMember, MemberState, NodeState, Wsrep};
use healthd_core::observed::section::Section;

use super::columns::{TextRow, not_understood, variable};

/// Reads [`crate::statements::cluster::WSREP`].
pub(crate) fn wsrep(rows: &[TextRow], rejects_queries: bool) -> Section<Wsrep> {
    let ready = match variable(rows, "wsrep_ready") {
        Some("ON") => true,
        Some("OFF") => false,
        _ => return not_understood("wsrep_ready"),
    };
    let Some(state) = variable(rows, "wsrep_local_state").and_then(|text| text.parse().ok()) else {
        return not_understood("wsrep_local_state");
    };
    let Some(status) = variable(rows, "wsrep_cluster_status") else {
        return not_understood("wsrep_cluster_status");
    };
    Ok(Wsrep {
        ready,
        state: NodeState::from_number(state),
        primary: status.eq_ignore_ascii_case("primary"),
        size: variable(rows, "wsrep_cluster_size").and_then(|text| text.parse().ok()),
        rejects_queries,
    })
}

/// Reads [`crate::statements::cluster::GROUP`].
pub(crate) fn group(rows: &[TextRow]) -> Section<GroupMember> {
    let mut own = None;
    let mut reachable = 0;
    for row in rows {
        let state = match row.first().and_then(|(_, text)| text.as_deref()) {
            Some("ONLINE") => MemberState::Online,
            Some("RECOVERING") => MemberState::Recovering,
            Some("OFFLINE") => MemberState::Offline,
            Some("ERROR") => MemberState::Error,
            Some("UNREACHABLE") => MemberState::Unreachable,
            _ => return not_understood("MEMBER_STATE"),
        };
        // A recovering member votes already.
        reachable += u32::from(matches!(state, MemberState::Online | MemberState::Recovering));
        if row.get(1).and_then(|(_, text)| text.as_deref()) == Some("1") {
            own = Some(state);
        }
    }
    // Before START GROUP_REPLICATION the table has one row without an id.
    let state = match own {
        Some(state) => state,
        None if reachable == 0 => MemberState::Offline,
        None => return not_understood("MEMBER_ID"),
    };
    let members = u32::try_from(rows.len()).unwrap_or(u32::MAX);
    Ok(GroupMember { state, reachable, members })
}
