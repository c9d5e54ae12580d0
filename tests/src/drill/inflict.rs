//! Inflicts faults on a site, and repairs them.

use std::time::{Duration, Instant};

use super::fault::{Fault, Side};
use super::network::{Link, NAMES};
use super::site::Site;
use super::workload::Workload;
use crate::stop::{Ended, Stop};

/// How long the standby only receives before the holder is killed.
const LAG: Duration = Duration::from_secs(2);
const STARTED: Duration = Duration::from_secs(90);

/// When a fault began, and when it was complete.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Inflicted {
    pub(crate) at: Instant,
    pub(crate) done: Instant,
}

/// Inflicts a fault. If it concerns one HAProxy, `proxy` says which one. Returns the message of a refused switchover.
pub(crate) fn inflict(
    site: &mut Site,
    fault: Fault,
    (holder, proxy): (usize, usize),
    workload: &Workload,
    stop: &Stop,
) -> Result<(Inflicted, Option<String>), Ended> {
    if fault == Fault::LagThenKill {
        site.nodes[1 - holder].stop_replication(true)?;
        let (since, acknowledged) = (Instant::now(), workload.look(|seen| seen.acks.len()));
        stop.until("some commits that the standby does not apply", LAG * 10, || {
            let new = workload.look(|seen| seen.acks.len()) - acknowledged;
            if new > 50 && since.elapsed() > LAG { Ok(()) } else { Err(format!("{new} commits")) }
        })?;
    }
    let at = Instant::now();
    let note = act(site, fault, holder, proxy)?;
    Ok((Inflicted { at, done: Instant::now() }, note))
}

fn act(site: &mut Site, fault: Fault, holder: usize, proxy: usize) -> Result<Option<String>, Ended> {
    let index = |side| if side == Side::Holder { holder } else { 1 - holder };
    if fault == Fault::RestartProxy {
        site.haproxies[proxy].process().kill9();
        site.haproxies[proxy].relaunch().map_err(Ended::failed)?;
        return Ok(None);
    }
    let node = |side| &site.nodes[index(side)];
    let fronts = |side| (0..site.haproxies.len()).map(move |proxy| Link::Front { proxy, node: index(side) });
    let cut = |link| site.network.cut(link).map_err(Ended::failed);
    match fault {
        Fault::Kill(side) => node(side).server.kill9(),
        Fault::Stop(side) => node(side).server.stop(),
        Fault::KillHealthd(side) => node(side).healthd.process().kill9(),
        Fault::CutFront(side) => fronts(side).try_for_each(cut)?,
        Fault::CutOneFront(side) => cut(Link::Front { proxy, node: index(side) })?,
        Fault::Isolate(side) => fronts(side).chain([Link::Nodes]).try_for_each(cut)?,
        Fault::FillDisk(side) => {
            node(side).server.disk().map_or(Ok(()), crate::disk::Disk::fill).map_err(Ended::failed)?;
        }
        Fault::FillState(side) => {
            node(side).healthd.disk().map_or(Ok(()), crate::disk::Disk::fill).map_err(Ended::failed)?;
        }
        Fault::CutNodes => cut(Link::Nodes)?,
        Fault::StopReplication => node(Side::Standby).stop_replication(false)?,
        Fault::LagThenKill => node(Side::Holder).server.kill9(),
        Fault::RestartAll => {
            site.haproxies.iter().for_each(|haproxy| haproxy.process().kill9());
            for node in &site.nodes {
                node.server.kill9();
                node.healthd.process().kill9();
            }
        }
        Fault::RestartProxy => {}
        Fault::Switchover => {
            let output = node(Side::Holder).healthd.command(&["switchover", "m0", "--yes"]);
            if !output.status.success() {
                let said = String::from_utf8_lossy(&output.stderr);
                return Ok(Some(format!("switchover: {}: {}", output.status, said.trim())));
            }
        }
    }
    Ok(None)
}

/// Repairs every fault: starts what has ended, plugs in what was cut, and frees what is full.
pub(crate) fn heal(site: &mut Site, stop: &Stop) -> Result<(), Ended> {
    site.network.repair().map_err(Ended::failed)?;
    for node in &mut site.nodes {
        for disk in [node.server.disk(), node.healthd.disk()].into_iter().flatten() {
            disk.free().map_err(Ended::failed)?;
        }
        node.server.cont();
        if !node.server.is_alive() {
            node.server.relaunch_with(&[]);
        }
        if !node.healthd.process().is_alive() {
            node.healthd.relaunch();
        }
    }
    for haproxy in &mut site.haproxies {
        if !haproxy.is_alive() {
            haproxy.relaunch().map_err(Ended::failed)?;
        }
    }
    for (node, name) in site.nodes.iter().zip(NAMES) {
        stop.until(&format!("an answer of the database of {name}"), STARTED, || {
            // A database that was about to abort on its full disk may have looked alive a moment ago.
            if !node.server.is_alive() {
                node.server.relaunch_with(&[]);
            }
            node.sql("SELECT 1")
        })?;
        // If this fails, it is tried again while the site settles.
        node.start_replication(false).ok();
    }
    Ok(())
}
