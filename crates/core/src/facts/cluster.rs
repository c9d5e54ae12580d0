//! The cluster that a server is part of.

use super::fact::Fact;
use crate::observed::cluster::GroupMember;

/// This member of Group Replication; `None` if no group is configured.
#[derive(Debug)]
pub struct Group;

impl Fact for Group {
    type Value = Option<GroupMember>;
    const NAME: &'static str = "the group members";
    const PRIVILEGE: Option<&'static str> = Some("`SELECT` on `performance_schema.*`, if a group is configured");
}
