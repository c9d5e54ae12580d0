//! An answer of the state machine as gates that people read: what is held against what, how old it is, what is missing.

use std::time::Duration;

use crate::position::gtids::Gtids;
use crate::position::history::History as _;
use crate::text::clean::one_line;
use crate::text::duration::short;
use crate::verdict::note::Note;
use crate::verdict::writer_reason::{Cause, Names, Transactions, WriterReason};
use crate::writer::{Anomaly, Answer, Bar, Contact, Handover, Machine, Permission, Refusal, Yield};

/// What the explanation needs beside the state machine.
#[derive(Debug, Clone)]
pub struct Around {
    /// The names of the nodes.
    pub names: Names,
    /// Whether there is a peer.
    pub has_peer: bool,
    /// The age of the last report's position.
    pub report_age: Option<Duration>,
    /// For how long the peer was not heard.
    pub unheard: Duration,
    /// After what time it counts as unreachable.
    pub t_silent: Duration,
    /// The witnesses' names, in the machine's order.
    pub witnesses: Vec<String>,
    /// What the peer has executed, as it says now: what it once had and has lost is not in it.
    pub there: Option<Gtids>,
    /// What the peer has purged.
    pub purged: Gtids,
    /// What makes a sentence weaker, in words.
    pub caveats: Vec<String>,
    /// What operators ordered, the oldest first.
    pub orders: Vec<String>,
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
pub struct Condition {
    /// The gate's name.
    pub name: &'static str,
    /// What was measured.
    pub measured: String,
    /// What it is held against.
    pub limit: &'static str,
    /// The ruling.
    pub judged: Judged,
}

/// The longest text of what was measured: names, errors and reports come from elsewhere.
const MEASURED: usize = 200;

/// The highest epoch that a node knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownEpoch {
    /// Its number.
    pub number: u64,
    /// Whether this node holds it.
    pub held_here: bool,
}

/// The writer role's part of a verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WriterView {
    /// Every condition, the one that decides first among those that fail.
    pub conditions: Vec<Condition>,
    /// The highest epoch known; `None` before the first.
    pub epoch: Option<KnownEpoch>,
}

impl WriterView {
    /// A refusal that does not come from the machine.
    pub fn refused(names: Names, cause: Cause) -> WriterView {
        let judged = Judged::Fail(WriterReason { names, cause });
        let condition = Condition { name: "role", measured: "unknown".to_owned(), limit: "held", judged };
        WriterView { conditions: vec![condition], epoch: None }
    }

    /// Whether nothing of this role's own stands against serving.
    pub fn serves(&self) -> bool {
        !self.conditions.iter().any(|condition| matches!(condition.judged, Judged::Fail(_)))
    }

    /// Whether this node serves under a takeover that HAProxy has witnessed.
    pub fn serves_as_holder(&self) -> bool {
        // Epoch 0 is a convention: no takeover.
        matches!(self.epoch, Some(KnownEpoch { number: 1.., held_here: true })) && self.serves()
    }

