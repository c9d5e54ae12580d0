//! The writer role as a state machine: events in; answers, reports and things to keep out. No clock and no I/O: what depends
//! on time comes as an event. The rules are numbered as in `docs/failover.md`, and the model checker in `tests/model`
//! explores this code.

use super::epoch::{BootId, Epoch, NodeId, Nonce};
use super::kept::{Anomaly, Kept};
use super::refusal::{Bar, Refusal};
use super::report::{Position, Report, SemiSync, Yield};
use super::rules::{Rule, Rules};
use super::witness::{Leave, Opinion, Witness};
use crate::history::History;

/// Whether the server replicates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Source {
    /// From nobody.
    None,
    /// It is connected to its source.
    Connected,
    /// It is not.
    Lost,
}

/// What a probe read of the own server.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Sample<P> {
    /// Whether it may be written: no switch and no maintenance forbids it.
    pub fit: bool,
    /// Which run of the server.
    pub boot: BootId,
    /// All it has executed and its own commits among them.
    pub position: Position<P>,
    /// All it has received, as it says now.
    pub received: P,
    /// Whether it replicates.
    pub source: Source,
    /// Whether it acknowledges as a semi-synchronous replica.
    pub acknowledges: bool,
}

/// Whether the holder is giving the role away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Yielding {
    /// It is not.
    No,
    /// By command.
    Commanded,
    /// Because the peer asked.
    Asked,
}

/// The answer to a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Answer {
    /// 200.
    Serve,
    /// 503.
    Refuse(Refusal),
}

/// One node's part of the writer role.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Machine<P> {
    pub(super) rules: Rules,
    pub(super) me: NodeId,
    pub(super) kept: Kept<P>,
    pub(super) witnesses: Vec<Witness>,
    /// The last probe; `None` while the server does not answer.
    pub(super) sample: Option<Sample<P>>,
    /// The last position read, also of a server that has died since.
    pub(super) position: Option<Position<P>>,
    /// The high-water mark before the last probe: what a live replica must contain, while it is being fed.
    pub(super) mark_before: P,
    /// What the peer held of this node when the probe under way began.
    held_before: P,
    /// Whether HAProxy had taken this node out before the probe under way began.
    out_before: bool,
    /// Rule 12: a report came since this healthd started.
    pub(super) heard: bool,
    /// Rule 12: it was fresh, now or when the peer went down.
    pub(super) report_fresh: bool,
    /// Rule 11: it proves that no acknowledged commit is missing, now or when the peer went down.
    pub(super) proof: bool,
    /// Nothing was heard of the peer for a long time.
    pub(super) silent: bool,
    /// The peer has heard nothing of this node for so long that no report of it is fresh there.
    lease_over: bool,
    /// This node asks for the role.
    pub(super) wants: bool,
    /// The holder's answer to that.
    pub(super) grant: Option<Yield<P>>,
    pub(super) yielding: Yielding,
    yields: Option<Yield<P>>,
    peer_suspended: Option<Nonce>,
    nonce: Nonce,
    /// An operator says that the peer is dead.
    pub(super) takeover: bool,
    /// Whether the peer's server answered at its last report.
    pub(super) peer_answers: bool,
    /// The report before the last one: what a live standby must contain, while it is being fed.
    pub(super) report_before: P,
    /// Without a witness: the role was refused for long enough that nobody is sent here.
    drained: bool,
    /// Without a witness: an operator wants the role back here.
    pub(super) failback: bool,
    /// With a witness: the same.
    claims: bool,
}

