//! A breadth-first search, so that a counterexample is a shortest one.

use std::fmt;
use std::time::{Duration, Instant};

use crate::actions::Action;
use crate::fast::{Map, hash};
use crate::scenario::Scenario;
use crate::world::{Bad, Stage, World};

pub(crate) struct Limits {
    pub(crate) states: usize,
    pub(crate) time: Duration,
}

pub(crate) struct Found {
    pub(crate) bad: Bad,
    pub(crate) trace: String,
}

pub(crate) struct Outcome {
    pub(crate) name: String,
    pub(crate) states: usize,
    pub(crate) depth: usize,
    pub(crate) machines: usize,
    pub(crate) complete: bool,
    pub(crate) time: Duration,
    pub(crate) found: Option<Found>,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = match (&self.found, self.complete) {
            (Some(found), _) => format!("{:?}", found.bad),
            (None, true) => "complete".to_owned(),
            (None, false) => "truncated".to_owned(),
        };
        let (states, depth, machines, time) = (self.states, self.depth, self.machines, self.time.as_secs_f32());
        write!(f, "{:50} {states:9} states {depth:3} deep {machines:6} machines {time:6.1} s {end}", self.name)?;
        self.found.as_ref().map_or(Ok(()), |found| write!(f, "\n{}", found.trace))
    }
}

pub(crate) fn search(scenario: Scenario, limits: &Limits) -> Outcome {
    let began = Instant::now();
    let mut stage = Stage::new(scenario);
    let first = stage.first();
    let mut seen: Map<u64, ()> = Map::default();
    seen.insert(hash(&first), ());
    // The previous state of each, and the step from it.
    let mut parents: Vec<(u32, Action)> = vec![(0, Action::Probe(0))];
    let mut layer = vec![(first, 0_u32)];
    let (mut depth, mut complete, mut bad) = (0, true, None);
    let mut actions = Vec::new();
    'search: while !layer.is_empty() {
        let mut next = Vec::new();
        for (world, number) in &layer {
            actions.clear();
            stage.actions(world, &mut actions);
            for &action in &actions {
                let after = stage.apply(world, action);
                let key = hash(&after);
                if seen.insert(key, ()).is_some() {
                    continue;
                }
                let child = u32::try_from(parents.len()).expect("fewer than 2^32 states");
                parents.push((*number, action));
                bad = after.ghost.bad.or_else(|| dead(&mut stage, &after, key));
                if bad.is_some() {
                    break 'search;
                }
                next.push((after, child));
            }
            if parents.len() > limits.states || (number % 256 == 0 && began.elapsed() > limits.time) {
                complete = false;
                break 'search;
            }
        }
        layer = next;
        depth += 1;
    }
    let found = bad.map(|bad| Found { bad, trace: trace(&mut stage, &first, &parents) });
    Outcome {
        name: stage.scenario.name.clone(),
        states: parents.len(),
        depth,
        machines: stage.pool.len(),
        complete: complete && found.is_none(),
        time: began.elapsed(),
        found,
    }
}

fn dead(stage: &mut Stage, world: &World, key: u64) -> Option<Bad> {
    let every = stage.scenario.heal_every;
    if every == 0 || !key.is_multiple_of(every) {
        return None;
    }
    (!stage.recovers(world, [0, 1]) || !stage.recovers(world, [1, 0])).then_some(Bad::Deadlock)
}

/// The steps to the last state, and that state.
fn trace(stage: &mut Stage, first: &World, parents: &[(u32, Action)]) -> String {
    let mut way = Vec::new();
    let mut at = parents.len() - 1;
    while at != 0 {
        way.push(parents[at].1);
        at = parents[at].0 as usize;
    }
    let (mut world, mut lines) = (*first, Vec::new());
    for action in way.into_iter().rev() {
        let after = stage.apply(&world, action);
        lines.push(describe(stage, &world, action, &after));
        world = after;
    }
    lines.push(format!("{world:?}"));
    let alive = world.nodes.iter().filter(|node| node.alive);
    lines.extend(alive.map(|node| format!("{:?}", stage.pool.machine(node.machine))));
    lines.iter().map(|line| format!("   {line}\n")).collect()
}

fn describe(stage: &Stage, before: &World, action: Action, after: &World) -> String {
    let mut parts = vec![action.to_string()];
    if let Action::CheckSent(n, p) | Action::CheckAnswered(n, p) | Action::Checked(n, p) | Action::CheckedProbed(n, p) =
        action
    {
        let (was, is, i) = (&before.proxies[usize::from(p)], &after.proxies[usize::from(p)], usize::from(n));
        parts.push(match action {
            Action::CheckSent(..) => opinion(was.up[i], was.up[1 - i]),
            Action::CheckAnswered(..) => format!("{:?} -> {:?}, in use: {}", was.check[i], is.check[i], is.up[i]),
            _ => format!("{}, in use: {}", opinion(was.up[i], was.up[1 - i]), is.up[i]),
        });
    }
    for (i, name) in ["A", "B"].into_iter().enumerate() {
        let epoch = |world: &World| stage.visible(world, i).and_then(|visible| visible.epoch);
        if epoch(before) != epoch(after)
            && let Some(epoch) = epoch(after)
        {
            parts.push(format!("{name} knows {epoch} of {}", ["A", "B"][epoch.holder.0 as usize]));
        }
    }
    parts.join(", ")
}

fn opinion(me: bool, peer: bool) -> String {
    format!("me={} peer={}", u8::from(me), u8::from(peer))
}
