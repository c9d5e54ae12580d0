use crate::check::{Check, Finding, Metric, Topic};
use crate::checks::cluster::in_no_cluster;
use crate::facts::Need;
use crate::observed::cluster::MemberState;
use crate::reading::outcome::Outcome;
use crate::reading::{Reading, Unit};

pub(super) const CHECK: Check = Check {
    name: "group-replication",
    topic: Topic::Replication,
    about: "a Group Replication member: online, and in a majority",
    why: "A member that has lost the majority of its group goes on calling itself online: its reads get old, its writes hang. So the \
        members that it can reach are counted against those of its view, and `-w`/`-c` judge how many are reachable.",
    formula: "`MEMBER_STATE` of this member is ONLINE, and more than half of the view is ONLINE or RECOVERING; judged: how many are",
    metrics: &[
        Metric {
            label: "group_reachable",
            unit: Unit::None,
            about: "members that this one can reach, itself among them",
        },
        Metric { label: "group_members", unit: Unit::None, about: "members of its view" },
    ],
    warning: "",
    critical: "2:",
    named: "",
    needs: &[Need::Group],
    servers: "MySQL 5.7.17 and later",
    modes: &[],
    measure: |input| {
        let Some(member) = input.group()? else {
            return in_no_cluster("Group Replication is not in use here", input.settings);
        };
        let readings = vec![
            Reading::new("group_reachable", f64::from(member.reachable), Unit::None)
                .between(0.0, f64::from(member.members)),
            Reading::new("group_members", f64::from(member.members), Unit::None).between(0.0, None),
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
