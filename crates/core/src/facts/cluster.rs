//! The cluster that a server is part of.

use super::fact::Fact;
use crate::observed::cluster::GroupMember;

/// This member of Group Replication; `None` if no group is configured.
#[derive(Debug)]
pub struct Group;

impl Fact for Group {
    type Value = Option<GroupMember>;
    const NAME: &'static str = "the members of the group";
    const PRIVILEGE: Option<&'static str> = Some("`SELECT` on `performance_schema.*` where a group is configured");
}
