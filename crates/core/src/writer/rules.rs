//! The rules of failover that can be taken away, for the model checker to find out what they are good for.

/// A rule, by its number in `docs/failover.md`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u16)]
pub enum Rule {
    /// 2: a take-over needs the holder's yield or its silence.
    Consent = 1 << 0,
    /// 3: a holder yields only when HAProxy has taken it out.
    YieldWhenOut = 1 << 1,
    /// 4: a holder that was taken out or failed waits for its peer's echo.
    Suspension = 1 << 2,
    /// 5: so does one whose server restarted, and it serves under a new epoch.
    RestartEcho = 1 << 3,
    /// 6: an excluded peer's mark is set only after the peer's lease has run out.
    Exclusion = 1 << 4,
    /// 7: the probe that decides starts after the check.
    FreshProbe = 1 << 5,
    /// 7: received is contained in applied, restarts and all.
    Mark = 1 << 6,
    /// 7: the peer's last report is contained in applied.
    ReportContained = 1 << 7,
    /// 8: a change of hands needs a check that was sent after the silence was established.
    CheckAfterSilence = 1 << 8,
    /// 10: who could not take does not ask, and not asking any more voids the grant.
    AskOnlyIfAble = 1 << 9,
    /// 11: semi-synchronous replication proves only without a session that waits.
    NoSessionWaiting = 1 << 10,
    /// 12: a report since the own start, fresh when the holder went down.
    FreshReport = 1 << 11,
    /// 14: a surplus blocks the admission of who lost the role.
    Surplus = 1 << 12,
    /// 9: a grant and an echo are used at once or not at all.
    Expiry = 1 << 13,
}

/// The rules in force. The product runs with all of them; only the model checker takes one away.
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
