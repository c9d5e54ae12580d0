//! The member of a Group Replication group. The members are not read on a server without a group, because that needs a
//! privilege.

use healthd_core::facts::Fact as _;
use healthd_core::facts::Need;
use healthd_core::facts::{Group, SystemVariables, Unavailable};
use healthd_core::observed::cluster::GroupMember;
use healthd_core::observed::failure::Failure;
use healthd_core::observed::section::Section;

use super::entry::{Entry, Pending, Request, Round, Variables};
use crate::decode::cluster;
use crate::decode::columns::not_understood;
use crate::statements::PERFORMANCE_SCHEMA_GRANT;
use crate::statements::cluster::{GROUP, GROUP_NAME, may_have_groups};

/// Needs variables.
pub(super) const ENTRIES: &[&dyn Entry] = &[&Member];

struct Member;

impl Entry for Member {
    fn need(&self) -> Need {
        Group::NEED
    }

    fn variables(&self, request: &Request<'_>) -> Variables {
        let system: &[_] = if may_have_groups(request.server) { &[GROUP_NAME] } else { &[] };
        Variables { system, ..Variables::default() }
    }

    fn read<'a>(&'a self, round: &'a mut Round<'_>) -> Pending<'a, ()> {
        Box::pin(async move {
            let member = member(round).await?;
            round.put::<Group>(member);
            Ok(())
        })
    }
}

async fn member(round: &mut Round<'_>) -> Result<Section<Option<GroupMember>>, Failure> {
    match round.facts.get::<SystemVariables>() {
        // Not requested: this server cannot have a group.
        None => return Ok(Ok(None)),
        Some(Err(Unavailable::Unreadable(why))) => return Ok(Err(why.clone())),
        Some(Err(Unavailable::Unseen(_))) => return Ok(not_understood(GROUP_NAME)),
        Some(Ok(values)) if values.text(GROUP_NAME).is_none_or(str::is_empty) => return Ok(Ok(None)),
        Some(Ok(_)) => {}
    }
    let rows = round.session.section(GROUP, PERFORMANCE_SCHEMA_GRANT).await?;
    Ok(rows.and_then(|rows| if rows.is_empty() { Ok(None) } else { cluster::group(&rows).map(Some) }))
}
