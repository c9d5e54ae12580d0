//! What a check judges: the facts of this run, the counters of an earlier run, and the settings.

use super::finding::Cannot;
use super::settings::Settings;
use crate::facts::fact::{Fact, Facts, Unavailable};
use crate::facts::innodb::InnodbCounters;
use crate::facts::receiver::{Channels, ReceiverStatus, Receivers};
use crate::facts::values::{Before, StatusVariables, SystemVariables, Values};
use crate::observed::channel::Channel;

/// What a check judges.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    /// The facts of this run.
    pub facts: &'a Facts,
    /// The counters of an earlier run, if there was one.
    pub before: Option<&'a Before>,
    /// The settings.
    pub settings: &'a Settings,
}

impl<'a> Input<'a> {
    /// A fact that the check needs.
    ///
    /// # Errors
    /// When it could not be read.
    pub fn get<F: Fact>(&self) -> Result<&'a F::Value, Cannot> {
        // Nothing is there if the check does not state what it needs.
        let name = F::NAME.strip_prefix("the ").unwrap_or(F::NAME);
        self.find::<F>()?.ok_or(Cannot::Missing { name: name.into() })
    }

    /// A fact that is not always read; `None` if it was not.
    ///
    /// # Errors
    /// When it could not be read.
    pub fn find<F: Fact>(&self) -> Result<Option<&'a F::Value>, Cannot> {
        match self.facts.get::<F>() {
            None => Ok(None),
            Some(Ok(value)) => Ok(Some(value)),
            Some(Err(Unavailable::Unreadable(why))) => Err(Cannot::Unread { what: F::NAME, why: why.clone() }),
            Some(Err(Unavailable::Unseen(why))) => Err(Cannot::Unseen(why.clone())),
        }
    }

    /// All status variables that were read.
    ///
    /// # Errors
    /// When they could not be read.
    pub fn status_values(&self) -> Result<&'a Values, Cannot> {
        self.get::<StatusVariables>()
    }

    /// All system variables that were read.
    ///
    /// # Errors
    /// When they could not be read.
    pub fn variable_values(&self) -> Result<&'a Values, Cannot> {
        self.get::<SystemVariables>()
    }

    /// The number of a status variable.
    ///
    /// # Errors
    /// When it was not read, or this server does not have it.
    pub fn status(&self, name: &'static str) -> Result<f64, Cannot> {
        self.status_values()?.number(name).ok_or(Cannot::Missing { name: name.into() })
    }

    /// The number of a system variable.
    ///
    /// # Errors
    /// When it was not read, or this server does not have it.
    pub fn variable(&self, name: &'static str) -> Result<f64, Cannot> {
        self.variable_values()?.number(name).ok_or(Cannot::Missing { name: name.into() })
    }

    /// A counter of InnoDB that only some servers have among their status variables.
    ///
    /// # Errors
    /// When it was not read, is switched off, or does not exist on this server.
    pub fn innodb(&self, name: &'static str) -> Result<f64, Cannot> {
        if let Some(why) = self.facts.value::<InnodbCounters>().and_then(|read| read.still(name)) {
            return Err(Cannot::NotCounted { name, why });
        }
        self.innodb_counters()?.number(name).ok_or(Cannot::Missing { name: name.into() })
    }

    /// All counters of InnoDB that only some servers have among their status variables.
    ///
    /// # Errors
    /// When they could not be read.
    pub(super) fn innodb_counters(&self) -> Result<&'a Values, Cannot> {
        let counted = &self.get::<InnodbCounters>()?.counted;
        counted.as_ref().map_err(|why| Cannot::Unread { what: InnodbCounters::NAME, why: why.clone() })
    }

    /// The replication channels, or the one that the settings name.
    ///
    /// # Errors
    /// When they could not be read, or there is no such channel.
    pub fn channels(&self) -> Result<Vec<&'a Channel>, Cannot> {
        let all = self.get::<Channels>()?;
        match &self.settings.channel {
            None => Ok(all.iter().collect()),
            Some(name) => match all.iter().find(|channel| channel.name == *name || channel.label() == name) {
                Some(found) => Ok(vec![found]),
                None => {
                    let names: Vec<&str> = all.iter().map(Channel::label).collect();
                    Err(Cannot::Usage(format!("there is no channel {name}; there are: {}", names.join(", "))))
                }
            },
        }
    }

    /// The receiver of a channel.
    ///
    /// # Errors
    /// When it could not be read.
    pub fn receiver(&self, channel: &Channel) -> Result<&'a ReceiverStatus, Cannot> {
        let found = self.get::<Receivers>()?.iter().find(|receiver| receiver.channel == channel.name);
        found.ok_or(Cannot::Missing { name: "receiver status of this channel".into() })
    }
}
