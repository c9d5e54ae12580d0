//! The faults, and their order.

use std::fmt;
use std::str::FromStr;

use super::configuration::Configuration;
use super::random::Random;

/// One of this many passes through all faults includes the slow ones.
const SLOW_PASSES: usize = 4;

/// One of the two nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    /// The node that HAProxy uses.
    Holder,
    /// The other node.
    Standby,
}

/// One fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fault {
    /// SIGKILL to the database.
    Kill(Side),
    /// SIGSTOP to the database, for a moment or until the other node is used.
    Stop(Side),
    /// SIGKILL to healthd; the database goes on.
    KillHealthd(Side),
    /// The cable between HAProxy and the node.
    CutFront(Side),
    /// All cables of a node.
    Isolate(Side),
    /// No free byte on the disk of the database.
    FillDisk(Side),
    /// No free byte on the disk of healthd's state.
    FillState(Side),
    /// The cable between both nodes.
    CutNodes,
    /// Both replication threads of the standby are stopped.
    StopReplication,
    /// The standby receives but does not apply; then the holder's database is killed.
    LagThenKill,
    /// A power cut: both databases, both healthd and HAProxy, all at once.
    RestartAll,
    /// `healthd switchover`, under load.
    Switchover,
    /// SIGKILL to one HAProxy, which is started again at once.
    RestartProxy,
    /// The cable between one of two HAProxys and the node.
    CutOneFront(Side),
}

impl Fault {
    /// All faults.
    pub const ALL: [Fault; 22] = [
        Fault::Kill(Side::Holder),
        Fault::Stop(Side::Holder),
        Fault::KillHealthd(Side::Holder),
        Fault::CutFront(Side::Holder),
        Fault::Isolate(Side::Holder),
        Fault::FillDisk(Side::Holder),
        Fault::FillState(Side::Holder),
        Fault::Kill(Side::Standby),
        Fault::Stop(Side::Standby),
        Fault::KillHealthd(Side::Standby),
        Fault::CutFront(Side::Standby),
        Fault::Isolate(Side::Standby),
        Fault::FillDisk(Side::Standby),
        Fault::FillState(Side::Standby),
        Fault::CutNodes,
        Fault::StopReplication,
        Fault::LagThenKill,
        Fault::RestartAll,
        Fault::Switchover,
        Fault::RestartProxy,
        Fault::CutOneFront(Side::Holder),
        Fault::CutOneFront(Side::Standby),
    ];

    /// The faults that are useful in a configuration.
    pub(crate) fn all_of(configuration: Configuration, proxies: usize) -> Vec<Fault> {
        let means_something = |fault: &Fault| match fault {
            Fault::Switchover => configuration.has_witness(),
            Fault::CutOneFront(_) => proxies > 1,
            _ => true,
        };
        Fault::ALL.into_iter().filter(means_something).collect()
    }