impl<P: History> Machine<P> {
    /// A node that has just started. `session` is random, `witnesses` the number of HAProxys that must agree.
    pub fn new(me: NodeId, kept: Kept<P>, witnesses: usize, session: u64, rules: Rules) -> Machine<P> {
        Machine {
            rules,
            me,
            mark_before: kept.mark.clone(),
            kept,
            witnesses: vec![Witness::default(); witnesses],
            sample: None,
            position: None,
            held_before: P::default(),
            out_before: false,
            heard: false,
            report_fresh: false,
            proof: false,
            silent: false,
            lease_over: false,
            wants: false,
            grant: None,
            yielding: Yielding::No,
            yields: None,
            peer_suspended: None,
            nonce: Nonce { session, count: 0 },
            takeover: false,
            peer_answers: false,
            report_before: P::default(),
            drained: false,
            failback: false,
            claims: false,
        }
    }

    /// What must not be forgotten.
    pub fn kept(&self) -> &Kept<P> {
        &self.kept
    }

    /// Whether this node holds the highest epoch known.
    pub fn holds(&self) -> bool {
        self.kept.epoch.is_some_and(|epoch| epoch.holder == self.me)
    }

    /// Whether this node gives the role away.
    pub fn yielding(&self) -> Yielding {
        self.yielding
    }

    /// Whether the peer is silent.
    pub fn is_peer_silent(&self) -> bool {
        self.silent
    }

    /// Whether there is no HAProxy whose word counts.
    pub fn unwitnessed(&self) -> bool {
        self.listed().next().is_none()
    }

    /// Whether the server is another run of itself than the one under which the role was gained.
    pub fn restarted(&self) -> bool {
        self.rules.has(Rule::RestartEcho)
            && self.sample.as_ref().is_some_and(|sample| self.kept.boot != Some(sample.boot))
    }

    fn fit(&self) -> bool {
        self.sample.as_ref().is_some_and(|sample| sample.fit)
    }

    /// Rule 1: the holder, on the server with which it gained the role.
    pub(super) fn incumbent(&self) -> bool {
        self.holds() && self.fit() && !self.restarted()
    }

    /// Whether it gives the role away and every HAProxy is certain to send no client here.
    pub fn is_out(&self) -> bool {
        self.yielding != Yielding::No && self.out()
    }

    /// Whether it is the holder, on the server with which it gained the role.
    pub fn is_incumbent(&self) -> bool {
        self.incumbent()
    }

    /// The HAProxys that must agree.
    pub(super) fn listed(&self) -> impl Iterator<Item = &Witness> {
        self.witnesses.iter().filter(|its| !its.removed)
    }

    /// Every HAProxy is certain to send no client here.
    fn out(&self) -> bool {
        if self.unwitnessed() {
            return self.drained;
        }
        let out = match self.yielding {
            Yielding::Commanded => self.listed().all(Witness::is_empty),
            Yielding::No | Yielding::Asked => self.listed().all(Witness::is_out),
        };
        out || !self.rules.has(Rule::YieldWhenOut)
    }

    /// A non-holder whose HAProxys all say that the holder is out: from that moment on what is known of it does not age.
    fn frozen(&self) -> bool {
        if self.unwitnessed() {
            // The peer's own word, or its silence, is all there is.
            return self.silent || !self.peer_answers;
        }
        !self.holds() && self.listed().all(Witness::peer_is_out)
    }

    fn next_nonce(&mut self) -> Nonce {
        self.nonce.count = self.nonce.count.wrapping_add(1);
        self.nonce
    }

    /// Suspends for every witness that is not waiting already.
    fn suspend(&mut self, which: impl Fn(Leave) -> bool) {
        if !self.rules.has(Rule::Suspension) || !self.witnesses.iter().any(|witness| which(witness.leave)) {
            return;
        }
        let nonce = self.next_nonce();
        for witness in self.witnesses.iter_mut().filter(|witness| which(witness.leave)) {
            witness.leave = Leave::Suspended(nonce);
        }
    }

    /// A probe of the own server begins.
    pub fn probe_started(&mut self) {
        self.held_before = self.kept.held.clone();
        self.out_before = self.yielding != Yielding::No && self.out();
    }

    /// A probe began before something that is known by now: it proves nothing of that.
    pub fn probe_started_earlier(&mut self) {
        self.held_before = P::default();
        self.out_before = false;
    }

