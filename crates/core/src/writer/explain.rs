//! An answer of the state machine as gates that people read: what is held against what, how old it is, what is missing.

use std::time::Duration;

use super::kept::Anomaly;
use super::machine::{Answer, Machine, Yielding};
use super::reason::{Cause, Names, Transactions, WriterReason};
use super::refusal::{Bar, Refusal};
use super::witness::Leave;
use crate::duration::short;
use crate::gate::Note;
use crate::history::History as _;
use crate::position::gtids::Gtids;

/// What a machine does not know of itself.
#[derive(Debug, Clone)]
pub struct Around {
    /// Who is who.
    pub names: Names,
    /// Whether there is a peer.
    pub has_peer: bool,
    /// The age of the last report's position.
    pub report_age: Option<Duration>,
    /// For how long the peer was not heard.
    pub unheard: Duration,
    /// When it counts as silent.
    pub t_silent: Duration,
    /// The witnesses' names, in the machine's order.
    pub witnesses: Vec<String>,
    /// What the peer has purged.
    pub purged: Gtids,
    /// What makes a sentence weaker, in words.
    pub caveats: Vec<String>,
    /// Why the state could not be written lately.
    pub unsaved: Option<String>,
    /// Why the peer does not answer.
    pub peer_error: Option<String>,
}

/// How one condition was judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Judged {
    /// Met.
    Pass,
    /// Not met, or weaker, and it does not count here.
    Noted(Note),
    /// Not met.
    Fail(WriterReason),
}

/// One condition of the writer role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The gate's name.
    pub name: &'static str,
    /// What was measured.
    pub measured: String,
    /// What it is held against.
    pub limit: &'static str,
    /// The ruling.
    pub judged: Judged,
}

/// The writer role's part of a verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WriterView {
    /// Every condition, the one that decides first among those that fail.
    pub findings: Vec<Finding>,
    /// The number of the highest epoch known, and whether this node holds it.
    pub epoch: Option<(u64, bool)>,
}

impl WriterView {
    /// A refusal that does not come from the machine.
    pub fn refused(names: Names, cause: Cause) -> WriterView {
        let judged = Judged::Fail(WriterReason { names, cause });
        let finding = Finding { name: "role", measured: "unknown".to_owned(), limit: "held", judged };
        WriterView { findings: vec![finding], epoch: None }
    }

    /// Whether nothing of this role's own stands against serving.
    pub fn serves(&self) -> bool {
        !self.findings.iter().any(|finding| matches!(finding.judged, Judged::Fail(_)))
    }

    /// Whether this node holds the role, by a take-over that HAProxy has witnessed, and serves.
    pub fn reigns(&self) -> bool {
        // Epoch 0 is a convention, and no reign.
        matches!(self.epoch, Some((1.., true))) && self.serves()
    }

    /// Explains an answer.
    pub fn new(machine: &Machine<Gtids>, answer: Answer, around: &Around) -> WriterView {
        let explained = Explained {
            machine,
            around,
            refusal: match answer {
                Answer::Serve => None,
                Answer::Refuse(refusal) => Some(refusal),
            },
        };
        let epoch = machine.kept.epoch.map(|epoch| (epoch.number, machine.holds()));
        WriterView { findings: explained.findings(), epoch }
    }
}

struct Explained<'a> {
    machine: &'a Machine<Gtids>,
    around: &'a Around,
    refusal: Option<Refusal>,
}

