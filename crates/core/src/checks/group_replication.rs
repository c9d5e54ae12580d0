use crate::check::{Check, Finding, Topic, metrics};
use crate::checks::cluster::in_no_cluster;
use crate::facts::{Fact as _, Group};
use crate::observed::cluster::MemberState;
use crate::reading::outcome::Outcome;

metrics! {
    GROUP_REACHABLE: "group_reachable", None, "members that this one can reach, itself included";
    GROUP_MEMBERS: "group_members", None, "members of its view";
}

pub(super) const CHECK: Check = Check {
    name: "group-replication",
    topic: Topic::Replication,
    about: "whether a Group Replication member is online, and in a majority",
    why: "A member that has lost the majority of its group still calls itself online: its reads become stale and its \
        writes hang. The check therefore compares the members that it can reach with all members of its view. `-w` \
        and `-c` judge how many are reachable.",
    formula: "`MEMBER_STATE` of this member is ONLINE, and more than half of the view is ONLINE or RECOVERING; the \
        thresholds apply to the number of reachable members",
    metrics: METRICS,
    warning: "",
    critical: "2:",
    named: "",
    needs: &[Group::NEED],
    servers: "MySQL 5.7.17 and later",
    modes: &[],
    measure: |input| {
        let Some(member) = input.get::<Group>()? else {
            return in_no_cluster("Group Replication is not in use here", input.settings);
        };
        let readings = vec![
            GROUP_REACHABLE.reading(f64::from(member.reachable)).between(0.0, f64::from(member.members)),
            GROUP_MEMBERS.reading(f64::from(member.members)).between(0.0, None),
        ];
        let reaches = match member.members {
            1 => "alone in its group".to_owned(),
            members => format!("{} of {members} members reachable", member.reachable),
        };
        let (text, least) = match member.state {
            MemberState::Online if member.has_majority() => (format!("online, {reaches}"), Outcome::Ok),
            MemberState::Online => (format!("online without a majority, {reaches}: writes hang"), Outcome::Critical),
            MemberState::Recovering => (format!("recovering, {reaches}"), Outcome::Warning),
            state => (format!("{}, {reaches}", state.name()), Outcome::Critical),
        };
        Ok(Finding::new(text, readings).at_least(least))
    },
};
