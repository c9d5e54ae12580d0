//! The evaluation of checks on facts: with the counters of an earlier run, and with the notes that belong to the
//! answer.

use std::time::Duration;

use healthd_core::check::{Answer, Cannot, Check, Finding, Input, Settings};
use healthd_core::facts::{Facts, Need};
use healthd_core::reading::outcome::Outcome;

use crate::asking::login::Login;
use crate::asking::run;
use crate::asking::state::{Exchanged, Store};

/// Slow growth is compared with the day before.
const DAY: Duration = Duration::from_secs(86_400);

/// Facts that are ready for checks.
///
/// The order is fixed by its methods: [`Evaluation::new`] exchanges the counters with those of an earlier run, then
/// [`Evaluation::measure`] runs checks, then [`Evaluation::finish`] adds the notes and hints to their answer.
#[derive(Debug)]
pub struct Evaluation<'a> {
    facts: &'a Facts,
    settings: &'a Settings,
    login: Option<&'a Login>,
    exchanged: Exchanged,
}

/// The counters of earlier runs.
#[derive(Debug)]
pub struct History {
    /// Where they are stored.
    pub store: Store,
    /// How far back to compare; `None` for the age that the check wants, or the previous run.
    pub lookback: Option<Duration>,
}

impl<'a> Evaluation<'a> {
    /// Facts of a server. The counters are stored for the next run if one of the checks needs those of an earlier one.
    pub fn new(
        facts: &'a Facts,
        settings: &'a Settings,
        needs: &[Need],
        login: &'a Login,
        history: &History,
    ) -> Evaluation<'a> {
        let exchanged = exchanged(facts, settings, needs, history);
        Evaluation { facts, settings, login: Some(login), exchanged }
    }

    /// Facts of this machine only: there is no server and there are no counters.
    pub fn without_server(facts: &'a Facts, settings: &'a Settings) -> Evaluation<'a> {
        Evaluation { facts, settings, login: None, exchanged: Exchanged::default() }
    }

    /// What a check finds.
    ///
    /// # Errors
    /// The check cannot be answered. If the counters of this run could not be stored, the next run would be a first run
    /// again: that is an error too.
    pub fn measure(&self, check: &Check) -> Result<Finding, Cannot> {
        let input = Input { facts: self.facts, before: self.exchanged.before.as_ref(), settings: self.settings };
        match (check.measure)(&input) {
            Err(Cannot::FirstRun) if !self.exchanged.kept => Err(Cannot::Unkept),
            found => found,
        }
    }

    /// The answer with notes in its line, and with hints in its details.
    pub fn finish(&self, mut answer: Answer) -> Answer {
        let answered = self.facts.view.hides && answer.outcome != Outcome::Unknown;
        let hidden = answered.then_some("of the tables that this account may see");
        for note in self.exchanged.note.as_deref().into_iter().chain(hidden) {
            answer.text = format!("{} [{note}]", answer.text);
        }
        match self.login {
            Some(login) => run::hinted(answer, login),
            None => answer,
        }
    }
}

fn exchanged(facts: &Facts, settings: &Settings, needs: &[Need], history: &History) -> Exchanged {
    let day = needs.contains(&Need::DayBefore).then_some(DAY);
    if day.is_none() && !needs.contains(&Need::Before) {
        return Exchanged::default();
    }
    match (Input { facts, before: None, settings }).counters() {
        Some(counters) => history.store.exchange(&counters, history.lookback.or(day).or_else(|| facts.lookback())),
        None => Exchanged::default(),
    }
}