impl Explained<'_> {
    fn reason(&self, cause: Cause) -> Judged {
        Judged::Fail(WriterReason { names: self.around.names.clone(), cause })
    }

    fn findings(&self) -> Vec<Finding> {
        let mut findings = vec![self.role()];
        findings.extend([self.history(), self.mark()]);
        if self.around.has_peer {
            findings.extend([self.report(), self.surplus(), self.peer()]);
        }
        findings.extend(self.witnesses());
        for caveat in &self.around.caveats {
            findings.push(Finding {
                name: "caveat",
                measured: caveat.clone(),
                limit: "none",
                judged: Judged::Noted(Note::Weaker),
            });
        }
        if let Some(why) = &self.around.unsaved {
            findings.push(Finding {
                name: "state",
                measured: format!("not saved: {why}"),
                limit: "saved",
                judged: Judged::Noted(Note::NotSaved),
            });
        }
        findings
    }

    /// Who holds the role, and every refusal that is not one of the gates below.
    fn role(&self) -> Finding {
        let machine = self.machine;
        let peer = &self.around.names.peer;
        let epoch = machine.kept.epoch.map_or(0, |epoch| epoch.number);
        let measured = match (machine.unwitnessed(), machine.kept.epoch) {
            (true, _) => "no witness".to_owned(),
            (false, None) => "held by nobody".to_owned(),
            (false, Some(epoch)) if machine.holds() => format!("held here, {epoch}"),
            (false, Some(epoch)) => format!("held by {peer}, {epoch}"),
        };
        let t_silent = self.around.t_silent;
        let judged = match self.refusal {
            None if machine.unwitnessed() => Judged::Noted(Note::NoWitness),
            Some(Refusal::Barred(Bar::Unfit)) => self.reason(Cause::NotRead),
            None | Some(Refusal::Barred(_)) => Judged::Pass,
            Some(Refusal::Standby) => self.reason(Cause::Standby { epoch }),
            Some(Refusal::NoEpoch) => self.reason(Cause::NoEpoch),
            Some(Refusal::Suspended) => self.reason(Cause::Suspended),
            Some(Refusal::Undecided) => self.reason(Cause::PeerSilent { silent: self.around.unheard }),
            Some(Refusal::HandingOver) => self.reason(Cause::HandingOver),
            Some(Refusal::Yielded) => self.reason(Cause::Yielded),
            Some(Refusal::PeerInUse) => self.reason(Cause::PeerInUse),
            Some(Refusal::WitnessesDisagree) => {
                let other = machine.witnesses.iter().position(|its| !its.peer_is_out());
                let witness = other.and_then(|other| self.around.witnesses.get(other)).cloned().unwrap_or_default();
                self.reason(Cause::WitnessesDisagree { witness })
            }
            Some(Refusal::Asking) => self.reason(Cause::Asking { t_silent }),
            Some(Refusal::NoReport) => self.reason(Cause::NoReport),
            Some(Refusal::BehindFinal) => {
                let last = match &machine.grant {
                    Some(super::report::Yield::Final(last)) => self.missing(last),
                    _ => Gtids::default(),
                };
                self.reason(Cause::BehindFinal { missing: Transactions::of(&last) })
            }
            Some(Refusal::Probing) => self.reason(Cause::Probing),
            Some(Refusal::NotChecked) => self.reason(Cause::NotChecked),
            Some(Refusal::Quarantined) => self.reason(Cause::Quarantined),
        };
        Finding { name: "role", measured, limit: "held here", judged }
    }

    /// An admission gate: it fails only where it is the one that bars; the holder keeps the role without it.
    fn gate(
        &self,
        name: &'static str,
        limit: &'static str,
        measured: String,
        met: bool,
        bar: Option<Cause>,
    ) -> Finding {
        let judged = match bar {
            Some(cause) => self.reason(cause),
            None if met => Judged::Pass,
            None => Judged::Noted(Note::NotCounted),
        };
        Finding { name, measured, limit, judged }
    }

    fn barred(&self, by: impl Fn(Bar) -> bool) -> bool {
        matches!(self.refusal, Some(Refusal::Barred(bar)) if by(bar))
    }

    fn history(&self) -> Finding {
        let kept = &self.machine.kept;
        let lost = || {
            let mut known = kept.own_mark.clone();
            known.merge(&kept.held);
            Transactions::of(&known.minus(&self.own()))
        };
        let (measured, cause) = match (kept.anomaly, kept.proven) {
            (Some(Anomaly::SelfReset), _) => ("began anew", Some(Cause::SelfReset)),
            (Some(Anomaly::LostOwnCommits), _) => ("lost own commits", Some(Cause::LostOwnCommits { missing: lost() })),
            (Some(Anomaly::IdentityChanged), _) => ("of another server", Some(Cause::IdentityChanged)),
            (None, false) => ("unproven", Some(Cause::Unproven)),
            (None, true) => ("known", None),
        };
        let met = cause.is_none();
        let bars = self.barred(|bar| matches!(bar, Bar::Anomaly(_) | Bar::Unproven));
        self.gate("history", "known", measured.to_owned(), met, cause.filter(|_| bars))
    }

    fn own(&self) -> Gtids {
        self.machine.position.as_ref().map(|position| position.own.clone()).unwrap_or_default()
    }

    fn missing(&self, wanted: &Gtids) -> Gtids {
        let executed = self.machine.position.as_ref().map(|position| position.executed.clone()).unwrap_or_default();
        wanted.minus(&executed).minus(&self.machine.kept.accepted)
    }

    fn mark(&self) -> Finding {
        let missing = self.missing(&self.machine.kept.mark);
        let measured =
            if missing.is_empty() { "all".to_owned() } else { format!("without {}", Transactions::of(&missing)) };
        let cause = self.barred(|bar| bar == Bar::BehindMark).then(|| {
            let there = self.machine.kept.report.as_ref().and_then(|report| report.position.as_ref());
            let gone = there.is_some_and(|there| self.machine.heard && !there.executed.contains(&missing));
            let transactions = Transactions::of(&missing);
            if self.purged(&missing) {
                Cause::Purged { missing: transactions }
            } else if gone {
                Cause::SourceReset { missing: transactions }
            } else {
                Cause::Behind { missing: transactions }
            }
        });
        self.gate("applied", "all ever received", measured, missing.is_empty(), cause)
    }

    fn purged(&self, missing: &Gtids) -> bool {
        !missing.is_empty() && *missing != missing.minus(&self.around.purged)
    }

    fn report(&self) -> Finding {
        let reported = self.machine.kept.report.as_ref().and_then(|report| report.position.as_ref());
        let missing = reported.map(|position| self.missing(&position.executed)).unwrap_or_default();
        let age = self.around.report_age;
        let told = age.map_or_else(String::new, |age| format!(", reported {} ago", short(age)));
        let measured = match (reported, missing.is_empty()) {
            (None, _) => "no report yet".to_owned(),
            (Some(_), true) => format!("all{told}"),
            (Some(_), false) => format!("without {}{told}", Transactions::of(&missing)),
        };
        let cause = self.barred(|bar| bar == Bar::BehindReport).then(|| {
            let transactions = Transactions::of(&missing);
            if self.purged(&missing) {
                Cause::Purged { missing: transactions }
            } else {
                Cause::BehindPeer { missing: transactions, age }
            }
        });
        self.gate("applied_of_peer", "all it reported", measured, missing.is_empty(), cause)
    }

    fn surplus(&self) -> Finding {
        let surplus = &self.machine.kept.surplus;
        let merged = surplus.count().saturating_sub(surplus.minus(&self.machine.kept.held).count());
        let open = surplus.minus(&self.machine.kept.accepted);
        let measured = match (surplus.is_empty(), open.is_empty()) {
            (true, _) => "none".to_owned(),
            (false, true) => format!("{}, {merged} merged late, accepted", Transactions::of(surplus)),
            (false, false) => format!("{}, {merged} merged late", Transactions::of(surplus)),
        };
        let cause = self.barred(|bar| bar == Bar::Surplus).then(|| match self.machine.kept.demoted {
            // Its position was not read since it lost the role.
            true => Cause::NotRead,
            false => Cause::Surplus { surplus: Transactions::of(&open), merged },
        });
        self.gate("surplus", "none", measured, open.is_empty(), cause)
    }

    fn peer(&self) -> Finding {
        let machine = self.machine;
        let unheard = short(self.around.unheard);
        let proof = if machine.proof { ", semi-sync proven" } else { "" };
        let (measured, met) = match (machine.silent, machine.heard) {
            (true, _) => {
                let why = self.around.peer_error.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
                (format!("silent for {unheard}{why}"), false)
            }
            (false, false) => ("not heard yet".to_owned(), false),
            (false, true) if !machine.peer_answers => {
                (format!("heard {unheard} ago, its server does not answer"), true)
            }
            (false, true) => (format!("heard {unheard} ago{proof}"), true),
        };
        self.gate("peer", "heard", measured, met, None)
    }

    fn witnesses(&self) -> Vec<Finding> {
        let said = self.machine.witnesses.iter().zip(&self.around.witnesses).map(|(its, name)| {
            let opinion = match its.opinion {
                None => "no check lately".to_owned(),
                Some(opinion) => format!("me={} peer={}", u8::from(opinion.me), u8::from(opinion.peer)),
            };
            let leave = match its.leave {
                _ if !self.machine.holds() || self.machine.yielding != Yielding::No => "",
                Leave::Free => "",
                Leave::Suspended(_) => ", suspended",
                Leave::Permit => ", confirmed by the peer",
                Leave::Trial => ", just taken",
            };
            self.gate("witness", "checks", format!("{name}: {opinion}{leave}"), its.opinion.is_some(), None)
        });
        said.collect()
    }
}