    /// It ended; `None`: the server does not answer.
    pub fn probe_ended(&mut self, sample: Option<Sample<P>>) {
        if let Some(sample) = &sample {
            self.remember(sample);
        }
        self.sample = sample;
        self.doubt();
        // Rule 3: the final position is sampled after HAProxy has taken this node out.
        self.yields = match (&self.sample, self.yielding) {
            (Some(sample), Yielding::Commanded | Yielding::Asked) if self.out_before && self.out() => {
                Some(Yield::Final(sample.position.executed.clone()))
            }
            (None, Yielding::Asked) if self.out() => Some(Yield::NoAnswer),
            _ => None,
        };
        self.ask();
    }

    /// Rule 4 and 5: a holder whose server failed or restarted is not sure any more.
    fn doubt(&mut self) {
        if self.holds() && self.yielding == Yielding::No && (!self.fit() || self.restarted()) {
            self.suspend(|leave| matches!(leave, Leave::Free | Leave::Trial));
        }
        if self.sample.is_none() && self.kept.away.is_none() {
            self.kept.away = Some(self.peer_own());
        }
    }

    /// What is known now, between two probes, of whether the server may be written: maintenance, or an answer that got old.
    pub fn judged(&mut self, fit: bool) {
        if let Some(sample) = self.sample.as_mut().filter(|sample| sample.fit != fit) {
            sample.fit = fit;
            self.doubt();
            self.ask();
        }
    }

    /// The peer's own commits at its last report.
    pub(super) fn peer_own(&self) -> P {
        let position = self.kept.report.as_ref().and_then(|report| report.position.as_ref());
        position.map(|position| position.own.clone()).unwrap_or_default()
    }

    fn remember(&mut self, sample: &Sample<P>) {
        let Position { executed, own, .. } = &sample.position;
        let kept = &mut self.kept;
        if kept.anomaly.is_none() && !(own.contains(&kept.own_mark) && own.contains(&self.held_before)) {
            kept.anomaly = Some(if own.is_empty() { Anomaly::SelfReset } else { Anomaly::LostOwnCommits });
        }
        kept.own_mark.merge(own);
        self.mark_before = kept.mark.clone();
        kept.mark.merge(&sample.received);
        kept.proven |= match sample.source {
            Source::None => true,
            Source::Connected => executed.contains(&kept.mark),
            Source::Lost => false,
        };
        if kept.demoted {
            kept.demoted = false;
            kept.surplus = own.minus(&kept.cut);
        }
        self.position = Some(sample.position.clone());
    }

    /// The peer's report came, with what it holds of this node's own commits. A report whose position is older than
    /// rule 12 allows is no `fresh` one.
    pub fn report_came(&mut self, mut report: Report<P>, held: P, fresh: bool) {
        self.heard = true;
        self.silent = false;
        // An operator's word that it is dead was true until now.
        self.takeover = false;
        self.adopt(&report);
        self.kept.peer_excluded = false;
        self.peer_suspended = report.suspended;
        self.peer_answers = report.answers;
        if let Some(echo) = report.echo {
            self.echoed(echo);
        }
        // Rule 3: only when asked, and only when HAProxy sends nobody here any more.
        let trial = self.witnesses.iter().any(|witness| witness.leave == Leave::Trial);
        let asked = report.wants && self.yielding == Yielding::No;
        if asked && self.unwitnessed() {
            self.yielding = Yielding::Asked;
            self.drained = false;
        } else if asked && self.holds() && self.out() && !trial {
            if report.epoch == self.kept.epoch {
                self.yielding = Yielding::Asked;
            }
        } else if self.yielding == Yielding::Asked
            && !report.wants
            && report.epoch == self.kept.epoch
            && self.rules.has(Rule::AskOnlyIfAble)
        {
            self.keep_the_role();
        }
        if report.claims && !report.wants {
            self.hand_over();
        }
        self.grant = report.yields.clone().filter(|_| !self.holds() && report.epoch == self.kept.epoch);
        if report.position.is_some() {
            self.report_fresh = fresh || (self.report_fresh && self.frozen());
            let replica = self.sample.as_ref().is_some_and(|sample| sample.acknowledges);
            // Rule 11: the source's timeout begins after a report without a waiting session.
            let says = report.position.as_ref().filter(|_| fresh && replica).map(|position| position.semisync);
            self.proof = match says {
                Some(SemiSync::Quiet) => true,
                Some(SemiSync::Waiting) => self.proof || !self.rules.has(Rule::NoSessionWaiting),
                Some(SemiSync::Off) => false,
                None => self.proof && self.frozen(),
            };
            if let Some(last) = self.kept.report.as_ref().and_then(|report| report.position.as_ref()) {
                self.report_before = last.executed.clone();
            }
            if self.miss_what_was_lost(&mut report) {
                self.proof = false;
            }
            self.kept.report = Some(report);
            self.kept.held = held;
        }
        self.ask();
    }