    /// Explains an answer. The machine may have gone on since: a refusal is explained by itself, with figures from what
    /// is known now, so that it never reads as success.
    pub fn new(machine: &Machine<Gtids>, answer: Answer, around: &Around) -> WriterView {
        let explained = Explained {
            machine,
            around,
            refusal: match answer {
                Answer::Serve => None,
                Answer::Refuse(refusal) => Some(refusal),
            },
        };
        let epoch =
            machine.persistent().epoch.map(|epoch| KnownEpoch { number: epoch.number, held_here: machine.holds() });
        WriterView { conditions: explained.conditions(), epoch }
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

    fn conditions(&self) -> Vec<Condition> {
        let mut conditions = Vec::with_capacity(8);
        // Its note goes before all others: the guarantees of the next start are at stake.
        if let Some(why) = &self.around.unsaved {
            conditions.push(Condition {
                name: "state",
                measured: format!("not saved: {why}"),
                limit: "saved",
                judged: Judged::Noted(Note::StateNotSaved),
            });
        }
        conditions.extend([self.role(), self.history(), self.mark()]);
        // What was reported counts also after the peer went out of the configuration.
        if self.around.has_peer || self.barred(|bar| bar == Bar::BehindReport) {
            conditions.push(self.report());
        }
        if self.around.has_peer || self.barred(|bar| bar == Bar::Errant) {
            conditions.push(self.errant());
        }
        if self.around.has_peer {
            conditions.push(self.peer());
        }
        conditions.extend(self.witnesses());
        // What an operator has overridden explains what the gates do not show any more.
        conditions.extend(self.around.orders.iter().map(|order| Condition {
            name: "order",
            measured: order.clone(),
            limit: "none",
            judged: Judged::Pass,
        }));
        for caveat in &self.around.caveats {
            conditions.push(Condition {
                name: "caveat",
                measured: caveat.clone(),
                limit: "none",
                judged: Judged::Noted(Note::WeakerGuarantee),
            });
        }
        for condition in &mut conditions {
            condition.measured = one_line(&condition.measured, MEASURED);
        }
        conditions
    }

    /// The holder of the role, and every refusal that is not one of the gates below.
    fn role(&self) -> Condition {
        let machine = self.machine;
        let peer = &self.around.names.peer;
        let epoch = machine.persistent().epoch.map_or(0, |epoch| epoch.number);
        let measured = match (machine.unwitnessed(), machine.persistent().epoch) {
            (true, _) => "no witness: two writers are not excluded".to_owned(),
            (false, None) => "held by no node".to_owned(),
            (false, Some(epoch)) if machine.holds() => format!("held here, {epoch}"),
            (false, Some(epoch)) => format!("held by {peer}, {epoch}"),
        };
        // Without a witness an unreachable peer does not consent.
        let unreachable_after = (!machine.unwitnessed()).then_some(self.around.t_silent);
        let judged = match self.refusal {
            None if machine.unwitnessed() => Judged::Noted(Note::NoWitness),
            Some(Refusal::Barred(Bar::Unfit)) => self.reason(Cause::PositionUnknown),
            Some(Refusal::Barred(Bar::NotCompared)) => self.reason(Cause::VerifyingPosition),
            Some(Refusal::Barred(_)) if machine.unwitnessed() => Judged::Noted(Note::NoWitness),
            Some(Refusal::Barred(_)) if !machine.holds() => Judged::Noted(Note::NotRequired),
            None | Some(Refusal::Barred(_)) => Judged::Pass,
            Some(Refusal::Standby) => self.reason(Cause::Standby { epoch }),
            Some(Refusal::NoEpoch) => self.reason(Cause::NoHolder),
            Some(Refusal::Suspended) => self.reason(Cause::Suspended),
            Some(Refusal::Undecided) => self.reason(Cause::PeerUnreachable { unheard: self.around.unheard }),
            Some(Refusal::HandingOver) => self.reason(Cause::HandingOver),
            Some(Refusal::Yielded) => self.reason(Cause::Yielding),
            Some(Refusal::PeerInUse) => self.reason(Cause::PeerInUse),
            Some(Refusal::WitnessesDisagree) => {
                let other = machine.witnesses().iter().position(|its| !its.removed && !its.peer_is_out());
                let witness = other.and_then(|other| self.around.witnesses.get(other)).cloned().unwrap_or_default();
                self.reason(Cause::WitnessesDisagree { witness })
            }
            Some(Refusal::Asking) => self.reason(Cause::RoleRequested { unreachable_after }),
            Some(Refusal::NoReport) => self.reason(Cause::PeerPositionUnknown),
            Some(Refusal::BehindFinal) => {
                let last = match machine.grant() {
                    Some(Yield::Final(last)) => self.machine.lacks(last),
                    _ => Gtids::default(),
                };
                self.reason(Cause::BehindFinalPosition { missing: Transactions::of(&last) })
            }
            Some(Refusal::Probing) => self.reason(Cause::VerifyingPosition),
            Some(Refusal::NotChecked) => self.reason(Cause::NoHttpCheck),
            Some(Refusal::Quarantined) => self.reason(Cause::AwaitingFailback),
        };
        Condition { name: "role", measured, limit: "held here", judged }
    }

    /// An admission gate: it fails only where it is the one that bars; the holder keeps the role without it.
    fn gate(
        &self,
        name: &'static str,
        limit: &'static str,
        measured: String,
        met: bool,
        bar: Option<Cause>,
    ) -> Condition {
        let judged = match bar {
            Some(cause) => self.reason(cause),
            None if met => Judged::Pass,
            None => Judged::Noted(Note::NotRequired),
        };
        Condition { name, measured, limit, judged }
    }

    fn barred(&self, by: impl Fn(Bar) -> bool) -> bool {
        matches!(self.refusal, Some(Refusal::Barred(bar)) if by(bar))
    }

    fn history(&self) -> Condition {
        let persistent = self.machine.persistent();
        let barring = match self.refusal {
            Some(Refusal::Barred(bar @ (Bar::Anomaly(_) | Bar::Unproven))) => Some(bar),
            _ => None,
        };
        let known = match (persistent.anomaly, persistent.proven) {
            (Some(anomaly), _) => Some(Bar::Anomaly(anomaly)),
            (None, false) => Some(Bar::Unproven),
            (None, true) => None,
        };
        let (measured, cause) = match barring.or(known) {
            Some(Bar::Anomaly(Anomaly::SelfReset)) => ("was reset", Some(Cause::BinlogReset)),
            Some(Bar::Anomaly(Anomaly::LostOwnCommits)) => {
                let mut own = persistent.own_high_water_mark.clone();
                own.merge(&persistent.held_by_peer);
                let lost = Transactions::of(&own.minus(&self.own()));
                ("lost transactions", Some(Cause::LostTransactions { missing: lost }))
            }
            Some(Bar::Anomaly(Anomaly::IdentityChanged)) => ("of another server", Some(Cause::ServerChanged)),
            Some(_) => ("never in sync", Some(Cause::NeverInSync)),
            None => ("known", None),
        };
        let met = cause.is_none();
        self.gate("history", "known", measured.to_owned(), met, cause.filter(|_| barring.is_some()))
    }

    fn own(&self) -> Gtids {
        self.machine.position().map(|position| position.own.clone()).unwrap_or_default()
    }

    fn mark(&self) -> Condition {
        let missing = self.machine.lacks(&self.machine.persistent().high_water_mark);
        let known = self.machine.position().is_some();
        let measured = match (known, missing.is_empty()) {
            (false, _) => "unknown".to_owned(),
            (true, true) => "all".to_owned(),
            (true, false) => format!("without {}", Transactions::of(&missing)),
        };
        let cause = self.barred(|bar| bar == Bar::BehindMark).then(|| {
            let transactions = Transactions::of(&missing);
            if self.purged(&missing) {
                Cause::BinlogPurged { missing: transactions }
            } else if self.gone(&missing) {
                Cause::SourceReset { missing: transactions }
            } else {
                Cause::RelayLogNotApplied { missing: transactions }
            }
        });
        self.gate("applied", "all ever received", measured, known && missing.is_empty(), cause)
    }

    /// The part that is not in a relay log: what is there will be applied, wherever else it is gone.
    fn to_be_fetched(&self, missing: &Gtids) -> Gtids {
        self.machine.sample().map_or_else(Gtids::default, |sample| missing.minus(&sample.received))
    }

    fn purged(&self, missing: &Gtids) -> bool {
        let wanted = self.to_be_fetched(missing);
        wanted != wanted.minus(&self.around.purged)
    }

    /// Whether the source began anew. The last report of a dead peer is always a little older than what was received:
    /// only a source that lives and has none of it has lost it. It need not be connected: it refuses a replica that is
    /// ahead.
    fn gone(&self, missing: &Gtids) -> bool {
        let machine = self.machine;
        let lives = machine.peer_contact() == Contact::Heard && machine.peer_server_answers();
        let lacks = self.around.there.as_ref().is_some_and(|there| missing.minus(there) == *missing);
        !missing.is_empty() && lives && lacks && self.to_be_fetched(missing) == *missing
    }

    fn report(&self) -> Condition {
        let reported = self.machine.persistent().reported();
        let missing = reported.map(|position| self.machine.lacks(&position.executed)).unwrap_or_default();
        let age = self.around.report_age;
        let told = age.map_or_else(String::new, |age| format!(", reported {} ago", short(age)));
        let known = reported.is_none() || self.machine.position().is_some();
        let measured = match (reported, missing.is_empty()) {
            (None, _) => "no report yet".to_owned(),
            (Some(_), _) if !known => format!("unknown{told}"),
            (Some(_), true) => format!("all{told}"),
            (Some(_), false) => format!("without {}{told}", Transactions::of(&missing)),
        };
        let cause = self.barred(|bar| bar == Bar::BehindReport).then(|| {
            let transactions = Transactions::of(&missing);
            if self.purged(&missing) {
                Cause::BinlogPurged { missing: transactions }
            } else {
                Cause::BehindPeer { missing: transactions, age }
            }
        });
        self.gate("applied_of_peer", "all it reported", measured, known && missing.is_empty(), cause)
    }

    /// Own transactions that the new holder lacked. Without a witness there is no new holder: those that the peer lacks
    /// now.
    fn errant(&self) -> Condition {
        let persistent = self.machine.persistent();
        let unheld;
        let errant = if self.machine.unwitnessed() && self.barred(|bar| bar == Bar::Errant) {
            unheld = self.own().minus(&persistent.held_by_peer);
            &unheld
        } else {
            &persistent.errant
        };
        let merged = errant.count().saturating_sub(errant.minus(&persistent.held_by_peer).count());
        let late = if merged == 0 { String::new() } else { format!(", {merged} merged late") };
        let open = errant.minus(&persistent.accepted);
        let (measured, met) = match (errant.is_empty(), open.is_empty()) {
            (true, _) if persistent.demoted => ("not compared yet".to_owned(), false),
            (true, _) => ("none".to_owned(), true),
            (false, true) => (format!("{}{late}, accepted", Transactions::of(errant)), true),
            (false, false) => (format!("{}{late}", Transactions::of(errant)), false),
        };
        let cause = self
            .barred(|bar| bar == Bar::Errant)
            .then(|| Cause::ErrantTransactions { errant: Transactions::of(&open), merged });
        self.gate("errant_transactions", "none", measured, met, cause)
    }

    fn peer(&self) -> Condition {
        let machine = self.machine;
        let unheard = short(self.around.unheard);
        let proof = if machine.has_semisync_proof() { ", semi-sync proven" } else { "" };
        let (measured, met) = match machine.peer_contact() {
            Contact::Unreachable { .. } => {
                let why = self.around.peer_error.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
                (format!("unreachable for {unheard}{why}"), false)
            }
            Contact::NeverHeard => ("not heard yet".to_owned(), false),
            Contact::Heard if !machine.peer_server_answers() => {
                (format!("heard {unheard} ago, its server does not answer"), true)
            }
            Contact::Heard => (format!("heard {unheard} ago{proof}"), true),
        };
        self.gate("peer", "heard", measured, met, None)
    }

    fn witnesses(&self) -> Vec<Condition> {
        let said = self.machine.witnesses().iter().zip(&self.around.witnesses).map(|(its, name)| {
            let opinion = match its.opinion {
                _ if its.removed => "removed by an operator".to_owned(),
                None => "no check lately".to_owned(),
                Some(opinion) => format!("me={} peer={}", u8::from(opinion.me), u8::from(opinion.peer)),
            };
            let permission = match its.permission {
                _ if its.removed || !self.machine.holds() || self.machine.handover() != Handover::No => "",
                Permission::Free => "",
                Permission::Suspended(_) => ", suspended",
                Permission::Once => ", confirmed by the peer",
                Permission::Trial => ", just taken",
            };
            let met = its.opinion.is_some() || its.removed;
            self.gate("witness", "checks", format!("{name}: {opinion}{permission}"), met, None)
        });
        said.collect()
    }
}
