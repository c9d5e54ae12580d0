//! The rules of failover as flags. The model checker removes one to find out what it prevents.

/// A rule, by its number in `docs/failover.md`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u16)]
pub enum Rule {
    /// 2: a takeover needs the holder's yield, or an unreachable holder.
    Consent = 1 << 0,
    /// 3: a holder yields only when HAProxy has taken it out.
    YieldWhenOut = 1 << 1,
    /// 4: a holder that was taken out or failed waits for its peer's acknowledgement.
    Suspension = 1 << 2,
    /// 5: a holder whose server restarted waits as well, and serves under a new epoch.
    RestartAcknowledged = 1 << 3,
    /// 6: a peer counts as excluded only after its lease has run out.
    Exclusion = 1 << 4,
    /// 7: the deciding probe starts after the check.
    FreshProbe = 1 << 5,
    /// 7: everything received is applied, across restarts.
    HighWaterMark = 1 << 6,
    /// 7: everything in the peer's last report is applied.
    ReportContained = 1 << 7,
    /// 8: a takeover needs a check that was sent after the peer was found unreachable.
    CheckAfterUnreachable = 1 << 8,
    /// 10: a node that could not take the role does not ask for it, and when it no longer asks, its grant is void.
    AskOnlyIfAble = 1 << 9,
    /// 11: semi-synchronous replication proves only while no session waits.
    NoSessionWaiting = 1 << 10,
    /// 12: a report since the node's own start, fresh when the holder went down.
    FreshReport = 1 << 11,
    /// 14: errant transactions block the admission of a node that lost the role.
    Errant = 1 << 12,
    /// 9: a grant and an acknowledgement are used at once, or not at all.
    Expiry = 1 << 13,
}

/// The rules in force. The product runs with all of them; only the model checker removes one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rules(u16);

impl Rules {
    /// All rules.
    pub const ALL: Rules = Rules(u16::MAX);

    /// All but one.
    #[must_use]
    pub fn without(self, rule: Rule) -> Rules {
        Rules(self.0 & !(rule as u16))
    }

    /// Whether a rule is in force.
    pub fn has(self, rule: Rule) -> bool {
        self.0 & rule as u16 != 0
    }
}