    /// What the holder once reported and has lost since is missed all the same: clients were told of it. True when there is such.
    fn miss_what_was_lost(&self, report: &mut Report<P>) -> bool {
        let before = self.kept.report.as_ref().filter(|before| before.epoch == report.epoch);
        let by_holder = report.epoch.is_some_and(|epoch| epoch.holder == report.node);
        if let (true, Some(now), Some(before)) =
            (by_holder, report.position.as_mut(), before.and_then(|before| before.position.as_ref()))
        {
            let lost = !now.executed.contains(&before.executed);
            now.executed.merge(&before.executed);
            return lost;
        }
        false
    }

    /// Rule 1: a higher epoch ends everything that was built on a lower one.
    fn adopt(&mut self, report: &Report<P>) {
        let held = self.holds();
        match (self.kept.epoch, report.epoch) {
            // Nobody ever held it: the lower id is deemed to, as a holder that has to be confirmed.
            (None, None) => {
                let holder = self.me.min(report.node);
                self.kept.epoch = Some(Epoch { number: 0, holder });
            }
            (ours, Some(theirs)) if ours < Some(theirs) => {
                self.kept.epoch = Some(theirs);
                self.kept.cut = report.cut.clone();
                // Epoch 0 is no reign, and has no cut.
                self.kept.demoted |= theirs.number > 0 && theirs.holder != self.me && (held || ours.is_none());
            }
            _ => return,
        }
        self.yielding = Yielding::No;
        self.yields = None;
        self.grant = None;
        for witness in &mut self.witnesses {
            witness.leave = Leave::Free;
        }
        if self.holds() {
            // By an epoch of an earlier life, or by convention: not without an echo.
            self.kept.boot = None;
            self.suspend(|_| true);
        }
    }

    fn echoed(&mut self, echo: Nonce) {
        for witness in &mut self.witnesses {
            if let Leave::Suspended(nonce) = witness.leave
                && nonce.session == echo.session
                && nonce.count <= echo.count
            {
                witness.leave = Leave::Permit;
            }
        }
    }

    fn keep_the_role(&mut self) {
        self.yielding = Yielding::No;
        self.yields = None;
        self.suspend(|_| true);
    }

    /// Rule 10: a node asks exactly while it could take the role, and without asking there is no grant.
    fn ask(&mut self) {
        let able = self.admission().is_ok() || !self.rules.has(Rule::AskOnlyIfAble);
        self.wants = if self.unwitnessed() {
            self.failback && self.fit()
        } else {
            able && self.fit() && self.frozen() && !self.holds()
        };
        if !self.wants && self.rules.has(Rule::AskOnlyIfAble) {
            self.grant = None;
        }
    }