    /// The name on the command line and in the table.
    pub fn name(self) -> &'static str {
        match self {
            Fault::Kill(Side::Holder) => "holder-kill",
            Fault::Stop(Side::Holder) => "holder-stop",
            Fault::KillHealthd(Side::Holder) => "holder-healthd-kill",
            Fault::CutFront(Side::Holder) => "holder-cut-front",
            Fault::Isolate(Side::Holder) => "holder-isolate",
            Fault::FillDisk(Side::Holder) => "holder-disk-full",
            Fault::FillState(Side::Holder) => "holder-state-full",
            Fault::Kill(Side::Standby) => "standby-kill",
            Fault::Stop(Side::Standby) => "standby-stop",
            Fault::KillHealthd(Side::Standby) => "standby-healthd-kill",
            Fault::CutFront(Side::Standby) => "standby-cut-front",
            Fault::Isolate(Side::Standby) => "standby-isolate",
            Fault::FillDisk(Side::Standby) => "standby-disk-full",
            Fault::FillState(Side::Standby) => "standby-state-full",
            Fault::CutNodes => "cut-nodes",
            Fault::StopReplication => "stop-replication",
            Fault::LagThenKill => "lag-then-kill",
            Fault::RestartAll => "restart-all",
            Fault::Switchover => "switchover",
            Fault::RestartProxy => "haproxy-restart",
            Fault::CutOneFront(Side::Holder) => "one-cut-holder",
            Fault::CutOneFront(Side::Standby) => "one-cut-standby",
        }
    }

    /// Whether the fault concerns a node, which may then answer 503. The holder must tolerate the loss of the link
    /// between the nodes and of the standby's replication.
    pub(crate) fn concerns(self, side: Side) -> bool {
        match self {
            Fault::Kill(of)
            | Fault::Stop(of)
            | Fault::KillHealthd(of)
            | Fault::CutFront(of)
            | Fault::Isolate(of)
            | Fault::FillDisk(of) => of == side,
            // Whether its state can be written or not, the answer must be the same. While the other HAProxy uses the
            // holder, no node may take the role, and the holder must not give it up.
            Fault::FillState(_) | Fault::CutOneFront(_) => false,
            // A HAProxy that has just started uses no server, and says so. The holder is then suspended for some
            // checks.
            Fault::RestartProxy => side == Side::Holder,
            Fault::CutNodes | Fault::StopReplication => side == Side::Standby,
            Fault::LagThenKill | Fault::RestartAll | Fault::Switchover => true,
        }
    }

    /// Whether the other node must take over. After a restart of everything, any node may.
    pub(crate) fn moves_service(self) -> bool {
        matches!(
            self,
            Fault::Kill(Side::Holder)
                | Fault::Stop(Side::Holder)
                | Fault::KillHealthd(Side::Holder)
                | Fault::CutFront(Side::Holder)
                | Fault::Isolate(Side::Holder)
                | Fault::LagThenKill
                | Fault::RestartAll
                | Fault::Switchover
        )
    }

    /// Whether a round of this fault takes ten times as long as others. A database looks only once a minute whether its
    /// full disk has room again, and nothing makes it look earlier.
    fn is_slow(self) -> bool {
        matches!(self, Fault::FillDisk(_))
    }

    /// The faults of a run: each one once, in an order that the seed decides, then again in another order. Slow faults
    /// are only in every fourth pass, including the first. Otherwise half of a run would be waiting for them.
    pub(crate) fn order(of: &[Fault], seed: u64, rounds: usize) -> Vec<Fault> {
        let mut random = Random::new(seed);
        let mut order = Vec::new();
        let only_slow = of.iter().all(|fault| fault.is_slow());
        for pass in 0.. {
            if order.len() >= rounds || of.is_empty() {
                break;
            }
            let mut next = of.to_vec();
            next.retain(|fault| only_slow || pass % SLOW_PASSES == 0 || !fault.is_slow());
            random.shuffle(&mut next);
            order.extend(next);
        }
        order.truncate(rounds);
        order
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Fault {
    type Err = String;

    fn from_str(name: &str) -> Result<Fault, String> {
        let found = Fault::ALL.into_iter().find(|fault| fault.name() == name);
        found.ok_or_else(|| {
            let names: Vec<&str> = Fault::ALL.into_iter().map(Fault::name).collect();
            format!("no such fault; there are {}", names.join(", "))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_finds_its_fault() {
        assert!(Fault::ALL.into_iter().all(|fault| fault.name().parse() == Ok(fault)));
    }

    #[test]
    fn an_order_has_each_fault_before_any_comes_again() {
        let order = Fault::order(&Fault::ALL, 3, 30);
        assert_eq!(order.len(), 30);
        assert!(Fault::ALL.iter().all(|fault| order[..Fault::ALL.len()].contains(fault)));
        assert_eq!(order, Fault::order(&Fault::ALL, 3, 30));
        assert_ne!(order, Fault::order(&Fault::ALL, 4, 30));
    }

    #[test]
    fn slow_faults_are_rare_unless_they_are_all() {
        let disk = Fault::FillDisk(Side::Holder);
        let count = |of: &[Fault], rounds| Fault::order(of, 3, rounds).iter().filter(|fault| **fault == disk).count();
        // Four passes: 19 faults, and three times 17.
        assert_eq!((count(&Fault::ALL, 70), count(&Fault::ALL, 140)), (1, 2));
        assert_eq!(count(&[disk], 5), 5);
    }
}