    /// The report to the peer.
    pub fn report(&self) -> Report<P> {
        let suspended = self.witnesses.iter().filter_map(|witness| match witness.leave {
            Leave::Suspended(nonce) => Some(nonce),
            Leave::Free | Leave::Permit | Leave::Trial => None,
        });
        Report {
            node: self.me,
            epoch: self.kept.epoch,
            cut: self.kept.cut.clone(),
            position: self.position.clone(),
            answers: self.sample.is_some(),
            wants: self.wants,
            claims: self.claims && !self.holds() && self.admission().is_ok(),
            yields: self.yields.clone(),
            suspended: suspended.max_by_key(|nonce| nonce.count).filter(|_| self.holds()),
            echo: self.peer_suspended.filter(|_| !self.silent),
        }
    }

    /// A check with an opinion, from the witness of that number, whose connection is still open. `fresh` says whether
    /// the last probe began after it came. When the epoch in [`Machine::kept`] is another one afterwards, it must be on disk before
    /// the answer is given.
    pub fn check(&mut self, witness: usize, opinion: Opinion, sessions: bool, fresh: bool) -> Answer {
        let (restarted, fit, holds) = (self.restarted(), self.fit(), self.holds());
        let settled = self.yielding == Yielding::No;
        let Some(its) = self.witnesses.get_mut(witness).filter(|its| !its.removed) else {
            return Answer::Refuse(Refusal::WitnessesDisagree);
        };
        its.unchecked = false;
        its.sessions = sessions;
        its.told_out = !opinion.me && !its.answered_up;
        its.opinion = Some(opinion);
        its.since_silence = if self.silent { its.since_silence.saturating_add(1).min(2) } else { 0 };
        if opinion.me && fit && !restarted && settled && matches!(its.leave, Leave::Suspended(_) | Leave::Permit) {
            its.leave = Leave::Free;
        }
        if opinion.me && !opinion.peer && its.leave == Leave::Trial {
            its.leave = Leave::Free;
        }
        // Rule 4.
        let out = !opinion.me && holds && settled && !restarted && its.leave == Leave::Free;
        let excluded = opinion.me && its.answered_up;
        if out && self.rules.has(Rule::Suspension) {
            let nonce = self.next_nonce();
            self.witnesses[witness].leave = Leave::Suspended(nonce);
        }
        // Rule 6.
        if excluded && self.silent && self.incumbent() && (self.lease_over || !self.rules.has(Rule::Exclusion)) {
            self.kept.peer_excluded = true;
        }
        self.ask();
        let answer = self.decide(witness, opinion, fresh);
        let its = &mut self.witnesses[witness];
        its.answered_up = answer == Answer::Serve;
        if its.answered_up {
            its.told_out = false;
            if its.leave == Leave::Permit {
                its.leave = Leave::Free;
            }
        }
        answer
    }

    fn decide(&mut self, witness: usize, opinion: Opinion, fresh: bool) -> Answer {
        if self.incumbent() {
            let leave = self.witnesses[witness].leave;
            return match (self.yielding, leave) {
                (Yielding::Commanded, _) => Answer::Refuse(Refusal::HandingOver),
                (Yielding::Asked, _) => Answer::Refuse(Refusal::Yielded),
                (Yielding::No, Leave::Free | Leave::Permit) => Answer::Serve,
                (Yielding::No, Leave::Trial) if opinion.peer => Answer::Refuse(Refusal::PeerInUse),
                (Yielding::No, Leave::Trial) => match self.admission() {
                    Ok(()) => Answer::Serve,
                    Err(bar) => Answer::Refuse(Refusal::Barred(bar)),
                },
                (Yielding::No, Leave::Suspended(_)) => self.resume(witness, opinion),
            };
        }
        match self.admit(fresh) {
            Ok(()) => {
                self.take();
                Answer::Serve
            }
            Err(refusal) => Answer::Refuse(refusal),
        }
    }

    /// Rule 6, or an operator's word.
    fn resume(&mut self, witness: usize, opinion: Opinion) -> Answer {
        if !self.silent {
            return Answer::Refuse(Refusal::Suspended);
        }
        if opinion.peer || !(self.kept.peer_excluded || self.takeover) {
            return Answer::Refuse(Refusal::Undecided);
        }
        self.witnesses[witness].leave = Leave::Free;
        Answer::Serve
    }

    /// Rules 2, 5, 7, 8 and 12: whether this node gains the role now.
    pub(super) fn admit(&self, fresh: bool) -> Result<(), Refusal> {
        self.admission().map_err(Refusal::Barred)?;
        let Some(sample) = &self.sample else {
            return Err(Refusal::Barred(Bar::Unfit));
        };
        if !self.listed().all(Witness::peer_is_out) {
            let in_use = self.witnesses.iter().any(|its| its.opinion.is_some_and(|opinion| opinion.peer));
            return Err(match (in_use, self.witnesses.len()) {
                (true, 1) if !self.holds() => Refusal::Standby,
                (true, 1) => Refusal::PeerInUse,
                _ => Refusal::WitnessesDisagree,
            });
        }
        let reports = !self.rules.has(Rule::FreshReport) || self.heard && self.report_fresh;
        if self.kept.epoch.is_none() && !self.takeover {
            return Err(Refusal::NoEpoch);
        }
        if self.holds() {
            if self.yielding != Yielding::No {
                return Err(Refusal::Yielded);
            }
            let waits = self.witnesses.iter().any(|its| matches!(its.leave, Leave::Suspended(_)));
            let answered = self.heard && !self.silent;
            match (answered, waits) {
                (true, true) => return Err(Refusal::Suspended),
                (true, false) => {}
                (false, _) if self.kept.peer_excluded || self.takeover => {}
                (false, _) => return Err(Refusal::Undecided),
            }
        } else if self.rules.has(Rule::Consent) && !self.takeover {
            match &self.grant {
                Some(Yield::Final(last)) if !self.reaches(&sample.position.executed, last) => {
                    return Err(Refusal::BehindFinal);
                }
                Some(Yield::Final(_)) => {}
                _ if !reports => return Err(Refusal::NoReport),
                Some(Yield::NoAnswer) => {}
                None if !self.silent => return Err(Refusal::Asking),
                None if self.rules.has(Rule::CheckAfterSilence) && self.listed().any(|its| its.since_silence < 2) => {
                    return Err(Refusal::Asking);
                }
                None => {}
            }
        }
        if !fresh && self.rules.has(Rule::FreshProbe) {
            return Err(Refusal::Probing);
        }
        Ok(())
    }

    /// Rule 1: a gain.
    fn take(&mut self) {
        let Some(sample) = &self.sample else {
            return;
        };
        let heard = self.kept.report.as_ref().and_then(|report| report.epoch);
        let highest = self.kept.epoch.max(heard).map_or(0, |epoch| epoch.number);
        // A holder gains alone at most once before the peer hears of it: the peer's gain must be the higher one.
        let step = if self.holds() { 1 } else { 2 };
        self.kept.epoch = Some(Epoch { number: highest + step, holder: self.me });
        self.kept.cut = sample.position.executed.clone();
        self.kept.boot = Some(sample.boot);
        self.kept.peer_excluded = false;
        self.kept.demoted = false;
        self.yielding = Yielding::No;
        self.yields = None;
        self.grant = None;
        self.wants = false;
        self.takeover = false;
        self.claims = false;
        for witness in &mut self.witnesses {
            witness.leave = Leave::Trial;
        }
    }

    /// Nothing was heard of the peer for T_silent.
    pub fn peer_fell_silent(&mut self) {
        if !self.silent {
            self.silent = true;
            for witness in &mut self.witnesses {
                witness.since_silence = 0;
            }
        }
    }

    /// The last report is older than rule 12 allows; without effect while the holder is out.
    pub fn report_aged(&mut self) {
        if !self.frozen() {
            self.report_fresh = false;
        }
    }

    /// The last report is older than the peer's semi-sync timeout; without effect while the holder is out.
    pub fn proof_aged(&mut self) {
        if !self.frozen() {
            self.proof = false;
        }
    }

    /// The peer fetched a report.
    pub fn peer_fetched(&mut self) {
        self.lease_over = false;
    }

    /// The peer has fetched no report for so long that none is fresh there, and HAProxy used this node all the while.
    pub fn peer_lease_over(&mut self) {
        self.lease_over = true;
    }

    /// Rule 4: an echo was not acted on within T_silent.
    pub fn permit_expired(&mut self) {
        if self.rules.has(Rule::Expiry) {
            self.suspend(|leave| leave == Leave::Permit);
        }
    }

    /// Rule 9: a grant was not acted on in time.
    pub fn grant_expired(&mut self) {
        if self.rules.has(Rule::Expiry) {
            self.grant = None;
        }
    }

    /// Without a witness: every check was refused for long enough.
    pub fn drained(&mut self) {
        self.drained = true;
    }

    /// A hand-over came to nothing.
    pub fn hand_over_timed_out(&mut self) {
        if self.yielding != Yielding::No {
            self.keep_the_role();
        }
    }

    /// A witness sends no checks any more.
    pub fn checks_stopped(&mut self, witness: usize) {
        if let Some(its) = self.witnesses.get_mut(witness) {
            its.unchecked = true;
            its.sessions = false;
            its.opinion = None;
            its.since_silence = 0;
        }
        self.ask();
    }

    /// An operator gives the role away. False when this node does not have it.
    pub fn hand_over(&mut self) -> bool {
        let may = self.incumbent() && self.yielding == Yielding::No;
        if may {
            self.yielding = Yielding::Commanded;
            for witness in &mut self.witnesses {
                witness.told_out = false;
            }
        }
        may
    }

    /// An operator wants the role on this node, or does not any more.
    pub fn claim(&mut self, wanted: bool) {
        if self.unwitnessed() {
            self.failback = wanted;
        } else {
            self.claims = wanted;
        }
        self.ask();
    }

    /// An operator says that a witness is gone for good.
    pub fn remove_witness(&mut self, number: usize) {
        if let Some(its) = self.witnesses.get_mut(number) {
            *its = Witness { removed: true, ..Witness::default() };
        }
        self.ask();
    }

    /// An operator says that the peer is dead: consent and reports are not waited for.
    pub fn take_over(&mut self) {
        self.takeover = true;
    }

    /// What this node lacks of what it or its peer was seen to have, and what it has too much.
    pub fn loss(&self) -> (P, P) {
        let mut wanted = self.kept.mark.clone();
        if let Some(position) = self.kept.report.as_ref().and_then(|report| report.position.as_ref()) {
            wanted.merge(&position.executed);
        }
        let executed = self.position.as_ref().map(|position| position.executed.clone()).unwrap_or_default();
        let missing = wanted.minus(&executed).minus(&self.kept.accepted);
        (missing, self.kept.surplus.minus(&self.kept.accepted))
    }

    /// An operator gives up what is missing, and keeps what is too much.
    pub fn accept_loss(&mut self) {
        let (missing, surplus) = self.loss();
        self.kept.accepted.merge(&missing);
        self.kept.accepted.merge(&surplus);
        self.ask();
    }

    /// An operator says that the history began anew: nothing that was seen before counts.
    pub fn drop_marks(&mut self) {
        self.kept.anomaly = None;
        self.kept.proven = true;
        self.kept.mark = P::default();
        self.kept.own_mark = P::default();
        self.kept.held = P::default();
        self.kept.report = None;
        self.report_fresh = false;
        self.proof = false;
        self.mark_before = P::default();
        self.held_before = P::default();
        self.ask();
    }

    /// Another server answers than the one whose history is kept.
    pub fn identity_changed(&mut self) {
        self.kept.anomaly = Some(Anomaly::IdentityChanged);
        self.ask();
    }
}
